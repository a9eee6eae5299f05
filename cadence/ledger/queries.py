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
    # What is appended meanwhile is left to the next time.
    chain = _Chain(organization, last)
    fault = check(chain.links())
    if fault is None and chain.count != last:
        fault = Fault(
            chain.count + 1, f"The ledger has {chain.count} entries, its head says {last}."
        )
    if fault is None and head is not None and chain.hash != head.hash:
        fault = Fault(last, "The head bears another hash than the last entry.")
    if fault is None and checkpoint and chain.hashes.get(checkpoint[0]) != checkpoint[1]:
        fault = Fault(
            checkpoint[0], "The checkpoint is not in this ledger: it was cut or replaced."
        )
    return Verification(chain.count, chain.hash, fault)


class _Chain:
    """The entries of a ledger up to its head, remembering what was passed."""

    def __init__(self, organization: Organization, last: int) -> None:
        self.rows = Entry.objects.filter(organization=organization, sequence__lte=last)
        self.count = 0
        self.hash = GENESIS
        self.hashes: dict[int, str] = {}

    def links(self) -> Iterator[tuple[int, str, str, str]]:
        for entry in self.rows.order_by("sequence").iterator(chunk_size=2000):
            self.count, self.hash = entry.sequence, entry.hash
            self.hashes[entry.sequence] = entry.hash
            yield entry.sequence, entry.previous_hash, entry.hash, digest(entry.facts())
