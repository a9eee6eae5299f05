"""Webhooks and Slack channels that are told no more, though nobody asked for that, or fail."""

from cadence.ledger.models import Entry
from cadence.notices.models import NoticeKind
from cadence.notices.news.line import Line, News
from cadence.notices.world import World


def switched_off(entry: Entry, world: World) -> News | None:
    """By Cadence, because the receiver said that it is gone. Who does it themselves knows."""
    if entry.data.get("because") != "gone":
        return None
    if entry.subject_type == "webhook":
        title = f"{_name(entry, world)} was paused: its receiver is gone"
        detail = "It answered 410. It is told nothing until an administrator resumes it."
    else:
        title = f"{_name(entry, world)} was disconnected: Slack says that it is gone"
        detail = "It is told nothing until somebody connects it anew."
    return _news(entry, world, title, detail)


def failing(entry: Entry, world: World) -> News | None:
    """The first of its messages that was given up since it last took one."""
    title = f"{_name(entry, world)} did not take a message for three days: it was given up"
    detail = "Of more that are given up you are told once it has taken one again."
    return _news(entry, world, title, detail)


def _name(entry: Entry, world: World) -> str:
    if entry.subject_type == "webhook":
        return f"The webhook {entry.data.get('description', '')}".rstrip()
    team = world.tree.teams.get(entry.data.get("team", 0))
    return f"The Slack channel of {team.name if team else 'a team'}"


def _news(entry: Entry, world: World, title: str, detail: str) -> News:
    """For administrators; of a Slack channel also for the lead of its team."""
    people = [one.pk for one in world.administrators]
    if entry.subject_type == "webhook":
        path = world.page("webhook", entry.subject_id)
    else:
        path = world.page("team", entry.data["team"])
        lead = world.lead(entry.data["team"])
        people += [lead.pk] if lead else []
    return News(
        title=title,
        path=path,
        detail=detail,
        lines=(Line(NoticeKind.RECEIVER, tuple(people)),),
    )
