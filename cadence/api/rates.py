"""How often a token may ask: one measure for all processes of a machine, without a query.

The meter is the generic cell rate algorithm (ITU-T I.371): for each token one moment, at which all
that it has asked would have come if it came evenly. It lies ahead of now by at most a minute. So a
minute's worth may come at once, and then as much as the rate lets through.

The moments are in a file of the data directory that every process maps into its memory; the bytes
of a token are locked while they are changed. That takes microseconds, where a row in the database
would take a write for each request.
"""

import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from pathlib import Path

WINDOW = 60.0  # seconds
SLOTS = 65_536
# How many places a token looks at for its own, or for one that nobody needs any more.
TRIED = 8
SLOT = struct.Struct("=Qd")  # id of the token, its moment in seconds since 1970


@dataclass(frozen=True)
class Standing:
    """What a token may still ask. ``reset`` and ``wait`` are seconds: until all of the limit is
    there again, and until one more request is let through; ``wait`` is 0 when this one was."""

    limit: int
    remaining: int
    reset: int
    wait: int


class Meter:
    """Moments of tokens in a file, which is made when it is not there."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        size = (SLOTS + TRIED) * SLOT.size
        if os.fstat(self.file).st_size != size:
            os.ftruncate(self.file, size)
        self.memory = mmap.mmap(self.file, size)
        # Locks of a file are held by the process; its threads need one of their own.
        self.among_threads = threading.Lock()

    def take(self, token: int, limit: int, now: float | None = None) -> Standing:
        """Count one request of a token that may ask ``limit`` times a minute."""
        now = time.time() if now is None else now
        step = WINDOW / limit
        first = token % SLOTS
        with self._locked(first):
            slot, moment = self._find(first, token, now)
            after = max(moment, now) + step
            if after - now > WINDOW + 1e-6:
                wait = ceil(after - now - WINDOW)
                return Standing(limit, 0, ceil(moment - now), max(1, wait))
            SLOT.pack_into(self.memory, slot * SLOT.size, token, after)
        left = int((WINDOW - (after - now)) / step + 1e-6)
        return Standing(limit, left, ceil(after - now), 0)

    def _find(self, first: int, token: int, now: float) -> tuple[int, float]:
        """Its own place, else the one that has been needless for longest."""
        places = []
        for number in range(first, first + TRIED):
            owner, moment = SLOT.unpack_from(self.memory, number * SLOT.size)
            if owner == token:
                # A clock that was put back must not shut anybody out for longer than a minute.
                return number, min(moment, now + WINDOW)
            places.append((moment, number))
        return min(places)[1], 0.0

    @contextmanager
    def _locked(self, first: int) -> Iterator[None]:
        """Hold all places that the token may have: its group of eight, and the one after it."""
        group = first // TRIED * TRIED * SLOT.size
        with self.among_threads:
            fcntl.lockf(self.file, fcntl.LOCK_EX, 2 * TRIED * SLOT.size, group)
            try:
                yield
            finally:
                fcntl.lockf(self.file, fcntl.LOCK_UN, 2 * TRIED * SLOT.size, group)


@lru_cache(maxsize=4)
def meter(path: Path) -> Meter:
    """One for each file and process. A process that was forked makes its own."""
    return Meter(path)
