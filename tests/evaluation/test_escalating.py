"""What is overdue goes up the escalation path, one step for each limit."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Role
from cadence.breaches.models import Breach
from cadence.decisions.actions import acknowledge_verdict, keep_commitment, record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Commitment
from cadence.escalations.models import Escalation
from cadence.escalations.queries import open_steps, standing_in, standing_with, steps_of
from cadence.evaluation.escalating import escalate_overdue
from cadence.evaluation.verdicts import give_verdicts
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.metrics.models import Judgement
from cadence.ownership.models import Ending, Interim, Ownership
from cadence.reviews.models import Review
from tests.cast import AT, Cast

SECOND = timedelta(seconds=1)


def evening(day: str) -> datetime:
    """The last second of a winter day in Berlin."""
    return datetime.fromisoformat(f"{day}T22:59:59").replace(tzinfo=UTC)


# Fridays, five working days apart.
DUE = evening("2026-11-20")
NEXT, AFTER, LAST = evening("2026-11-27"), evening("2026-12-04"), evening("2026-12-11")


def climb(cast: Cast, at: datetime) -> int:
    return escalate_overdue(at=at, organization=cast.acme)


def way(thing: Any) -> list[tuple[int, str, str, str]]:
    """Level, cause and names of every step."""
    return [
        (
            one.level,
            one.because,
            one.from_person.name if one.from_person else "",
            one.to_person.name,
        )
        for one in Escalation.objects.filter(**{thing._meta.model_name: thing})
    ]


def leaves(member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(ended_at=AT)


def paused(cast: Cast) -> None:
    Initiative.objects.filter(pk=cast.pipeline.pk).update(paused_at=AT)


def ended(cast: Cast) -> None:
    facts = {"ended_at": AT, "ended_as": "stopped", "ended_reason": "Over."}
    Initiative.objects.filter(pk=cast.pipeline.pk).update(**facts)


def commitment(cast: Cast, **facts: Any) -> Commitment:
    return Commitment.objects.create(
        **{
            "organization": cast.acme,
            "initiative": cast.pipeline,
            "text": "Call the ten oldest leads.",
            "person": cast.nils,
            "due_on": date(2026, 11, 20),
            "due_at": DUE,
            "created_by": cast.olu,
            "created_at": AT,
            **facts,
        }
    )


def left(cast: Cast) -> Ownership:
    """Olu left, and nobody owns the work."""
    leaves(cast.olu)
    ownership = cast.ownership
    ownership.ended_at, ownership.ending, ownership.reason = AT, Ending.LEFT, "Olu left."
    ownership.successor_due_at = DUE
    ownership.save()
    return ownership


def missed(cast: Cast, **facts: Any) -> Review:
    return cast.planned_review(missed_at=AT, due_at=DUE, **facts)


# Breaches


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


def test_a_verdict_goes_up_from_who_answers_for_the_work(cast: Cast) -> None:
    decision = cast.decision(cast.breach())
    verdict = cast.verdict(decision, due_at=DUE)
    climb(cast, DUE + SECOND)
    climb(cast, NEXT + SECOND)
    assert way(verdict) == [(1, "overdue", "Olu", "Dana"), (2, "overdue", "Dana", "Lars")]
    entry = Entry.objects.filter(event="verdict.escalated").latest("sequence")
    assert (entry.subject_type, entry.subject_id) == ("verdict", verdict.pk)
    assert (entry.data["decision"], entry.data["number"]) == (decision.pk, decision.number)
    acknowledge_verdict(actor=cast.lars, at=NEXT + SECOND, decision=decision)
    assert climb(cast, LAST) == 0


def test_a_verdict_on_two_works_goes_up_while_one_of_them_goes_on(cast: Cast) -> None:
    other = cast.initiative(team=cast.commercial, owner=cast.nils)
    decision = cast.decision(cast.breach(), cast.breach(cast.metric(initiative=other)))
    verdict = cast.verdict(decision, due_at=DUE)
    paused(cast)
    climb(cast, NEXT)
    assert way(verdict) == [(1, "overdue", "Nils", "Lars")]
    Initiative.objects.update(paused_at=AT)
    assert climb(cast, LAST) == 0


def test_a_commitment_goes_to_who_stands_above_its_person(cast: Cast) -> None:
    promise = commitment(cast)
    climb(cast, DUE + SECOND)
    climb(cast, NEXT + SECOND)
    assert way(promise) == [(1, "overdue", "Nils", "Dana"), (2, "overdue", "Dana", "Lars")]
    promise.refresh_from_db()
    assert (promise.due_on, promise.due_at) == (date(2026, 11, 20), AFTER)
    keep_commitment(actor=cast.nils, at=NEXT + SECOND, commitment=promise)
    assert climb(cast, LAST) == 0


def test_a_successor_is_owed_within_the_days_of_an_offer(cast: Cast) -> None:
    ownership = left(cast)
    climb(cast, DUE + SECOND)
    ownership.refresh_from_db()
    assert (ownership.level, ownership.escalated_to) == (1, cast.lars)
    # Three working days after the Friday.
    assert ownership.successor_due_at == evening("2026-11-25")
    assert way(ownership) == [(1, "overdue", "Dana", "Lars")]
    entry = Entry.objects.get(event="ownership.escalated")
    assert entry.data["initiative"] == cast.pipeline.pk and entry.data["owner"] == cast.olu.pk


@pytest.mark.parametrize("settled", ["asked", "accepted", "interim", "paused"])
def test_nobody_is_owed_where_somebody_is_asked_or_named(cast: Cast, settled: str) -> None:
    left(cast)
    if settled == "interim":
        Interim.objects.create(
            organization=cast.acme,
            initiative=cast.pipeline,
            person=cast.nils,
            named_by=cast.dana,
            named_at=AT,
            until=date(2026, 12, 31),
        )
    elif settled == "paused":
        paused(cast)
    else:
        accepted = {"accepted_at": AT} if settled == "accepted" else {"accepted": False}
        cast.owned_by(cast.nils, cast.pipeline, **accepted)
    assert climb(cast, LAST) == 0


def test_only_the_owner_who_left_last_is_to_be_succeeded(cast: Cast) -> None:
    first = left(cast)
    second = cast.owned_by(
        cast.nils,
        cast.pipeline,
        accepted_at=AT + SECOND,
        ended_at=AT + timedelta(hours=1),
        ending=Ending.LEFT,
        successor_due_at=DUE,
    )
    assert climb(cast, NEXT) == 1
    assert (way(first), len(way(second))) == ([], 1)


def test_a_missed_review_goes_up_until_a_later_one_is_closed(cast: Cast) -> None:
    series = cast.series()
    review = missed(cast, series=series, level=1, escalated_to=cast.dana)
    climb(cast, DUE + SECOND)
    assert way(review) == [(2, "overdue", "Dana", "Lars")]
    cast.close(cast.open_review(series))
    assert climb(cast, LAST) == 0


def test_a_missed_review_of_a_series_that_ended_stays(cast: Cast) -> None:
    missed(cast, series=cast.series(ended_at=AT))
    assert climb(cast, LAST) == 0


def test_what_went_to_somebody_who_left_goes_on_whatever_it_is(cast: Cast) -> None:
    gone = {"level": 1, "escalated_to": cast.dana, "due_at": LAST}
    things = [
        cast.verdict(cast.decision(cast.breach()), **gone),
        commitment(cast, **gone),
        cast.planned_review(missed_at=AT, **gone),
    ]
    leaves(cast.dana)
    assert climb(cast, AT) == 3
    for thing in things:
        thing.refresh_from_db()
        assert (thing.level, thing.escalated_to, thing.due_at) == (1, cast.lars, LAST)
        assert way(thing) == [(1, "left", "Dana", "Lars")]


# Everything


def test_nothing_of_another_organization_moves(cast: Cast) -> None:
    cast.breach(cast.betas_metric, due_at=DUE)
    assert climb(cast, LAST) == 0
    # Sven acts for the work and is the last on its path.
    assert escalate_overdue(at=LAST, organization=cast.beta) == 0
    cast.owned_by(cast.member("Tove", organization=cast.beta), cast.betas_initiative)
    assert escalate_overdue(at=LAST, organization=cast.beta) == 1


def test_where_nobody_is_above_it_waits_and_moves_when_somebody_comes(cast: Cast) -> None:
    partners = cast.initiative(team=cast.team("Alone"), owner=cast.nils)
    cast.acme.sponsor = None
    cast.acme.save(update_fields=["sponsor"])
    Membership.objects.filter(pk=cast.elena.pk).update(role=Role.MEMBER)
    breach = cast.breach(cast.metric(initiative=partners), due_at=DUE, answerable=cast.nils)
    assert climb(cast, NEXT) == 0
    cast.member("Vera", Role.EXECUTIVE)
    assert climb(cast, NEXT) == 1
    assert way(breach) == [(1, "overdue", "Nils", "Vera")]


def test_an_idle_look_asks_once_a_kind_and_many_things_cost_no_more_than_few(cast: Cast) -> None:
    def cost(at: datetime) -> int:
        with CaptureQueriesContext(connection) as queries:
            escalate_overdue(at=at, organization=cast.acme)
        # Each step has its entry in the ledger, and that costs what it costs.
        ledger = ("cadence_head", "cadence_entry")
        return sum(not any(name in one["sql"] for name in ledger) for one in queries)

    assert cost(AT) == 5

    def more(number: int) -> None:
        for _ in range(number):
            cast.breach(cast.metric(), due_at=DUE)
            cast.verdict(cast.decision(cast.breach(cast.metric())), due_at=DUE)
            commitment(cast)

    # The first step of all begins the ledger.
    more(1)
    climb(cast, DUE + SECOND)
    more(1)
    few = cost(DUE + SECOND)
    more(12)
    assert cost(DUE + SECOND) == few


def test_where_things_stand_can_be_asked(cast: Cast) -> None:
    breach, promise = cast.breach(due_at=DUE), commitment(cast)
    climb(cast, DUE + SECOND)
    climb(cast, NEXT + SECOND)
    standing = {(one.kind, one.level) for one in standing_with(cast.lars)}
    assert standing == {("decision", 2), ("commitment", 2)}
    assert list(standing_with(cast.dana)) == []
    assert [one.level for one in steps_of("decision", [breach.pk])[breach.pk]] == [1, 2]
    assert standing_in(cast.acme, [cast.demand.pk]).count() == 2
    assert standing_in(cast.acme, [cast.partners.pk]).count() == 0
    keep_commitment(actor=cast.nils, at=NEXT + SECOND, commitment=promise)
    cast.decision(Breach.objects.get(), decided_at=NEXT + SECOND)
    assert not open_steps(cast.acme).exists()


def test_what_was_made_good_stands_with_nobody(cast: Cast) -> None:
    series = cast.series()
    left(cast)
    missed(cast, series=series)
    assert climb(cast, DUE + SECOND) == 2
    assert {one.kind for one in standing_in(cast.acme, [cast.demand.pk])} == {"ownership", "review"}
    cast.owned_by(cast.nils, cast.pipeline, accepted_at=AT + timedelta(days=9))
    cast.close(cast.open_review(series))
    assert not open_steps(cast.acme).exists()
