"""``cadence deactivate``: somebody leaves, and what they answered for is offered to others."""

import argparse
import csv
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Membership, Organization
from cadence.errors import Refusal
from cadence.evaluation.leaving import Departure, deactivate_member, departure

COLUMNS = ["initiative", "successor"]
ORPHANED = "orphaned"


class Command(BaseCommand):
    help = (
        "Deactivate somebody: their sessions, tokens and calendar links end at once, and nothing "
        "is closed or deleted. Shows first what hangs on them. Each initiative that they own is "
        "offered to a successor, who has to accept, or left orphaned on purpose."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("organization", help="its short name, as in the address of its pages")
        parser.add_argument("email", help="of the person who leaves")
        parser.add_argument("--reason", default="", help="why; it stays on record")
        parser.add_argument(
            "--successor",
            metavar="EMAIL",
            help="who is asked to take over every initiative that --successors does not name",
        )
        parser.add_argument(
            "--successors",
            metavar="FILE",
            type=argparse.FileType("r", encoding="utf-8-sig"),
            help="CSV with the columns initiative (its number) and successor (an e-mail address, "
            f"or {ORPHANED}); - is the standard input",
        )
        parser.add_argument(
            "--leave-orphaned",
            action="store_true",
            help="every initiative that is not named is orphaned on purpose",
        )
        parser.add_argument(
            "--lead",
            metavar="TEAM=EMAIL",
            action="append",
            default=[],
            help="who leads a team of theirs from now on, by its name or number; once for each "
            "team. Where nobody is named, the next one up acts",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show what hangs on them and change nothing"
        )

    def handle(self, **options: Any) -> None:
        if options["successor"] and options["leave_orphaned"]:
            raise CommandError("--successor and --leave-orphaned: one or the other.")
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organization {options['organization']!r}.")
        member = self.member(organization, options["email"], "email")
        at = timezone.now()
        found = departure(member, at)
        for line in lines(found):
            self.stdout.write(line)
        successors = self.successors(organization, found, options)
        leads = self.leads(organization, found, options["lead"])
        if options["dry_run"]:
            self.stdout.write("\nNothing was changed.")
            return
        try:
            deactivate_member(
                actor=None,
                at=at,
                member=member,
                reason=options["reason"],
                successors=successors,
                leads=leads,
                leave_orphaned=options["leave_orphaned"],
            )
        except Refusal as refusal:
            raise CommandError(in_words(refusal)) from None
        asked = len([one for one in successors.values() if one is not None])
        self.stdout.write(
            f"\n{member.name} has left. {asked} of {len(found.owned)} initiatives are offered to "
            "successors. Everything stays on record."
        )

    def member(self, organization: Organization, email: str, option: str) -> Membership:
        rows = organization.memberships.filter(user__email=email.strip().lower())
        member = rows.select_related("organization", "user").first()
        if member is None:
            raise CommandError(
                f"{option}: {organization.name} has no member with the address {email.strip()!r}."
            )
        return member

    def successors(
        self, organization: Organization, found: Departure, options: dict[str, Any]
    ) -> dict[int, Membership | None]:
        """By the number of the initiative: from the file, then the one for all the others."""
        chosen: dict[int, Membership | None] = {}
        if options["successors"] is not None:
            for number, key, value in rows_of(options["successors"]):
                where = f"--successors, line {number}"
                if key in chosen:
                    raise CommandError(f"{where}: initiative {key} is named twice.")
                nobody = value.strip().lower() == ORPHANED
                chosen[key] = None if nobody else self.member(organization, value, where)
        if options["successor"]:
            person = self.member(organization, options["successor"], "--successor")
            for one in found.owned:
                if one.pending is None:
                    chosen.setdefault(one.initiative.pk, person)
        return chosen

    def leads(
        self, organization: Organization, found: Departure, named: list[str]
    ) -> dict[int, Membership | None]:
        """By the number of a team that the person leads."""
        chosen: dict[int, Membership | None] = {}
        for text in named:
            # A team's name may hold the sign, an address does not.
            name, _, email = text.rpartition("=")
            if not name.strip() or not email.strip():
                raise CommandError(f"--lead {text}: a team, = and an e-mail address.")
            wanted = name.strip().casefold()
            teams = [
                led.team.pk
                for led in found.led
                if wanted in (led.team.name.casefold(), str(led.team.pk))
            ]
            if len(teams) != 1:
                raise CommandError(f"--lead {text}: {found.member.name} leads no such team.")
            if teams[0] in chosen:
                raise CommandError(f"--lead {text}: this team is named twice.")
            chosen[teams[0]] = self.member(organization, email, "--lead")
        return chosen


def rows_of(file: Any) -> Iterator[tuple[int, int, str]]:
    """The lines of the file: number of the line, initiative, successor."""
    with file:
        try:
            reader = csv.DictReader(file)
            if reader.fieldnames is None or list(reader.fieldnames) != COLUMNS:
                raise CommandError(f"--successors: the first line is {','.join(COLUMNS)}.")
            for row in reader:
                key, value = row["initiative"] or "", row["successor"] or ""
                if not (key.isascii() and key.isdigit() and len(key) <= 18) or not value.strip():
                    raise CommandError(
                        f"--successors, line {reader.line_num}: the number of an initiative and "
                        f"an e-mail address, or {ORPHANED}."
                    )
                yield reader.line_num, int(key), value
        except (UnicodeDecodeError, csv.Error):
            raise CommandError("--successors: this is not a CSV file in UTF-8.") from None


def lines(found: Departure) -> Iterator[str]:
    """What hangs on the person, for somebody who reads a terminal."""
    yield f"{found.member.name}, {found.member.get_role_display().lower()}"
    for one in found.owned:
        waits = f", {one.undecided} undecided" if one.undecided else ""
        asked = f"; {one.pending.owner.name} was asked already" if one.pending else ""
        acting = one.acting.name if one.acting else "nobody"
        yield (
            f"  owns       {one.initiative.pk}: {one.initiative.name} "
            f"({one.initiative.team.name}{waits}); {acting} acts until somebody accepts{asked}"
        )
    for team in found.led:
        acting = team.acting.name if team.acting else "nobody"
        yield f"  leads      {team.team.pk}: {team.team.name}; then {acting}"
    for row in found.series:
        yield f"  facilitates {row.series.name}; then {row.next.name if row.next else 'nobody'}"
    for review in found.reviews:
        yield f"  runs       {review.series.name}, {review.state}"
    counted = (
        ("offers that wait", found.offers),
        ("breaches to decide", found.breaches),
        ("decisions to approve", found.approvals),
        ("verdicts to acknowledge", found.verdicts),
        ("open commitments", found.commitments),
        ("leaves", found.leaves),
        ("leaves they stand in for", found.stands_in),
        ("initiatives in the interim", found.interims),
        ("tokens", found.tokens),
        ("calendar links", found.calendar_links),
    )
    for what, rows in counted:
        if rows:
            yield f"  {len(rows):<10} {what}"
    if found.is_sponsor:
        yield "  is the sponsor"
    if found.is_empty:
        yield "  nothing hangs on them"


def in_words(refusal: Refusal) -> str:
    """Each thing that is wrong on a line."""
    problems = [problem for problem in refusal.problems if problem.field != "role"]
    if not problems:
        return refusal.message
    said = []
    for problem in problems:
        kind, _, key = problem.field.partition(".")
        said.append(
            f"initiative {key}: {problem.message}" if key else f"--{kind}: {problem.message}"
        )
    return "\n".join(said)
