"""`cadence demo`: the company as somebody finds it who has just installed Cadence."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.db.models import Q
from pytest_django import DjangoDbBlocker

from accounts.models import Organization, Role
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, Decision, DecisionKind, Verdict, VerdictResult
from cadence.escalations.queries import open_steps
from cadence.evaluation.loads import loads
from cadence.initiatives.models import Initiative, State
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.management.commands.demo import can_sign_in
from cadence.management.demo.people import PASSWORD
from cadence.management.demo.report import breach_state
from cadence.metrics.models import Correction, Metric, Reading, Threshold
from cadence.notices.models import Delivery, Notice
from cadence.ownership.models import Interim, Leave, Ownership
from cadence.ownership.orphans import orphans
from cadence.reviews.integrity import asked_about, integrity_of
from cadence.reviews.integrity_rules import Span
from cadence.reviews.models import CheckIn, Review
from cadence.reviews.queries import holds, silent_owners, verify_minutes

# The night to the first Monday of a year: last week's figures are not due yet, the review that is
# due is of a Thursday, and Friday was a holiday.
NOW = datetime(2027, 1, 4, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))


@dataclass(frozen=True)
class Built:
    organization: Organization
    said: str


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Built]:
    """Built once for all tests of this file, which only look; then it is rolled back.

    There is another one of that name already, and nobody of it is touched.
    """
    out = StringIO()
    with django_db_blocker.unblock(), transaction.atomic():
        Organization.objects.create(slug="larkmoor", name="Other", is_demo=True, created_at=NOW)
        with time_machine.travel(NOW):
            call_command("demo", "--again", stdout=out)
        yield Built(Organization.objects.get(slug="larkmoor-2"), out.getvalue())
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def demo(built: Built) -> Organization:
    return built.organization


def test_it_says_what_there_is_and_who_can_sign_in(built: Built) -> None:
    assert "41 metrics: 27 leading, 14 lagging" in built.said
    assert re.search(r"Priya Nair +member +priya.nair@larkmoor-2.example", built.said)
    assert re.search(r"Dana Weiss +leads Growth +dana.weiss@larkmoor-2.example", built.said)
    assert f"The password of everybody is {PASSWORD}" in built.said


def test_it_has_the_size_of_a_company(demo: Organization) -> None:
    initiatives = Initiative.objects.filter(organization=demo)
    states = Counter(one.state for one in initiatives)
    assert states == {
        State.ACTIVE: 11, State.DRAFT: 1, State.PAUSED: 1, State.COMPLETED: 1, State.STOPPED: 1
    }  # fmt: skip
    assert Metric.objects.filter(organization=demo).count() == 41
    assert Reading.objects.filter(organization=demo).count() > 1400
    assert demo.priorities.count() == 3
    assert demo.teams.count() == 9
    assert demo.is_demo


def test_a_review_is_held_open_by_breaches_and_verdicts(demo: Organization) -> None:
    review = Review.objects.open().get(organization=demo)
    assert Counter(hold.kind for hold in holds(review)) == {"breach": 4, "verdict": 2}
    assert review.agenda.count() > 6
    assert Decision.objects.filter(review=review).count() == 1
    monthly = Review.objects.planned().filter(organization=demo, series__kind="monthly")
    assert 7 <= (monthly.earliest("starts_at").starts_at - NOW).days <= 20


def test_past_reviews_were_closed_with_minutes_and_one_was_missed(demo: Organization) -> None:
    past = Review.objects.past().filter(organization=demo)
    assert Counter(review.state for review in past)["missed"] == 1
    assert all(verify_minutes(review) for review in past.closed())


def test_breaches_are_in_every_state(demo: Organization) -> None:
    breaches = list(Breach.objects.filter(organization=demo).select_related("decision"))
    states = Counter(map(breach_state, breaches))
    assert set(states) == {"decided", "undecided", "recovered decided", "recovered undecided"}
    undecided = [breach for breach in breaches if breach.decision is None]
    assert len(undecided) == 6
    assert {breach.kind for breach in undecided} == {"missing", "threshold"}
    # Those whose decision did not work or whose time ran out are further up.
    assert sorted(breach.level for breach in undecided) == [0, 0, 1, 1, 1, 2]
    waiting = Decision.objects.filter(organization=demo, needs_approval=True, approval=None)
    assert [one.kind for one in waiting] == [DecisionKind.HOLD_COURSE]


def test_decisions_are_of_every_kind_and_came_to_everything(demo: Organization) -> None:
    decisions = Decision.objects.filter(organization=demo)
    assert set(decisions.values_list("kind", flat=True)) == set(DecisionKind.values)
    verdicts = Verdict.objects.filter(organization=demo)
    assert set(verdicts.values_list("result", flat=True)) == set(VerdictResult.values)
    assert 0 < verdicts.filter(acknowledged_at=None).count() < 5
    assert Threshold.objects.filter(organization=demo, is_moved_goalpost=True).count() == 1


def test_everything_else_has_happened_too(demo: Organization) -> None:
    assert Correction.objects.filter(organization=demo).count() == 3
    assert CheckIn.objects.filter(organization=demo).count() > 100
    settled = Commitment.objects.filter(organization=demo)
    assert settled.filter(kept_at__isnull=False).exists()
    assert settled.filter(dropped_at__isnull=False).exists()
    still_open = settled.filter(kept_at=None, dropped_at=None)
    assert still_open.filter(due_on__lt=NOW.date()).exists()
    assert still_open.filter(due_on__gte=NOW.date()).exists()
    endings = set(Ownership.objects.filter(organization=demo).values_list("ending", flat=True))
    assert {"handed_over", "left", "declined", "lapsed", "initiative_ended"} <= endings


def test_two_initiatives_are_orphaned_and_one_is_offered(demo: Organization) -> None:
    found = orphans(demo, NOW, silent=silent_owners(demo, NOW))
    reasons = {one.initiative.name: [reason.value for reason in one.reasons] for one in found}
    assert reasons == {
        "Reseller portal": ["owner_left"],
        "Win-back sequence": ["owner_left", "declined"],
    }
    offer = Ownership.objects.pending().get(organization=demo)
    assert offer.owner.name == "Priya Nair"
    assert offer.due_at > NOW


def test_things_stand_above_their_owners_with_their_steps(demo: Organization) -> None:
    standing = open_steps(demo)
    assert {"decision", "verdict", "commitment"} <= {step.kind for step in standing}
    assert max(step.level for step in standing) == 2
    assert standing.filter(to_person__name="Ingrid Solheim").exists()


def test_somebody_stands_in_somebody_answers_meanwhile_and_somebody_has_too_much(
    demo: Organization,
) -> None:
    leave = Leave.objects.under_way().get(organization=demo)
    assert (leave.member.name, leave.stand_in and leave.stand_in.name) == ("Mei Tan", "Jakub Nowak")
    named = Interim.objects.current().filter(organization=demo)
    assert {one.initiative.name: one.person.name for one in named} == {
        "Reseller portal": "Tomás Reyes",
        "Win-back sequence": "Salma Diallo",
    }
    assert [load.member.name for load in loads(demo, NOW) if load.is_over] == ["Salma Diallo"]


def test_one_review_was_moved_and_not_every_notice_is_read(demo: Organization) -> None:
    rows = integrity_of(demo, asked_about(demo, Span.TWELVE_WEEKS, NOW), Span.TWELVE_WEEKS, NOW)
    assert sum(row.tally.missed for row in rows) == 1
    assert [move.outcome for row in rows for move in row.moves] == ["moved"]
    assert all(row.tally.with_every_decision == row.tally.closed for row in rows)
    unread = Notice.objects.filter(organization=demo, read_at=None, member__name="Dana Weiss")
    assert 0 < unread.count() < 20
    # The people of the demo do not exist: nothing is sent to them.
    assert not Delivery.objects.filter(organization=demo).exists()


def test_readings_are_left_for_whoever_tries_it(demo: Organization) -> None:
    mine = Metric.objects.filter(
        organization=demo, initiative__ownerships__in=Ownership.objects.current(),
        initiative__ownerships__owner__name="Priya Nair", read_per="week",
    )  # fmt: skip
    last_week = Q(readings__starts_on="2026-12-28")
    entered = mine.filter(last_week).count()
    assert 1 < entered < mine.count()
    left = mine.exclude(pk__in=mine.filter(last_week))
    assert left.filter(thresholds__ends_on=None, thresholds__isnull=False).exists()


def test_time_only_went_forward_and_the_ledger_is_whole(demo: Organization) -> None:
    moments = list(
        Entry.objects.filter(organization=demo).order_by("sequence").values_list("at", flat=True)
    )
    assert moments == sorted(moments)
    assert moments[-1] <= NOW
    assert verify(demo).fault is None


def test_the_machine_has_a_token_that_it_used(demo: Organization) -> None:
    machine = demo.memberships.get(role=Role.MACHINE)
    token = machine.api_tokens.get()
    assert token.last_used_at is not None
    assert Reading.objects.filter(recorded_by=machine).count() > 500


def test_everybody_signs_in_with_the_same_password(demo: Organization) -> None:
    people = can_sign_in(demo)
    assert len(people) == 14
    assert "Jonas Lind" not in {person.name for person in people}
    for person in people:
        assert person.user is not None
        assert person.user.email.endswith("@larkmoor-2.example")
        assert person.user.check_password(PASSWORD)
