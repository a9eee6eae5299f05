"""Files of readings: brought, mapped, looked at, committed or dropped."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api import fields
from cadence.api.endpoint import Endpoint
from cadence.api.fields import Choice, Input, NamedSerializer, Told, whole
from cadence.api.parsers import StrictJSONParser
from cadence.api.problems import TooLarge
from cadence.api.schema import describe
from cadence.errors import Invalid
from cadence.imports.actions import (
    book_of,
    commit_import,
    drop_import,
    map_import,
    place_in,
    require_own,
    start_import,
)
from cadence.imports.catalog import catalog_of
from cadence.imports.choices import DATES, DAYS, NUMBERS
from cadence.imports.findings import STATUSES, Fault, Findings, Line
from cadence.imports.limits import MOST_BYTES, MOST_COLUMNS
from cadence.imports.mapping import columns_of, proposed
from cadence.imports.models import FileKind, Import, ImportedTable
from cadence.imports.reading_tables import ENCODINGS
from cadence.imports.running import run_small

STATES = [
    ("uploaded", "Nobody has said yet what its columns are"),
    ("checking", "A worker checks it"),
    ("problems", "Some rows cannot be recorded"),
    ("ready", "It can be committed"),
    ("recording", "A worker records it"),
    ("landed", "Its readings are on record"),
    ("failed", "Recording it was refused; nothing of it is on record"),
    ("dropped", "Given up"),
]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME, LONGEST_TEXT = "By API", MOST_BYTES


@dataclass(frozen=True)
class Body:
    """A file that came as the body of the request."""

    content: bytes


class FileParser(BaseParser):
    """The body is the file, byte for byte; what it holds is recognised."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLarge(f"The body is too large: at most {MOST_BYTES:,} bytes.")
        return Body(content)


class CsvFileParser(FileParser):
    media_type = "text/csv"


class TabbedFileParser(FileParser):
    media_type = "text/tab-separated-values"


class WorkbookParser(FileParser):
    media_type = XLSX


class CountsSerializer(serializers.Serializer[Any]):
    new = serializers.IntegerField()
    corrected = serializers.IntegerField(help_text="The old values are kept.")
    unchanged = serializers.IntegerField()
    problems = serializers.IntegerField()


class ColumnSerializer(serializers.Serializer[Any]):
    letter = serializers.CharField()
    name = serializers.CharField()
    samples = serializers.ListField(child=serializers.CharField())
    guess = serializers.CharField(
        allow_blank=True,
        help_text="`period`, `metric`, `value`, `note`, `across` (the heading is the period), "
        "`metric:` and an id, or nothing: left out.",
    )


class ImportSerializer(serializers.Serializer[Any]):
    """A file of readings. Its cells are for who brought it; what became of it is for all."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(FileKind.choices)
    state = serializers.ChoiceField(STATES)
    started_by = NamedSerializer()
    digest = serializers.CharField(help_text="SHA-256 of the file, in hex.")
    size = serializers.IntegerField(help_text="Bytes.")
    encoding = serializers.CharField(allow_blank=True)
    counts = serializers.SerializerMethodField(help_text="Null until it was checked.")
    opened = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids of the breaches that it opened."
    )
    recovered = serializers.IntegerField(help_text="Metrics whose breach recovered with it.")
    reason = serializers.CharField(allow_blank=True)
    failure = serializers.CharField(allow_blank=True)
    done = serializers.IntegerField(help_text="Rows that the worker has read.")
    total = serializers.IntegerField()
    uploaded_at = serializers.DateTimeField()
    committed_at = serializers.DateTimeField(allow_null=True)
    landed_at = serializers.DateTimeField(allow_null=True)
    dropped_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(CountsSerializer(allow_null=True))
    def get_counts(self, one: Import) -> dict[str, int] | None:
        return one.counts or None


class ImportWithColumnsSerializer(ImportSerializer):
    columns = serializers.SerializerMethodField(
        help_text="With guesses, for who brought it, until it was mapped; else null."
    )

    @extend_schema_field(ColumnSerializer(many=True, allow_null=True))
    def get_columns(self, one: Import) -> list[dict[str, Any]] | None:
        actor = self.context.get("actor")
        if actor is None or one.started_by_id != actor.pk or one.state != "uploaded":
            return None
        sheets, catalog = book_of(one).sheets, catalog_of(actor)
        choices = proposed(actor, sheets, catalog)
        columns = columns_of(sheets[choices.sheet], choices.header_row, catalog)
        return [
            {
                "letter": column.letter,
                "name": _printable(column.name),
                "samples": [_printable(sample) for sample in column.samples],
                "guess": role,
            }
            for column, role in zip(columns, choices.roles, strict=True)
        ]


class ImportInput(Input):
    text = Told({"type": "string", "maxLength": LONGEST_TEXT}, help_text="The table as text.")
    name = fields.text(200, required=False)


class FileInput(Input):
    """A form with the file."""

    file = Told({"type": "string", "format": "binary"})
    encoding = Choice(list(ENCODINGS.items()), required=False)


class MappingInput(Input):
    columns = Told(
        {
            "type": "array",
            "maxItems": MOST_COLUMNS,
            "items": {"type": ["string", "null"], "maxLength": 160},
        },
        required=False,
        help_text="For each column: `period`, `metric`, `value`, `note`, `across`, the key of a "
        "metric, or nothing. Not said, all is as proposed.",
    )
    sheet = whole(0, 49, required=False, help_text="From 0.")
    header_row = whole(0, 1000, required=False, help_text="From 1; 0 is no heading.")
    numbers = Choice(list(NUMBERS.items()), required=False)
    dates = Choice(list(DATES.items()), required=False)
    days = Choice(list(DAYS.items()), required=False)


class CommitInput(Input):
    reason = fields.text(500, required=False, help_text="A person says why values change.")


class FaultSerializer(serializers.Serializer[Any]):
    """What is wrong with a cell, counted as a spreadsheet does."""

    place = serializers.CharField(help_text="Such as C14.")
    row = serializers.IntegerField()
    field = serializers.CharField()
    message = serializers.CharField()
    text = serializers.CharField(allow_blank=True)


class LineSerializer(serializers.Serializer[Any]):
    """A reading of the file, and the value it would replace."""

    place = serializers.CharField()
    row = serializers.IntegerField()
    metric = serializers.IntegerField()
    period = serializers.DateField()
    old = serializers.CharField(allow_null=True)
    new = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)


class ImportEndpoint(Endpoint):
    queryset = Import.objects.select_related("started_by").order_by("-uploaded_at", "-pk")
    serializer_class: type[serializers.Serializer[Any]] = ImportSerializer
    takes_readings = True

    def with_columns(self, one: Import, status: int = 200) -> Response:
        context = self.get_serializer_context()
        return Response(ImportWithColumnsSerializer(one, context=context).data, status)


class Imports(ImportEndpoint):
    parser_classes = (
        StrictJSONParser,
        CsvFileParser,
        TabbedFileParser,
        WorkbookParser,
        MultiPartParser,
    )

    @describe(gives=ImportSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Imports of readings, the latest first."""
        return self.page()

    @extend_schema(
        request={
            "application/json": ImportInput,
            CsvFileParser.media_type: OpenApiTypes.STR,
            TabbedFileParser.media_type: OpenApiTypes.STR,
            XLSX: OpenApiTypes.BINARY,
            "multipart/form-data": FileInput,
        }
    )
    @describe(
        takes=ImportInput,
        gives=ImportWithColumnsSerializer,
        status=201,
        conflicts=["too_many_imports"],
    )
    def post(self, request: Request) -> Response:
        """Bring a file of readings, to be looked at; nothing of it is recorded yet.

        As the body itself (CSV, text with tabs, XLSX), as a form with `file`, or as JSON with
        `text`. Separator, encoding, numbers and dates are recognised.
        """
        one = start_import(actor=self.actor, at=self.at, **self._brought(request))
        return self.with_columns(one, 201)

    def _brought(self, request: Request) -> dict[str, Any]:
        if isinstance(request.data, Body):
            return {"content": request.data.content, "name": NAME}
        if request.content_type.startswith("multipart/"):
            file = request.FILES.get("file")
            if file is None:
                raise Invalid.field("file", "This is needed.")
            if file.size > MOST_BYTES:
                raise TooLarge(f"The file is too large: at most {MOST_BYTES:,} bytes.")
            encoding = request.POST.get("encoding", "")
            return {"content": file.read(), "name": file.name[:200], "encoding": encoding}
        taken = self.take(ImportInput)
        if not isinstance(taken["text"], str):
            raise Invalid.field("text", "This must be a text.")
        return {"content": taken["text"], "name": taken.get("name") or NAME}


class OneImport(ImportEndpoint):
    @describe(gives=ImportWithColumnsSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One import: its state, how far it is, what it did."""
        return self.with_columns(self.found(pk))


class ImportMapping(ImportEndpoint):
    @describe(
        takes=MappingInput,
        gives=ImportSerializer,
        conflicts=["import_landed", "import_dropped", "import_busy", "import_forgotten"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Say what its columns are, and have it checked.

        At once up to 2,000 rows; else by a worker, while the state is `checking`.
        """
        found = self.found(pk)
        given = self.take(MappingInput)
        require_own(self.actor, found)
        if given.get("columns") is None:
            given = self._as_proposed(found, given)
        mapped = map_import(actor=self.actor, at=self.at, one=found, given=given)
        return self.answer(run_small(mapped, now=timezone.now))

    def _as_proposed(self, found: Import, given: Mapping[str, Any]) -> dict[str, Any]:
        """What was said, and the proposal for that sheet and that heading where nothing was."""
        sheets = book_of(found).sheets
        place = place_in(given.get("sheet", 0), len(sheets))
        row = given.get("header_row")
        header = None if row is None else place_in(row, len(sheets[place].rows) + 1)
        data = proposed(self.actor, sheets, catalog_of(self.actor), place, header).as_data()
        return {**data, **given, "columns": data.pop("roles")}


class ImportCommit(ImportEndpoint):
    @describe(
        takes=CommitInput,
        gives=ImportSerializer,
        conflicts=[
            "import_not_checked",
            "import_has_problems",
            "import_empty",
            "import_landed",
            "import_dropped",
            "import_busy",
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Have all of it recorded, or nothing.

        At once up to 2,000 rows; else by a worker, while the state is `recording`.
        """
        found = self.found(pk)
        taken = self.take(CommitInput)
        done = commit_import(actor=self.actor, at=self.at, one=found, **taken)
        return self.answer(run_small(done, now=timezone.now))


class ImportEnding(ImportEndpoint):
    @describe(gives=ImportSerializer, conflicts=["import_landed", "import_dropped"])
    def post(self, request: Request, pk: int) -> Response:
        """Give it up. Nothing of it is recorded."""
        return self.answer(drop_import(actor=self.actor, at=self.at, one=self.found(pk)))


class OfFindings(ImportEndpoint):
    def findings(self, pk: int) -> Findings:
        """What the check of the actor's own import found; nothing before it was checked."""
        found = self.found(pk)
        require_own(self.actor, found)
        table = ImportedTable.objects.filter(of=found, findings__isnull=False).first()
        if table is None or found.checked_at is None:
            return Findings()
        return Findings.unpack(table.findings)


class ImportProblems(OfFindings):
    serializer_class = FaultSerializer

    @describe(gives=FaultSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Every problem that the check found, by its cell."""
        faults = self.findings(pk).faults
        self.numbers = {id(fault): number for number, fault in enumerate(faults)}
        return self.page(faults)

    def identity(self, row: Fault) -> int:
        return self.numbers[id(row)]


class ImportPreview(OfFindings):
    serializer_class = LineSerializer

    @describe(gives=LineSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """What each reading of it would do: corrections first, then what is new."""
        lines = self.findings(pk).lines
        return self.page(sorted(lines, key=lambda line: STATUSES.index(line.status)))

    def identity(self, row: Line) -> int:
        # No cell holds two readings.
        return row.row * 1000 + row.column


def _printable(value: str) -> str:
    """Half a character cannot be sent."""
    return value.encode("utf-8", "replace").decode()
