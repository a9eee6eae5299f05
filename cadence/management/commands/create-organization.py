"""``cadence create-organization``: a new organization and its first administrator."""
# ruff: noqa: N999 - the module's name is the command's

import argparse
import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from cadence.errors import Refusal
from cadence.inputs import Inputs
from cadence.people.actions import found_organization
from cadence.people.checks import email_address

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# What people typed here is called otherwise in the refusal.
OPTIONS = {
    "administrator_email": "--email",
    "administrator_name": "--person",
    "week_start": "--week-starts",
}


class Command(BaseCommand):
    help = (
        "Create an organization and its first administrator, who then signs in and invites the "
        "others. The password is asked for, or read from a file; somebody who has an account "
        "already keeps their own."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", help="the name of the organization, such as 'Acme Ltd'")
        parser.add_argument(
            "--slug", required=True, help="its short name: small letters, digits, hyphens"
        )
        parser.add_argument("--email", required=True, help="of the first administrator")
        parser.add_argument("--person", required=True, help="name of the first administrator")
        parser.add_argument("--time-zone", default="UTC", help="such as Europe/Berlin; else UTC")
        parser.add_argument("--country", default="", help="whose holidays are free: DE, US, …")
        parser.add_argument("--subdivision", default="", help="its state or province: BY, CA, …")
        parser.add_argument("--currency", default="EUR", help="such as USD; else EUR")
        parser.add_argument("--week-starts", choices=WEEKDAYS, default="monday", metavar="DAY")
        parser.add_argument(
            "--password-file",
            type=argparse.FileType("r", encoding="utf-8"),
            help="its first line is the password; - is the standard input",
        )

    def handle(self, **options: Any) -> None:
        inputs = Inputs()
        email = email_address(inputs, "email", options["email"])
        if inputs.problems:
            raise CommandError(f"--email: {inputs.problems[0].message}")
        has_account = User.objects.filter(email=email).exists()
        try:
            organization, administrator = found_organization(
                at=timezone.now(),
                name=options["name"],
                slug=options["slug"],
                time_zone=options["time_zone"],
                week_start=WEEKDAYS.index(options["week_starts"]),
                country=options["country"],
                subdivision=options["subdivision"],
                currency=options["currency"],
                administrator_email=email,
                administrator_name=options["person"],
                password=None if has_account else self.password(options["password_file"]),
            )
        except Refusal as refusal:
            raise CommandError(in_words(refusal)) from None
        account = "with the account there is" if has_account else "with a new account"
        self.stdout.write(
            f"{organization.name} is there. {administrator.name} <{email}> administers it, "
            f"{account}."
        )

    def password(self, file: Any) -> str:
        if file is not None:
            try:
                with file:
                    return str(file.readline()).rstrip("\r\n")
            except UnicodeDecodeError:
                raise CommandError("--password-file: this is not a text in UTF-8.") from None
        if not sys.stdin.isatty():
            raise CommandError("Nobody can be asked for a password here: use --password-file.")
        password = getpass.getpass("Password of the administrator: ")
        if getpass.getpass("Once more: ") != password:
            raise CommandError("These are two different passwords.")
        return password


def in_words(refusal: Refusal) -> str:
    """Each thing that is wrong on a line, by the name of its option."""
    lines = [
        f"{OPTIONS.get(problem.field, '--' + problem.field.replace('_', '-'))}: {problem.message}"
        for problem in refusal.problems
    ]
    return "\n".join(lines) or refusal.message
