"""What the demo came to, counted, for whoever built it."""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model, QuerySet

from accounts.models import Organization
from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, Decision, Verdict
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Metric, Reading, Threshold
from cadence.reviews.models import CheckIn, Review

Row = TypeVar("Row", bound=Model)


def counts(organization: Organization) -> list[str]:
    """A line for each kind of thing: how many there are and in which states."""
    breaches = list(Breach.objects.filter(organization=organization))
    verdicts = Verdict.objects.filter(organization=organization)
    return [
        _line("initiatives", (one.state.value for one in _of(organization, Initiative))),
        _line("metrics", _of(organization, Metric).values_list("kind", flat=True)),
        f"{_of(organization, Reading).count():>6,} readings, "
        f"{_of(organization, Threshold).count()} versions of thresholds",
        _line("breaches", map(breach_state, breaches)),
        _line("decisions", _of(organization, Decision).values_list("kind", flat=True)),
        _line("verdicts", verdicts.values_list("result", flat=True))
        + f", {verdicts.filter(acknowledged_at=None).count()} not acknowledged",
        _line("commitments", map(commitment_state, _of(organization, Commitment))),
        _line("reviews", (one.state for one in _of(organization, Review).select_related("series"))),
        _line("check-ins", _of(organization, CheckIn).values_list("confidence", flat=True)),
    ]


def breach_state(breach: Breach) -> str:
    decided = "decided" if breach.is_decided else "undecided"
    return decided if breach.recovered_at is None else f"recovered {decided}"


def commitment_state(one: Commitment) -> str:
    return "kept" if one.kept_at else "dropped" if one.dropped_at else "open"


def _of(organization: Organization, model: type[Row]) -> "QuerySet[Row]":
    return model._default_manager.filter(organization=organization)


def _line(what: str, states: Iterable[str]) -> str:
    found = Counter(state.replace("_", " ") for state in states)
    told = ", ".join(f"{number} {state}" for state, number in found.most_common())
    return f"{found.total():>6,} {what}: {told}"
