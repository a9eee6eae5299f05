"""The page that says whether the cadence is kept, and its strip on the page of a series."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from tests.cast import AT, Cast

SignIn = Callable[[Membership], Client]
NOW = AT + timedelta(days=21)
URL = "/o/acme/integrity"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_every_series_with_its_strip_worst_first(cast: Cast, signed_in: SignIn) -> None:
    good, bad = cast.series(name="Good weekly"), cast.series(name="Bad weekly")
    held = cast.close(cast.open_review(good))
    cast.planned_review(bad, missed_at=AT, moved_at=AT, moved_reason="Nobody was there")
    cast.series(name="New weekly")
    html = signed_in(cast.obi).get(URL).content.decode()
    assert html.index("Bad weekly") < html.index("Good weekly") < html.index("New weekly")
    told = words(html)
    assert f'href="/o/acme/reviews/{held.pk}" title="16 Nov: held on time"' in html
    assert "16 Nov: held on time, changed nothing" in told
    assert "1 of 1" in told and "0 of 1" in told
    assert "Bad weekly, 16 Nov : Nobody was there missed then" in told
    assert "It has not come round since 14 Sep." in told
    assert "%" not in told


def test_it_is_narrowed_to_a_team_and_a_span(cast: Cast, signed_in: SignIn) -> None:
    cast.series(cast.commercial, name="Commercial weekly")
    cast.series(name="Demand weekly")
    client = signed_in(cast.obi)
    html = client.get(f"{URL}?team={cast.demand.pk}&span=year").content.decode()
    assert "Demand weekly" in html and "Commercial weekly" not in html
    assert "since 7 Dec 2025" in html
    assert f'href="?span=6-months&amp;team={cast.demand.pk}"' in html
    html = client.get(f"{URL}?team={cast.commercial.pk}").content.decode()
    assert "Demand weekly" in html
    html = client.get(f"{URL}?team={cast.partners.pk}").content.decode()
    assert "No series of this team" in html
    for nonsense in ("team=x", "span=ever", "page=-1", "team=%00"):
        assert client.get(f"{URL}?{nonsense}").status_code == 200, nonsense


def test_without_a_series_it_says_what_to_do(cast: Cast, signed_in: SignIn) -> None:
    assert "No rhythm yet" in signed_in(cast.obi).get(URL).content.decode()


def test_the_page_of_a_series_says_whether_it_is_kept(cast: Cast, signed_in: SignIn) -> None:
    series = cast.series()
    cast.close(cast.open_review(series))
    cast.planned_review(series, missed_at=AT)
    client = signed_in(cast.obi)
    told = words(client.get(f"/o/acme/series/{series.pk}").content.decode())
    assert "1 of 2 held on time" in told
    assert "1 of 2 closed with every decision made; 0 of 0 breaches decided in them" in told
    assert "1 of 1 changed nothing; 1 had nothing to look at" in told
    empty = cast.series()
    assert "It has not come round" in client.get(f"/o/acme/series/{empty.pk}").content.decode()


def test_it_costs_the_same_for_one_series_and_for_many(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.obi)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        return len(queries)

    cast.close(cast.open_review())
    cost()
    once = cost()
    for _ in range(6):
        cast.close(cast.open_review())
    assert cost() == once
