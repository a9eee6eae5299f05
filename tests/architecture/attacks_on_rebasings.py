"""Where the natural limits of a metric are computed anew."""

from datetime import timedelta
from typing import Any

from cadence.behaviour.models import Rebasing
from tests.architecture.attack import Attempt, attack, never_deleted
from tests.architecture.rows import changed, rule
from tests.cast import AT, LAST_WEEK, Cast


def rebasing(cast: Cast, **facts: Any) -> Rebasing:
    return Rebasing.objects.create(
        **{
            "organization": cast.acme,
            "metric": cast.demos,
            "starts_on": LAST_WEEK,
            "reason": "Demos are booked by a team of their own now.",
            "rebased_by": cast.dana,
            "rebased_at": AT,
            **facts,
        }
    )


never_deleted("a_rebasing_is_never_deleted", rebasing)


@attack("a_rebasing_is_only_withdrawn")
def only_withdrawn(cast: Cast, attempt: Attempt) -> None:
    attempt.keeps(
        rebasing(cast),
        metric_id=cast.revenue.pk,
        starts_on=LAST_WEEK - timedelta(days=7),
        reason="Another one",
        rebased_by_id=cast.olu.pk,
        rebased_at=AT + timedelta(days=1),
    )


@attack("a_withdrawn_rebasing_stays_withdrawn")
def stays_withdrawn(cast: Cast, attempt: Attempt) -> None:
    row = rebasing(cast, withdrawn_by=cast.dana, withdrawn_at=AT)
    attempt.keeps(row, withdrawn_by_id=cast.olu.pk, withdrawn_at=AT + timedelta(days=1))


rule(
    "one_rebasing_per_metric_and_period",
    rebasing,
    {"starts_on": LAST_WEEK - timedelta(days=7)},
    {},
)
rule("a_rebasing_has_a_reason", rebasing, {"starts_on": LAST_WEEK + timedelta(7)}, {"reason": ""})
changed(
    "a_rebasing_is_withdrawn_by_somebody", rebasing, {"withdrawn_at": None}, {"withdrawn_at": AT}
)
