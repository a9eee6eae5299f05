"""What climbs besides breaches: verdicts, commitments, owners to be found, reviews missed."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Role
from cadence.breaches.models import Breach
from cadence.decisions.actions import acknowledge_verdict, keep_commitment
from cadence.escalations.queries import open_steps, standing_in, standing_with, steps_of
from cadence.evaluation.escalating import escalate_overdue
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ownership.models import Ending, Interim
from tests.cast import AT, Cast
from tests.evaluation.climbing import (
    AFTER,
    DUE,
    LAST,
    NEXT,
    SECOND,
    climb,
    commitment,
    evening,
    leaves,
    left,
    missed,
    paused,
    way,
)


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
