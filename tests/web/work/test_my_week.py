"""My week: readings are entered, offers answered, commitments settled, all in place."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment
from cadence.evaluation.duties import follow_owners
from cadence.metrics.models import Correction, Reading
from cadence.ownership.queries import owner_of
from tests.cast import AT, LAST_WEEK, Cast

SignIn = Callable[[Membership], Client]
WEEK = "/o/acme/my-week"
ROW = {"X-Row": "1"}


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def row(cast: Cast, day: date = LAST_WEEK) -> str:
    return f"/o/acme/metrics/{cast.demos.pk}/readings/{day}"


def commitment(cast: Cast, person: Membership) -> Commitment:
    return Commitment.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        text="Brief three partners",
        person=person,
        due_on=AT.date() + timedelta(days=1),
        due_at=AT + timedelta(days=7),
        created_by=cast.dana,
        created_at=AT,
    )


def test_an_owner_is_asked_for_the_readings_of_the_week(cast: Cast, signed_in: SignIn) -> None:
    cast.reading(52, starts_on=date(2026, 11, 2))
    page = signed_in(cast.olu).get(WEEK)
    assert page.status_code == 200
    html = page.content.decode()
    assert "Qualified demos" in html
    assert "≥ 45" in html
    assert "<span data-rows-given>0</span> of 1" in html
    assert "due Tuesday 17 Nov" in html


def test_a_reading_below_its_threshold_says_what_it_opened(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.olu).post(row(cast), {"value": "31"}, headers=ROW)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.strip().startswith("<tbody data-row")
    assert "14 below" in html
    assert "Opens a breach." in html
    assert "Two people call every open lead on Tuesday." in html
    assert "Why, in one line" in html
    assert Breach.objects.get().metric == cast.demos


def test_the_why_line_is_kept_with_the_reading(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.olu)
    client.post(row(cast), {"value": "31"}, headers=ROW)
    answer = client.post(row(cast), {"value": "31", "note": "Two cancelled"}, headers=ROW)
    assert "Two cancelled" in answer.content.decode()
    assert "In breach since" in answer.content.decode()
    assert Reading.objects.get().note == "Two cancelled"


def test_a_reading_inside_its_threshold_is_saved_without_questions(
    cast: Cast, signed_in: SignIn
) -> None:
    answer = signed_in(cast.olu).post(row(cast), {"value": "52"}, headers=ROW)
    assert "✓ saved" in answer.content.decode()
    assert 'class="band"' not in answer.content.decode()


@pytest.mark.parametrize("value", ["", "many", "NaN", "1e999", "9" * 40, "4\x005", "1,5"])
def test_what_is_no_number_is_said_in_its_row_and_kept(
    cast: Cast, signed_in: SignIn, value: str
) -> None:
    answer = signed_in(cast.olu).post(row(cast), {"value": value}, headers=ROW)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'class="error"' in html
    assert f'value="{value}"' in html or "\0" in value
    assert not Reading.objects.exists()


def test_without_script_a_refused_reading_comes_back_on_its_page(
    cast: Cast, signed_in: SignIn
) -> None:
    answer = signed_in(cast.olu).post(row(cast), {"value": "many", "page": "my-week"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "<h1>Readings</h1>" in html
    assert 'value="many"' in html


def test_without_script_a_saved_reading_leads_back_to_my_week(
    cast: Cast, signed_in: SignIn
) -> None:
    answer = signed_in(cast.olu).post(row(cast), {"value": "52", "page": "my-week"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == WEEK


def test_a_correction_is_asked_for_its_reason(cast: Cast, signed_in: SignIn) -> None:
    cast.reading(52)
    client = signed_in(cast.olu)
    asked = client.post(row(cast), {"value": "50"}, headers=ROW)
    assert asked.status_code == 422
    assert "It was 52" in asked.content.decode()
    assert 'value="50"' in asked.content.decode()
    done = client.post(row(cast), {"value": "50", "note": "Counted twice"}, headers=ROW)
    assert done.status_code == 200
    correction = Correction.objects.get()
    assert (correction.old_value, correction.reason) == (Decimal(52), "Counted twice")


def test_a_period_that_is_none_records_nothing(cast: Cast, signed_in: SignIn) -> None:
    for text in ("2026-11-10", "9999-01-01", "x", "2026-11-23"):
        answer = signed_in(cast.olu).post(
            f"/o/acme/metrics/{cast.demos.pk}/readings/{text}", {"value": "1"}, headers=ROW
        )
        assert answer.status_code in {302, 422}
    assert not Reading.objects.exists()


def test_observers_and_members_see_and_cannot(cast: Cast, signed_in: SignIn) -> None:
    for person in (cast.obi, cast.nils):
        client = signed_in(person)
        assert client.get(WEEK).status_code == 200
        answer = client.post(row(cast), {"value": "52"}, headers=ROW)
        assert answer.status_code == 422
        assert "recorded by the owner" in answer.content.decode()
    assert not Reading.objects.exists()


def test_a_stranger_finds_nothing(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.sven)
    assert client.get(WEEK).status_code == 404
    assert client.post(row(cast), {"value": "52"}).status_code == 404
    foreign = f"/o/beta/metrics/{cast.demos.pk}/readings/{LAST_WEEK}"
    assert client.post(foreign, {"value": "52"}).status_code == 404


def test_somebody_with_nothing_is_taught_what_comes_here(cast: Cast, signed_in: SignIn) -> None:
    assert "Nothing waits for you" in signed_in(cast.nils).get(WEEK).content.decode()


def test_breaches_wait_for_who_answers(cast: Cast, signed_in: SignIn) -> None:
    cast.breach()
    assert "below 45" in signed_in(cast.olu).get(WEEK).content.decode()
    assert "below 45" not in signed_in(cast.fay).get(WEEK).content.decode()


def test_the_lead_is_asked_for_the_breach_of_an_orphan(cast: Cast, signed_in: SignIn) -> None:
    orphan = cast.metric("Calls", initiative=cast.initiative("Orphan"))
    cast.breach(orphan, answerable=None)
    follow_owners(at=AT, organization=cast.acme)
    html = signed_in(cast.dana).get(WEEK).content.decode()
    assert "Calls" in html
    assert "Decide" in html


def test_an_offer_is_accepted_in_place(cast: Cast, signed_in: SignIn) -> None:
    initiative = cast.initiative("Reseller portal")
    offer = cast.owned_by(cast.nils, initiative, accepted=False, offered_by=cast.dana)
    client = signed_in(cast.nils)
    assert "Dana asks you" in client.get(WEEK).content.decode()
    answer = client.post(f"{WEEK}/offers/{offer.pk}/acceptance", follow=True)
    assert "You answer for Reseller portal" in answer.content.decode()
    assert owner_of(initiative) == cast.nils


def test_declining_an_offer_takes_a_reason(cast: Cast, signed_in: SignIn) -> None:
    offer = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
    client = signed_in(cast.nils)
    refused = client.post(f"{WEEK}/offers/{offer.pk}/refusal", {"reason": " "})
    assert refused.status_code == 422
    assert '<details class="more" open>' in refused.content.decode()
    done = client.post(f"{WEEK}/offers/{offer.pk}/refusal", {"reason": "No time before May"})
    assert done.status_code == 302
    offer.refresh_from_db()
    assert offer.reason == "No time before May"


def test_nobody_answers_the_offer_of_somebody_else(cast: Cast, signed_in: SignIn) -> None:
    offer = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
    answer = signed_in(cast.fay).post(f"{WEEK}/offers/{offer.pk}/acceptance")
    assert answer.status_code == 403


def test_a_commitment_is_kept_or_dropped_with_a_reason(cast: Cast, signed_in: SignIn) -> None:
    kept, dropped = commitment(cast, cast.nils), commitment(cast, cast.nils)
    client = signed_in(cast.nils)
    assert "Brief three partners" in client.get(WEEK).content.decode()
    client.post(f"{WEEK}/commitments/{kept.pk}/kept")
    refused = client.post(f"{WEEK}/commitments/{dropped.pk}/dropped", {"reason": ""})
    assert refused.status_code == 422
    client.post(f"{WEEK}/commitments/{dropped.pk}/dropped", {"reason": "Partner left"})
    kept.refresh_from_db()
    dropped.refresh_from_db()
    assert kept.kept_at == AT
    assert dropped.dropped_reason == "Partner left"


def test_a_verdict_is_acknowledged_by_who_decided(cast: Cast, signed_in: SignIn) -> None:
    decision = cast.decision(cast.breach(), decided_at=AT - timedelta(minutes=0))
    verdict = cast.verdict(decision, given_at=AT)
    client = signed_in(cast.olu)
    assert f"D-{decision.number}" in client.get(WEEK).content.decode()
    client.post(f"{WEEK}/verdicts/{decision.pk}/acknowledgement")
    verdict.refresh_from_db()
    assert verdict.acknowledged_by == cast.olu


def test_a_verdict_that_went_up_waits_for_whom_it_went_to(cast: Cast, signed_in: SignIn) -> None:
    decision = cast.decision(cast.breach())
    cast.verdict(decision, given_at=AT, level=1, escalated_to=cast.dana)
    client = signed_in(cast.dana)
    page = client.get(WEEK)
    assert [one.decision for one in page.context["verdicts"]] == [decision]
    client.post(f"{WEEK}/verdicts/{decision.pk}/acknowledgement")
    assert not client.get(WEEK).context["verdicts"]


def test_an_approval_waits_for_who_stands_above(cast: Cast, signed_in: SignIn) -> None:
    cast.decision(cast.breach(), kind="hold_course")
    assert "Approve" in signed_in(cast.dana).get(WEEK).content.decode()
    assert "Approve" not in signed_in(cast.olu).get(WEEK).content.decode()


def test_the_days_of_a_daily_metric_are_asked_for_one_by_one(cast: Cast, signed_in: SignIn) -> None:
    cast.metric("Visits", read_per="day", checked_to=date(2026, 11, 2))
    html = signed_in(cast.olu).get(WEEK).content.decode()
    assert html.count('aria-label="Visits, ') == 7
    assert "<span data-rows-given>0</span> of 8" in html


def test_as_many_queries_for_many_metrics_as_for_one(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.olu)
    cast.breach()
    few = queries(client)
    for number in range(20):
        cast.threshold(cast.metric())
        cast.breach(cast.metric(f"Number {number}"))
    assert queries(client) == few


def test_as_many_queries_for_many_approvals_as_for_one(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.dana)
    cast.decision(cast.breach(), kind="hold_course")
    few = queries(client)
    for _ in range(9):
        metric = cast.metric(initiative=cast.initiative(owner=cast.nils))
        cast.decision(cast.breach(metric), kind="hold_course")
    assert queries(client) == few
    assert client.get(WEEK).content.decode().count(">Approve</span>") == 10


def test_what_was_escalated_waits_for_whom_it_went_to(cast: Cast, signed_in: SignIn) -> None:
    breach = cast.breach(answerable=cast.dana, level=1)
    cast.decision(breach, kind="escalate")
    page = signed_in(cast.dana).get(WEEK)
    assert "below 45" in page.content.decode()
    assert "by 14 Dec" in page.content.decode()
    assert page.context["counts"]["my_week"] == 1
    assert "below 45" not in signed_in(cast.olu).get(WEEK).content.decode()


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(WEEK).status_code == 200
    return len(captured)
