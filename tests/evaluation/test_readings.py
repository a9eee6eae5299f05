"""What a reading means: judgements, breaches that open, breaches that recover."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.errors import Conflict, Forbidden, Invalid
from cadence.evaluation.actions import Recorded, record_readings
from cadence.evaluation.rows import Row
from cadence.ledger.models import Entry
from cadence.metrics.actions import create_metric, retire_metric
from cadence.metrics.models import Correction, Judgement, Metric, Reading
from tests.cast import AT, LAST_WEEK, Cast

WEEK = timedelta(weeks=1)


def record(
    cast: Cast,
    value: object,
    period: object = LAST_WEEK,
    *,
    metric: Metric | None = None,
    actor: Membership | None = None,
    at: datetime = AT,
    note: str = "",
) -> Recorded:
    row = Row(metric=(metric or cast.demos).pk, period=period, value=value, note=note)
    return record_readings(actor=actor or cast.olu, at=at, rows=[row])[0]


def test_a_reading_below_its_floor_opens_a_breach(cast: Cast) -> None:
    recorded = record(cast, "31")
    assert recorded.opened and recorded.status == "new"
    assert recorded.judgement is not None and recorded.judgement.result == "below"
    breach = Breach.objects.get()
    assert (breach.value, breach.limit, breach.side) == (Decimal(31), Decimal(45), "below")
    assert breach.answerable == cast.olu and breach.decision is None
    assert breach.opening_period == LAST_WEEK


def test_a_reading_on_its_floor_is_inside(cast: Cast) -> None:
    recorded = record(cast, "45")
    assert recorded.judgement is not None and recorded.judgement.result == "inside"
    assert not Breach.objects.exists()


def test_without_a_threshold_a_reading_is_unknown_and_never_healthy(cast: Cast) -> None:
    recorded = record(cast, "10", date(2026, 10, 1), metric=cast.revenue)
    assert recorded.judgement is not None and recorded.judgement.result == "unknown"


def test_a_breach_is_due_within_five_working_days(cast: Cast) -> None:
    record(cast, 31)
    # Monday plus five working days ends on the next Monday, at midnight in Berlin.
    assert Breach.objects.get().due_at == datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)


def test_a_breach_is_due_by_the_next_review_when_that_is_sooner(cast: Cast) -> None:
    # A review on Tuesday at eleven in Berlin: by the end of that day, for it may run late.
    cast.planned_review(starts_at=AT + timedelta(days=1))
    record(cast, 31)
    assert Breach.objects.get().due_at == datetime(2026, 11, 17, 22, 59, 59, tzinfo=UTC)


def test_a_breach_joins_the_reviews_that_are_open_above_it(cast: Cast) -> None:
    mine = cast.open_review()
    above = cast.open_review(cast.series(cast.commercial))
    aside = cast.open_review(cast.series(cast.partners))
    record(cast, 31)
    breach = Breach.objects.get()
    joined = set(breach.agenda.values_list("review", flat=True))
    assert joined == {mine.pk, above.pk} and aside.pk not in joined


def test_a_second_bad_week_belongs_to_the_same_breach(cast: Cast) -> None:
    record(cast, 31, LAST_WEEK - WEEK)
    record(cast, 30)
    assert Breach.objects.count() == 1


def test_a_breach_recovers_with_a_reading_inside_and_still_needs_a_decision(cast: Cast) -> None:
    record(cast, 31, LAST_WEEK - WEEK)
    recorded = record(cast, 50)
    breach = Breach.objects.get()
    assert recorded.recovered and breach.recovered_period == LAST_WEEK
    assert breach.decision is None and recorded.breach == breach


def test_two_weeks_in_a_row_have_to_be_below_when_so_agreed(cast: Cast) -> None:
    metric = cast.metric()
    cast.threshold(metric, periods_in_a_row=2)
    record(cast, 31, LAST_WEEK - WEEK, metric=metric)
    assert not Breach.objects.exists()
    record(cast, 31, metric=metric)
    breach = Breach.objects.get()
    assert (breach.first_period, breach.opening_period) == (LAST_WEEK - WEEK, LAST_WEEK)


def test_leaving_a_week_out_does_not_break_the_run(cast: Cast) -> None:
    metric = cast.metric(checked_to=LAST_WEEK)
    cast.threshold(metric, periods_in_a_row=2)
    record(cast, 31, LAST_WEEK - 2 * WEEK, metric=metric)
    record(cast, 31, metric=metric)
    assert Breach.objects.filter(kind="threshold").count() == 1


def test_a_late_bad_reading_opens_a_breach_although_the_next_week_was_good(cast: Cast) -> None:
    record(cast, 50)
    recorded = record(cast, 31, LAST_WEEK - WEEK)
    breach = Breach.objects.get(kind="threshold")
    assert recorded.opened
    assert breach.recovered_period == LAST_WEEK and breach.decision is None


def test_a_correction_keeps_the_old_value_and_says_who_and_why(cast: Cast) -> None:
    record(cast, 31)
    recorded = record(cast, 47, note="Two demos were booked twice.", actor=cast.dana)
    assert recorded.status == "corrected" and recorded.recovered
    correction = Correction.objects.get()
    assert (correction.old_value, correction.new_value) == (Decimal(31), Decimal(47))
    assert correction.corrected_by == cast.dana and correction.reason.startswith("Two demos")
    assert Breach.objects.get().decision is None


def test_correcting_a_recovery_away_opens_another_breach(cast: Cast) -> None:
    record(cast, 31, LAST_WEEK - WEEK)
    record(cast, 50)
    record(cast, 40, note="Ten demos were of last month.")
    first, second = Breach.objects.order_by("pk")
    assert first.recovered_period == LAST_WEEK
    assert second.first_period == LAST_WEEK and second.recovered_at is None


def test_a_person_says_why_a_value_changes_and_a_machine_sends_what_its_source_says(
    cast: Cast,
) -> None:
    record(cast, 47)
    with pytest.raises(Invalid) as refused:
        record(cast, 48)
    assert [(p.field, p.row) for p in refused.value.problems] == [("note", 1)]
    assert record(cast, 48, actor=cast.robo).status == "corrected"


def test_a_plan_is_not_lowered_under_a_metric_in_breach(cast: Cast) -> None:
    target = cast.metric("Target")
    views = cast.metric("Views")
    cast.threshold(views, floor_metric=target)
    record(cast, 100, metric=target)
    record(cast, 90, metric=views)
    for actor in (cast.olu, cast.elena, cast.robo):
        with pytest.raises(Conflict) as refused:
            record(cast, 80, metric=target, actor=actor, note="A typing error.")
        assert refused.value.code == "moved_goalpost"
    record(cast, 110, metric=target, note="The plan of October.")
    assert Breach.objects.get().recovered_at is None


def test_a_metric_that_is_a_limit_or_was_in_breach_is_not_retired(cast: Cast) -> None:
    target = cast.metric("Target")
    cast.threshold(cast.metric("Views"), floor_metric=target)
    with pytest.raises(Conflict) as refused:
        retire_metric(actor=cast.dana, at=AT, metric=target, reason="Not needed.")
    assert refused.value.code == "metric_is_a_limit"
    breach = cast.breach(recovered_at=AT, recovered_period=LAST_WEEK)
    cast.decision(breach, kind="recovered")
    with pytest.raises(Conflict) as refused:
        retire_metric(actor=cast.dana, at=AT + 3 * WEEK, metric=cast.demos, reason="Renamed.")
    assert refused.value.code == "metric_in_breach"
    retire_metric(actor=cast.dana, at=AT + 4 * WEEK, metric=cast.demos, reason="Renamed.")


def test_a_number_alone_is_no_key(cast: Cast) -> None:
    def make(name: str, key: str = "") -> Metric:
        return create_metric(
            actor=cast.dana, at=AT, initiative=cast.pipeline, name=name, key=key, kind="leading",
            read_per="week",
        )  # fmt: skip

    with pytest.raises(Invalid) as refused:
        make("Calls", "2")
    assert refused.value.problems[0].field == "key"
    assert make("2027").key == "metric-2027"


def test_the_same_value_again_changes_nothing(cast: Cast) -> None:
    record(cast, "31")
    assert record(cast, "31.0").status == "unchanged"
    assert Correction.objects.count() == 0 and Breach.objects.count() == 1


def test_days_are_judged_by_the_week_only_when_all_seven_are_there(cast: Cast) -> None:
    metric = cast.metric(read_per="day", judged_per="week", aggregation="sum")
    cast.threshold(metric, floor=Decimal("70"))
    days = [LAST_WEEK + timedelta(days=n) for n in range(7)]
    rows = [Row(metric.pk, day, "9.5") for day in days]
    first = record_readings(actor=cast.olu, at=AT, rows=rows[:6])
    assert all(one.judgement is None for one in first)
    last = record_readings(actor=cast.olu, at=AT, rows=rows[6:])[0]
    assert last.judgement is not None and last.judgement.value == Decimal("66.5")
    assert last.opened


def test_a_moving_floor_judges_the_metric_when_either_side_arrives(cast: Cast) -> None:
    target = cast.metric("Target")
    metric = cast.metric("Views")
    cast.threshold(metric, floor_metric=target)
    assert not record(cast, 90, metric=metric).opened
    record(cast, 100, metric=target)
    judgement = Judgement.objects.get(metric=metric)
    assert (judgement.result, judgement.floor) == ("below", Decimal(100))
    assert Breach.objects.get().metric == metric


def test_a_plan_may_be_recorded_ahead_and_a_reading_may_not(cast: Cast) -> None:
    target = cast.metric("Target")
    cast.threshold(cast.metric("Views"), floor_metric=target)
    record(cast, 100, LAST_WEEK + 8 * WEEK, metric=target)
    with pytest.raises(Invalid) as refused:
        record(cast, 100, LAST_WEEK + 8 * WEEK)
    assert refused.value.problems[0].field == "period"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("NaN", "finite"),
        ("Infinity", "finite"),
        ("-inf", "finite"),
        ("sNaN", "finite"),
        ("1" * 40, "digits"),
        ("1" * 5000, "digits"),
        ("1e400", "digits"),
        ("1e15", "digits"),
        ("0.1234567891", "decimals"),
        ("twelve", "number"),
        ("١٢", "number"),
        ("1_000", "number"),
        ("", "needed"),
        (None, "needed"),
        (True, "number"),
        (1.5, "number"),
        ([], "number"),
    ],
)
def test_a_value_that_is_no_exact_number_is_refused_by_name(
    cast: Cast, value: object, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        record(cast, value)
    (problem,) = refused.value.problems
    assert (problem.field, problem.row) == ("value", 1) and words in problem.message
    assert not Reading.objects.exists() and not Entry.objects.exists()


@pytest.mark.parametrize(
    "period",
    [
        "2026-11-10",
        "2026-11",
        "9999-11-09",
        "0001-01-01",
        "1990-01-01",
        "yesterday",
        "",
        None,
        20261109,
        "\0",
    ],
)
def test_a_period_that_is_not_the_metrics_is_refused(cast: Cast, period: object) -> None:
    with pytest.raises(Invalid) as refused:
        record(cast, 31, period)
    assert refused.value.problems[0].field == "period"


def test_a_metric_of_another_organization_does_not_exist(cast: Cast) -> None:
    for metric in (cast.betas_metric.pk, cast.betas_metric.key, 2**70, -1, "no-such", True, None):
        with pytest.raises(Invalid) as refused:
            record_readings(actor=cast.olu, at=AT, rows=[Row(metric, LAST_WEEK, "1")])
        assert refused.value.problems[0].message == "There is no such metric."


def test_a_batch_lands_whole_or_not_at_all_and_names_every_bad_row(cast: Cast) -> None:
    rows = [
        Row(cast.demos.key, LAST_WEEK, "31"),
        Row(cast.demos.pk, "2026-11-09", "32"),
        Row("nothing", LAST_WEEK, "NaN"),
    ]
    with pytest.raises(Invalid) as refused:
        record_readings(actor=cast.olu, at=AT, rows=rows)
    named = [(problem.row, problem.field) for problem in refused.value.problems]
    assert named == [(2, "period"), (3, "metric"), (3, "value")]
    assert not Reading.objects.exists() and not Entry.objects.exists()


def test_a_sum_of_sixteen_digits_is_refused_and_nothing_is_kept(cast: Cast) -> None:
    metric = cast.metric(read_per="day", judged_per="week", aggregation="sum")
    rows = [Row(metric.pk, LAST_WEEK + timedelta(days=n), "999999999999999") for n in range(7)]
    with pytest.raises(Invalid) as refused:
        record_readings(actor=cast.olu, at=AT, rows=rows)
    assert {problem.field for problem in refused.value.problems} == {"value"}
    assert not Reading.objects.exists()


def test_who_may_record_readings(cast: Cast) -> None:
    for actor in (cast.olu, cast.dana, cast.lars, cast.elena, cast.robo):
        record(cast, 50, actor=actor)
    for actor in (cast.nils, cast.fay, cast.ada, cast.obi):
        with pytest.raises(Forbidden):
            record(cast, 51, actor=actor)


def test_an_ended_initiative_takes_no_readings(cast: Cast) -> None:
    cast.pipeline.ended_at, cast.pipeline.ended_as = AT, "completed"
    cast.pipeline.save()
    with pytest.raises(Conflict):
        record(cast, 31)


def test_a_draft_is_not_yet_agreed_and_opens_nothing(cast: Cast) -> None:
    metric = cast.metric(initiative=cast.initiative(draft=True, owner=cast.olu))
    cast.threshold(metric)
    recorded = record(cast, 1, metric=metric)
    assert recorded.judgement is not None and recorded.judgement.result == "below"
    assert not Breach.objects.exists()


def test_one_batch_is_one_entry_in_the_ledger(cast: Cast) -> None:
    rows = [Row(cast.demos.pk, LAST_WEEK - n * WEEK, "31") for n in range(3)]
    record_readings(actor=cast.olu, at=AT, rows=rows)
    (entry,) = Entry.objects.all()
    assert entry.event == "readings.recorded" and entry.data["count"] == 3
    assert entry.data["opened"] == [Breach.objects.get().pk]


def test_queries_do_not_grow_with_the_rows(cast: Cast) -> None:
    def cost(count: int) -> int:
        rows = []
        for _ in range(count):
            metric = cast.metric()
            cast.threshold(metric)
            rows.append(Row(metric.pk, LAST_WEEK, "1"))
        with CaptureQueriesContext(connection) as queries:
            record_readings(actor=cast.olu, at=AT, rows=rows)
        return len(queries)

    cost(1)
    assert cost(2) == cost(40)
