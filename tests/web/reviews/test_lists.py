"""The calendar of reviews, the log of decisions, and who answers for what."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from tests.cast import AT, Cast

SignIn = Callable[[Membership], Client]
NOW = AT + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_the_calendar_shows_what_comes_what_is_open_and_what_has_been(
    cast: Cast, signed_in: SignIn
) -> None:
    series = cast.series(name="Demand weekly")
    cast.planned_review(series, opened_at=AT)
    cast.planned_review(series)
    cast.planned_review(series, missed_at=AT, starts_at=AT - timedelta(weeks=2))
    cast.breach()
    page = signed_in(cast.olu).get("/o/acme/reviews").content.decode()
    assert "Held open by Qualified demos" in page
    assert "Week of 23 Nov" in page
    assert "missed" in page


def test_an_organization_without_reviews_is_told_the_next_step(
    cast: Cast, signed_in: SignIn
) -> None:
    assert "No rhythm yet" in signed_in(cast.olu).get("/o/acme/reviews").content.decode()


@pytest.mark.parametrize("query", ["team=x", "series=99999999999999999999", "page=-1", "team=%00"])
def test_a_filter_that_makes_no_sense_is_passed_over(
    cast: Cast, signed_in: SignIn, query: str
) -> None:
    client = signed_in(cast.olu)
    cast.planned_review()
    for name in ("reviews", "decisions", "ownership"):
        assert client.get(f"/o/acme/{name}?{query}").status_code == 200, name


def test_the_calendar_costs_the_same_with_one_review_and_with_many(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.olu)
    cast.breach()

    def one_more() -> None:
        for _ in range(2):
            cast.planned_review()
            cast.open_review()
            cast.planned_review(missed_at=AT)

    one_more()
    client.get("/o/acme/reviews")
    few = queries(client, "/o/acme/reviews")
    for _ in range(6):
        one_more()
    assert queries(client, "/o/acme/reviews") == few


def test_a_planned_review_shows_what_would_be_on_its_agenda(cast: Cast, signed_in: SignIn) -> None:
    review = cast.planned_review(starts_at=AT + timedelta(hours=3))
    cast.breach()
    client = signed_in(cast.fay)
    page = client.get(f"/o/acme/reviews/{review.pk}").content.decode()
    assert "Breaches without a decision · 1" in page
    assert "Open now" in page
    assert client.post(f"/o/acme/reviews/{review.pk}/opening").status_code == 302
    assert "Holds this review open" in client.get(f"/o/acme/reviews/{review.pk}").content.decode()


def test_a_review_is_moved_with_a_reason_inside_its_week(cast: Cast, signed_in: SignIn) -> None:
    review = cast.planned_review(starts_at=AT + timedelta(hours=3))
    client = signed_in(cast.fay)
    url = f"/o/acme/reviews/{review.pk}/move"
    answer = client.post(url, {"starts_at": "2026-11-18T10:00", "reason": ""})
    assert answer.status_code == 422
    assert "2026-11-18T10:00" in answer.content.decode()
    answer = client.post(url, {"starts_at": "2026-12-02T10:00", "reason": "Away"})
    assert answer.status_code == 422
    assert "A review is held before the next one" in answer.content.decode()
    assert signed_in(cast.nils).post(url, {}).status_code == 403
    client = signed_in(cast.fay)
    good = {"starts_at": "2026-11-18T10:00", "reason": "Away"}
    assert client.post(url, good).status_code == 302
    review.refresh_from_db()
    # Typed in the zone of the organization, Berlin.
    assert review.starts_at.isoformat() == "2026-11-18T09:00:00+00:00"


def test_a_missed_review_says_so(cast: Cast, signed_in: SignIn) -> None:
    review = cast.planned_review(missed_at=AT)
    page = signed_in(cast.olu).get(f"/o/acme/reviews/{review.pk}").content.decode()
    assert "Missed." in page
    assert "Move it" not in page


def test_the_log_is_searched_by_number_word_metric_and_what_came_of_it(
    cast: Cast, signed_in: SignIn
) -> None:
    first = cast.decision(cast.breach(recovered_at=AT, recovered_period=AT.date()))
    cast.verdict(first, "did_not_work")
    second = cast.decision(cast.breach(cast.metric("Webinars held")), what="One more webinar")
    client = signed_in(cast.olu)

    def found(query: str) -> set[str]:
        page = client.get(f"/o/acme/decisions?{query}").content.decode()
        return {str(one) for one in (first, second) if f">{one}</a>" in page}

    assert found("") == {"D-1", "D-2"}
    assert found("q=D-2") == {"D-2"}
    assert found("q=webinar") == {"D-2"}
    assert found("q=qualified") == {"D-1"}
    assert found("verdict=did_not_work") == {"D-1"}
    assert found("verdict=awaited") == {"D-2"}
    assert found(f"team={cast.partners.pk}") == set()
    assert found("since=2026-11-17") == set()
    assert found(f"decided_by={cast.olu.pk}&kind=adjust") == {"D-1", "D-2"}


def test_the_log_costs_the_same_with_one_decision_and_with_many(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.olu)
    cast.decision(cast.breach())
    client.get("/o/acme/decisions")
    one = queries(client, "/o/acme/decisions")
    for _ in range(12):
        cast.decision(cast.breach(cast.metric()))
    assert queries(client, "/o/acme/decisions") == one


def test_orphans_come_first_with_reason_stake_and_acting_owner(
    cast: Cast, signed_in: SignIn
) -> None:
    orphan = cast.initiative("Reseller portal")
    orphan.budget_at_stake = 120000
    orphan.save(update_fields=["budget_at_stake"])
    page = signed_in(cast.dana).get("/o/acme/ownership").content.decode()
    row = page.split(f'id="initiative-{orphan.pk}"')[1].split("</tr>")[0]
    assert "Nobody was asked" in row
    assert "€120,000" in row
    assert "Dana" in row


def test_an_orphan_is_handed_over_in_place(cast: Cast, signed_in: SignIn) -> None:
    orphan = cast.initiative("Reseller portal")
    client = signed_in(cast.dana)
    assert "Offer it to" in client.get(f"/o/acme/ownership?hand_over={orphan.pk}").content.decode()
    url = f"/o/acme/ownership/{orphan.pk}/offer"
    answer = client.post(url, {"owner": "", "note": "Yours?"})
    assert answer.status_code == 422
    assert "Yours?" in answer.content.decode()
    assert client.post(url, {"owner": cast.obi.pk}).status_code == 422
    assert client.post(url, {"owner": cast.nils.pk, "note": "Yours?"}).status_code == 302
    offer = orphan.ownerships.get()
    assert offer.owner == cast.nils
    assert "Ask somebody else" in client.get("/o/acme/ownership").content.decode()
    answer = client.post(f"/o/acme/offers/{offer.pk}/withdrawal")
    assert answer.status_code == 302
    offer.refresh_from_db()
    assert offer.ended_at == NOW


def test_who_may_not_hand_over_sees_no_form_and_is_refused(cast: Cast, signed_in: SignIn) -> None:
    orphan = cast.initiative("Reseller portal")
    for person in (cast.nils, cast.obi):
        client = signed_in(person)
        page = client.get(f"/o/acme/ownership?hand_over={orphan.pk}").content.decode()
        assert "Choose an owner" not in page
        assert "Offer it to" not in page
        url = f"/o/acme/ownership/{orphan.pk}/offer"
        assert client.post(url, {"owner": cast.nils.pk}).status_code == 403


def test_ownership_costs_the_same_with_one_orphan_and_with_many(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.dana)
    cast.initiative()
    cast.initiative(owner=cast.nils)
    client.get("/o/acme/ownership")
    one = queries(client, "/o/acme/ownership")
    for _ in range(8):
        cast.breach(cast.metric(initiative=cast.initiative()))
        cast.initiative(owner=cast.nils)
    assert queries(client, "/o/acme/ownership") == one


def test_nothing_orphaned_is_said(cast: Cast, signed_in: SignIn) -> None:
    with time_machine.travel(AT - timedelta(weeks=14), tick=False):
        page = signed_in(cast.dana).get("/o/acme/ownership").content.decode()
    assert "Nothing is orphaned" in page
