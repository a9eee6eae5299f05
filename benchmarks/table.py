"""The table that is printed: each measure beside its reference and its targets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

from benchmarks.rounds import Ratio


@dataclass(frozen=True)
class Target:
    """``must`` and ``aim`` bound the ratio: from above when less is better, else from below."""

    must: float
    aim: float
    less_is_better: bool

    def verdict(self, ratio: float) -> str:
        def reaches(bound: float) -> bool:
            return ratio <= bound if self.less_is_better else ratio >= bound

        return "good" if reaches(self.aim) else "enough" if reaches(self.must) else "SHORT"

    def words(self) -> tuple[str, str]:
        sign = "≤" if self.less_is_better else "≥"
        return f"{sign} {self.must:g}", f"{sign} {self.aim:g}"


@dataclass(frozen=True)
class Line:
    """One line: a measure on a database, or why it was skipped."""

    number: str
    measure: str
    database: str
    reference: str
    ratio: Ratio | None
    target: Target | None
    note: str = ""

    def cells(self) -> list[str]:
        if self.ratio is None:
            return [self.number, self.measure, self.database, "", "", "", "", "", self.note]
        one = self.ratio
        has_target = self.target is not None and not isnan(self.target.must)
        must, aim = self.target.words() if self.target and has_target else ("", "")
        return [
            self.number,
            self.measure,
            self.database,
            f"{_figure(one.ours)} {one.unit}",
            f"{_figure(one.reference)} {one.unit}: {self.reference}",
            f"{_figure(one.median)} ({_figure(one.least)} to {_figure(one.most)})",
            must,
            aim,
            self.target.verdict(one.median) if self.target and has_target else "",
        ]


HEADER = ["#", "Measure", "On", "Ours", "Reference", "Ratio (least to most)", "Must", "Aim", ""]


def _figure(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def printed(lines: Iterable[Line]) -> str:
    """The table as plain text, which is Markdown too."""
    rows = [HEADER, *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    out = [_row(rows[0], widths), _row(["-" * width for width in widths], widths)]
    return "\n".join(out + [_row(row, widths) for row in rows[1:]])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "| " + " | ".join(padded) + " |"
