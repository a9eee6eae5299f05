"""How many queries each page asks, of a lively organization: at most so many, and never more than
it says here. ``pytest -s`` prints the table, with what each page took.

Whether a page asks more when there is more to show is tried beside each page's own tests.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.decisions.models import Commitment
from cadence.ownership.models import Leave
from tests.architecture.test_routes import inside
from tests.architecture.test_routes import things as things
from tests.cast import AT, LAST_WEEK, Cast

SignedIn = Callable[[Membership], Client]

# Session, person, memberships, counts of the navigation: every page.
FRAME = 4
# What was measured. A page that comes to ask less has its number lowered, and none is raised
# without need.
AT_MOST = {
    "my-week": 31,
    "initiative": 31,
    "ownership": 30,
    "person-leave": 30,
    "review": 27,
    "readings": 24,
    "metric": 24,
    "review-live": 20,
    "person": 20,
    "reviews": 19,
    "decision": 18,
    "decision-replacement": 18,
    "scorecard": 17,
    "breach": 15,
    "hand-over": 14,
    "threshold-new": 14,
    "metric-new": 13,
    "team": 13,
    "initiatives": 12,
    "decisions": 12,
    "priorities": 12,
    "priority": 11,
    "series-change": 11,
    "ledger": 11,
    "check-in": 10,
    "commitment-new": 10,
    "metric-edit": 10,
    "leaves": 10,
    "integrity": 9,
    "account": 9,
    "series": 9,
    "initiative-edit": 8,
    "escalations": 8,
    "people": 8,
    "machines": 8,
    "teams": 8,
    "series-new": 8,
    "settings": 8,
    "webhook": 8,
    "initiative-new": 7,
    "invitations": 7,
    "leave-change": 7,
    "deliveries": 7,
    "notice-preferences": 6,
    "notices": 6,
    "team-new": 6,
    "webhooks": 6,
    "offers": 5,
}
# Of a page that is not listed yet.
ANY = 40
# Paper takes seconds to be laid out.
PAPER = "review-deck-paper"


@pytest.fixture
def lively(cast: Cast, things: dict[str, object]) -> dict[str, object]:
    """Something of every kind waits: for a decision, an owner, an approval, an answer."""
    partner = cast.initiative("Partner webinars", team=cast.partners)
    metric = cast.metric("Webinars held", initiative=partner)
    cast.threshold(metric)
    cast.reading(31, metric=metric)
    went_up = cast.breach(metric, level=1, answerable=cast.dana)
    cast.step(went_up)
    retained = cast.initiative("Keep customers", owner=cast.dana)
    churn = cast.metric("Customers lost", initiative=retained)
    cast.threshold(churn)
    cast.decision(cast.breach(churn), kind="hold_course", decided_by=cast.dana)
    cast.missing(cast.metric("Calls", initiative=retained))
    for person in (cast.dana, cast.olu, cast.obi):
        Commitment.objects.create(
            organization=cast.acme,
            initiative=retained,
            text="Ask ten customers",
            person=person,
            due_on=LAST_WEEK,
            due_at=AT - timedelta(days=1),
            created_by=cast.olu,
            created_at=AT - timedelta(days=9),
        )
    Leave.objects.create(
        organization=cast.acme,
        member=cast.nils,
        stand_in=cast.dana,
        starts_on=LAST_WEEK,
        ends_on=AT.date() + timedelta(days=7),
        planned_by=cast.nils,
        planned_at=AT - timedelta(days=9),
        began_at=AT - timedelta(days=7),
    )
    cast.owned_by(cast.nils, cast.initiative("Fairs"))
    cast.on_agenda(cast.open_review(cast.series()), went_up)
    return things


def measured(client: Client, path: str) -> tuple[int, int, float]:
    """The answer's status, its queries, and the milliseconds it took."""
    with CaptureQueriesContext(connection) as captured:
        started = time.perf_counter()
        answer = client.get(path)
        took = 1000 * (time.perf_counter() - started)
    return answer.status_code, len(captured), took


def test_no_page_asks_more_than_it_may(
    cast: Cast, signed_in: SignedIn, lively: dict[str, object], said: Callable[[str], None]
) -> None:
    asked: dict[str, tuple[int, float]] = {}
    with time_machine.travel(AT, tick=False):
        for member in (cast.dana, cast.ada):
            client = signed_in(member)
            for route in inside():
                if route.name == PAPER:
                    continue
                status, queries, took = measured(client, route.path("acme", lively))
                if status == 200 and queries >= asked.get(route.name, (0, 0))[0]:
                    asked[route.name] = queries, took
    for name, (queries, took) in sorted(asked.items(), key=lambda each: -each[1][0]):
        print(f'    "{name}": {queries},  # {took:.0f} ms')
    beyond = {
        name: f"{queries} queries, at most {AT_MOST.get(name, ANY)}"
        for name, (queries, _) in asked.items()
        if queries > AT_MOST.get(name, ANY)
    }
    assert beyond == {}
    assert AT_MOST.keys() - asked.keys() == set(), "Pages that are no longer there."
    counts = sorted(queries for queries, _ in asked.values())
    middle, most = counts[len(counts) // 2], counts[-1]
    said(f"{len(counts)} pages ask {counts[0]} to {most} queries, half of them {middle} or less.")


def test_the_frame_of_a_page_takes_four_queries(cast: Cast, signed_in: SignedIn) -> None:
    _, queries, _ = measured(signed_in(cast.obi), "/o/acme/my-week/offers")
    assert queries <= FRAME + 1
