"""What was escalated is seen by whom it went to, in their reviews and on its page."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.reviews.actions import open_review
from cadence.reviews.models import AgendaKind, Review
from tests.cast import AT, Cast

SignIn = Callable[[Membership], Client]
NOW = AT + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def breach(cast: Cast) -> Breach:
    """Escalated by Dana to Lars."""
    found = cast.breach(level=1, answerable=cast.lars)
    cast.decision(found, kind="escalate", escalated_to=cast.lars, decided_by=cast.dana)
    return found


def review_of(cast: Cast, kind: str) -> Review:
    rule = "FREQ=MONTHLY;BYDAY=3MO" if kind == "monthly" else "FREQ=WEEKLY;BYDAY=MO"
    series = cast.series(cast.commercial, kind=kind, rule=rule, facilitator=cast.lars)
    return open_review(actor=cast.lars, at=NOW, review=cast.planned_review(series))


def test_it_is_gathered_by_the_review_above_until_it_recovers(cast: Cast, breach: Breach) -> None:
    (item,) = review_of(cast, "monthly").agenda.filter(breach=breach)
    assert item.kind == AgendaKind.ESCALATION
    breach.recovered_at = NOW
    breach.save(update_fields=["recovered_at"])
    assert not review_of(cast, "monthly").agenda.filter(breach=breach).exists()


@pytest.mark.parametrize(("kind", "part"), [("monthly", "escalations"), ("weekly", "breaches")])
def test_the_room_above_offers_to_decide_it(
    cast: Cast, breach: Breach, signed_in: SignIn, kind: str, part: str
) -> None:
    review = review_of(cast, kind)
    client = signed_in(cast.lars)
    html = client.get(f"/o/acme/reviews/{review.pk}?part={part}").content.decode()
    assert "0 of 1 decided" in html
    assert 'id="decide"' in html
    assert "escalate: Two more people on calls" in html


def test_whoever_it_went_to_decides_it_on_its_page(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    client = signed_in(cast.lars)
    html = client.get(f"/o/acme/breaches/{breach.pk}").content.decode()
    assert "<b>Lars</b> by 14 Dec" in html
    assert "If nobody decides by then, it is undecided again." in html
    typed = {
        "kind": "adjust",
        "what": "Another list of partners.",
        "check_on": "2026-12-06",
        "decided_by": cast.lars.pk,
    }
    answer = client.post(f"/o/acme/breaches/{breach.pk}", typed)
    assert answer.status_code == 302, answer.content.decode()
    decision = Decision.objects.get(kind="adjust")
    assert decision.replaces == Decision.objects.get(kind="escalate")
    assert 'id="decide"' not in client.get(f"/o/acme/breaches/{breach.pk}").content.decode()


def test_the_review_that_escalated_it_is_done_with_it(cast: Cast, signed_in: SignIn) -> None:
    found, review = cast.breach(), cast.open_review()
    cast.on_agenda(review, found)
    cast.decision(found, kind="escalate", review=review)
    html = signed_in(cast.dana).get(f"/o/acme/reviews/{review.pk}?part=breaches").content.decode()
    assert "1 of 1 decided" in html


def test_no_page_promises_that_time_alone_moves_a_duty(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.olu)
    found = cast.breach()
    missed = cast.planned_review(missed_at=NOW)
    page = client.get(f"/o/acme/breaches/{found.pk}").content.decode()
    assert "A decision that does not work moves it one step up." in page
    assert "When the time runs out" not in page
    page = client.get(f"/o/acme/reviews/{missed.pk}").content.decode()
    assert "is on the agenda of the next review" in page
