"""Many readings at once, as JSON or CSV: all of them, or none and what is wrong with each row."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.api.fields import Input, Told
from cadence.api.parsers import StrictJSONParser, text_of
from cadence.api.readings import STATUSES, ReadingInput
from cadence.api.schema import describe
from cadence.errors import Invalid, Problem
from cadence.evaluation.actions import record_batch
from cadence.evaluation.rows import Row
from cadence.metrics.models import Reading

MOST_ROWS = 10_000
COLUMNS = ("metric", "period", "value", "note")
KNOWN = frozenset(COLUMNS)
NEEDED = frozenset(COLUMNS[:3])


class CsvParser(BaseParser):
    """A table with a header of the columns metric, period, value and perhaps note.

    Gives what the same batch is in JSON, every cell a text.
    """

    media_type = "text/csv"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        lines = lines_of(text_of(stream, parser_context))
        _, header = next(lines, (0, []))
        header = [name.strip().lower() for name in header]
        _check_header(header)
        return {"readings": [_row(header, cells, line) for line, cells in lines if cells]}


def lines_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of a table as RFC 4180 has it, with the line on which they end."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in lines:
            yield lines.line_num, cells
    except csv.Error as error:
        raise ParseError(f"The body is not CSV: {error}, line {lines.line_num}.") from None


def _check_header(header: Sequence[str]) -> None:
    if len(set(header)) != len(header) or not NEEDED <= set(header) <= KNOWN:
        raise ParseError(
            "The first line names the columns: metric, period, value and perhaps note, "
            "with commas between them."
        )


def _row(header: Sequence[str], cells: Sequence[str], line: int) -> dict[str, str]:
    if len(cells) != len(header):
        raise ParseError(f"Line {line} has {len(cells)} cells; the header has {len(header)}.")
    return dict(zip(header, cells, strict=True))


def _fields() -> dict[str, Told]:
    """Those of a single reading: there they are judged one by one, here with the whole batch."""
    return {name: field for name, field in ReadingInput().fields.items() if isinstance(field, Told)}


class BatchInput(Input):
    readings = Told(
        {
            "type": "array",
            "maxItems": MOST_ROWS,
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {name: field.schema for name, field in _fields().items()},
                "required": list(COLUMNS[:3]),
                "additionalProperties": False,
            },
        }
    )


class BatchSerializer(serializers.Serializer[Any]):
    """What became of a batch."""

    count = serializers.IntegerField(help_text="Rows in the batch.")
    new = serializers.IntegerField()
    corrected = serializers.IntegerField(help_text="The old values are kept.")
    unchanged = serializers.IntegerField()
    opened = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids of the breaches that the batch opened."
    )
    recovered = serializers.IntegerField(help_text="Metrics whose breach recovered with it.")


class ReadingsBatch(Endpoint):
    takes_readings = True
    parser_classes = (StrictJSONParser, CsvParser)
    queryset = Reading.objects.none()
    serializer_class = BatchSerializer

    @describe(takes=BatchInput, gives=BatchSerializer, conflicts=["initiative_ended"])
    def post(self, request: Request) -> Response:
        """Record up to 10,000 readings, all of them or none.

        As JSON, or as CSV with a header of the columns metric, period, value and perhaps note.
        Every row that is refused is named, counted from 1, with the field and the reason.
        """
        rows = _rows(self.take(BatchInput)["readings"])
        batch = record_batch(actor=self.actor, at=self.at, rows=rows)
        counts = {status: batch.counts[status] for status in STATUSES}
        opened = sorted(breach.pk for breach in batch.outcome.opened)
        recovered = {breach.metric_id for breach in batch.outcome.recovered}
        return Response(
            {"count": len(rows), **counts, "opened": opened, "recovered": len(recovered)}
        )


def _rows(sent: object) -> list[Row]:
    if not isinstance(sent, list) or not 0 < len(sent) <= MOST_ROWS:
        raise Invalid.field("readings", f"This is a list of 1 to {MOST_ROWS:,} readings.")
    problems = []
    rows = []
    for number, item in enumerate(sent, start=1):
        if not isinstance(item, dict):
            problems.append(Problem("readings", "This is not a reading.", number))
            continue
        if not item.keys() <= KNOWN:
            for name in item.keys() - KNOWN:
                problems.append(Problem(name[:60], "This is not known here.", number))
        get = item.get
        rows.append(Row(get("metric"), get("period"), get("value"), get("note", "")))
        if not item.keys() >= NEEDED:
            for name in COLUMNS[:3]:
                if name not in item:
                    problems.append(Problem(name, "This is needed.", number))
    if problems:
        raise Invalid.fields(problems)
    return rows
