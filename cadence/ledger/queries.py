from collections.abc import Iterator
from dataclasses import dataclass

from accounts.models import Organization
from cadence.ledger.models import Entry, Head
from cadence.ledger.rules import GENESIS, Fault, check, digest


@dataclass(frozen=True)
class Verification:
    """What was found in one ledger: its length, its last hash, and the first fault if any."""

    entries: int
    head: str
    fault: Fault | None


def verify(
    organization: Organization, *, checkpoint: tuple[int, str] | None = None
) -> Verification:
    """Recompute the whole chain. A checkpoint (number, hash) that left the machine earlier also
    finds a tail that was cut and a backup that was put back."""
    head = Head.objects.filter(pk=organization.pk).first()
    last = head.sequence if head else 0
    seen = {"count": 0, "hash": GENESIS, "checkpoint": ""}

    def links() -> Iterator[tuple[int, str, str, str]]:
        rows = Entry.objects.filter(organization=organization).order_by("sequence")
        for entry in rows.iterator(chunk_size=2000):
            seen["count"], seen["hash"] = entry.sequence, entry.hash
            if checkpoint and entry.sequence == checkpoint[0]:
                seen["checkpoint"] = entry.hash
            yield entry.sequence, entry.previous_hash, entry.hash, digest(entry.facts())

    fault = check(links())
    count = int(seen["count"])
    if fault is None and count != last:
        fault = Fault(
            min(count, last) + 1, f"The ledger has {count} entries, its head says {last}."
        )
    if fault is None and head is not None and seen["hash"] != head.hash:
        fault = Fault(last, "The head bears another hash than the last entry.")
    if fault is None and checkpoint and seen["checkpoint"] != checkpoint[1]:
        fault = Fault(
            checkpoint[0], "The checkpoint is not in this ledger: it was cut or replaced."
        )
    return Verification(count, str(seen["hash"]), fault)
