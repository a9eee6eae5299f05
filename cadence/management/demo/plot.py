"""What the story is made of, as plain data. Times are counted in weeks ago.

Week 0 is the running week, week 1 the one before it; the company is founded in week 27. For a
metric that is judged by the month, the same words count months: month 1 is the latest that ended.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    key: str
    name: str
    role: str = "member"
    team: str = "Larkmoor"


@dataclass(frozen=True)
class Answer:
    """A decision about a breach. ``by`` decides, or else who has the duty.

    It is checked at the end of the period so many periods ahead, an escalation after so many days.
    ``when`` (weeks ago, weekday, hour) is a moment outside a review.
    """

    kind: str
    what: str = ""
    expected: str = ""
    check: int = 2
    by: str = ""
    to: str = ""
    moved: tuple[str, str, str] = ("", "", "")
    floor: str | None = None
    ceiling: str | None = None
    when: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Dip:
    """From one week to a later one the metric is beyond its limit, by this part of the limit.

    The breach gets these answers, one whenever it needs a decision, and stays undecided when
    there is none left.
    """

    first: int
    last: int
    depth: float
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Hole:
    """A week whose reading does not come, or comes ``later`` weeks after it was due."""

    week: int
    later: int | None = None
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Limit:
    """A version of a threshold, from so many weeks ago on. ``plan`` is another metric's name; one
    that ``moved`` was set by a decision."""

    response: str
    floor: str | None = None
    ceiling: str | None = None
    plan: str = ""
    row: int = 1
    since: int = 40
    reason: str = ""
    moved: bool = False


@dataclass(frozen=True)
class Metric:
    """A number and the way it goes: from ``start`` to ``end`` with ``noise`` and a slow ``swing``.

    ``late`` readings of the last week come while the review is held; ``open`` ones not yet.
    """

    name: str
    kind: str
    start: float
    end: float
    noise: float
    unit: str = ""
    decimals: int = 0
    read: str = "week"
    judged: str = ""
    how: str = "sum"
    swing: float = 0.0
    most: float | None = None
    leads_to: str = ""
    machine: bool = False
    limits: tuple[Limit, ...] = ()
    dips: tuple[Dip, ...] = ()
    holes: tuple[Hole, ...] = ()
    late: bool = False
    open: bool = False
    short_grace: bool = False

    @property
    def per(self) -> str:
        """The period it is judged by."""
        return self.judged or self.read


@dataclass(frozen=True)
class Derived:
    """A number that is computed from others, by their names."""

    name: str
    kind: str
    formula: str
    of: tuple[str, ...]
    unit: str = ""
    decimals: int = 1


@dataclass(frozen=True)
class Work:
    """An initiative. ``owners`` are those it had, each since a week."""

    name: str
    priority: int
    team: str
    about: str
    owners: tuple[tuple[str, int], ...] = ()
    budget: int | None = None
    metrics: tuple[Metric, ...] = ()
    derived: tuple[Derived, ...] = ()
    draft_since: int | None = None
    helped: tuple[str, ...] = ()
    in_the_way: tuple[str, ...] = ()
