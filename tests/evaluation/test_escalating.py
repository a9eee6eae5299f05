"""What is overdue goes up the escalation path, one step for each limit."""

from datetime import UTC, date, datetime, timedelta

from accounts.models import Role
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.escalations.models import Escalation
from cadence.evaluation.verdicts import give_verdicts
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.metrics.models import Judgement
from tests.cast import AT, Cast
from tests.evaluation.climbing import (
    AFTER,
    DUE,
    LAST,
    NEXT,
    SECOND,
    climb,
    ended,
    evening,
    leaves,
    paused,
    way,
)


def test_an_undecided_breach_climbs_to_the_sponsor_and_stays_there(cast: Cast) -> None:
    breach = cast.breach(due_at=DUE)
    assert climb(cast, DUE) == 0
    for moment, person, due_at in (
        (DUE, cast.dana, NEXT),
        (NEXT, cast.lars, AFTER),
        (AFTER, cast.elena, LAST),
    ):
        assert (climb(cast, moment + SECOND), climb(cast, moment + SECOND)) == (1, 0)
        breach.refresh_from_db()
        assert (breach.answerable, breach.due_at) == (person, due_at)
    assert climb(cast, LAST + timedelta(days=90)) == 0
    breach.refresh_from_db()
    assert (breach.level, breach.answerable, breach.due_at) == (3, cast.elena, LAST)
    assert way(breach) == [
        (1, "overdue", "Olu", "Dana"),
        (2, "overdue", "Dana", "Lars"),
        (3, "overdue", "Lars", "Elena"),
    ]


def test_each_step_is_an_entry_of_its_own(cast: Cast) -> None:
    breach = cast.breach(due_at=DUE)
    climb(cast, DUE + SECOND)
    entry = Entry.objects.get()
    assert (entry.event, entry.actor) == ("breach.escalated", None)
    assert (entry.subject_type, entry.subject_id) == ("breach", breach.pk)
    assert entry.data == {
        "level": 1,
        "because": "overdue",
        "from": cast.olu.pk,
        "to": cast.dana.pk,
        "was_due_at": DUE.isoformat(),
        "due_at": NEXT.isoformat(),
        "breach": breach.pk,
        "metric": cast.demos.pk,
        "initiative": cast.pipeline.pk,
    }


def test_a_tick_that_comes_late_gives_nobody_a_day(cast: Cast) -> None:
    breach = cast.breach(due_at=DUE)
    climb(cast, DUE + timedelta(days=4))
    breach.refresh_from_db()
    assert breach.due_at == NEXT


def test_after_weeks_without_a_tick_it_moves_one_step_with_a_whole_limit(cast: Cast) -> None:
    breach = cast.breach(due_at=DUE)
    # A Wednesday; the 25th and 26th of December are holidays.
    assert climb(cast, datetime(2026, 12, 23, 9, tzinfo=UTC)) == 1
    breach.refresh_from_db()
    assert (breach.level, breach.due_at) == (1, evening("2026-12-31"))


def test_what_is_decided_paused_or_ended_stays_where_it_is(cast: Cast) -> None:
    cast.decision(cast.breach(due_at=DUE))
    assert climb(cast, NEXT) == 0
    cast.breach(cast.metric(), due_at=DUE)
    paused(cast)
    assert climb(cast, NEXT) == 0
    Initiative.objects.update(paused_at=None)
    ended(cast)
    assert climb(cast, NEXT) == 0


def test_a_breach_that_recovered_undecided_climbs_too(cast: Cast) -> None:
    cast.breach(due_at=DUE, recovered_at=AT)
    assert climb(cast, NEXT) == 1


def test_the_lead_who_owns_it_is_not_asked_to_stand_above_herself(cast: Cast) -> None:
    own = cast.initiative(owner=cast.dana)
    breach = cast.breach(cast.metric(initiative=own), due_at=DUE, answerable=cast.dana)
    climb(cast, NEXT)
    assert way(breach) == [(1, "overdue", "Dana", "Lars")]


def test_an_escalation_gives_the_person_named_until_the_end_of_its_day(cast: Cast) -> None:
    breach = cast.breach(due_at=DUE)
    draft = Draft(
        kind="escalate", what="Too big for us.", escalated_to=cast.dana, check_on="2026-11-18"
    )
    record_decision(actor=cast.olu, at=AT, breaches=[breach], draft=draft)
    breach.refresh_from_db()
    assert (breach.level, breach.answerable) == (1, cast.dana)
    assert breach.due_at == evening("2026-11-18")
    step = Escalation.objects.get()
    assert (step.because, step.was_due_at, step.due_at) == ("decided", None, breach.due_at)
    assert climb(cast, evening("2026-11-18")) == 0
    # No verdict yet, for there is no reading: her time is over all the same.
    assert climb(cast, evening("2026-11-18") + SECOND) == 1
    breach.refresh_from_db()
    assert (breach.answerable, breach.due_at) == (cast.lars, evening("2026-11-25"))
    assert way(breach)[-1] == (2, "overdue", "Dana", "Lars")


def test_an_escalation_that_did_nothing_is_undecided_again_and_goes_further(cast: Cast) -> None:
    breach = cast.breach(due_at=DUE)
    draft = Draft(kind="escalate", what="Yours.", escalated_to=cast.dana, check_on="2026-11-22")
    record_decision(actor=cast.olu, at=AT, breaches=[breach], draft=draft)
    Judgement.objects.create(
        organization=cast.acme, metric=cast.demos, starts_on="2026-11-16", value=40, result="below"
    )
    monday = evening("2026-11-22") + SECOND
    assert len(give_verdicts(at=monday, organization=cast.acme)) == 1
    breach.refresh_from_db()
    assert breach.decision is None and breach.answerable == cast.dana
    climb(cast, monday)
    breach.refresh_from_db()
    assert (breach.level, breach.answerable, breach.due_at) == (2, cast.lars, NEXT)


def test_above_an_executive_beside_the_path_stands_only_the_sponsor(cast: Cast) -> None:
    vera = cast.member("Vera", Role.EXECUTIVE)
    breach = cast.breach(due_at=DUE, answerable=vera, level=1)
    cast.decision(breach, kind="escalate", escalated_to=vera)
    climb(cast, NEXT)
    assert way(breach) == [(2, "overdue", "Vera", "Elena")]


def test_did_not_work_writes_its_step_and_the_sponsor_keeps_the_duty(cast: Cast) -> None:
    first, last = cast.breach(), cast.breach(cast.metric(), level=3, answerable=cast.elena)
    for breach in (first, last):
        cast.decision(breach, check_on=date(2026, 11, 22))
        Judgement.objects.create(
            organization=cast.acme,
            metric=breach.metric,
            starts_on="2026-11-16",
            value=40,
            result="below",
        )
    assert len(give_verdicts(at=evening("2026-11-22") + SECOND, organization=cast.acme)) == 2
    assert way(first) == [(1, "did_not_work", "Olu", "Dana")]
    assert way(last) == []
    last.refresh_from_db()
    assert (last.level, last.answerable, last.decision) == (3, cast.elena, None)
    step = Escalation.objects.get()
    first.refresh_from_db()
    assert (step.due_at, step.was_due_at) == (first.due_at, None)


def test_what_had_gone_to_somebody_who_left_goes_on_at_the_same_level(cast: Cast) -> None:
    breach = cast.breach(due_at=DUE)
    climb(cast, DUE + SECOND)
    climb(cast, NEXT + SECOND)
    leaves(cast.lars)
    assert climb(cast, AFTER - timedelta(days=2)) == 1
    breach.refresh_from_db()
    assert (breach.level, breach.answerable) == (2, cast.elena)
    assert way(breach)[-1] == (2, "left", "Lars", "Elena")
    # Elena has a whole limit from the Wednesday on which it came to her.
    assert breach.due_at == evening("2026-12-09")
    leaves(cast.elena)
    climb(cast, AFTER - timedelta(days=1))
    breach.refresh_from_db()
    assert (breach.level, breach.answerable) == (2, cast.dana)


def test_without_steps_on_record_it_goes_on_as_far_up_as_its_level(cast: Cast) -> None:
    breach = cast.breach(level=2, answerable=cast.lars)
    named = cast.breach(cast.metric(), level=1, answerable=cast.lars)
    cast.decision(named, kind="escalate", escalated_to=cast.lars, decided_by=cast.dana)
    leaves(cast.lars)
    assert climb(cast, AT) == 2
    for one in (breach, named):
        one.refresh_from_db()
        assert one.answerable == cast.elena


# Verdicts, commitments, owners to be found, missed reviews
