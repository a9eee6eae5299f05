"""What was escalated is seen by whom it went to, in their reviews and on its page."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.evaluation.escalating import escalate_overdue
from cadence.initiatives.models import Initiative
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
    due_at = datetime(2026, 12, 14, 22, 59, 59, tzinfo=UTC)
    found = cast.breach(level=1, answerable=cast.lars, due_at=due_at)
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
    assert "<b>Lars</b> by the end of Monday 14 Dec" in html
    assert "If nobody decides by then, it goes one step up" in html
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


def test_its_page_shows_the_way_that_a_breach_went(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.olu)
    found = cast.breach(due_at=AT - timedelta(days=3))
    before = client.get(f"/o/acme/breaches/{found.pk}").content.decode()
    assert "How it went up" not in before
    escalate_overdue(at=NOW, organization=cast.acme)
    page = client.get(f"/o/acme/breaches/{found.pk}").content.decode()
    assert "With <b>Dana</b> since 16 Nov, 1 step up, until the end of Friday 20 Nov." in page
    assert "Olu → <b>Dana</b>" in page and "Its time ran out: was due 13 Nov" in page
    # Decided, it stands with nobody; the way it went stays.
    cast.decision(Breach.objects.get())
    page = client.get(f"/o/acme/breaches/{found.pk}").content.decode()
    assert "Olu → <b>Dana</b>" in page and "With <b>Dana</b>" not in page


def test_the_clock_of_what_is_paused_stands_still(cast: Cast, signed_in: SignIn) -> None:
    found = cast.breach()
    Initiative.objects.filter(pk=cast.pipeline.pk).update(paused_at=AT)
    page = signed_in(cast.olu).get(f"/o/acme/breaches/{found.pk}").content.decode()
    assert "The initiative is paused, and with it this clock." in page


def test_a_missed_review_says_what_becomes_of_it(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.olu)
    missed = cast.planned_review(missed_at=NOW)
    page = client.get(f"/o/acme/reviews/{missed.pk}").content.decode()
    assert "is on the agenda of the next review" in page
