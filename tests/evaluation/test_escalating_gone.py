"""What is with somebody who left, or has no say any more, and the search for an owner that is put
off."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Organization, Role
from cadence.evaluation.escalating import escalate_overdue
from cadence.evaluation.tick import tick
from cadence.ownership.actions import decline_ownership, offer_ownership, withdraw_offer
from cadence.ownership.interims import name_interim, withdraw_interim
from cadence.people.members import change_member
from tests.cast import AT, Cast
from tests.evaluation.climbing import (
    DUE,
    NEXT,
    SECOND,
    climb,
    commitment,
    evening,
    leaves,
    left,
    way,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def becomes(cast: Cast, member: Membership, role: str) -> None:
    change_member(
        actor=cast.ada, at=AT, member=member, name=member.name, role=role, team=member.team
    )
    member.refresh_from_db()


def leads_no_more(cast: Cast, instead: Membership | None = None) -> None:
    cast.demand.lead = instead
    cast.demand.save(update_fields=["lead"])


# No say any more


@pytest.mark.parametrize("role", [Role.MEMBER, Role.OBSERVER])
def test_what_is_with_an_executive_who_is_none_any_more_goes_on(cast: Cast, role: str) -> None:
    breach = cast.breach(level=3, answerable=cast.elena)
    for level, person in enumerate((cast.dana, cast.lars, cast.elena), start=1):
        cast.step(breach, person, level=level, was_due_at=AT - (9 - level) * DAY)
    vera = cast.member("Vera", Role.EXECUTIVE)
    becomes(cast, cast.elena, role)
    acme = Organization.objects.get(pk=cast.acme.pk)
    assert escalate_overdue(at=AT, organization=acme) == 1
    breach.refresh_from_db()
    assert (breach.level, breach.answerable) == (3, vera)
    assert way(breach)[-1] == (3, "left", "Elena", "Vera")


def test_what_is_with_a_lead_who_leads_no_more_goes_to_the_new_one(cast: Cast) -> None:
    gone: dict[str, Any] = {"level": 1, "escalated_to": cast.dana, "due_at": NEXT}
    breach = cast.breach(level=1, answerable=cast.dana, due_at=NEXT)
    things = [
        cast.verdict(cast.decision(cast.breach(cast.metric())), **gone),
        commitment(cast, **gone),
        cast.planned_review(missed_at=AT, **gone),
    ]
    assert climb(cast, AT) == 0
    leads_no_more(cast, cast.nils)
    assert climb(cast, AT) == 4
    assert climb(cast, AT) == 0
    assert way(breach) == [(1, "left", "Dana", "Nils")]
    for thing in things:
        # A commitment of Nils's own goes past him.
        to = "Lars" if thing is things[1] else "Nils"
        assert way(thing) == [(1, "left", "Dana", to)]


def test_whoever_leads_further_up_or_owns_it_keeps_it(cast: Cast) -> None:
    breach = cast.breach(level=1, answerable=cast.dana)
    cast.team("Sales", lead=cast.dana)
    cast.commercial.lead = cast.dana
    cast.commercial.save(update_fields=["lead"])
    leads_no_more(cast)
    assert climb(cast, AT) == 0
    own = cast.breach(cast.metric(initiative=cast.initiative(owner=cast.nils)))
    own.level, own.answerable = 1, cast.nils
    own.save()
    assert climb(cast, AT) == 0
    assert way(breach) == way(own) == []


def test_looking_who_has_a_say_costs_the_same_for_many(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert climb(cast, AT) == 0
        return len(queries)

    def more(number: int) -> None:
        for _ in range(number):
            work = cast.initiative(owner=cast.dana)
            for person in (cast.dana, cast.lars):
                cast.breach(cast.metric(initiative=work), level=1, answerable=person)

    leads_no_more(cast)
    more(1)
    few = cost()
    more(12)
    assert cost() == few


# Commitments


def test_a_commitment_of_who_left_goes_up_at_once(cast: Cast) -> None:
    soon, later = commitment(cast), commitment(cast, due_at=evening("2026-12-24"))
    leaves(cast.nils)
    assert climb(cast, AT) == 2
    assert climb(cast, AT + HOUR) == 0
    for promise, due_at in ((soon, evening("2026-11-23")), (later, evening("2026-12-24"))):
        promise.refresh_from_db()
        assert way(promise) == [(1, "left", "Nils", "Dana")]
        assert (promise.level, promise.escalated_to, promise.due_at) == (1, cast.dana, due_at)


def test_a_commitment_that_is_done_or_of_work_that_rests_stays(cast: Cast) -> None:
    commitment(cast, kept_at=AT)
    resting = cast.initiative(owner=cast.olu)
    resting.paused_at = AT
    resting.save(update_fields=["paused_at"])
    commitment(cast, initiative=resting)
    leaves(cast.nils)
    assert climb(cast, AT) == 0


# The search for an owner


def offered(cast: Cast, at: datetime = AT + HOUR) -> Any:
    return offer_ownership(actor=cast.lars, at=at, initiative=cast.pipeline, owner=cast.fay)


def named(cast: Cast, at: datetime = AT + HOUR) -> Any:
    until = date(2026, 12, 31).isoformat()
    return name_interim(
        actor=cast.lars, at=at, initiative=cast.pipeline, person=cast.fay, until=until
    )


def withdrawn(cast: Cast, ownership: Any) -> None:
    withdraw_offer(actor=cast.lars, at=AT + 2 * HOUR, ownership=ownership)


def declined(cast: Cast, ownership: Any) -> None:
    decline_ownership(actor=cast.fay, at=AT + 2 * HOUR, ownership=ownership, reason="No time.")


def interim_withdrawn(cast: Cast, interim: Any) -> None:
    withdraw_interim(actor=cast.lars, at=AT + 2 * HOUR, interim=interim)


@pytest.mark.parametrize(
    ("ask", "undo"),
    [(offered, withdrawn), (offered, declined), (named, interim_withdrawn)],
    ids=["withdrawn", "declined", "an interim"],
)
def test_what_came_to_nothing_buys_no_time_the_second_time(cast: Cast, ask: Any, undo: Any) -> None:
    ownership = left(cast)
    first = ask(cast)
    assert climb(cast, DUE + SECOND) == 0
    undo(cast, first)
    ask(cast, AT + 3 * HOUR)
    assert climb(cast, DUE + SECOND) == 1
    assert [step[:2] for step in way(ownership)] == [(1, "overdue")]
    # Whoever it went to has one try too.
    ownership.refresh_from_db()
    assert climb(cast, ownership.successor_due_at + SECOND) == 0


def test_an_offer_buys_time_where_only_an_interim_came_to_nothing(cast: Cast) -> None:
    left(cast)
    interim_withdrawn(cast, named(cast))
    offered(cast, AT + 3 * HOUR)
    assert climb(cast, DUE + SECOND) == 0


def test_asking_again_and_again_ends_with_the_sponsor(cast: Cast) -> None:
    ownership = left(cast)
    for day in range(1, 40):
        at = AT + day * DAY
        tick(at=at, organization=cast.acme)
        for pending in cast.pipeline.ownerships.filter(accepted_at=None, ended_at=None):
            withdraw_offer(actor=cast.lars, at=at, ownership=pending)
        offered(cast, at + HOUR)
    assert way(ownership)[:2] == [(1, "overdue", "Dana", "Lars"), (2, "overdue", "Lars", "Elena")]
