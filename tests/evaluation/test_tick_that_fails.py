"""One step fails in one organization: the rest is done all the same, and the failure is seen."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from structlog.testing import capture_logs

from accounts.models import Organization
from cadence import tasks
from cadence.evaluation.tick import STEPS, tick
from cadence.guards import Guard
from cadence.ledger.models import Entry
from cadence.notices.models import Cursor, Notice
from cadence.ownership.models import Leave, Ownership
from cadence.reviews.models import Review
from tests.architecture.attack import settle
from tests.cast import AT, Cast

DAY = timedelta(days=1)
LATER = AT + 2 * DAY


@pytest.fixture
def broken(cast: Cast, db: None) -> Organization:
    """Acme, in which the database refuses to lapse an offer and to tell anybody anything."""
    for model, condition in (
        ("cadence.Ownership", "NEW.ending = 'lapsed'"),
        ("cadence.Notice", "{true}"),
    ):
        guard = Guard(
            f"nothing_goes_in_{model.lower().replace('.', '_')}",
            model,
            "Nothing goes here.",
            ("INSERT", "UPDATE"),
            f"NEW.organization_id = {cast.acme.pk} AND {condition}",
        )
        with connection.cursor() as cursor:
            settle(cursor)
            for statement in guard.statements(connection.vendor):
                cursor.execute(statement)
    return cast.acme


def offer(person: Any, initiative: Any, cast: Cast) -> Ownership:
    return cast.owned_by(person, initiative, accepted=False, due_at=AT + DAY)


def test_the_later_steps_and_the_other_organizations_have_their_turn(
    cast: Cast, broken: Organization
) -> None:
    stuck = offer(cast.nils, cast.initiative(), cast)
    lapsing = offer(cast.sven, cast.betas_initiative, cast)
    cast.series(planned_to=AT - 3 * DAY)
    with pytest.raises(ExceptionGroup) as failed:
        tick(at=LATER)
    (error,) = failed.value.exceptions
    assert isinstance(error, IntegrityError)
    assert error.__notes__ == ["In the step “lapsed” for acme."]
    stuck.refresh_from_db()
    lapsing.refresh_from_db()
    assert (stuck.ending, lapsing.ending) == ("", "lapsed")
    # What comes after the failure in the same organization.
    assert Review.objects.open().filter(organization=broken).exists()
    assert Entry.objects.filter(organization=broken, event="readings.missed").exists()


def test_the_worker_tells_and_forgets_and_fails_at_the_end(
    cast: Cast, broken: Organization
) -> None:
    offer(cast.nils, cast.initiative(), cast)
    offer(cast.sven, cast.betas_initiative, cast)
    with capture_logs() as lines, pytest.raises(ExceptionGroup) as failed:
        tasks.look_at_all(LATER)
    assert len(failed.value.exceptions) == 2
    errors = [line for line in lines if line["event"] == "tick_failed"]
    assert [(line["step"], line["organization"]) for line in errors] == [
        ("lapsed", "acme"),
        ("told", "acme"),
    ]
    assert all(isinstance(line["exc_info"], IntegrityError) for line in errors)
    (counted,) = [line for line in lines if line["event"] == "tick"]
    assert (counted["failed"], counted["lapsed"]) == (2, 1)
    # Nothing was told in the one, and nothing is taken as told: the next tick tries again.
    assert not Cursor.objects.filter(pk=broken.pk, sequence__gt=0).exists()
    assert Cursor.objects.get(pk=cast.beta.pk).sequence > 0
    assert Notice.objects.filter(organization=cast.beta).exists()


def test_leaves_come_before_offers(cast: Cast) -> None:
    assert list(STEPS)[:2] == ["leaves", "lapsed"]
    cast.owned_by(cast.nils, cast.initiative(), accepted=False, due_at=AT + DAY)
    Leave.objects.create(
        organization=cast.acme,
        member=cast.olu,
        starts_on=AT.date(),
        ends_on=AT.date() + 5 * DAY,
        planned_by=cast.olu,
        planned_at=AT,
    )
    tick(at=LATER)
    events = Entry.objects.filter(event__in=["leave.began", "ownership.lapsed"])
    assert list(events.order_by("sequence").values_list("event", flat=True)) == [
        "leave.began",
        "ownership.lapsed",
    ]
