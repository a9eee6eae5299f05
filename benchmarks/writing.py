"""Readings on their way in: one by one, in batches, as files."""

import csv
import io
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from import_export import resources
from tablib import Dataset

from benchmarks.bare.models import ONE, UPSERT, BareReading
from benchmarks.context import Result, Row, Setting, at_least
from benchmarks.load import load, request
from benchmarks.rounds import Ratio, Timed, interleave, rate
from benchmarks.servers import serve
from benchmarks.worlds import environment
from cadence.imports.actions import commit_import, map_import, start_import
from cadence.imports.models import Import
from cadence.imports.running import lease_next, run

Fresh = Sequence[tuple[int, str, date, Decimal]]
"""Id and key of the metric, period, value."""
Bare = Sequence[tuple[int, date, Decimal, str, datetime]]
"""Rows of the bare table."""
POSTGRESQL, SQLITE = "PostgreSQL", "SQLite"


def one_by_one(setting: Setting) -> Iterator[Result]:
    """Requests a second of two workers, each request one reading that is new."""
    world, lock = setting.world, threading.Lock()
    seconds = 0.3 if setting.quick else 3.0

    json_headers = {"Content-Type": "application/json"}
    secret = {"Authorization": f"Bearer {world.token}"}

    def ours() -> bytes:
        with lock:
            ((_, key, day, value),) = world.take(1)
        body = json.dumps({"metric": key, "period": f"{day}", "value": f"{value:f}"}).encode()
        return request("/api/v1/readings", body, json_headers | secret)

    def bare() -> bytes:
        with lock:
            ((key, day, value),) = world.bare(1)
        body = json.dumps({"metric": key, "period": f"{day}", "value": f"{value:f}"}).encode()
        return request("/record", body, json_headers)

    around = environment(setting.url) | {"CADENCE_API_RATE": "0"}
    with (
        serve("config.wsgi:application", around) as product,
        serve("benchmarks.bare.wsgi:application", around) as reference,
    ):
        # Asked of the database before there are threads.
        world.take(1)
        world.bare(1)

        def timed(port: int, make: Callable[[], bytes]) -> float:
            done = load(port, make, seconds=seconds)
            if done.wrong:
                raise AssertionError(f"{len(done.wrong)} answers were {set(done.wrong)}")
            return done.per_second

        ratio = interleave(
            lambda: timed(product.port, ours),
            lambda: timed(reference.port, bare),
            rounds=setting.rounds,
            unit="requests/s",
        )
    yield Result(ratio, "a bare Django view with one upsert, 2 workers")


def batch_json(setting: Setting) -> Iterator[Result]:
    client, count = Client(), 1_000

    def ours() -> float:
        rows = [
            {"metric": key, "period": f"{day}", "value": f"{value:f}"}
            for _, key, day, value in setting.world.take(count)
        ]
        body = json.dumps({"readings": rows})
        return _posted(client, setting, body, "application/json", count)

    said = "unnest" if setting.vendor == POSTGRESQL else "executemany"
    reference = _unnest if setting.vendor == POSTGRESQL else _executemany
    yield Result(_rates(setting, ours, reference, count), f"upsert by {said}")


def batch_csv(setting: Setting) -> Iterator[Result]:
    client, count = Client(), 2_000 if setting.quick else 10_000

    def ours() -> float:
        return _posted(client, setting, _csv(setting.world.take(count)), "text/csv", count)

    yield Result(_rates(setting, ours, _copy, count), "staged COPY + upsert")


def imported(setting: Setting) -> Iterator[Result]:
    """The whole path: read, checked row by row, committed. The reference by default settings."""
    world, count = setting.world, 2_000 if setting.quick else 10_000
    few = 500
    resource = resources.modelresource_factory(
        BareReading,
        resource_class=type(
            "Keyed",
            (resources.ModelResource,),
            {"Meta": type("Meta", (), {"import_id_fields": ("metric", "starts_on")})},
        ),
    )()

    def ours() -> float:
        content = _csv(world.take(count)).encode()
        with world.now():
            return rate(lambda: land(content))()

    def land(content: bytes) -> int:
        one = start_import(actor=world.executive, at=world.at, content=content, name="a.csv")
        given = {"columns": ["metric", "period", "value"]}
        one = map_import(actor=world.executive, at=world.at, one=one, given=given)
        _work_off()
        one = commit_import(
            actor=world.executive, at=world.at, one=Import.objects.get(pk=one.pk), reason="Measured"
        )
        _work_off()
        done = Import.objects.get(pk=one.pk)
        if done.landed_at is None:
            raise AssertionError(f"The import did not land: {done.counts} {done.failure}")
        return count

    def reference() -> int:
        rows = [(key, f"{day}", f"{value:f}") for key, day, value in world.bare(few)]
        done = resource.import_data(Dataset(*rows, headers=["metric", "starts_on", "value"]))
        if done.has_errors() or done.has_validation_errors():
            raise AssertionError("The reference refused its rows.")
        return few

    ratio = interleave(ours, rate(reference), rounds=setting.rounds, unit="rows/s")
    yield Result(ratio, "django-import-export, default settings")


def _work_off() -> None:
    """What the worker does with an import."""
    leased = lease_next(timezone.now())
    assert leased is not None
    run(leased, now=timezone.now)


def _csv(rows: Fresh) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("metric", "period", "value"))
    writer.writerows((key, day.isoformat(), f"{value:f}") for _, key, day, value in rows)
    return out.getvalue()


def _posted(client: Client, setting: Setting, body: str, content_type: str, count: int) -> float:
    """Rows a second of one request, at the moment of its latest reading."""
    headers = {"Authorization": f"Bearer {setting.world.token}"}

    def post() -> int:
        answer = client.post(
            "/api/v1/readings/batch", body, content_type=content_type, headers=headers
        )
        if answer.status_code != 200:
            raise AssertionError(f"{answer.status_code}: {answer.content[:300]!r}")
        return count

    with setting.world.now():
        return rate(post)()


def _rates(setting: Setting, ours: Timed, upsert: Callable[[Bare], None], count: int) -> Ratio:
    at = setting.world.at
    batches = [
        [(key, day, value, "", at) for key, day, value in setting.world.bare(count)]
        for _ in range(setting.rounds + 1)
    ]

    def reference() -> int:
        upsert(batches.pop())
        return count

    return interleave(
        ours,
        rate(reference),
        rounds=setting.rounds,
        unit="rows/s",
    )


def _unnest(rows: Bare) -> None:
    kinds = ("bigint", "date", "numeric", "text", "timestamptz")
    source = f"SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in kinds)})"  # noqa: S608
    columns = [list(column) for column in zip(*rows, strict=True)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UPSERT.format(source=source), columns)


def _executemany(rows: Bare) -> None:
    texts = [(key, f"{day}", f"{value:f}", note, f"{at}") for key, day, value, note, at in rows]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(ONE, texts)


def _copy(rows: Bare) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE staged (metric bigint, starts_on date, value numeric, note text, "
            "recorded_at timestamptz) ON COMMIT DROP"
        )
        with cursor.copy("COPY staged FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(UPSERT.format(source="SELECT * FROM staged"))


ROWS = (
    Row(1, "One reading by API, two workers", at_least(0.3, 0.55), (POSTGRESQL,), one_by_one),
    Row(2, "Batch of 1,000 as JSON", at_least(0.4, 0.8), (POSTGRESQL,), batch_json),
    Row(3, "CSV of 10,000 by API", at_least(0.4, 0.75), (POSTGRESQL,), batch_csv),
    Row(4, "CSV import, whole path", at_least(50, 200), (SQLITE, POSTGRESQL), imported),
    Row(5, "Batch of 1,000 as JSON", at_least(0.2, 0.45), (SQLITE,), batch_json),
)
