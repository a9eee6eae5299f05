"""What came of a run, written down together with what it brought, or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from django.db import transaction

from cadence.errors import Refusal
from cadence.evaluation.actions import record_readings
from cadence.evaluation.rows import Row
from cadence.ledger.actions import append
from cadence.metrics.models import Metric, Reading
from cadence.sources.models import Run, Source
from cadence.sources.reading import agreed_with
from cadence.sources.schedule import MOST_FAILURES, after_failure, next_run
from cadence.sources.shapes import Answer, Failed, Pulled, pulled

KEPT_FOR = timedelta(days=90)
LONGEST_ERROR = 300

Change = Literal["new", "corrected", "unchanged", "skipped"]


class Lost(Exception):
    """Somebody else has the source by now; nothing of this was written."""


@dataclass(frozen=True)
class Came:
    """One value of an answer beside what is on record."""

    pulled: Pulled
    on_record: Decimal | None
    change: Change


def compared(source: Source, answer: Answer, today: date) -> list[Came]:
    """What recording the answer would change. Raises Failed for another shape."""
    agreed = agreed_with(source.metric, source.period_column, source.value_column)
    values = pulled(answer, agreed, today)
    stored = _stored(source.metric, [one.starts_on for one in values])
    once = not source.period_column and not names_its_period(source.query)
    return [
        Came(one, stored.get(one.starts_on), _change(one, stored.get(one.starts_on), once))
        for one in values
    ]


def names_its_period(query: str) -> bool:
    """Whether the question says of which period it asks, so that it can be asked again later."""
    return "{starts_on}" in query or "{ends_on}" in query


def finish(
    *,
    at: datetime,
    source: Source,
    answer: Answer | Failed,
    today: date,
    started_at: datetime,
    took_ms: int,
) -> Run:
    """Record what came, or that nothing did; under the lease that ``source`` bears.

    ``today`` is the day on which it was asked: an answer is about that day, also when it is
    recorded after midnight. Raises Lost.
    """
    try:
        if isinstance(answer, Failed):
            raise answer
        return _recorded(at, source, answer, today, started_at, took_ms)
    except Failed as failure:
        return _failed(at, source, str(failure), started_at, took_ms)
    except Refusal as refusal:
        return _failed(at, source, _in_a_sentence(refusal), started_at, took_ms)


@transaction.atomic
def _recorded(
    at: datetime, source: Source, answer: Answer, today: date, started_at: datetime, took_ms: int
) -> Run:
    came = compared(source, answer, today)
    rows = [
        Row(source.metric_id, one.pulled.starts_on, one.pulled.value)
        for one in came
        if one.change in ("new", "corrected")
    ]
    if rows:
        record_readings(actor=source.connection.machine, at=at, rows=rows)
    # After the readings: a source is locked after its metric.
    _give_back(
        source,
        failures=0,
        next_at=next_run(
            source.every,
            source.time_of_day,
            source.weekday,
            source.metric.organization.zone,
            at,
        ),
    )
    return Run.objects.create(
        organization_id=source.organization_id,
        source=source,
        started_at=started_at,
        took_ms=took_ms,
        **{f"{change}_count": count for change, count in counted(came).items()},
    )


@transaction.atomic
def _failed(at: datetime, source: Source, sentence: str, started_at: datetime, took_ms: int) -> Run:
    failures = source.failures + 1
    given_up = failures >= MOST_FAILURES
    _give_back(
        source,
        failures=failures,
        next_at=after_failure(at, failures),
        paused_at=at if given_up else None,
    )
    error = sentence if len(sentence) <= LONGEST_ERROR else f"{sentence[: LONGEST_ERROR - 1]}…"
    run = Run.objects.create(
        organization_id=source.organization_id,
        source=source,
        started_at=started_at,
        took_ms=took_ms,
        error=error,
    )
    if given_up:
        append(
            organization=source.organization_id,
            event="source.paused",
            actor=None,
            at=at,
            subject=source,
            data={
                "metric": source.metric_id,
                "because": "failing",
                "error": error,
                "set_up_by": source.set_up_by_id,
            },
        )
    return run


def counted(came: Iterable[Came]) -> dict[Change, int]:
    found: dict[Change, int] = dict.fromkeys(("new", "corrected", "unchanged", "skipped"), 0)
    for one in came:
        found[one.change] += 1
    return found


def forget_runs(*, at: datetime) -> int:
    """Delete the runs of 90 days ago and before, of all organizations, and count them."""
    deleted, _ = Run.objects.filter(started_at__lte=at - KEPT_FOR).delete()
    return deleted


def _give_back(source: Source, **values: object) -> None:
    rows = Source.objects.live().filter(pk=source.pk, lease=source.lease, paused_at=None)
    if not source.lease or not rows.update(**values, lease="", leased_until=None):
        raise Lost


def _stored(metric: Metric, days: list[date]) -> dict[date, Decimal]:
    if not days:
        return {}
    rows = Reading.objects.filter(metric=metric, starts_on__gte=days[0], starts_on__lte=days[-1])
    return dict(rows.values_list("starts_on", "value"))


def _change(one: Pulled, on_record: Decimal | None, once: bool) -> Change:
    if not one.counts:
        return "skipped"
    if on_record is None:
        return "new"
    if on_record == one.value:
        return "unchanged"
    # What was measured later is not what the period came to.
    return "skipped" if once else "corrected"


def _in_a_sentence(refusal: Refusal) -> str:
    problem = refusal.problems[0] if refusal.problems else None
    return f"Its readings are refused: {problem.message if problem else refusal.message}"
