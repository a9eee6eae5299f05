"""A process that works on one database and does what it is told, for rows on growth.

It reads a word a line and answers with how long that took, in milliseconds.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()

from django.test import Client  # noqa: E402

from benchmarks.rounds import Timed, seconds  # noqa: E402
from benchmarks.sweeping import undone  # noqa: E402
from benchmarks.world import World  # noqa: E402
from cadence.evaluation.actions import sweep_missing  # noqa: E402
from cadence.evaluation.tick import tick  # noqa: E402


def acts(world: World) -> dict[str, Timed]:
    """What is timed, by the word that asks for it."""
    client = Client()

    def post(path: str, body: object) -> None:
        with world.now():
            answer = client.post(
                path,
                json.dumps(body),
                content_type="application/json",
                headers={"Authorization": f"Bearer {world.token}"},
            )
        if answer.status_code not in {200, 201}:
            raise AssertionError(f"{answer.status_code}: {answer.content[:300]!r}")

    def rows(count: int) -> list[dict[str, str]]:
        return [
            {"metric": key, "period": f"{day}", "value": f"{value:f}"}
            for _, key, day, value in world.take(count)
        ]

    def get(path: str) -> Callable[[], object]:
        def act() -> None:
            answer = world.browser.get(f"{world.home}{path}")
            if answer.status_code != 200:
                raise AssertionError(f"{path}: {answer.status_code}")

        return act

    later = world.at + timedelta(days=70)
    tick(at=world.at, organization=world.organization)
    return {
        "reading": seconds(lambda: post("/api/v1/readings", rows(1)[0])),
        "batch": seconds(lambda: post("/api/v1/readings/batch", {"readings": rows(100)})),
        "red": undone(lambda: sweep_missing(at=later, organization=world.organization)),
        "tick": seconds(lambda: tick(at=world.at, organization=world.organization)),
        "scorecard": seconds(get("/scorecard")),
    }


def main() -> None:
    known = acts(World.open())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(f"{known[line.strip()]()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
