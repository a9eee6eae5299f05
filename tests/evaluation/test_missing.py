"""A reading that is not there after its grace opens a breach of its own kind."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import ClosingDay
from cadence.breaches.models import Breach
from cadence.errors import Conflict
from cadence.evaluation.actions import record_readings, sweep_missing
from cadence.evaluation.lifecycle import (
    activate_initiative,
    end_initiative,
    resume_initiative,
    retire_metric,
)
from cadence.evaluation.rows import Row
from cadence.ledger.models import Entry
from cadence.metrics.models import Metric
from tests.cast import AT, LAST_WEEK, Cast

WEEK = timedelta(weeks=1)
# The week of 9 November ends on Sunday the 15th; two working days of grace are Monday, Tuesday.
WEDNESDAY = datetime(2026, 11, 18, 6, tzinfo=UTC)


def only(cast: Cast) -> Metric:
    """Only the demos owe readings."""
    Metric.objects.exclude(pk=cast.demos.pk).update(retired_at=AT)
    Metric.objects.filter(pk=cast.demos.pk).update(checked_to=LAST_WEEK - WEEK)
    cast.demos.refresh_from_db()
    return cast.demos


def sweep(cast: Cast, at: datetime) -> list[Breach]:
    return sweep_missing(at=at, organization=cast.acme).opened


def test_a_missing_reading_is_a_breach_after_its_grace_and_not_before(cast: Cast) -> None:
    only(cast)
    # Tuesday 23:30 in Berlin is still within the grace, an hour later it is over.
    assert sweep(cast, datetime(2026, 11, 17, 22, 30, tzinfo=UTC)) == []
    (breach,) = sweep(cast, datetime(2026, 11, 17, 23, 30, tzinfo=UTC))
    assert breach.kind == "missing" and breach.first_period == LAST_WEEK
    assert breach.answerable == cast.olu and breach.value is None


def test_a_closing_day_lengthens_the_grace(cast: Cast) -> None:
    only(cast)
    ClosingDay.objects.create(organization=cast.acme, day=date(2026, 11, 17))
    assert sweep(cast, WEDNESDAY) == []
    assert len(sweep(cast, WEDNESDAY + timedelta(days=1))) == 1


def test_a_sweep_that_runs_twice_changes_nothing(cast: Cast) -> None:
    only(cast)
    assert len(sweep(cast, WEDNESDAY)) == 1
    assert sweep(cast, WEDNESDAY) == [] and Breach.objects.count() == 1
    assert Entry.objects.filter(event="readings.missed").count() == 1


def test_a_sweep_that_comes_three_weeks_late_finds_the_same(cast: Cast) -> None:
    metric = only(cast)
    rows = [Row(metric.pk, LAST_WEEK + WEEK, "51")]
    record_readings(actor=cast.olu, at=AT + WEEK, rows=rows)
    sweep(cast, WEDNESDAY + 3 * WEEK)
    found = Breach.objects.order_by("first_period")
    assert [(b.first_period, b.recovered_period) for b in found] == [
        (LAST_WEEK, LAST_WEEK + WEEK),
        (LAST_WEEK + 2 * WEEK, None),
    ]


def test_a_late_reading_does_not_undo_that_it_was_missing(cast: Cast) -> None:
    metric = only(cast)
    rows = [Row(metric.pk, LAST_WEEK, "50")]
    record_readings(actor=cast.olu, at=WEDNESDAY, rows=rows)
    breach = Breach.objects.get()
    assert breach.kind == "missing" and breach.recovered_at == WEDNESDAY
    assert breach.decision is None


def test_a_reading_in_time_leaves_nothing(cast: Cast) -> None:
    metric = only(cast)
    record_readings(actor=cast.olu, at=AT, rows=[Row(metric.pk, LAST_WEEK, "50")])
    assert sweep(cast, WEDNESDAY) == [] and not Breach.objects.exists()


def test_a_bad_reading_outranks_its_absence(cast: Cast) -> None:
    metric = only(cast)
    sweep(cast, WEDNESDAY + WEEK)
    record_readings(actor=cast.olu, at=WEDNESDAY + WEEK, rows=[Row(metric.pk, LAST_WEEK, "31")])
    missing, below = Breach.objects.order_by("pk")
    assert missing.kind == "missing" and missing.recovered_at is not None
    assert below.kind == "threshold" and below.recovered_at is None


def test_an_incomplete_week_of_days_is_missing(cast: Cast) -> None:
    only(cast)
    metric = cast.metric(
        read_per="day", judged_per="week", checked_to=LAST_WEEK - WEEK, aggregation="mean"
    )
    cast.reading(50)
    rows = [Row(metric.pk, LAST_WEEK + timedelta(days=n), "5") for n in range(6)]
    record_readings(actor=cast.olu, at=AT, rows=rows)
    assert metric.pk in {breach.metric_id for breach in sweep(cast, WEDNESDAY)}


def test_nothing_is_owed_by_drafts_paused_ended_or_retired(cast: Cast) -> None:
    only(cast)
    draft = cast.initiative(draft=True)
    paused = cast.initiative()
    paused.paused_at = AT
    paused.save()
    cast.metric(initiative=draft)
    cast.metric(initiative=paused)
    cast.metric(retired_at=AT)
    assert {breach.metric_id for breach in sweep(cast, WEDNESDAY)} == {cast.demos.pk}


def test_nothing_is_owed_for_the_time_of_a_pause(cast: Cast) -> None:
    metric = only(cast)
    cast.pipeline.paused_at = AT - 3 * WEEK
    cast.pipeline.save()
    resume_initiative(actor=cast.dana, at=AT, initiative=cast.pipeline)
    metric.refresh_from_db()
    assert metric.checked_to == LAST_WEEK
    assert sweep(cast, WEDNESDAY) == [] and not Breach.objects.exists()


def test_a_pause_of_a_minute_forgives_nothing(cast: Cast) -> None:
    only(cast)
    cast.pipeline.paused_at = AT - timedelta(minutes=1)
    cast.pipeline.save()
    resume_initiative(actor=cast.dana, at=AT, initiative=cast.pipeline)
    assert [breach.first_period for breach in sweep(cast, WEDNESDAY)] == [LAST_WEEK]


def test_what_was_owed_before_a_pause_is_missed_when_it_ends(cast: Cast) -> None:
    only(cast)
    cast.pipeline.paused_at = AT
    cast.pipeline.save()
    resume_initiative(actor=cast.dana, at=AT + 3 * WEEK, initiative=cast.pipeline)
    assert [breach.first_period for breach in Breach.objects.all()] == [LAST_WEEK]


def test_the_first_reading_is_owed_for_the_week_after_the_beginning(cast: Cast) -> None:
    only(cast)
    draft = cast.initiative(draft=True, owner=cast.olu)
    metric = cast.metric(initiative=draft, checked_to=date(2026, 9, 7))
    activate_initiative(actor=cast.dana, at=AT, initiative=draft)
    late = {breach.metric_id for breach in sweep(cast, WEDNESDAY + WEEK)}
    assert metric.pk not in late
    late = {breach.metric_id for breach in sweep(cast, WEDNESDAY + 2 * WEEK)}
    assert metric.pk in late


def test_nothing_ends_on_the_sly_while_no_tick_looks(cast: Cast) -> None:
    metric = only(cast)
    with pytest.raises(Conflict) as refused:
        retire_metric(actor=cast.dana, at=WEDNESDAY, metric=metric, reason="Not needed.")
    assert refused.value.code == "metric_in_breach"
    with pytest.raises(Conflict) as refused:
        end_initiative(
            actor=cast.dana,
            at=WEDNESDAY,
            initiative=cast.pipeline,
            ended_as="completed",
            reason="Done.",
        )
    assert refused.value.code == "breaches_undecided"
    assert len(sweep(cast, WEDNESDAY)) == 1


def test_a_metric_in_breach_does_not_get_a_second_one_for_being_missing(cast: Cast) -> None:
    only(cast)
    cast.breach(first_period=LAST_WEEK - WEEK, opening_period=LAST_WEEK - WEEK)
    assert sweep(cast, WEDNESDAY) == []
    assert Breach.objects.count() == 1
