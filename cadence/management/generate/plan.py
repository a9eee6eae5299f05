"""What a generated organization is made of: decided by its sizes and its seed, and nothing else."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt

from cadence.calendar.periods import DAY, MONTH, WEEK, PeriodKind

# As many as a metric of each kind is given at most: ten years of days, of weeks, five of months.
MOST: dict[PeriodKind, int] = {DAY: 3660, WEEK: 520, MONTH: 60}
# Of ten metrics: three read daily and judged weekly, six weekly, one monthly.
RHYTHM: tuple[PeriodKind, ...] = (DAY, WEEK, WEEK, DAY, WEEK, WEEK, DAY, WEEK, WEEK, MONTH)
# Every dip is over so many judged periods after the one that opened its breach.
CHECKED_AFTER = 5


class PlanError(ValueError):
    """Why an organization of these sizes cannot be made, as a sentence."""


@dataclass(frozen=True)
class Sizes:
    """How many there are to be of each."""

    initiatives: int = 2_000
    metrics: int = 10_000
    readings: int = 1_000_000
    seed: int = 1

    def check(self) -> None:
        """Raises PlanError."""
        if self.initiatives < 1 or self.metrics < self.initiatives:
            raise PlanError("There is at least one initiative, and a metric for each.")
        least, most = self.metrics * 10, sum(MOST[kind] for kind in kinds(self))
        if not least <= self.readings <= most:
            raise PlanError(
                f"{self.metrics} metrics take {least} to {most} readings: ten each at least."
            )

    @property
    def divisions(self) -> int:
        """Teams below the top one."""
        return max(1, min(12, isqrt(self.initiatives // 20)))

    @property
    def teams(self) -> int:
        """Teams that have work, below the divisions."""
        return max(self.divisions, self.initiatives // 20)

    @property
    def owners(self) -> int:
        return -(-self.initiatives // 4)


@dataclass(frozen=True)
class MetricPlan:
    """One metric. Whole numbers are in its smallest unit, 10^-decimals.

    ``dip`` is a run of judged periods beyond the threshold: how many periods before the last one
    it begins, and how many it takes. ``late`` is how many periods at the end have no reading.
    """

    number: int
    initiative: int
    leading: bool
    read_per: PeriodKind
    aggregation: str
    decimals: int
    readings: int
    level: int
    floor: int | None
    ceiling: int | None
    # The metric that is its floor, by number.
    floor_metric: int | None
    tightened: bool
    in_a_row: int
    dip: tuple[int, int] | None
    late: int

    @property
    def key(self) -> str:
        return f"m{self.number:06}"

    @property
    def name(self) -> str:
        what = NOUNS[self.number % len(NOUNS)]
        return f"{what} {self.number + 1}"

    @property
    def judged_per(self) -> PeriodKind:
        return MONTH if self.read_per == MONTH else WEEK

    @property
    def has_threshold(self) -> bool:
        return not (self.floor is None and self.ceiling is None and self.floor_metric is None)

    def exact(self, value: int) -> Decimal:
        """A whole number of smallest units as the value that people see."""
        return Decimal(value).scaleb(-self.decimals)


NOUNS = (
    "Orders shipped on time",
    "Qualified leads",
    "Defects found by customers",
    "Hours to first answer",
    "Invoices paid in time",
    "Trials begun",
    "Visits planned",
    "Deployments",
    "Returns",
    "Open positions filled",
    "Training hours",
    "Energy used",
)


def kinds(sizes: Sizes) -> list[PeriodKind]:
    """How often each metric is read, by number."""
    return [RHYTHM[number % len(RHYTHM)] for number in range(sizes.metrics)]


def metrics(sizes: Sizes) -> list[MetricPlan]:
    """Every metric, in order. Of those with equal sizes and seed the same."""
    read_per = kinds(sizes)
    counts = _counts(sizes, read_per)
    found = []
    before = -1
    for number, kind in enumerate(read_per):
        initiative = number * sizes.initiatives // sizes.metrics
        found.append(_metric(sizes.seed, number, initiative, initiative == before, kind, counts))
        before = initiative
    return found


def _counts(sizes: Sizes, read_per: list[PeriodKind]) -> list[int]:
    """How many readings each metric has: alike, as far as its kind has periods enough."""
    counts = [0] * sizes.metrics
    left, waiting = sizes.readings, list(range(sizes.metrics))
    for kind in (MONTH, WEEK, DAY):
        mine = [number for number in waiting if read_per[number] == kind]
        others = [number for number in waiting if read_per[number] != kind]
        if not mine:
            continue
        each, more = divmod(left, len(waiting))
        for place, number in enumerate(mine):
            wanted = each + (place < more)
            if not others:
                wanted = left // len(mine) + (place < left % len(mine))
            counts[number] = min(MOST[kind], wanted)
        left -= sum(counts[number] for number in mine)
        waiting = others
    if left:
        # Only without metrics that are read daily: the last kind was full before the end.
        for number, kind in enumerate(read_per):
            more = min(left, MOST[kind] - counts[number])
            counts[number], left = counts[number] + more, left - more
    return counts


def _metric(
    seed: int, number: int, initiative: int, leading: bool, read_per: PeriodKind, counts: list[int]
) -> MetricPlan:
    # Only `random()` is the same for a seed in every version of Python.
    draw = random.Random(f"{seed}:{number}").random  # noqa: S311 - nothing here is a secret
    decimals, level = _level(seed, number)
    sides, rows, dips = draw(), draw(), draw()
    in_a_row = 1 if rows < 0.7 else 2 if rows < 0.9 else 3
    target = number % 50 == 5
    floor = ceiling = floor_metric = None
    if number % 50 == 7:
        # Read weekly like the one that is its floor, and well above it.
        floor_metric = number - 2
        decimals, level = _level(seed, floor_metric)
        level = level * 13 // 10
    elif not target and sides >= 0.1:
        floor = level * 85 // 100 if sides < 0.55 or sides >= 0.85 else None
        ceiling = level * 115 // 100 if sides >= 0.55 else None
    dip = _dip(draw, dips, in_a_row, counts[number], read_per)
    is_plain = floor is not None or ceiling is not None
    return MetricPlan(
        number=number,
        initiative=initiative,
        leading=leading,
        read_per=read_per,
        aggregation=_aggregation(read_per, number),
        decimals=decimals,
        readings=counts[number],
        level=level,
        floor=floor,
        ceiling=ceiling,
        floor_metric=floor_metric,
        tightened=draw() < 0.1 and is_plain,
        in_a_row=in_a_row,
        dip=dip if is_plain else None,
        late=2 if dips >= 0.98 and read_per == WEEK and not target else 0,
    )


def _level(seed: int, number: int) -> tuple[int, int]:
    """Decimals, and about what value a metric has; of seven days, where they are added up."""
    draw = random.Random(f"{seed}={number}").random  # noqa: S311 - nothing here is a secret
    decimals = int(draw() * 3)
    return decimals, int((20 + draw() * 480) * 10**decimals) // 7 * 7


def _aggregation(read_per: PeriodKind, number: int) -> str:
    if read_per == DAY:
        return "sum" if number % 2 else "mean"
    return "last"


def _dip(
    draw: Callable[[], float], dips: float, in_a_row: int, readings: int, read_per: PeriodKind
) -> tuple[int, int] | None:
    """One metric in three was beyond its threshold once; one in a hundred is since this week."""
    judged = readings // 7 - 2 if read_per == DAY else readings
    length = in_a_row + int(draw() * 4)
    place = draw()
    if dips >= 0.34 or judged < 10:
        return None
    if dips < 0.02 and read_per == WEEK:
        return in_a_row - 1, in_a_row
    # Not so late that it would open this week too, nor before there was anything.
    latest, earliest = in_a_row + 1, judged - 2
    start = latest + int(place * (earliest - latest))
    return start, min(length, start + 1)
