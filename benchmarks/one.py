"""Measures rows on one database and writes a line of JSON for each: a process of `make bench`."""

import argparse
import dataclasses
import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()

from benchmarks import drawing, growing, pages, resting, sweeping, writing  # noqa: E402
from benchmarks.context import Row, Setting  # noqa: E402
from benchmarks.table import Line  # noqa: E402
from benchmarks.world import World  # noqa: E402

# A file for each group of rows; a row is added to the group it belongs to.
GROUPS = {
    "writing": writing,
    "sweeping": sweeping,
    "pages": pages,
    "drawing": drawing,
    "resting": resting,
    "growing": growing,
}


def lines(row: Row, setting: Setting) -> list[Line]:
    """Every line of a row. What fails is said in its line and stops no other."""
    found = []
    base = Line(str(row.number), row.measure, setting.vendor if row.on else "", "", None, None)
    try:
        for result in row.run(setting):
            target = result.target or row.target
            measure = f"{row.measure}: {result.part}" if result.part else row.measure
            found.append(
                dataclasses.replace(
                    base,
                    measure=measure,
                    reference=result.reference,
                    ratio=result.ratio,
                    target=target,
                    note=result.note,
                )
            )
    except Exception as error:
        found.append(dataclasses.replace(base, note=f"failed: {error!r}"[:200]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--vendor", required=True)
    parser.add_argument("--group", required=True, choices=GROUPS)
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--alone", action="store_true", help="rows that need no database too")
    given = parser.parse_args()
    only = {int(number) for number in given.only.split(",") if number}
    setting = Setting(
        World.open(),
        given.vendor,
        os.environ["DATABASE_URL"],
        given.rounds,
        given.quick,
    )
    for row in GROUPS[given.group].ROWS:
        wanted = given.vendor in row.on or (not row.on and given.alone)
        if not wanted or (only and row.number not in only):
            continue
        sys.stderr.write(f"{given.vendor}: {row.number}. {row.measure} …\n")
        for line in lines(row, setting):
            sys.stdout.write(json.dumps(dataclasses.asdict(line)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
