"""What only reviews look at, put into the world of the cast."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cadence.decisions.models import Commitment
from cadence.metrics.models import Judgement, Metric
from cadence.reviews.models import CheckIn
from tests.cast import AT, LAST_WEEK, Cast


def commitment(cast: Cast, **facts: Any) -> Commitment:
    """Nils promised to call the partners by the day of AT."""
    return Commitment.objects.create(
        **{
            "organization": cast.acme,
            "initiative": cast.pipeline,
            "text": "Call the five partners.",
            "person": cast.nils,
            "due_on": AT.date(),
            "due_at": AT + timedelta(days=7),
            "created_by": cast.olu,
            "created_at": AT,
            **facts,
        }
    )


def judgement(metric: Metric, starts_on: date = LAST_WEEK, **facts: Any) -> Judgement:
    return Judgement.objects.create(
        **{
            "organization": metric.organization,
            "metric": metric,
            "starts_on": starts_on,
            "value": Decimal(50),
            "result": "inside",
            **facts,
        }
    )


def written(cast: Cast, at: datetime) -> CheckIn:
    return CheckIn.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        author=cast.olu,
        starts_on=at.date(),
        confidence="on_track",
        written_at=at,
    )
