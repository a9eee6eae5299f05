"""Orphans with what hangs on them, and how much each person answers for."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization
from cadence.escalations.models import Escalation
from cadence.evaluation.loads import load_of, loads
from cadence.evaluation.ownerless import find_orphans, totals_of, with_stakes
from cadence.initiatives.models import Initiative
from cadence.ownership.rules import Reason
from tests.cast import AT, Cast
from tests.reviews.test_orphans_hold import interim, leave
from tests.reviews.things import commitment, written

DAY = timedelta(days=1)


def orphan(cast: Cast, name: str, budget: int | None = None, **facts: object) -> Initiative:
    """Whose owner, Fay, left at AT."""
    found = cast.initiative(name)
    Initiative.objects.filter(pk=found.pk).update(budget_at_stake=budget)
    cast.owned_by(cast.fay, found, **{"ended_at": AT, "ending": "left", **facts})
    return found


def names(cast: Cast, **asked: object) -> list[str]:
    written(cast, AT)
    return [one.initiative.name for one in find_orphans(cast.acme, AT + DAY, **asked)]


def test_they_are_narrowed_by_team_and_reason_and_sorted(cast: Cast) -> None:
    orphan(cast, "Small", 10, ended_at=AT - DAY)
    orphan(cast, "Unsaid", None, ended_at=AT - 2 * DAY)
    orphan(cast, "Large", 9000)
    cast.initiative("Partners'", team=cast.partners)
    assert names(cast) == ["Partners'", "Unsaid", "Small", "Large"]
    assert names(cast, sort="at_stake") == ["Large", "Small", "Partners'", "Unsaid"]
    assert names(cast, reason="owner_left") == ["Unsaid", "Small", "Large"]
    assert names(cast, teams={cast.partners.pk}) == ["Partners'"]


def test_an_owner_on_leave_without_a_stand_in_leaves_an_orphan(cast: Cast) -> None:
    written(cast, AT)
    away = leave(cast)
    (found,) = find_orphans(cast.acme, AT + DAY)
    assert [(one.reason, one.since) for one in found.causes] == [(Reason.ON_LEAVE, AT)]
    away.stand_in = cast.nils
    away.save(update_fields=["stand_in"])
    assert find_orphans(cast.acme, AT + DAY) == []


def test_what_hangs_on_an_orphan_comes_with_it(cast: Cast) -> None:
    written(cast, AT)
    portal = orphan(cast, "Portal", 120000)
    first, second = (cast.metric(name, initiative=portal) for name in ("Sign-ups", "Calls"))
    cast.decision(cast.breach(first), what="The older one.")
    last = cast.decision(
        cast.breach(cast.metric(initiative=portal)), decided_at=AT + 2 * DAY, what="Call them."
    )
    waiting = cast.breach(second)
    (found,) = find_orphans(cast.acme, AT + DAY)
    assert found.previous is not None
    step = Escalation.objects.create(
        organization=cast.acme,
        kind="ownership",
        because="overdue",
        ownership=found.previous,
        level=1,
        to_person=cast.lars,
        at=AT + DAY,
        was_due_at=AT,
        due_at=AT + 5 * DAY,
    )
    (row,) = with_stakes([found])
    assert (row.breaches, row.decision, row.escalation) == ([waiting], last, step)
    assert row.escalated_to == cast.lars


def test_totals_add_up(cast: Cast) -> None:
    written(cast, AT)
    first, second = orphan(cast, "One", 100), orphan(cast, "Two", 50)
    orphan(cast, "Three")
    cast.owned_by(cast.nils, first, accepted=False)
    interim(cast, second)
    cast.breach(cast.metric(initiative=second))
    totals = totals_of(find_orphans(cast.acme, AT + DAY))
    assert (totals.orphans, totals.budget, totals.unsaid) == (3, Decimal(150), 1)
    assert (totals.waiting, totals.breaches) == (1, 1)


def test_an_interim_owner_acts(cast: Cast) -> None:
    written(cast, AT)
    named = interim(cast, orphan(cast, "Portal"))
    (found,) = find_orphans(cast.acme, AT + DAY)
    assert (found.interim, found.acting) == (named, cast.nils)


def test_stakes_cost_the_same_for_one_and_for_many(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            for row in with_stakes(find_orphans(cast.acme, AT + DAY)):
                assert row.initiative.team.name
                assert row.decision is None or row.decision.decided_by.name
        return len(seen)

    cast.decision(cast.breach(cast.metric(initiative=orphan(cast, "First"))))
    few = cost()
    for number in range(6):
        work = orphan(cast, f"Work {number}")
        cast.decision(cast.breach(cast.metric(initiative=work)))
        cast.breach(cast.metric(initiative=work))
    assert cost() == few


# Loads


def test_the_load_of_an_owner_is_counted(cast: Cast) -> None:
    other = cast.initiative(owner=cast.olu)
    cast.metric(initiative=other)
    cast.metric(initiative=other, retired_at=AT)
    cast.breach()
    cast.decision(cast.breach(cast.metric()))
    commitment(cast, person=cast.olu, due_at=AT)
    commitment(cast, person=cast.olu, due_at=AT + 9 * DAY)
    commitment(cast, person=cast.olu, due_at=AT, kept_at=AT)
    cast.initiative(owner=cast.olu, draft=True)
    ended = cast.initiative(owner=cast.olu)
    commitment(cast, initiative=ended, person=cast.olu, due_at=AT)
    Initiative.objects.filter(pk=ended.pk).update(ended_at=AT, ended_as="stopped")
    load = load_of(cast.olu, AT + DAY)
    assert (load.initiatives, load.interim, load.metrics) == (3, 0, 4)
    assert (load.undecided, load.overdue) == (1, 1)
    assert not load.is_over


def test_what_somebody_stands_for_in_the_interim_counts_too(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.acme.pk).update(load_limit=1)
    cast.acme.refresh_from_db()
    cast.initiative(owner=cast.nils)
    cast.nils.organization = cast.acme
    assert not load_of(cast.nils, AT).is_over
    interim(cast, orphan(cast, "Portal"))
    load = load_of(cast.nils, AT)
    assert (load.initiatives, load.interim, load.all, load.is_over) == (1, 1, 2, True)


def test_loads_list_who_carries_something_the_heaviest_first(cast: Cast) -> None:
    for _ in range(2):
        cast.initiative(owner=cast.nils)
    commitment(cast, person=cast.fay, due_at=AT)
    found = loads(cast.acme, AT + DAY)
    assert [load.member for load in found] == [cast.nils, cast.olu, cast.fay]
    assert loads(cast.beta, AT) == []


def test_loads_cost_the_same_for_few_and_for_many(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as few:
        loads(cast.acme, AT)
    for number in range(5):
        person = cast.member(f"Owner {number}", team=cast.partners)
        cast.breach(cast.metric(initiative=cast.initiative(owner=person)))
    with CaptureQueriesContext(connection) as many:
        assert {load.member.team for load in loads(cast.acme, AT)} >= {cast.partners}
    assert len(many) == len(few)
