"""One of the processes that send the same batch: it knows nothing of the others."""

import json
import os
import time
from datetime import date, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

METRICS = 10
FIRST = date(2020, 1, 6)  # a Monday
KEYED, BARE = "keyed", "bare"


def body_of(round_number: int) -> dict[str, Any]:
    """Odd rounds are below the threshold and even ones inside, so that breaches open and end."""
    week = FIRST + timedelta(weeks=round_number)
    value = 31 if round_number % 2 else 60
    rows = [
        {"metric": f"many-{number}", "period": week.isoformat(), "value": value + number}
        for number in range(METRICS)
    ]
    if round_number:
        before = (week - timedelta(weeks=1)).isoformat()
        other = 61 if round_number % 2 else 32
        rows += [{**row, "period": before, "value": other + n} for n, row in enumerate(rows)]
    return {"readings": rows}


def send(secret: str, rounds: int, barrier: Barrier, answers: Any) -> None:
    """What each process does: all batches with a key, then all without."""
    # A new process begins here, and everything above was imported without the product.
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.test import Client

    client = Client(headers={"host": "localhost", "authorization": f"Bearer {secret}"})
    for kind in (KEYED, BARE):
        for number in range(rounds):
            headers = {"idempotency-key": f"batch-{number}"} if kind == KEYED else {}
            body = json.dumps(body_of(number))
            barrier.wait()
            answers.put(_until_answered(client, body, headers))
            barrier.wait()


def _until_answered(client: Any, body: str, headers: dict[str, str]) -> tuple[int, str, bool, int]:
    """Status, body, whether it was given again, and how often it was put off: as `Retry-After`
    asks, the same is sent again."""
    for put_off in range(50):
        answer = client.post(
            "/api/v1/readings/batch", body, content_type="application/json", headers=headers
        )
        if answer.status_code != 503:
            again = "Idempotency-Replayed" in answer.headers
            return answer.status_code, answer.content.decode(), again, put_off
        time.sleep(0.1)
    return 503, "", False, put_off
