"""Minutes that wait to be sent while the version with notices is installed reach people."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from cadence import guards
from cadence.ledger.models import Entry
from cadence.notices.derive import derive_notices
from cadence.notices.models import Cursor, Notice, NoticeKind
from cadence.reviews.models import Review
from tests.cast import Cast
from tests.gather import gather
from tests.notices.things import happened

BEFORE = ("cadence", "0005_the_owner_is_back")
DAY = timedelta(days=1)


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    try:
        yield gather()
    finally:
        call_command("migrate", interactive=False, verbosity=0)


def closed(cast: Cast, at: datetime) -> Review:
    hour = timedelta(hours=1)
    moments = {"starts_at": at - hour, "opened_at": at - hour, "hold_by": at + 7 * DAY}
    review = cast.open_review(cast.series(), occurs_on=at.date(), **moments)
    review.closed_at, review.closed_by, review.minutes_hash = at, cast.fay, "0" * 64
    review.minutes = {"facilitator": {"id": cast.dana.pk, "name": "Dana"}}
    review.save(update_fields=["closed_at", "closed_by", "minutes", "minutes_hash"])
    happened(cast, "review.closed", review, cast.fay, decisions=[])
    happened(cast, "settings.changed", cast.acme, cast.ada)
    return review


def upgrade(*sent: Review) -> None:
    """From the version before, in which the minutes of these were sent."""
    guards.lift(connection)
    call_command("migrate", *BEFORE, interactive=False, verbosity=0)
    earlier: Any = MigrationExecutor(connection).loader.project_state([BEFORE]).apps
    guards.lift(connection)
    rows = earlier.get_model("cadence", "Review")._default_manager
    rows.filter(pk__in=[one.pk for one in sent]).update(minutes_sent_at=timezone.now())
    call_command("migrate", interactive=False, verbosity=0)


def told() -> set[int]:
    derive_notices(at=timezone.now())
    rows = Notice.objects.filter(kind=NoticeKind.MINUTES)
    return set(rows.values_list("entry__subject_id", flat=True))


def test_unsent_minutes_of_the_last_days_are_told(cast: Cast) -> None:
    now = timezone.now()
    closed(cast, now - 9 * DAY)
    sent = closed(cast, now - 2 * DAY)
    waiting = [closed(cast, now - DAY), closed(cast, now - timedelta(hours=1))]
    upgrade(sent)
    first = Entry.objects.get(event="review.closed", subject_id=waiting[0].pk)
    assert Cursor.objects.get(organization=cast.acme).sequence == first.sequence - 1
    assert told() == {one.pk for one in waiting}


def test_where_all_were_sent_nothing_old_is_told(cast: Cast) -> None:
    now = timezone.now()
    closed(cast, now - 9 * DAY)
    upgrade(closed(cast, now - DAY))
    last = Entry.objects.filter(organization=cast.acme).latest("sequence")
    assert Cursor.objects.get(organization=cast.acme).sequence == last.sequence
    assert told() == set()


def test_the_demo_begins_at_the_present(cast: Cast) -> None:
    closed(cast, timezone.now() - DAY)
    cast.acme.is_demo = True
    cast.acme.save(update_fields=["is_demo"])
    upgrade()
    assert told() == set()
