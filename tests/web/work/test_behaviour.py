"""What a metric does by chance, on its page, and having limits computed anew."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.behaviour.actions import rebase, withdraw_rebasing
from cadence.behaviour.models import Rebasing
from cadence.errors import Conflict, Forbidden, Invalid
from cadence.ledger.models import Entry
from cadence.metrics.models import Judgement
from tests.cast import AT, LAST_WEEK, Cast

SignIn = Callable[[Membership], Client]
WHY = "Demos are booked by a team of their own now."


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def judged(cast: Cast, values: Sequence[int]) -> None:
    """Weeks up to the last one, beside a floor of 45."""
    Judgement.objects.bulk_create(
        Judgement(
            organization=cast.acme,
            metric=cast.demos,
            starts_on=LAST_WEEK - timedelta(weeks=len(values) - 1 - at),
            value=Decimal(value),
            floor=Decimal(45),
            threshold=cast.floor,
            result="below" if value < 45 else "inside",
        )
        for at, value in enumerate(values)
    )


def page_of(client: Client, cast: Cast) -> str:
    return " ".join(client.get(f"/o/acme/metrics/{cast.demos.pk}").content.decode().split())


def anew(cast: Cast, weeks_ago: int, actor: Membership | None = None) -> Rebasing:
    return rebase(
        actor=actor or cast.dana,
        at=AT,
        metric=cast.demos,
        starts_on=LAST_WEEK - timedelta(weeks=weeks_ago),
        reason=WHY,
    )


STEADY_THEN_LOW = [50, 52, 49, 51, 50, 53, 48, 50, 52, 49, 30, 31, 29, 30, 32, 30]


def test_the_page_draws_limits_and_names_signals(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, STEADY_THEN_LOW)
    html = page_of(signed_in(cast.obi), cast)
    assert "chart-behaviour" in html
    assert "<b>Signal.</b> It is" in html
    assert "A ring is a signal" in html
    assert "Compute limits anew" not in html


def test_a_lead_has_limits_computed_anew_from_a_period(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, STEADY_THEN_LOW)
    client = signed_in(cast.dana)
    day = LAST_WEEK - timedelta(weeks=5) + timedelta(days=3)
    answer = client.post(
        f"/o/acme/metrics/{cast.demos.pk}/rebasings",
        {"starts_on": day.isoformat(), "reason": WHY},
    )
    assert answer.status_code == 302
    row = Rebasing.objects.get()
    assert (row.starts_on, row.rebased_by) == (LAST_WEEK - timedelta(weeks=5), cast.dana)
    html = page_of(client, cast)
    assert "<b>Routine variation.</b>" in html
    assert "this will keep missing it" in html
    assert f"limits anew: {WHY[:20]}" in html
    assert "Nothing here but routine variation." in html
    entry = Entry.objects.get(event="metric.rebased")
    assert entry.data["reason"] == WHY


def test_one_that_was_wrong_is_withdrawn_and_stays_on_record(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, STEADY_THEN_LOW)
    row = anew(cast, 5)
    client = signed_in(cast.dana)
    assert client.post(f"/o/acme/rebasings/{row.pk}/withdrawal").status_code == 302
    row.refresh_from_db()
    assert (row.withdrawn_by, row.withdrawn_at) == (cast.dana, AT)
    assert "<b>Signal.</b>" in page_of(client, cast)
    with pytest.raises(Conflict, match="withdrawn already"):
        withdraw_rebasing(actor=cast.dana, at=AT, rebasing=row)
    again = anew(cast, 5)
    assert again.pk != row.pk


def test_a_breach_is_read_with_the_limits_that_hold(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, STEADY_THEN_LOW)
    breach = cast.breach(threshold=cast.floor)
    client = signed_in(cast.olu)
    before = client.get(f"/o/acme/breaches/{breach.pk}").content.decode()
    anew(cast, 5)
    after = client.get(f"/o/acme/breaches/{breach.pk}").content.decode()
    assert "<b>Signal.</b>" in before
    assert "<b>Routine variation.</b>" in after


@pytest.mark.parametrize("weeks_ago", [15, 40, -2])
def test_limits_begin_after_the_first_value_and_not_in_the_future(
    cast: Cast, weeks_ago: int
) -> None:
    judged(cast, STEADY_THEN_LOW)
    with pytest.raises(Invalid) as caught:
        anew(cast, weeks_ago)
    assert [problem.field for problem in caught.value.problems] == ["starts_on"]


def test_it_takes_a_reason_and_a_day(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, STEADY_THEN_LOW)
    path = f"/o/acme/metrics/{cast.demos.pk}/rebasings"
    answer = signed_in(cast.dana).post(path, {"starts_on": "2026-99-01", "reason": ""})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Not saved yet" in html and 'value="2026-99-01"' in html
    assert not Rebasing.objects.exists()


def test_the_same_period_is_rebased_once(cast: Cast) -> None:
    judged(cast, STEADY_THEN_LOW)
    anew(cast, 5)
    with pytest.raises(Conflict, match="already"):
        anew(cast, 5)


def test_an_owner_does_not_compute_the_limits_of_their_own_number_anew(cast: Cast) -> None:
    judged(cast, STEADY_THEN_LOW)
    with pytest.raises(Forbidden):
        anew(cast, 5, cast.olu)


def test_nobody_rebases_what_another_organization_measures(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, STEADY_THEN_LOW)
    row = anew(cast, 5)
    client = signed_in(cast.sven)
    assert client.post(f"/o/acme/rebasings/{row.pk}/withdrawal").status_code == 404
    assert client.post(f"/o/beta/rebasings/{row.pk}/withdrawal").status_code == 404
    path = f"/o/beta/metrics/{cast.demos.pk}/rebasings"
    assert client.post(path, {"starts_on": "2026-10-05", "reason": WHY}).status_code == 404
