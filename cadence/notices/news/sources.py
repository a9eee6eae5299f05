"""Sources that were paused because they failed again and again."""

from cadence.ledger.models import Entry
from cadence.notices.models import NoticeKind
from cadence.notices.news.line import Line, News
from cadence.notices.world import World


def paused(entry: Entry, world: World) -> News | None:
    """For the owner, who acts for them, and who set it up. Who pauses it themselves knows."""
    metric = world.pulled.get(entry.data.get("metric", 0))
    if metric is None or entry.data.get("because") != "failing":
        return None
    people = (
        world.owners.get(metric.initiative_id),
        world.answers(metric.initiative_id),
        entry.data.get("set_up_by"),
    )
    return News(
        title=f"{metric.name} is not pulled any more: its source failed ten times in a row",
        path=world.page("metric-source", metric.pk),
        detail=f"{entry.data.get('error', '')} Its readings are owed all the same: type them, or "
        "put the source right and resume it.",
        teams=frozenset({metric.initiative.team_id}),
        lines=(Line(NoticeKind.RECEIVER, people),),
    )
