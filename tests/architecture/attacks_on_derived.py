"""Metrics that are computed from others, and what they are computed from."""

from typing import Any

from cadence.metrics.models import Judgement, Metric, Reading
from cadence.metrics.operands import Operand
from tests.architecture.attack import Attempt, again, attack, delete, insert, update
from tests.architecture.rows import changed, rule
from tests.cast import AT, LAST_WEEK, Cast


def derived(cast: Cast, formula: str = "sum", **facts: Any) -> Metric:
    """A metric computed from demos and another one, weekly as these are."""
    other = cast.metric("Deals won")
    metric = cast.metric(formula=formula, **facts)
    for place, operand in enumerate((other, cast.demos), start=1):
        Operand.objects.create(
            organization=cast.acme, metric=metric, position=place, operand=operand
        )
    return metric


def operand(cast: Cast, formula: str = "sum") -> Operand:
    found: Operand = derived(cast, formula).operands.get(position=2)
    return found


def third(cast: Cast, metric: Metric, operand: Metric | None = None) -> Operand:
    """One more operand, not saved yet."""
    return Operand(organization=cast.acme, metric=metric, position=3, operand=operand or cast.demos)


@attack("a_metric_stays_read_or_computed")
def a_metric_made_a_derived_one(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(cast.demos, name="Demos"))
    attempt.refused(update(derived(cast), formula=""))
    attempt.keeps(cast.demos, formula="sum", judged_per="month")


@attack("a_ratio_stays_in_percent_or_not")
def a_ratio_put_in_percent(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(derived(cast, "ratio"), unit="deals a demo"))
    attempt.allowed(update(cast.demos, unit="%"))
    attempt.refused(update(derived(cast, "ratio"), unit="%"))
    attempt.refused(update(derived(cast, "ratio", unit="%"), unit=""))


@attack("what_is_computed_from_is_not_retired")
def an_operand_retired(cast: Cast, attempt: Attempt) -> None:
    metric = derived(cast)
    attempt.refused(update(cast.demos, retired_at=AT))
    attempt.allowed(update(metric, retired_at=AT))
    Metric.objects.filter(pk=metric.pk).update(retired_at=AT)
    attempt.allowed(update(cast.demos, retired_at=AT))


@attack("an_operand_stays_as_it_is")
def an_operand_exchanged(cast: Cast, attempt: Attempt) -> None:
    row = operand(cast)
    first = row.metric.operands.get(position=1)
    attempt.refused(update(row, operand_id=first.operand_id))
    attempt.refused(update(row, position=7))
    attempt.refused(delete(row))


@attack("only_a_derived_metric_has_operands")
def operands_of_what_is_read(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(insert(third(cast, derived(cast))))
    attempt.refused(insert(third(cast, derived(cast, "ratio"))))
    attempt.refused(insert(third(cast, cast.metric())))


@attack("an_operand_is_judged_per_the_same_period")
def an_operand_of_another_period(cast: Cast, attempt: Attempt) -> None:
    attempt.refused(insert(third(cast, derived(cast), cast.revenue)))


@attack("a_computed_metric_keeps_its_operands")
def an_operand_more(cast: Cast, attempt: Attempt) -> None:
    metric = derived(cast)
    attempt.allowed(insert(third(cast, metric)))
    Judgement.objects.create(
        organization=cast.acme, metric=metric, starts_on=LAST_WEEK, value=3, result="unknown"
    )
    attempt.refused(insert(third(cast, metric)))


@attack("a_derived_metric_has_no_readings")
def a_reading_of_what_is_computed(cast: Cast, attempt: Attempt) -> None:
    def reading(metric: Metric) -> Reading:
        return Reading(
            organization=cast.acme, metric=metric, starts_on=LAST_WEEK, value=3, recorded_at=AT
        )

    attempt.allowed(insert(reading(cast.metric())))
    attempt.refused(insert(reading(derived(cast))))


@attack("an_operand_is_older_than_its_metric")
def a_circle_of_metrics(cast: Cast, attempt: Attempt) -> None:
    row = operand(cast)
    newer = cast.metric()
    attempt.allowed(insert(again(row, position=3)))
    for other in (row.metric, newer):
        attempt.refused(insert(again(row, position=3, operand_id=other.pk)))


rule("one_operand_in_each_place", operand, {"position": 3}, {})
rule(
    "an_operand_has_a_place_from_one_to_ten",
    operand,
    {"position": 10},
    {"position": 11},
    {"position": 0},
)
rule(
    "a_derived_metric_has_a_formula_and_one_period",
    derived,
    {"key": "other"},
    {"key": "other", "formula": "median"},
    {"key": "other", "read_per": "day"},
)
changed(
    "a_metric_is_compared_in_percent_or_points",
    lambda cast: cast.demos,
    {"comparison": "points"},
    {"comparison": "miles"},
    {"comparison": ""},
)
changed(
    "a_fiscal_year_ends_with_a_month",
    lambda cast: cast.acme,
    {"fiscal_year_ends": 1},
    {"fiscal_year_ends": 0},
    {"fiscal_year_ends": 13},
)
