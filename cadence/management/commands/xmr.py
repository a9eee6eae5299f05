"""``cadence xmr``: what a series of numbers does by chance, and where it does something else."""

import json
import re
import sys
from argparse import ArgumentParser
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cadence.analysis.xmr import FEWEST, TRIAL, Behaviour, behaviour
from cadence.management.tables import TableError, number, read_file, read_table


class Command(BaseCommand):
    help = (
        "Print the natural process limits (XmR) of a series of numbers, and the signals in it. "
        "Numbers are read from standard input, or from a column of a CSV file."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="a CSV file with a header")
        parser.add_argument("--column", help="the column to read; of a CSV on standard input too")
        parser.add_argument(
            "--median", action="store_true", help="limits from the median and its moving range"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, **options: Any) -> None:
        try:
            values = _values(options["file"], options["column"])
        except TableError as error:
            raise CommandError(str(error)) from error
        if not any(value is not None for value in values):
            raise CommandError("There are no numbers.")
        found = behaviour(values, uses="median" if options["median"] else "mean")
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found)))
        else:
            self.stdout.write(_as_table(values, found))


def _values(file: Path | None, column: str | None) -> list[Decimal | None]:
    if file is None and column is None:
        return _plain(sys.stdin.read())
    table = read_table(read_file(file) if file is not None else sys.stdin.read())
    if column is None:
        if len(table.header) != 1:
            raise TableError(f"Say which --column: {', '.join(table.header)}.")
        column = table.header[0]
    return table.numbers(column)


def _plain(text: str) -> list[Decimal | None]:
    """Numbers with spaces, commas, semicolons or line ends between them."""
    found: list[Decimal | None] = []
    for line, words in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        for word in re.split(r"[\s,;]+", words.strip()):
            try:
                if word:
                    found.append(number(word))
            except ValueError as error:
                raise TableError(f"Line {line}: {error}") from None
    return found


def _as_json(found: Behaviour) -> dict[str, Any]:
    return {
        "count": found.count,
        "uses": found.uses,
        "trial": found.is_trial,
        "mean": _float(found.mean),
        "average_moving_range": _float(found.average_moving_range),
        "centre": _float(found.centre),
        "moving_range": _float(found.moving_range),
        "lower_limit": _float(found.lower_limit),
        "upper_limit": _float(found.upper_limit),
        "upper_range_limit": _float(found.upper_range_limit),
        "signals": {
            "beyond_limits": list(found.signals.beyond_limits),
            "near_limit": list(found.signals.near_limit),
            "run": list(found.signals.run),
        },
    }


def _as_table(values: list[Decimal | None], found: Behaviour) -> str:
    lines = [
        ("values", str(found.count)),
        ("mean", _short(found.mean)),
        ("average moving range", _short(found.average_moving_range)),
    ]
    if found.uses == "median":
        lines += [("median", _short(found.centre)), ("median range", _short(found.moving_range))]
    lines += [
        ("upper limit", _short(found.upper_limit)),
        ("lower limit", _short(found.lower_limit)),
        ("upper range limit", _short(found.upper_range_limit)),
    ]
    text = [f"{name:<22}{value:>20}" for name, value in lines]
    if not found.has_limits:
        return "\n".join([*text, "", f"Fewer than {FEWEST} values give no limits."])
    if found.is_trial:
        text += ["", f"Fewer than {TRIAL} values: these are trial limits."]
    signals = found.signals
    for words, rule in (
        ("beyond a limit", signals.beyond_limits),
        ("three of four nearer a limit than the centre", signals.near_limit),
        ("eight or more in a row on one side", signals.run),
    ):
        if rule:
            text += ["", f"{words} (positions from 0):"]
            text += [f"{at:>8}  {values[at]}" for at in rule]
    return "\n".join(text if signals.any() else [*text, "", "No signal: routine variation."])


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _short(value: Fraction | None) -> str:
    return "–" if value is None else f"{float(value):.10g}"
