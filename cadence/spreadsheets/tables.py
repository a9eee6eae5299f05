from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cadence.errors import Invalid

# A file that took minutes to make would be asked for twice.
MOST_ROWS = 100_000


@dataclass(frozen=True)
class Table:
    """A list as it goes into a file: a short name, the heads of its columns, its rows.

    A value is None (an empty cell), a text, a bool, a whole number, a Decimal, a date or a moment
    without a zone: a spreadsheet knows none, so the head names it.
    """

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[object]]

    def all_rows(self) -> Iterator[Sequence[object]]:
        """The rows. Invalid, ``too_many_rows``, after `MOST_ROWS` of them: a table that was cut
        would not say so."""
        for number, row in enumerate(self.rows, start=1):
            if number > MOST_ROWS:
                raise Invalid.field(
                    "format",
                    f"A file has at most {MOST_ROWS:,} rows. Narrow the list and ask again.",
                    code="too_many_rows",
                )
            yield row
