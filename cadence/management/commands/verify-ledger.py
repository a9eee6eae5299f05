"""``cadence verify-ledger``: whether what was recorded is what is there now."""
# ruff: noqa: N999 - the module's name is the command's

import argparse
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organization
from cadence.ledger.queries import verify

CHECKPOINT = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


class Command(BaseCommand):
    help = (
        "Recompute the chain of each ledger from its first entry. The line that it prints for each "
        "organization is a checkpoint: kept on another machine and given back later, it also finds "
        "entries that were cut off the end and a backup that was put back."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--organization", metavar="SLUG", help="the ledger of this one; else of all"
        )
        parser.add_argument(
            "--checkpoint",
            metavar="NUMBER:HASH",
            type=checkpoint,
            help="a checkpoint that was printed earlier, for one organization",
        )

    def handle(
        self,
        *args: Any,
        organization: str | None,
        checkpoint: tuple[int, str] | None,
        **options: Any,
    ) -> None:
        if checkpoint and organization is None:
            raise CommandError("A checkpoint is of one organization: say which, --organization.")
        rows = Organization.objects.order_by("slug")
        if organization is not None:
            rows = rows.filter(slug=organization)
            if not rows:
                raise CommandError(f"There is no organization {organization!a}.")
        faults = 0
        for one in rows:
            found = verify(one, checkpoint=checkpoint)
            if found.fault is None:
                entries = "1 entry" if found.entries == 1 else f"{found.entries:,} entries"
                self.stdout.write(f"{one.slug}: {entries}, whole. Checkpoint:")
                self.stdout.write(f"{found.entries}:{found.head}")
            else:
                faults += 1
                where, why = found.fault.sequence, found.fault.reason
                self.stdout.write(f"{one.slug}: broken at entry {where}. {why}")
        if faults:
            raise CommandError(
                "One ledger is broken." if faults == 1 else f"{faults} ledgers are broken."
            )
        if not rows:
            self.stdout.write("There is no organization yet.")


def checkpoint(text: str) -> tuple[int, str]:
    """A number and a hash, from the line that was printed."""
    match = CHECKPOINT.fullmatch(text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(
            "this is the line that verify-ledger printed, a number and a hash: 12:0a1b…"
        )
    return int(match[1]), match[2]
