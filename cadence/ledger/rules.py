"""How entries are chained: pure, so that a verifier elsewhere can repeat it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


def canonical(facts: Any) -> str:
    """One text for one value: keys sorted, no space, no float (numbers travel as strings)."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(facts: Any) -> str:
    """SHA-256 in hex of the canonical text."""
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


@dataclass(frozen=True)
class Fault:
    """Where a ledger breaks: the number of the entry and why, as a sentence."""

    sequence: int
    reason: str


def check(links: Iterable[tuple[int, str, str, str]], start: str = GENESIS) -> Fault | None:
    """The first fault in a chain of (sequence, previous hash, hash, recomputed hash), or None."""
    expected, previous = 1, start
    for sequence, previous_hash, stored, recomputed in links:
        if sequence != expected:
            return Fault(expected, f"Entry {expected} is missing.")
        if previous_hash != previous:
            return Fault(sequence, f"Entry {sequence} does not follow the entry before it.")
        if stored != recomputed:
            return Fault(sequence, f"Entry {sequence} was altered: its hash is of other facts.")
        expected, previous = sequence + 1, stored
    return None
