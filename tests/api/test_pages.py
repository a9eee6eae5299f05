"""Paging by cursor, ordering and search: the same for every list, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cadence.metrics.models import Metric, Reading
from tests.api.conftest import Caller
from tests.api.test_lists import more
from tests.api.test_routes import CALLS, LISTS, routes
from tests.cast import AT, LAST_WEEK, Cast

Api = Callable[..., Caller]
VIEWS = {route: view for route, view in routes() if route in LISTS and view is not None}
ORDERS = [
    (route, sign + name) for route in LISTS for name in VIEWS[route].orders for sign in ("", "-")
]


def walk(caller: Caller, path: str, link: str = "next") -> list[list[Any]]:
    """The rows of every page from this one on, by following its links."""
    pages = []
    while path:
        page = caller.get(path)
        assert page.status == 200, (path, page.body)
        pages.append(page.body["results"])
        path = (page.body[link] or "").partition("/api/v1/")[2]
    return pages


def test_every_list_is_walked_forwards_and_back(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    more(cast, range(3))
    for route in LISTS:
        whole = ada.get(f"{route}?limit=200").body["results"]
        pages = walk(ada, f"{route}?limit=2")
        assert [row for page in pages for row in page] == whole, route
        if len(pages) < 2:
            continue
        last = ada.get(f"{route}?limit=2")
        while last.body["next"]:
            last = ada.get(last.body["next"].partition("/api/v1/")[2])
        path = last.body["previous"].partition("/api/v1/")[2]
        back = [last.body["results"], *walk(ada, path, "previous")]
        assert [row for page in reversed(back) for row in page] == whole, route


def test_every_order_is_the_same_by_pages_and_at_once(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    more(cast, range(2))
    assert len(ORDERS) > 40
    for route, ordering in ORDERS:
        whole = ada.get(f"{route}?limit=200&ordering={ordering}").body["results"]
        pages = walk(ada, f"{route}?limit=3&ordering={ordering}")
        assert [row for page in pages for row in page] == whole, (route, ordering)
        values = [row[ordering.removeprefix("-")] for row in whole]
        known = [value for value in values if value is not None]
        assert values == [*known, *[None] * (len(values) - len(known))], "Without a value: last."
        # Texts are in the order of the database, which knows languages.
        if known and (isinstance(known[0], int) or known[0][:2] == "20"):
            assert known == sorted(known, reverse=ordering.startswith("-")), (route, ordering)


def test_what_is_written_meanwhile_shifts_no_row(cast: Cast, api: Api) -> None:
    for week in range(6):
        at(cast, week)
    obi = api(cast.obi)
    first = obi.get("readings?limit=3").body
    # Three that belong before everything seen so far, and one that was seen goes to the front.
    for week in (-1, -2, -3):
        at(cast, week)
    second = obi.get(first["next"].partition("/api/v1/")[2]).body
    seen = [row["period"] for row in first["results"] + second["results"]]
    assert seen == [(LAST_WEEK - timedelta(weeks=week)).isoformat() for week in range(6)]


def at(cast: Cast, weeks_ago: int) -> None:
    Reading.objects.create(
        organization=cast.acme,
        metric=cast.demos,
        starts_on=LAST_WEEK - timedelta(weeks=weeks_ago),
        value=50,
        recorded_at=AT,
    )


def test_a_cursor_opens_only_the_list_and_the_order_that_gave_it(cast: Cast, api: Api) -> None:
    more(cast, range(2))
    obi = api(cast.obi)
    cursor = obi.get("metrics?limit=1").body["next"].partition("cursor=")[2]
    cursor = cursor.partition("&")[0]
    assert obi.get(f"metrics?cursor={cursor}").status == 200
    for path in (
        f"initiatives?cursor={cursor}",
        f"metrics?ordering=name&cursor={cursor}",
        f"metrics?cursor={cursor}x",
    ):
        answer = obi.get(path)
        assert (answer.status, list(answer.problems)) == (422, ["cursor"]), path


def test_a_cursor_of_another_organization_shows_nothing_of_it(cast: Cast, api: Api) -> None:
    more(cast, range(2))
    cursor = api(cast.obi).get("metrics?limit=1").body["next"].partition("cursor=")[2]
    cursor = cursor.partition("&")[0]
    rows = api(cast.sven).get(f"metrics?cursor={cursor}").body["results"]
    assert {row["id"] for row in rows} <= {cast.betas_metric.pk}


def test_a_filter_goes_on_with_the_page(cast: Cast, api: Api) -> None:
    more(cast, range(4))
    obi = api(cast.obi)
    path = f"metrics?limit=1&initiative={cast.pipeline.pk}"
    ids = {row["id"] for page in walk(obi, path) for row in page}
    assert ids == set(Metric.objects.filter(initiative=cast.pipeline).values_list("pk", flat=True))


def test_search_finds_words_in_any_case(cast: Cast, api: Api) -> None:
    obi = api(cast.obi)
    for words in ("qualified", "QUALIFIED", "fied de"):
        names = [row["name"] for row in obi.get(f"metrics?search={words}").body["results"]]
        assert names == ["Qualified demos"], words
    assert obi.get("metrics?search=%25").body["results"] == []
    assert obi.get("leaves?search=x").problems == {"search": "There is no such parameter."}


def test_every_list_that_can_be_ordered_or_searched_says_so_in_the_schema(
    document: Any, cast: Cast
) -> None:
    for method, route in CALLS:
        view = VIEWS.get(route)
        if method != "GET" or view is None:
            continue
        operation = document["paths"][f"/api/v1/{route}"]["get"]
        told = {one["name"]: one["schema"] for one in operation["parameters"]}
        assert {"limit", "cursor"} <= told.keys(), route
        assert ("search" in told) == bool(view.searched), route
        if view.orders:
            names = [sign + name for name in view.orders for sign in ("", "-")]
            assert told["ordering"]["enum"] == names, route
