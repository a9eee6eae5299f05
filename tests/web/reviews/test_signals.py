"""A breach says whether it is a signal or routine variation: the two ask for other decisions."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.metrics.models import Judgement
from tests.cast import AT, LAST_WEEK, Cast

SignIn = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def judged(cast: Cast, values: Sequence[int]) -> None:
    """Weeks up to the last one, beside a floor of 45."""
    Judgement.objects.bulk_create(
        Judgement(
            organization=cast.acme,
            metric=cast.demos,
            starts_on=LAST_WEEK - timedelta(weeks=len(values) - 1 - at),
            value=Decimal(value),
            floor=Decimal(45),
            threshold=cast.floor,
            result="below" if value < 45 else "inside",
        )
        for at, value in enumerate(values)
    )


def page_of(client: Client, breach: Breach) -> str:
    return " ".join(client.get(f"/o/acme/breaches/{breach.pk}").content.decode().split())


def test_a_value_beyond_the_natural_limits_is_a_signal(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, [*[48, 54] * 8, 20])
    page = page_of(signed_in(cast.olu), cast.breach(threshold=cast.floor))
    assert "<b>signal</b><small>natural limits 29 to 70" in page
    assert "<b>Signal.</b> It is beyond the natural limits." in page
    assert "What caused it" in page and "by chance" not in page


def test_a_low_week_of_a_wide_process_is_routine(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, [58, 44, 60, 40, 56, 46, 61, 41, 57, 45, 59, 42])
    page = page_of(signed_in(cast.olu), cast.breach(threshold=cast.floor))
    assert "<b>Routine variation.</b>" in page
    assert "As the work is done now, this will do either, by chance." in page
    assert "What do we change in the way the work is done?" in page


def test_few_readings_say_nothing_yet(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, [50, 31])
    page = page_of(signed_in(cast.olu), cast.breach(threshold=cast.floor))
    assert "Too early to tell." in page and "fewer than six readings" in page


def test_a_missing_reading_is_neither(cast: Cast, signed_in: SignIn) -> None:
    judged(cast, [48, 54] * 8)
    page = page_of(
        signed_in(cast.olu), cast.breach(kind="missing", side="", value=None, limit=None)
    )
    assert "Routine variation" not in page and "Signal." not in page


def test_whoever_is_last_on_the_path_keeps_it(cast: Cast, signed_in: SignIn) -> None:
    last = page_of(signed_in(cast.elena), cast.breach(level=2, answerable=cast.elena))
    assert "Nobody stands above: it stays here until it is decided." in last
