"""The same batch sent by eight processes at once has one effect. A short run of `make repeats`."""

import json
from collections.abc import Callable

from tests.journeys import test_kills

ROUNDS = 4
url = test_kills.url


def test_a_batch_sent_by_eight_processes_at_once_has_one_effect(
    url: str, said: Callable[[str], None]
) -> None:
    text = test_kills.call("-m", "tests.repeats", "--rounds", str(ROUNDS), "--json", url=url)
    tally = json.loads(text.splitlines()[-1])
    assert tally["faults"] == ""
    assert (tally["entries"], tally["replayed"]) == (ROUNDS, ROUNDS * 7)
    # The harness can see more effects than one: without a key each request has its own.
    assert tally["entries_without_key"] == ROUNDS * 8
    said(
        f"{ROUNDS} batches, each sent by 8 processes at once: {tally['entries']} effects with a "
        f"key, {tally['entries_without_key']} entries without one."
    )
