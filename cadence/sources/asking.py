"""What is asked of a source, whatever its kind."""

from dataclasses import dataclass
from datetime import date

# Seconds for all of it, from the name that is resolved to the last row.
DEADLINE = 10.0


@dataclass(frozen=True)
class Asked:
    """One question. ``query`` is SQL or what follows an address; in it ``{starts_on}`` and
    ``{ends_on}`` stand for the first and the last day of the latest period that is over."""

    query: str
    extract: str
    period_column: str
    value_column: str
    starts_on: date
    ends_on: date
    time_zone: str
    within: float = DEADLINE

    def as_sql(self) -> str:
        """The days as SQL writes them; they are ours, so there is nothing to escape."""
        return self._filled(f"'{self.starts_on}'", f"'{self.ends_on}'").rstrip().removesuffix(";")

    def as_path(self) -> str:
        return self._filled(str(self.starts_on), str(self.ends_on))

    def _filled(self, starts_on: str, ends_on: str) -> str:
        return self.query.replace("{starts_on}", starts_on).replace("{ends_on}", ends_on)
