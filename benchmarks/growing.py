"""The same work beside 1×, 10× and 100× of data that it should not notice."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from benchmarks.context import Result, Row, Setting, at_most
from benchmarks.rounds import interleave
from benchmarks.worlds import ROOT, Server, Sizes, copy_of, environment, world

# The organization that works, and those beside it: ten and a hundred times its readings.
SUBJECT = Sizes(20, 100, 10_000)
BESIDE = {"10×": Sizes(200, 1_000, 100_000), "100×": Sizes(2_000, 10_000, 1_000_000)}
TINY_SUBJECT, TINY_BESIDE = Sizes(2, 20, 400), {"10×": Sizes(4, 40, 800)}
WORDS = {
    "reading": "one reading",
    "batch": "batch of 100",
    "red": "sweep, all red",
    "tick": "tick, nothing due",
    "scorecard": "scorecard",
}


class Subject:
    """A process on a database, and how long it takes for what it is asked."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.subject"],
            cwd=ROOT,
            env=environment(url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def _read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("A process on a growing database ended.")
        return line.strip()

    def take(self, word: str) -> float:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return float(self._read())

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


@contextmanager
def subject(server: Server, sizes: Sizes, beside: Sizes | None) -> Iterator[Subject]:
    with copy_of(server, world(server, sizes, beside=beside)) as url:
        one = Subject(url)
        try:
            yield one
        finally:
            one.end()


def growth(setting: Setting) -> Iterator[Result]:
    server = Server() if urlsplit(setting.url).scheme == "sqlite" else Server(setting.url)
    sizes, beside = (TINY_SUBJECT, TINY_BESIDE) if setting.quick else (SUBJECT, BESIDE)
    with ExitStack() as stack:
        alone = stack.enter_context(subject(server, sizes, None))
        for times, others in beside.items():
            grown = stack.enter_context(subject(server, sizes, others))
            for word, said in WORDS.items():
                ratio = interleave(
                    lambda word=word, grown=grown: grown.take(word),  # type: ignore[misc]
                    lambda word=word: alone.take(word),  # type: ignore[misc]
                    rounds=setting.rounds * 2,
                    unit="ms",
                )
                yield Result(ratio, "itself, alone", f"{said}, {times}")


ROWS = (Row(18, "Growth", at_most(1.5, 1.1), ("SQLite", "PostgreSQL"), growth),)
