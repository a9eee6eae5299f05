"""What docs/api.md shows and docs/examples/client.py does, done against a server that runs."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cadence.metrics.models import Metric, Reading
from tests.api.conftest import token_for
from tests.cast import AT, Cast
from tests.needs import lacking

ROOT = Path(__file__).resolve().parent.parent.parent
CLIENT = ROOT / "docs" / "examples" / "client.py"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def environment(cast: Cast, live_server: Any) -> dict[str, str]:
    Metric.objects.filter(pk=cast.demos.pk).update(key="qualified-demos")
    _, secret = token_for(cast.olu, last_used_at=AT)
    return {**os.environ, "CADENCE": f"{live_server.url}/api/v1", "TOKEN": secret}


def shown() -> list[str]:
    text = (ROOT / "docs" / "api.md").read_text()
    part = text.partition("## Five things people do most\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"(?:^    .*\n)+", part, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in blocks]


def test_the_five_things_of_the_documents(cast: Cast, environment: dict[str, str]) -> None:
    if shutil.which("curl") is None:
        lacking("curl, to do what the documents show")
    answers = []
    for script in shown():
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=environment,
            capture_output=True,
            timeout=60,
        )
        assert ran.returncode == 0, (script, ran.stderr)
        answers.append(json.loads(ran.stdout))
    one, many, waiting, card, changes = answers
    assert (one["reading"]["value"], one["judgement"]["result"]) == ("31", "below")
    assert (many["count"], many["new"]) == (2, 2)
    assert [row["metric"]["id"] for row in waiting["results"]] == [cast.demos.pk]
    assert len(card["results"][0]["cells"]) == 13
    assert [row["number"] for row in changes["results"]][:2] == [1, 2]


def test_the_client_of_the_documents(cast: Cast, environment: dict[str, str]) -> None:
    cast.breach()
    script = f"""
import os, sys
sys.path.insert(0, {str(CLIENT.parent)!r})
from client import Cadence, Refused, main
main()
cadence = Cadence(os.environ["CADENCE"], os.environ["TOKEN"])
row = {{"metric": "qualified-demos", "period": "2026-11-02", "value": "50"}}
first, again = (cadence.post("readings", row, key="one") for _ in range(2))
assert first == again and first["status"] == "new"
names = [metric["name"] for metric in cadence.every("metrics", limit=1)]
assert len(names) == 2, names
numbers = [change["number"] for change in cadence.changes()]
assert numbers == list(range(1, len(numbers) + 1)) and numbers
try:
    cadence.post("readings", {{"metric": "qualified-demos"}})
except Refused as refused:
    print(refused.code, refused)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, timeout=60, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "Olu, Acme" in ran.stdout and "to decide by" in ran.stdout
    assert "invalid" in ran.stdout.splitlines()[-1]
    assert Reading.objects.count() == 1
