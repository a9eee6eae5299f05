"""What the ledger says of a generated organization: gathered in any order, written by the clock."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models

from accounts.models import Membership, Organization
from cadence.ledger.actions import Happening, append_all
from cadence.ledger.rules import canonical


@dataclass
class Batch:
    """One batch of readings, as the ledger keeps it: how many rows, and their digest."""

    count: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    opened: list[int] = field(default_factory=list)
    recovered: list[int] = field(default_factory=list)

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """The digest of a list is that of its canonical text, which grows with its rows."""
        text = canonical(rows)[1:-1]
        self.digest.update(f"{',' if self.count else '['}{text}".encode())
        self.count += len(rows)

    def as_data(self) -> dict[str, Any]:
        if not self.count:
            self.digest.update(b"[")
        self.digest.update(b"]")
        return {
            "count": self.count,
            "digest": self.digest.hexdigest(),
            "corrected": [],
            "opened": sorted(self.opened),
            "recovered": sorted(self.recovered),
        }


@dataclass
class Record:
    """Everything that happened and is not yet in the ledger."""

    organization: Organization
    machine: Membership | None = None
    happenings: list[Happening] = field(default_factory=list)
    batches: dict[datetime, Batch] = field(default_factory=dict)

    def note(
        self,
        event: str,
        actor: Membership | None,
        at: datetime,
        subject: models.Model,
        data: dict[str, Any],
    ) -> None:
        self.happenings.append(Happening(event, actor, at, subject, data))

    def batch(self, at: datetime) -> Batch:
        return self.batches.setdefault(at, Batch())

    def write(self, until: datetime) -> int:
        """Append what happened until then, oldest first, and count it."""
        for at in sorted(at for at in self.batches if at <= until):
            batch = self.batches.pop(at)
            event, data = "readings.recorded", batch.as_data()
            self.note(event, self.machine, at, self.organization, data)
        # Sorting keeps the order of what happened at one moment.
        self.happenings.sort(key=lambda happening: happening.at)
        due = [happening for happening in self.happenings if happening.at <= until]
        self.happenings = self.happenings[len(due) :]
        append_all(organization=self.organization, happenings=due)
        return len(due)


def row_of(metric: int, day: date, value: str) -> list[object]:
    """A reading as the digest of its batch covers it."""
    return [metric, day.isoformat(), value]
