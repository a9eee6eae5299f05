"""Two web servers on PostgreSQL and a worker on a broker, through HTTP alone."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import needs
from tests.journeys.cluster import Client, Cluster, database_of_its_own, wait_until

BROKERS = {"redis": needs.redis, "rabbitmq": needs.rabbitmq}


@pytest.fixture
def cluster(tmp_path: Path, settings: Any) -> Iterator[Cluster]:
    """A database with its tables, and nothing that runs yet."""
    needs.postgresql()
    # Each of the two web servers is one process: we say which of them is asked.
    settings.WEB_WORKERS = 1
    with database_of_its_own(os.environ["DATABASE_URL"]) as url:
        started = Cluster(url, tmp_path / "data")
        try:
            started.call("manage.py", "migrate", "--verbosity", "0")
            yield started
        finally:
            started.end()


@contextmanager
def ledger_held(cluster: Cluster, organization: int) -> Iterator[Callable[[], bool]]:
    """Nobody can write to the ledger of an organization; whether somebody waits to."""
    with psycopg.connect(cluster.database) as holder:
        holder.execute(
            "SELECT 1 FROM cadence_head WHERE organization_id = %s FOR UPDATE", [organization]
        )

        def somebody_waits() -> bool:
            with psycopg.connect(cluster.database) as onlooker:
                row = onlooker.execute(
                    "SELECT count(*) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                ).fetchone()
                return row is not None and row[0] > 0

        yield somebody_waits


@pytest.mark.parametrize("broker", BROKERS)
def test_a_week_in_a_cluster(cluster: Cluster, broker: str, said: Callable[[str], None]) -> None:
    url = BROKERS[broker]()
    began = datetime.now(UTC)
    ports = [cluster.web_server() for _ in range(2)]
    acme = cluster.found("acme")
    for port in ports:
        wait_until(lambda port=port: cluster.answers(port), "the web server answers")
    one, other = ports
    olu, dana = Client(one, acme["tokens"]["olu"]), Client(one, acme["tokens"]["dana"])
    fay = Client(other, acme["tokens"]["fay"])
    review = f"reviews/{acme['review']}"

    # A worker dies in the middle of opening the review. Nothing of it stays.
    with ledger_held(cluster, acme["organization"]) as somebody_waits:
        timetable = cluster.start("timetable", broker=url)
        worker = cluster.start("worker", broker=url)
        wait_until(somebody_waits, "a tick is opening the review")
        cluster.kill(worker)
        assert fay.get(review)["state"] == "planned"
    assert events(fay, acme["review"]) == []

    # Another one finds what is due. Nobody asked for it.
    cluster.start("worker", broker=url)
    wait_until(lambda: fay.get(review)["state"] == "open", "a tick opens the review")
    assert events(fay, acme["review"]) == ["review.opened"]

    breach = read_below_threshold(dana, olu, acme)
    assert Client(other, olu.token).get(f"breaches/{breach}")["decision"] is None
    refused = fay.post(f"{review}/close")
    assert (refused.status, refused.body["code"]) == (409, "review_held_open")
    assert [hold["number"] for hold in refused.body["held_open_by"]] == [breach]
    assert refused.body["held_open_by"][0]["metric"] == "Qualified demos"

    decided = olu.post(
        f"breaches/{breach}/decisions",
        {"kind": "agreed", "check_on": day(after=5), "review": acme["review"]},
    )
    assert decided.status == 201, decided

    # Both are asked to close it at the same instant.
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: who.post(f"{review}/close"), [dana, fay]))
    assert sorted(answer.status for answer in answers) == [200, 409]
    (late,) = [answer for answer in answers if answer.status == 409]
    assert late.body["code"] == "review_already_closed"
    closed = fay.get(review)
    assert closed["state"] == "closed" and closed["minutes_intact"] is True
    assert [row["number"] for row in closed["minutes"]["decisions"]] == [decided.body["number"]]
    assert events(fay, acme["review"]) == ["review.opened", "review.closed"]
    cluster.call("manage.py", "verify-ledger")

    assert timetable.poll() is None
    assert set(cluster.stop()) == {0}, cluster.log.read_text()
    assert cluster.left() == []
    seconds = (datetime.now(UTC) - began).total_seconds()
    said(f"A week with two web servers and a worker on {broker}: {seconds:.1f} s.")


def read_below_threshold(dana: Client, olu: Client, acme: dict[str, Any]) -> int:
    """Dana sets up the work, Olu accepts it and reads 31 where 45 is the floor. The breach."""
    made = dana.post(
        "initiatives",
        {"name": "Fill the pipeline", "priority": acme["priority"], "team": acme["team"]},
    )
    initiative = made.body["id"]
    offer = dana.post(f"initiatives/{initiative}/offers", {"owner": acme["people"]["olu"]})
    assert olu.post(f"ownerships/{offer.body['id']}/acceptance").status == 200
    metric = dana.post(
        "metrics",
        {
            "initiative": initiative,
            "name": "Qualified demos",
            "kind": "leading",
            "read_per": "day",
        },
    ).body
    limit = {"floor": "45", "agreed_response": "Two people call every open lead."}
    assert dana.post(f"metrics/{metric['id']}/thresholds", limit).status == 201
    assert dana.post(f"initiatives/{initiative}/activation").status == 200
    reading = {"metric": metric["key"], "period": day(), "value": "31"}
    recorded = olu.post("readings", reading)
    assert recorded.status == 201, recorded
    assert recorded.body["opened"] is True
    return int(recorded.body["breach"]["id"])


def events(somebody: Client, review: int) -> list[str]:
    """What the ledger says of a review, in order."""
    found = somebody.get(f"ledger?subject_type=review&subject_id={review}")
    return [entry["event"] for entry in found["results"]]


def day(after: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=after)).date().isoformat()
