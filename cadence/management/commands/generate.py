"""``cadence generate``: a large organization, for measuring and for trying things on."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import slugify

from accounts.models import Organization, User
from cadence.errors import Refusal
from cadence.management.generate.making import make
from cadence.management.generate.plan import PlanError, Sizes
from cadence.management.refused import in_a_line


class Command(BaseCommand):
    help = (
        "Make a large organization at once: teams, people, initiatives with their owners, metrics, "
        "readings and what they came to, until today. The same seed makes the same, but for ids. "
        "Adds an organization of its own and touches no other; all of it or nothing. On SQLite "
        "nobody else can write meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        sizes = Sizes()
        parser.add_argument("--initiatives", type=int, default=sizes.initiatives)
        parser.add_argument("--metrics", type=int, default=sizes.metrics)
        parser.add_argument("--readings", type=int, default=sizes.readings)
        parser.add_argument("--seed", type=int, default=sizes.seed)
        parser.add_argument("--name", default="Large organization")
        parser.add_argument("--at", help="as if it were this moment: 2026-11-18T12:00:00Z")
        parser.add_argument("--password", help="of those who can sign in; else one is made")

    def handle(self, **options: Any) -> None:
        sizes = Sizes(
            options["initiatives"], options["metrics"], options["readings"], options["seed"]
        )
        name = options["name"].strip()
        slug = slugify(name)[:60]
        if not slug:
            raise CommandError("--name: say a name with letters in it.")
        _check_new(slug)
        at = parse_datetime(options["at"]) if options["at"] else timezone.now()
        if at is None or timezone.is_naive(at):
            raise CommandError("--at: a moment with its zone, such as 2026-11-18T12:00:00Z.")
        began = time.monotonic()
        try:
            made = make(
                sizes, name=name, slug=slug, at=at, secret=options["password"], say=self.say
            )
        except PlanError as error:
            raise CommandError(str(error)) from error
        except Refusal as refusal:
            raise CommandError(in_a_line(refusal)) from refusal
        self.stdout.write(
            f"{name} is there, at /o/{slug}/: {sizes.initiatives} initiatives, {sizes.metrics} "
            f"metrics, {made.readings} readings, {made.judgements} judgements, {made.breaches} "
            f"breaches, in {time.monotonic() - began:.0f} seconds.\n"
            f"Digest of seed {sizes.seed}: {made.digest}\n"
            f"Sign in as administrator@{slug}.example, executive@{slug}.example, "
            f"lead1@{slug}.example or owner1@{slug}.example, password {made.people.password}"
        )

    def say(self, what: str, done: int, whole: int) -> None:
        ending = "\n" if done == whole else "\r"
        self.stderr.write(f"{what}: {100 * done // whole} %", ending=ending)
        self.stderr.flush()


def _check_new(slug: str) -> None:
    """Nothing that exists is touched. The addresses of its people are its own too."""
    if Organization.objects.filter(slug=slug).exists():
        raise CommandError(f"There is an organization “{slug}” already: say another --name.")
    if User.objects.filter(email__endswith=f"@{slug}.example").exists():
        raise CommandError(f"There are people at {slug}.example already: say another --name.")
