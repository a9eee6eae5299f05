"""Web servers that are measured: granian with an application, on a free port."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.worlds import ROOT


@dataclass(frozen=True)
class Running:
    port: int
    process: int


@contextmanager
def serve(
    application: str, environment: Mapping[str, str], *, workers: int = 2, ask: str = "/healthz"
) -> Iterator[Running]:
    """Granian with so many workers, ready when it answers, stopped afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "granian", application, "--interface", "wsgi", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    command += ["--blocking-threads", "4", "--log-level", "error"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, env=dict(environment), start_new_session=True
    )
    try:
        wait_for(port, ask)
        yield Running(port, process.pid)
    finally:
        stop(process)


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, path: str, *, patience: float = 90) -> None:
    """Until an address answers with 200. Raises TimeoutError."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if status(port, path) == 200:
            return
        time.sleep(0.02)
    raise TimeoutError(f"Nothing answers on port {port}.")


def status(port: int, path: str) -> int | None:
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        caller.request("GET", path)
        return caller.getresponse().status
    except OSError:
        return None
    finally:
        caller.close()
