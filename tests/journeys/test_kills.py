"""The worker is killed at every step of leasing, sending and marking: nothing is lost.

A short run of `make kills`, on a copy of the test database: to migrate one takes longer.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.journeys.cluster import database_of_its_own

ROUNDS = 16


@pytest.fixture
def url(tmp_path: Path, transactional_db: None) -> Iterator[str]:
    if connection.vendor == "sqlite":
        name = str(tmp_path / "kills.sqlite3")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [name])
        yield f"sqlite:///{name}"
        return
    # Who copies a database must be alone with it: threads of tests before this one may have left
    # connections behind.
    test = str(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = %s AND pid <> pg_backend_pid()",
            [test],
        )
    connection.close()
    with database_of_its_own(os.environ["DATABASE_URL"], template=test) as own:
        yield own


def test_nothing_is_lost_and_what_is_heard_again_bears_the_same_id(
    url: str, tmp_path: Path, said: Callable[[str], None]
) -> None:
    text = call("-m", "tests.kills", "--rounds", str(ROUNDS), "--json", url=url)
    ours, theirs = (json.loads(line) for line in text.splitlines())
    assert ours["kills"] >= ROUNDS // 3
    assert (ours["lost"], ours["with_another_id"]) == (0, 0)
    # The harness can see a loss: in the other order there are some.
    assert theirs["lost"] > 0
    said(
        f"Of {ours['events']} messages under {ours['kills']} kills 0 were lost and "
        f"{ours['heard_again']} heard again, each with the same id; marked before they are sent, "
        f"{theirs['lost']} were lost."
    )


def call(*words: str, url: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
