"""What somebody says about a file: what each column is, and how numbers and dates are written."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cadence.imports.catalog import Catalog
from cadence.imports.limits import MOST_COLUMNS
from cadence.inputs import Inputs

PERIOD, METRIC, VALUE, NOTE, ACROSS, NOTHING = "period", "metric", "value", "note", "across", ""
ROLES = {
    NOTHING: "Leave it out",
    PERIOD: "Period: the day, week or month of each row",
    METRIC: "Metric: names the metric of each row",
    VALUE: "Value of each row",
    NOTE: "Note of each row",
    ACROSS: "Values; the heading is the period",
}
"""Besides these a column is a metric: ``metric:`` and its id."""

RECOGNISE = "recognise"
NUMBERS = {
    RECOGNISE: "Recognised by the column",
    "point": "1,234.56: a point before the decimals",
    "comma": "1.234,56: a comma before the decimals",
}
DATES = {
    RECOGNISE: "Recognised by the column",
    "day": "The day first: 31/12/2026",
    "month": "The month first: 12/31/2026",
}
DAYS = {
    "first": "The first day of its week or month",
    "any": "Any day of its week or month",
}


@dataclass(frozen=True)
class Choices:
    """``header_row`` counts from 1; 0 is a table without a heading. ``roles`` has one for each
    column. ``days`` says which day names a week or a month."""

    roles: tuple[str, ...]
    sheet: int = 0
    header_row: int = 1
    numbers: str = RECOGNISE
    dates: str = RECOGNISE
    days: str = "first"

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Choices":
        return cls(**{**stored, "roles": tuple(stored["roles"])})

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "roles": list(self.roles)}

    @property
    def shape(self) -> str:
        """``wide`` (a column for each metric), ``long`` (a row for each reading) or ``across`` (a
        row for each metric, a column for each period)."""
        if VALUE in self.roles:
            return "long"
        return "across" if ACROSS in self.roles else "wide"

    def column(self, role: str) -> int:
        return self.roles.index(role)


def metric_role(key: int) -> str:
    return f"metric:{key}"


def metric_of(role: str) -> int | None:
    """The id of the metric that a column is, None for other roles."""
    number = role.removeprefix("metric:")
    known = role.startswith("metric:") and number.isascii() and number.isdigit()
    return int(number) if known and len(number) < 19 else None


def read_choices(
    given: Mapping[str, Any], catalog: Catalog, *, sheets: int, rows: int, columns: int
) -> Choices:
    """The choices as somebody made them. Raises Invalid with every fault; problems of a column
    are in the field ``columns.0``, ``columns.1`` …"""
    inputs = Inputs()
    sheet = inputs.whole("sheet", given.get("sheet", 0), least=0, most=max(sheets - 1, 0))
    header = inputs.whole("header_row", given.get("header_row", 1), least=0, most=min(rows, 1000))
    numbers = inputs.choice("numbers", given.get("numbers", RECOGNISE), NUMBERS)
    dates = inputs.choice("dates", given.get("dates", RECOGNISE), DATES)
    days = inputs.choice("days", given.get("days", "first"), DAYS)
    roles = _roles(inputs, given.get("columns"), catalog, columns)
    if not inputs.problems:
        _fit_together(inputs, roles)
    inputs.done()
    return Choices(roles, sheet, header, numbers, dates, days)


def _roles(inputs: Inputs, given: object, catalog: Catalog, columns: int) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or len(given) > MOST_COLUMNS:
        inputs.refuse("columns", "This says for each column what it is.")
        return ()
    roles = []
    for number, said in enumerate(given):
        role = _role(said, catalog)
        if role is None:
            inputs.refuse(
                f"columns.{number}", "This is no metric of yours, and no other kind of column."
            )
        roles.append(role or NOTHING)
    if len(roles) > columns and any(roles[columns:]):
        inputs.refuse("columns", f"The table has {columns} columns.")
    return tuple((roles + [NOTHING] * columns)[:columns])


def _role(said: object, catalog: Catalog) -> str | None:
    """A role by its name; a metric by ``metric:`` and its id, by its key or by its name."""
    if said is None:
        return NOTHING
    if not isinstance(said, str):
        return None
    said = said.strip()
    if said in ROLES:
        return said
    key = metric_of(said)
    found = catalog.find(said) if key is None else catalog.by_id.get(key)
    return metric_role(found.pk) if found and found.may_record else None


def _fit_together(inputs: Inputs, roles: Sequence[str]) -> None:
    """What a table needs, so that each value has its metric and its period."""
    for role, called in ((PERIOD, "period"), (METRIC, "metric"), (VALUE, "value"), (NOTE, "note")):
        if roles.count(role) > 1:
            second = [place for place, one in enumerate(roles) if one == role][1]
            inputs.refuse(f"columns.{second}", f"Another column is the {called} already.")
    metrics = [role for role in roles if metric_of(role) is not None]
    for role in sorted({role for role in metrics if metrics.count(role) > 1}):
        second = [place for place, one in enumerate(roles) if one == role][1]
        inputs.refuse(f"columns.{second}", "Another column is this metric already.")
    has = set(roles)
    if VALUE in has and (metrics or ACROSS in has):
        inputs.refuse(
            "columns",
            "Values stand in one column, with the metric in another, or in a column for "
            "each metric: not both.",
        )
    elif ACROSS in has and (metrics or PERIOD in has):
        inputs.refuse(
            "columns", "Where the headings are periods, no column is a period or one metric."
        )
    elif VALUE in has and METRIC not in has:
        inputs.refuse("columns", "Say which column names the metric of each row.")
    elif (VALUE in has or metrics) and PERIOD not in has:
        inputs.refuse("columns", "Say which column is the period.")
    elif ACROSS in has and METRIC not in has:
        inputs.refuse("columns", "Say which column names the metric of each row.")
    elif metrics and METRIC in has:
        inputs.refuse("columns", "A column for each metric needs no column that names one.")
    elif not (VALUE in has or ACROSS in has or metrics):
        inputs.refuse("columns", "Say which columns are metrics, or which one holds the values.")
