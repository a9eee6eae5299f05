"""``cadence wbr CONFIG.yaml DATA.csv``: a weekly business review deck from daily figures."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Membership
from cadence.analysis.wbr.config import Config, read_config
from cadence.analysis.wbr.days import DataError, Days, read_days
from cadence.analysis.wbr.deck import build
from cadence.analysis.wbr.lined import ConfigError
from cadence.decks.drawing import drawn
from cadence.decks.from_wbr import blocks_of
from cadence.decks.into_metrics import import_deck, summary
from cadence.decks.papers import NoPaper, document, pdf
from cadence.errors import Refusal
from cadence.initiatives.models import Initiative
from cadence.management.refused import in_a_line
from cadence.management.tables import TableError, read_file, read_table


class Command(BaseCommand):
    help = (
        "Compute a weekly business review deck from daily figures: six weeks, twelve months and "
        "totals of each metric beside the year before. The configuration is one of the wbr-app."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("config", type=Path, help="the configuration, YAML")
        parser.add_argument("data", type=Path, help="daily figures, CSV, the day first")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="print JSON instead of tables")
        form.add_argument("--html", type=Path, metavar="FILE", help="write a page with charts")
        form.add_argument("--pdf", type=Path, metavar="FILE", help="write it as a PDF")
        form.add_argument(
            "--into", metavar="ORGANIZATION", help="make metrics and readings of it there instead"
        )
        parser.add_argument(
            "--initiative", metavar="NUMBER", type=int, help="whose metrics they are, with --into"
        )
        parser.add_argument("--as", dest="actor", metavar="EMAIL", help="who does it, with --into")
        parser.add_argument(
            "--outcomes", action="store_true", help="they are outcomes, not inputs, with --into"
        )

    def handle(self, **options: Any) -> None:
        try:
            config = read_config(read_file(options["config"]))
            table = read_table(read_file(options["data"]))
            days = read_days(table.header, table.rows, config)
            blocks = build(config, days)
        except ConfigError as error:
            raise CommandError(f"{options['config'].name}: {error}") from error
        except (DataError, TableError) as error:
            raise CommandError(f"{options['data'].name}: {error}") from error
        if options["into"]:
            self._import(config, days, options)
            return
        if options["json"]:
            self.stdout.write(
                json.dumps({"title": config.title, "blocks": blocks}, allow_nan=False)
            )
            return
        if options["html"] or options["pdf"]:
            self._write(config, blocks, options["html"], options["pdf"])
            return
        for number, block in enumerate(blocks, config.first_block):
            self.stdout.write(_printed(number, block))

    def _import(self, config: Config, days: Days, options: dict[str, Any]) -> None:
        if not options["initiative"] or not options["actor"]:
            raise CommandError("--into needs --initiative and --as.")
        members = Membership.objects.current().filter(organization__slug=options["into"])
        actor = members.filter(user__email=options["actor"].strip().lower()).first()
        if actor is None:
            raise CommandError(f"{options['actor']} is nobody of {options['into']}.")
        initiative = Initiative.objects.filter(
            organization=actor.organization, pk=options["initiative"]
        ).first()
        if initiative is None:
            raise CommandError(f"There is no initiative {options['initiative']}.")
        try:
            imported = import_deck(
                actor=actor,
                at=timezone.now(),
                initiative=initiative,
                config=config,
                days=days,
                kind="lagging" if options["outcomes"] else "leading",
            )
        except Refusal as refusal:
            raise CommandError(in_a_line(refusal)) from None
        for line in summary(imported):
            self.stdout.write(line)

    def _write(
        self,
        config: Config,
        blocks: list[dict[str, Any]],
        page: Path | None,
        paper: Path | None,
    ) -> None:
        numbered = enumerate(blocks_of(config, blocks), config.first_block)
        title = config.title or "Weekly business review"
        shown = [drawn(block, number) for number, block in numbered]
        words = f"Week {config.week_number}, ending {config.week_ending:%d %B %Y}"
        target = page or paper
        assert target is not None
        try:
            if page:
                target.write_text(document(title, shown, subtitle=words), encoding="utf-8")
            else:
                target.write_bytes(pdf(title, shown, subtitle=words))
        except NoPaper as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{target}: {error.strerror}") from error
        self.stdout.write(f"{target}: {len(blocks)} blocks.")


def _printed(number: int, block: dict[str, Any]) -> str:
    lines = [f"{number}. {block['title']}".rstrip(), ""]
    for metric in block.get("metrics", ()):
        lines += [
            metric["legend"],
            _row("", block["axis"]),
            _row("this year", metric["weeks"] + metric["months"]),
            _row("year before", metric["prior_weeks"] + metric["prior_months"]),
            _row("", ["week", "WOW", "YOY", "MTD", "YOY", "QTD", "YOY", "YTD", "YOY"]),
            _row("totals", metric["totals"]),
            "",
        ]
    if "rows" in block:
        lines.append(_row("", block["headers"]))
        lines += [_row(row["header"], row["values"]) for row in block["rows"]]
        lines.append("")
    return "\n".join(lines)


def _row(header: str, cells: list[float | str | None]) -> str:
    return f"{header[:24]:<24}" + "".join(f"{_short(cell):>14}" for cell in cells)


def _short(cell: float | str | None) -> str:
    if cell is None:
        return "–"
    return cell if isinstance(cell, str) else f"{cell:,.4g}" if abs(cell) < 1000 else f"{cell:,.0f}"
