"""``cadence up`` as a person meets it: it starts, says so, stops, and leaves nothing behind."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds


class Up:
    """A running ``cadence up`` with a data directory and a port of its own."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port, self.log = data, port, data.parent / f"up-{port}.log"
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=ROOT,
            env=surroundings(data),
            stdin=subprocess.DEVNULL,
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def says(self, words: str) -> bool:
        return words in self.log.read_text()

    def wait_until_ready(self) -> "Up":
        wait(lambda: self.says("Cadence is ready") or self.process.poll() is not None, self.log)
        assert self.process.poll() is None, self.log.read_text()
        return self

    def get(self, path: str) -> int:
        caller = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            caller.request("GET", path)
            return caller.getresponse().status
        finally:
            caller.close()

    def programs(self) -> dict[int, str]:
        """Process ids and command lines of all that runs with this data directory."""
        mark = f"CADENCE_DATA_DIR={self.data}".encode()
        found = {}
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                    words = (folder / "cmdline").read_bytes().split(b"\0")
                    if words != [b""]:  # A zombie has no command line.
                        found[int(folder.name)] = b" ".join(words).decode()
            except OSError:
                continue  # It ended while we looked, or is not ours.
        return found

    def program(self, words: str) -> int:
        return next(number for number, line in self.programs().items() if words in line)

    def ends(self) -> int:
        code = self.process.wait(PATIENCE)
        wait(lambda: not self.programs(), self.log)
        return code


def surroundings(data: Path) -> dict[str, str]:
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "VIRTUAL_ENV"}
    own = {name: value for name, value in os.environ.items() if name in kept}
    return {**own, "CADENCE_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}


def wait(condition: Callable[[], bool], log: Path) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up_at, log.read_text()
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data directory for the whole story, as one installation has."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("counts processes in /proc, which this system does not have")
    return tmp_path_factory.mktemp("up") / "data"


@pytest.fixture
def up(data: Path) -> Iterator[Up]:
    running = Up(data, free_port())
    try:
        yield running.wait_until_ready()
    finally:
        for number in running.programs():
            # Between the look and the kill it may have stopped by itself.
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        running.process.wait(PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_answers_and_stops_when_asked(up: Up, number: signal.Signals) -> None:
    assert up.get("/healthz") == 200
    assert up.get("/readyz") == 200
    up.process.send_signal(number)
    assert up.ends() == 0


def test_a_second_start_is_quick_and_prepares_nothing(up: Up) -> None:
    up.process.terminate()
    assert up.ends() == 0
    began = time.monotonic()
    again = Up(up.data, up.port).wait_until_ready()
    took = time.monotonic() - began
    again.process.terminate()
    assert again.ends() == 0
    assert not again.says("Preparing the database")
    assert not again.says("Collecting static files")
    # Under five seconds on an idle machine; tests that run beside this one take their share.
    assert took < 15


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("granian config.wsgi", "web server"),
        ("config.celery worker", "worker"),
        ("config.timetable beat", "timetable"),
    ],
)
def test_when_one_program_dies_all_stop(up: Up, words: str, name: str) -> None:
    wait(lambda: any(words in line for line in up.programs().values()), up.log)
    os.kill(up.program(words), signal.SIGKILL)
    assert up.ends() == 1
    assert up.says(f"The {name} was ended by SIGKILL. Stopping the others.")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_when_it_is_killed_itself_nothing_stays(up: Up) -> None:
    up.process.kill()
    assert up.ends() == -signal.SIGKILL


def test_a_second_signal_does_not_wait(up: Up) -> None:
    up.process.send_signal(signal.SIGINT)
    wait(lambda: up.says("Stopping …"), up.log)
    up.process.send_signal(signal.SIGINT)
    assert up.ends() == 0


def test_two_do_not_share_a_data_directory(up: Up) -> None:
    second = Up(up.data, free_port())
    assert second.process.wait(PATIENCE) == 1
    assert second.says("Cadence already runs")
    assert second.says(f"process {up.process.pid}")
    assert up.get("/healthz") == 200


def test_a_taken_port_is_said_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])
        started = Up(tmp_path / "data", port)
        assert started.process.wait(PATIENCE) == 1
    assert started.says(f"port {port}: another program listens there")
    assert not started.says("Traceback")
