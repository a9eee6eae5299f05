"""Pages as somebody who is signed in gets them, beside the same data as bare strings."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import escape

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import Team
from benchmarks.context import Result, Row, Setting, at_most
from benchmarks.rounds import Ratio, interleave, seconds
from cadence.breaches.models import Breach
from cadence.metrics.models import Judgement, Metric
from cadence.reviews.actions import open_due
from cadence.reviews.models import Review
from cadence.reviews.series import create_series

BOTH = ("SQLite", "PostgreSQL")
PERIODS = 13
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def large_scorecard(setting: Setting) -> Iterator[Result]:
    """A thousand metrics, on as many pages as the scorecard has them on."""
    yield from _scorecard(setting, 1_000)


def small_scorecard(setting: Setting) -> Iterator[Result]:
    yield from _scorecard(setting, 100, "scorecard")
    yield from _room(setting)


def _scorecard(setting: Setting, count: int, part: str = "") -> Iterator[Result]:
    paths = _pages(setting, count)

    def ours() -> None:
        for path in paths:
            _get(setting, path)

    since = setting.world.at.date() - timedelta(days=7 * (PERIODS + 1))
    keys = _metrics(setting)[:count]

    def bare(request: HttpRequest) -> HttpResponse:
        names = dict(Metric.objects.filter(pk__in=keys).values_list("pk", "name"))
        rows = Judgement.objects.filter(metric__in=keys, starts_on__gte=since)
        cells: dict[int, list[str]] = {key: [] for key in keys}
        for key, value, result in rows.order_by("starts_on").values_list(
            "metric", "value", "result"
        ):
            cells[key].append(f'<td class="{result}">{value:f}</td>')
        table = "".join(
            f"<tr><th>{escape(names[key])}</th>{''.join(cells[key])}</tr>" for key in keys
        )
        return HttpResponse(f"<table>{table}</table>")

    ratio = _ratio(setting, ours, bare)
    pages = f"{len(paths)} pages" if len(paths) > 1 else "a page"
    yield Result(ratio, "the same data as strings by a bare view", f"{part} {pages}".strip())


def _room(setting: Setting) -> Iterator[Result]:
    review, breaches = _review(setting)

    def bare(request: HttpRequest) -> HttpResponse:
        found = Breach.objects.filter(pk__in=breaches).values_list(
            "metric__name", "value", "limit", "side", "metric__initiative__name", "answerable__name"
        )
        items = "".join(
            f"<li>{''.join(f'<p>{escape(str(one))}</p>' for one in row)}</li>" for row in found
        )
        return HttpResponse(f"<ol>{items}</ol>")

    path = f"{setting.world.home}/reviews/{review.pk}"
    ratio = _ratio(setting, lambda: _get(setting, path), bare)
    yield Result(
        ratio, "the same data as strings by a bare view", f"room, {len(breaches)} breaches"
    )


def _review(setting: Setting) -> tuple[Review, list[int]]:
    """An open review that has about fifty breaches on its agenda, as far as there are so many."""
    world = setting.world
    undecided = Breach.objects.undecided().filter(organization=world.organization)
    teams = Team.objects.filter(organization=world.organization, lead__isnull=False)
    sizes = []
    for team in teams.order_by("pk"):
        inside = undecided.filter(metric__initiative__team__in=_below(team))
        sizes.append((abs(inside.count() - 50), team.pk, team))
    _, _, team = min(sizes)
    today = world.at.astimezone(world.organization.zone)
    assert team.lead is not None
    series = create_series(
        actor=team.lead,
        at=world.at - timedelta(days=2),
        team=team,
        name="Measured",
        kind="weekly",
        rule=f"FREQ=WEEKLY;BYDAY={DAYS[(today.weekday() - 1) % 7]}",
        starts_on=today.date() - timedelta(days=1),
        time_of_day="06:00",
        facilitator=team.lead,
        on_holiday="keep",
    )
    open_due(at=world.at, organization=world.organization)
    review = Review.objects.open().get(series=series)
    items = review.agenda.filter(breach__isnull=False, breach__decision__isnull=True)
    return review, list(items.values_list("breach", flat=True))


def _below(team: Team) -> list[int]:
    """A team and those below it; the tree is three deep."""
    children = list(Team.objects.filter(parent=team).values_list("pk", flat=True))
    return [
        team.pk,
        *children,
        *Team.objects.filter(parent__in=children).values_list("pk", flat=True),
    ]


def queries(setting: Setting) -> Iterator[Result]:
    """How many queries a page makes, beside eight."""
    home = setting.world.home
    names = ("scorecard", "my-week", "ownership", "initiatives", "decisions")
    paths = {name.replace("-", " "): f"{home}/{name}" for name in names}
    open_ones = Review.objects.open().filter(organization=setting.world.organization)
    for review in open_ones[:1]:
        paths["review room"] = f"{home}/reviews/{review.pk}"
    for name, path in paths.items():
        _get(setting, path)
        with CaptureQueriesContext(connection) as found:
            _get(setting, path)
        count = float(len(found))
        ratio = Ratio(count / 8, count / 8, count / 8, count, 8, "queries", 1)
        yield Result(ratio, "eight", name)


def _pages(setting: Setting, count: int) -> list[str]:
    """Addresses of the pages of the scorecard that show so many metrics together."""
    path = f"{setting.world.home}/scorecard?rows={count}"
    answer = setting.world.browser.get(path)
    shown = len(set(re.findall(r"/metrics/([0-9]+)", answer.content.decode())))
    total = min(count, len(_metrics(setting)))
    return [f"{path}&page={number + 1}" for number in range(-(-total // shown))]


def _metrics(setting: Setting) -> list[int]:
    rows = Metric.objects.filter(organization=setting.world.organization, judged_per="week")
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _get(setting: Setting, path: str) -> None:
    answer = setting.world.browser.get(path)
    if answer.status_code != 200:
        raise AssertionError(f"{path} answered {answer.status_code}.")


def _ratio(
    setting: Setting, ours: Callable[[], None], view: Callable[[HttpRequest], HttpResponse]
) -> Ratio:
    factory = RequestFactory()
    return interleave(
        seconds(ours),
        seconds(lambda: view(factory.get("/")).content),
        rounds=setting.rounds,
        unit="ms",
    )


ROWS = (
    Row(9, "Scorecard of 1,000 metrics, 13 periods", at_most(5, 2.5), BOTH, large_scorecard),
    Row(10, "Scorecard of 100 metrics; review room", at_most(5, 3), BOTH, small_scorecard),
    Row(11, "Queries of a page", at_most(1.5, 1), BOTH, queries),
)
