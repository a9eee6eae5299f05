"""``cadence demo``: an organization to try things on, with half a year behind it."""

import argparse
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Membership, Organization
from cadence.management.demo import people
from cadence.management.demo.report import counts
from cadence.management.demo.telling import tell


class Command(BaseCommand):
    help = (
        "Build an organization to try things on: people, teams, initiatives, half a year of "
        "readings, breaches, decisions and reviews, all through the actions that everybody uses."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--again", action="store_true", help="another one beside the demo that is there"
        )

    def handle(self, *args: Any, again: bool, **options: Any) -> None:
        there = Organization.objects.filter(is_demo=True).order_by("pk").last()
        if there is not None and not again:
            raise CommandError(
                f"There is a demo already: {there.name} ({there.slug}). "
                "Nothing was changed; `cadence demo --again` builds another one beside it."
            )
        began = time.monotonic()
        world = tell(at=timezone.now(), slug=free_slug(), say=self.say)
        # `cadence up` says who can sign in when it is ready.
        if options["verbosity"] == 0:
            return
        self.say("")
        for line in counts(world.organization):
            self.say(line)
        self.say(f"\nBuilt in {time.monotonic() - began:.0f} seconds. Who can sign in:\n")
        for member in can_sign_in(world.organization):
            assert member.user is not None
            self.say(f"  {member.name:<20}{_part(member):<38}{member.user.email}")
        self.say(f"\nThe password of everybody is {people.PASSWORD}")

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def free_slug() -> str:
    """The slug of the company, numbered when there is one of that name."""
    taken = set(Organization.objects.values_list("slug", flat=True))
    slug, number = people.SLUG, 2
    while slug in taken:
        slug, number = f"{people.SLUG}-{number}", number + 1
    return slug


def can_sign_in(organization: Organization) -> list[Membership]:
    rows = Membership.objects.current().people().filter(organization=organization)
    return list(rows.select_related("user", "team").prefetch_related("leads"))


def _part(member: Membership) -> str:
    led = [team.name for team in member.leads.all()]
    return f"leads {led[0]}" if led else member.get_role_display().lower()
