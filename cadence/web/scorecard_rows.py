"""The rows of the scorecard, written as markup in one go.

A page of a thousand metrics has thirteen thousand cells. A template looks up every name in every
cell anew and takes ten times as long as all the rest; so this one table is built here. Whatever
comes from people is escaped.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from cadence.charts import Svg
from cadence.charts.scale import is_symbol, with_unit
from cadence.evaluation.scorecards import PERIODS, Score
from cadence.evaluation.states import State
from cadence.evaluation.wording import judged_number, limit_text, unit_word
from cadence.metrics.models import Kind, Metric
from cadence.ownership.queries import Answerable

# Metric, who answers, threshold, thirteen periods, the picture, the state.
COLUMNS = 18


@dataclass(frozen=True)
class Row:
    """A score with its picture, and with whom its breach stands that went up, in words."""

    score: Score
    picture: Svg
    went_up: str


def table_body(rows: Iterable[Row], *, slug: str, older: int) -> SafeString:
    """A ``tbody`` for each initiative with its metrics; the first ``older`` periods are shown only
    where there is room. Rows of one initiative follow one another."""
    metric_url, initiative_url = _below("metric", slug), _below("initiative", slug)
    openings = _openings(PERIODS, older)
    parts: list[str] = []
    for group in _grouped(rows):
        initiative = group[0].score.metric.initiative
        outcomes = _outcomes((row.score.metric for row in group), metric_url)
        parts.append(
            f'<tbody><tr class="group"><td colspan="{COLUMNS}"><span>'
            f'<a href="{initiative_url(initiative.pk)}">{escape(initiative.name)}</a>'
            f"{outcomes}{_until(group[0].score.answers)}</span></td></tr>"
        )
        answers = _answers(group[0].score.answers)
        parts += [_row(row, metric_url(row.score.metric.pk), answers, openings) for row in group]
        parts.append("</tbody>")
    return mark_safe("".join(parts))  # noqa: S308  every name above is escaped


def _row(row: Row, url: str, answers: str, openings: Sequence[tuple[str, str]]) -> str:
    score, metric = row.score, row.score.metric
    unit = unit_word(metric)
    state = _tag(score.state)
    cells = "".join(_cells(score, openings))
    return (
        f'<tr data-item><td><a class="quiet-link" href="{url}">{escape(metric.name)}</a>'
        + (f'<span class="muted">, {escape(unit)}</span>' if unit else "")
        + (' <small class="muted beside">outcome</small>' if metric.kind == Kind.LAGGING else "")
        + f'<span class="state-here">{state}</span></td>'
        f'<td class="answers">{answers}</td>'
        f'<td class="num limit">{escape(limit_text(metric, score.threshold))}</td>'
        f'{cells}<td>{row.picture}</td><td class="state">{state}'
        + (f'<small class="breach-text">{escape(row.went_up)}</small>' if row.went_up else "")
        + "</td></tr>"
    )


def _cells(score: Score, openings: Sequence[tuple[str, str]]) -> Iterator[str]:
    metric, figures = score.metric, score.figures
    places, unit = metric.decimals, metric.unit if is_symbol(metric.unit) else ""
    for day, (opening, hidden) in zip(score.columns, openings, strict=True):
        figure = figures.get(day)
        if figure is not None:
            words = judged_number(figure, places)
            beyond = f" beyond {figure.result}" if figure.is_beyond else ""
            yield f'{opening}{beyond}">{with_unit(words, unit) if unit else words}</td>'
        elif score.is_missing(day):
            yield f'{opening} missing"><span{hidden}>missing</span></td>'
        else:
            yield f'{opening}"></td>'


def _openings(count: int, older: int) -> list[tuple[str, str]]:
    """How the cell of each period begins, and how the word *missing* is hidden in it: it is
    written out in the last one alone."""
    hidden = ' class="visually-hidden"'
    return [
        (
            '<td class="num' + (" older" if at < older else " recent" if at < count - 2 else ""),
            hidden if at < count - 1 else "",
        )
        for at in range(count)
    ]


@lru_cache(maxsize=1024)
def _tag(state: State) -> str:
    return f'<span class="tag {state.kind or "plain"}">{escape(state.word)}</span>'


def _answers(answers: Answerable) -> str:
    if answers.member is None:
        return '<span class="breach-text">nobody</span>'
    beside = f' <small class="muted beside">{answers.short}</small>' if answers.acting else ""
    return escape(answers.member.name) + beside


def _until(answers: Answerable) -> str:
    """In what capacity somebody acts, and until when, said once for all rows of the initiative."""
    if not answers.until or answers.member is None:
        return ""
    return f" <small>· {escape(answers.words)}</small>"


def _outcomes(metrics: Iterable[Metric], url: Callable[[int], str]) -> str:
    """The outcomes that the inputs lead to, each once."""
    found = dict.fromkeys(one.leads_to for one in metrics if one.leads_to is not None)
    links = [f'<a href="{url(one.pk)}">{escape(one.name)}</a>' for one in found]
    return f" <small>→ {', '.join(links)}</small>" if links else ""


def _grouped(rows: Iterable[Row]) -> Iterator[list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.score.metric.initiative_id, []).append(row)
    yield from found.values()


def _below(name: str, slug: str) -> Callable[[int], str]:
    """The address of each metric or initiative: looked up once, and not for every row."""
    folder = reverse(f"web:{name}", args=[slug, 0]).removesuffix("0")
    return lambda key: f"{folder}{key}"
