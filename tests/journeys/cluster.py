"""Web servers and workers as operations run them: real processes, with a database of their own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

from cadence.management.commands.up import programs

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds; nearly all of it is for a machine that has other things to do


def wait_until(condition: Callable[[], bool], what: str, within: float = PATIENCE) -> None:
    give_up_at = time.monotonic() + within
    while not condition():
        assert time.monotonic() < give_up_at, f"{what}: not within {within:.0f} s"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def database_of_its_own(url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database on the server of another one; dropped afterwards. It is empty, or a
    copy of one to which nobody is connected."""
    name = f"cadence_cluster_{uuid4().hex[:12]}"
    # Any other database will do to give the order from: this one may be a test's template.
    maintenance = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    with psycopg.connect(maintenance, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@dataclass
class Answer:
    status: int
    body: Any


@dataclass(frozen=True)
class Client:
    """Somebody who speaks to one web server of the cluster, with a bearer token."""

    port: int
    token: str

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def post(self, path: str, body: dict[str, Any] | None = None) -> Answer:
        return self.send("POST", path, body or {})

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        caller = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            text = None if body is None else json.dumps(body)
            caller.request(method, f"/api/v1/{path}", text, headers)
            response = caller.getresponse()
            return Answer(response.status, json.loads(response.read()))
        finally:
            caller.close()


@dataclass
class Cluster:
    """Processes that share a database, a data directory and a broker."""

    database: str
    data: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self, broker: str = "") -> dict[str, str]:
        kept = {"PATH", "HOME", "LANG", "LC_ALL", "VIRTUAL_ENV"}
        own = {name: value for name, value in os.environ.items() if name in kept}
        return {
            **own,
            "DATABASE_URL": self.database,
            "CADENCE_DATA_DIR": str(self.data),
            "CADENCE_BROKER_URL": broker,
            "CADENCE_TICK_SECONDS": "2",
            "PYTHONUNBUFFERED": "1",
        }

    def call(self, *words: str) -> str:
        """What a command printed, once it has ended well."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def found(self, slug: str) -> dict[str, Any]:
        founded: dict[str, Any] = json.loads(self.call("-m", "tests.journeys.founding", slug))
        return founded

    def web_server(self) -> int:
        """The port of a new one, which may not answer yet."""
        port = free_port()
        self.start("web server", port=port)
        return port

    def start(self, name: str, *, port: int = 0, broker: str = "") -> subprocess.Popen[bytes]:
        """One of the programs of `cadence up`."""
        program = next(one for one in programs("127.0.0.1", port) if one.name == name)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                program.command,
                cwd=ROOT,
                env=self.environment(broker),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    @property
    def log(self) -> Path:
        return self.data.parent / "cluster.log"

    def answers(self, port: int) -> bool:
        try:
            return Client(port, "").send("GET", "me").status == 401
        except OSError:
            return False

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Without a chance to say anything, with all that it started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        self.running.remove(process)

    def stop(self) -> list[int]:
        """Ask all to end; their exit codes. Whatever stays is killed by `end`."""
        for process in self.running:
            process.terminate()
        codes = [process.wait(PATIENCE) for process in self.running]
        self.running.clear()
        return codes

    def end(self) -> None:
        for process in list(self.running):
            self.kill(process)

    def left(self) -> list[str]:
        """The command lines of all that still runs with this data directory."""
        mark = f"CADENCE_DATA_DIR={self.data}".encode()
        found = []
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue  # It ended while we looked, or is not ours.
        return [line for line in found if line]  # A zombie has no command line.
