"""``cadence replay FILE.csv --plan PLAN.yaml``: history, run through the real actions."""

import json
from argparse import ArgumentParser
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import Organization
from cadence.errors import Refusal
from cadence.management.refused import in_a_line
from cadence.management.replay.figures import FiguresError, read_figures
from cadence.management.replay.founding import found
from cadence.management.replay.plan import PlanError, read_plan
from cadence.management.replay.report import report, table
from cadence.management.replay.run import play
from cadence.notices.derive import take_as_told


class Command(BaseCommand):
    help = (
        "Run daily figures through Cadence as if the weeks passed: readings in, breaches out, "
        "reviews held open until decided. Makes an organization of its own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="daily figures as CSV")
        parser.add_argument("--plan", type=Path, required=True, help="what is what, as YAML")
        parser.add_argument(
            "--decide", action="store_true", help="record the planned decision for each breach"
        )
        parser.add_argument("--slug", help="of the organization, instead of the plan's")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, **options: Any) -> None:
        try:
            plan = read_plan(options["plan"])
            figures = read_figures(
                options["file"], plan.date_column, plan.columns, plan.date_format
            )
        except (PlanError, FiguresError) as error:
            raise CommandError(str(error)) from error
        if options["slug"]:
            plan.organization["slug"] = options["slug"]
        slug = plan.organization["slug"]
        if Organization.objects.filter(slug=slug).exists():
            raise CommandError(f"There is an organization “{slug}” already: say another --slug.")
        first, last = figures.days[0], figures.days[-1]
        zone = ZoneInfo("UTC")
        begin = datetime.combine(first - timedelta(days=7), time(12), zone)
        try:
            # A replay that ends half-way leaves nothing.
            with transaction.atomic():
                world = found(plan, first, last, begin)
                counts = play(
                    world, plan, figures, decide=options["decide"], progress=self._progress
                )
                # Else the worker would mail years of news the minute after.
                take_as_told(world.organization)
        except Refusal as refusal:
            raise CommandError(in_a_line(refusal)) from refusal
        result = report(world, first, last, counts)
        if options["json"]:
            self.stdout.write(json.dumps(result, indent=2))
            return
        self.stdout.write(table(result))
        self.stdout.write(
            f"\nSign in to look at it: owner@{world.organization.slug}.example, "
            f"password {world.password}"
        )

    def _progress(self, done: int, whole: int) -> None:
        if done == whole or done % 7 == 0:
            ending = "\n" if done == whole else "\r"
            self.stderr.write(f"Day {done} of {whole}", ending=ending)
            self.stderr.flush()
