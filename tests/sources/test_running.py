"""What is due is run once; what fails is a missing reading and never an old number."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cadence.breaches.models import Breach
from cadence.evaluation.actions import sweep_missing
from cadence.ledger.models import Entry
from cadence.metrics.models import Correction, Reading
from cadence.sources import leases, outcomes, running
from cadence.sources.models import Run, Source
from cadence.sources.outcomes import Lost, finish, forget_runs
from cadence.sources.running import Ran, run_sources
from cadence.sources.schedule import MOST_FAILURES
from cadence.sources.shapes import Answer
from tests.cast import AT, LAST_WEEK, Cast
from tests.notices.receivers import Opens, hangs
from tests.notices.things import told
from tests.sources.conftest import Weeks
from tests.sources.rows import connection, run, source

BEFORE = LAST_WEEK - timedelta(weeks=1)


def run_at(at: datetime) -> Ran:
    return run_sources(now=lambda: at)


def readings(cast: Cast) -> list[tuple[date, Decimal]]:
    rows = Reading.objects.filter(metric=cast.demos).order_by("starts_on")
    return list(rows.values_list("starts_on", "value"))


def test_what_a_source_says_is_recorded_by_its_machine(cast: Cast, weeks: Weeks) -> None:
    weeks((str(BEFORE), 50), (str(LAST_WEEK), "61.5"))
    one = source(cast)
    assert run_at(AT).went_well == 1
    assert readings(cast) == [(BEFORE, Decimal(50)), (LAST_WEEK, Decimal("61.5"))]
    assert set(Reading.objects.values_list("recorded_by", flat=True)) == {one.connection.machine_id}
    (ran,) = one.runs.all()
    assert (ran.new_count, ran.error) == (2, "")
    one.refresh_from_db()
    # Six in the morning in Berlin.
    assert one.next_at == datetime(2026, 11, 17, 5, tzinfo=UTC)
    assert (one.lease, one.leased_until, one.failures) == ("", None, 0)


def test_a_number_below_its_threshold_opens_a_breach_as_if_it_was_typed(
    cast: Cast, weeks: Weeks
) -> None:
    weeks((str(LAST_WEEK), 31))
    source(cast)
    run_at(AT)
    breach = Breach.objects.get()
    assert (breach.metric, breach.value) == (cast.demos, 31)


def test_what_says_the_same_again_writes_nothing(cast: Cast, weeks: Weeks) -> None:
    weeks((str(LAST_WEEK), 61))
    one = source(cast)
    run_at(AT)
    entries = Entry.objects.count()
    assert run_at(AT + timedelta(days=1)).went_well == 1
    assert Entry.objects.count() == entries
    assert [ran.unchanged_count for ran in one.runs.all()] == [1, 0]


def test_what_says_something_else_is_a_correction(cast: Cast, weeks: Weeks) -> None:
    weeks((str(LAST_WEEK), 61))
    one = source(cast)
    run_at(AT)
    weeks((str(LAST_WEEK), 62))
    run_at(AT + timedelta(days=1))
    assert readings(cast) == [(LAST_WEEK, Decimal(62))]
    correction = Correction.objects.get()
    assert (correction.old_value, correction.corrected_by) == (61, one.connection.machine)


def test_a_week_that_is_not_over_is_not_recorded(cast: Cast, weeks: Weeks) -> None:
    weeks((str(LAST_WEEK), 61), (str(AT.date()), 3))
    one = source(cast)
    run_at(AT)
    assert readings(cast) == [(LAST_WEEK, Decimal(61))]
    assert one.runs.get().skipped_count == 1


def test_one_value_is_recorded_once_for_its_period(cast: Cast, weeks: Weeks) -> None:
    """What is measured on Tuesday is not what the last week came to, once that is known."""
    weeks(("now", 61))
    one = source(cast, query="SELECT demos FROM weeks", period_column="", value_column="")
    run_at(AT)
    weeks(("now", 75))
    run_at(AT + timedelta(days=1))
    assert readings(cast) == [(LAST_WEEK, Decimal(61))]
    assert one.runs.first().skipped_count == 1  # type: ignore[union-attr]
    run_at(AT + timedelta(weeks=1))
    assert readings(cast) == [(LAST_WEEK, Decimal(61)), (AT.date(), Decimal(75))]


def test_one_value_of_a_period_that_is_named_is_corrected(cast: Cast, weeks: Weeks) -> None:
    weeks((str(LAST_WEEK), 61))
    query = "SELECT demos FROM weeks WHERE day = {starts_on}"
    source(cast, query=query, period_column="", value_column="")
    run_at(AT)
    weeks((str(LAST_WEEK), 62))
    run_at(AT + timedelta(days=1))
    assert readings(cast) == [(LAST_WEEK, Decimal(62))]


def test_a_source_that_fails_is_a_missing_reading_and_never_an_old_number(
    cast: Cast, weeks: Weeks
) -> None:
    weeks((str(BEFORE), 61))
    one = source(cast, query="SELECT demos FROM weeks", period_column="", value_column="")
    Source.objects.update(next_at=AT - timedelta(weeks=1))
    run_at(AT - timedelta(days=6))
    assert readings(cast) == [(BEFORE, Decimal(61))]
    weeks().unlink()
    for days in range(10):
        run_at(AT + timedelta(days=days))
    assert readings(cast) == [(BEFORE, Decimal(61))]
    sweep_missing(at=AT + timedelta(days=10), organization=cast.acme)
    missing = Breach.objects.get(kind="missing")
    assert (missing.metric, missing.first_period) == (cast.demos, LAST_WEEK)
    assert "no such file" in one.runs.first().error  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT day, demos FROM weeks", "It answered no column “period”"),
        ("SELECT 'soon' AS period, 1 AS value", "Row 1: 'soon' is not a week"),
        ("SELECT day AS period, 'NaN' AS value FROM weeks", "must be a finite number"),
        ("SELECT day AS period, demos AS value FROM months", "no such table: months"),
        ("SELECT '1994-12-26' AS period, 1 AS value", "lies in the far past"),
    ],
)
def test_an_answer_that_changed_its_shape_is_told_and_nothing_of_it_recorded(
    cast: Cast, weeks: Weeks, query: str, words: str
) -> None:
    weeks((str(LAST_WEEK), 61))
    one = source(cast, query=query)
    assert run_at(AT) == Ran(failed=1)
    assert readings(cast) == []
    assert words in one.runs.get().error


def test_one_bad_row_refuses_all_of_them(cast: Cast, weeks: Weeks) -> None:
    weeks((str(BEFORE), 50), (str(LAST_WEEK), "many"))
    one = source(cast)
    run_at(AT)
    assert readings(cast) == []
    assert one.runs.get().error.startswith("Row 2: “many” is refused")


def test_a_failure_is_tried_again_soon_and_forgotten_when_it_goes_well(
    cast: Cast, weeks: Weeks
) -> None:
    one = source(cast)
    weeks().unlink()
    run_at(AT)
    one.refresh_from_db()
    assert (one.failures, one.next_at) == (1, AT + timedelta(minutes=5))
    assert run_at(AT + timedelta(minutes=4)) == Ran()
    weeks((str(LAST_WEEK), 61))
    run_at(AT + timedelta(minutes=5))
    one.refresh_from_db()
    assert (one.failures, one.state) == (0, "on")


def test_after_ten_failures_it_is_paused_and_its_people_are_told(cast: Cast, weeks: Weeks) -> None:
    one = source(cast)
    weeks().unlink()
    for _ in range(MOST_FAILURES):
        one.refresh_from_db()
        assert one.paused_at is None
        run_at(one.next_at)
    one.refresh_from_db()
    assert one.state == "paused"
    found = told(cast)
    assert set(found) == {"olu", "dana"}
    assert "its source failed ten times" in found["olu"].title
    assert "no such file" in found["olu"].detail
    assert run_at(AT + timedelta(days=30)) == Ran()


def test_a_machine_that_was_switched_off_records_nothing(cast: Cast, weeks: Weeks) -> None:
    weeks((str(LAST_WEEK), 61))
    one = source(cast)
    machine = one.connection.machine
    machine.ended_at = AT
    machine.save(update_fields=["ended_at"])
    run_at(AT)
    assert readings(cast) == []
    assert "Readings are recorded by" in one.runs.get().error


def test_what_nobody_wants_is_not_run(cast: Cast, weeks: Weeks) -> None:
    weeks((str(LAST_WEEK), 61))
    source(cast, metric=cast.metric(), paused_at=AT)
    source(cast, metric=cast.metric(), next_at=AT + timedelta(minutes=1))
    leased = source(cast, metric=cast.metric())
    assert leases.lease(leased.pk, AT) is not None
    ended = source(cast, metric=cast.metric())
    ended.metric.comes_from = "typed"
    ended.metric.save()
    ended.ended_at = AT
    ended.save()
    assert run_at(AT) == Ran()
    assert not Run.objects.exists()


def test_a_source_of_a_metric_that_was_retired_ends(cast: Cast, weeks: Weeks) -> None:
    weeks((str(LAST_WEEK), 61))
    one = source(cast)
    cast.demos.retired_at = AT
    cast.demos.save()
    assert run_at(AT) == Ran(ended=1)
    one.refresh_from_db()
    cast.demos.refresh_from_db()
    assert (one.state, cast.demos.comes_from) == ("ended", "typed")


def test_the_demo_reads_nothing(cast: Cast, weeks: Weeks) -> None:
    weeks((str(LAST_WEEK), 61))
    source(cast)
    cast.acme.is_demo = True
    cast.acme.save()
    assert run_at(AT) == Ran()


def test_who_comes_between_asking_and_recording_records_nothing(cast: Cast, weeks: Weeks) -> None:
    """As when the one who asked was killed, or took longer than its lease."""
    weeks((str(LAST_WEEK), 61))
    one = source(cast)
    first = leases.lease(one.pk, AT)
    assert first is not None
    assert run_at(AT + timedelta(minutes=1)) == Ran()
    later = AT + leases.LEASE
    assert run_at(later).went_well == 1
    entries = Entry.objects.count()
    answer = Answer(("period", "value"), ((str(LAST_WEEK), "99"),))
    with pytest.raises(Lost):
        finish(at=later, source=first, answer=answer, today=AT.date(), started_at=AT, took_ms=1)
    assert readings(cast) == [(LAST_WEEK, Decimal(61))]
    assert (one.runs.count(), Entry.objects.count()) == (1, entries)


def test_an_answer_is_about_the_day_on_which_it_was_asked(cast: Cast, weeks: Weeks) -> None:
    weeks()
    one = source(cast, period_column="", value_column="")
    leased = leases.lease(one.pk, AT)
    assert leased is not None
    answer = Answer(("value",), (("61",),))
    sunday = date(2026, 11, 15)
    finish(at=AT, source=leased, answer=answer, today=sunday, started_at=AT, took_ms=1)
    assert readings(cast) == [(BEFORE, Decimal(61))]


def test_a_mistake_of_ours_fails_that_source_alone(
    cast: Cast, weeks: Weeks, monkeypatch: pytest.MonkeyPatch
) -> None:
    weeks((str(LAST_WEEK), 61))
    broken = source(cast)
    well = source(cast, metric=cast.metric())
    record: Callable[..., Any] = outcomes.record_readings

    def breaks(**said: Any) -> Any:
        if said["rows"][0].metric == cast.demos.pk:
            raise ZeroDivisionError
        return record(**said)

    monkeypatch.setattr(outcomes, "record_readings", breaks)
    assert run_at(AT) == Ran(went_well=1, failed=1, broken=1)
    assert broken.runs.get().error == running.BROKEN
    assert well.runs.get().error == ""


def test_a_slow_source_holds_up_nobody_else(cast: Cast, weeks: Weeks, opens: Opens) -> None:
    weeks((str(LAST_WEEK), 61))
    until = threading.Event()
    slow = opens(hangs(until))
    slow_source = source(
        cast, connection(cast, url=f"http://{slow.place}"), extract="weeks", query=""
    )
    others = [source(cast, metric=cast.metric()) for _ in range(6)]
    finished: list[int] = []
    done = outcomes.finish

    def note(**said: Any) -> Any:
        finished.append(said["source"].pk)
        if len(finished) == len(others):
            until.set()
        return done(**said)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outcomes, "finish", note)
        ran = run_at(AT)
    assert ran == Ran(went_well=6, failed=1)
    assert finished[-1] == slow_source.pk


def test_an_organization_of_many_sources_leaves_room_for_one_of_few(cast: Cast) -> None:
    many = [source(cast, metric=cast.metric()) for _ in range(5)]
    betas = connection(cast, organization=cast.beta, created_by=cast.sven)
    few = source(
        cast, betas, cast.betas_metric, set_up_by=cast.sven, next_at=AT - timedelta(seconds=1)
    )
    Source.objects.filter(pk__in=[one.pk for one in many]).update(next_at=AT - timedelta(hours=1))
    assert [key for key, _ in leases.due(AT, at_most=2)] == [many[0].pk, few.pk]


def test_runs_are_forgotten_after_ninety_days(cast: Cast, folder: Path) -> None:
    one = source(cast)
    run(one)
    run(one, started_at=AT - timedelta(days=90))
    assert forget_runs(at=AT) == 1
    assert one.runs.count() == 1
