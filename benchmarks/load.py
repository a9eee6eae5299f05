"""Load over HTTP: connections that are kept open, each in a thread, and answers counted.

Sockets, not an HTTP library: what the caller costs is taken from the servers on the same cores.
"""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LARGEST = 65_536


@dataclass(frozen=True)
class Loaded:
    """How many answers came in a second, and which were not as they should be."""

    per_second: float
    answers: int
    wrong: list[int]


def request(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A POST as it is sent."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def load(port: int, make: Callable[[], bytes], *, seconds: float, connections: int = 8) -> Loaded:
    """Send what ``make`` gives, one after the other on each connection, for a while."""
    counts = [0] * connections
    wrong: list[int] = []
    began = time.perf_counter()

    def one(place: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as caller:
            caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() - began < seconds:
                caller.sendall(make())
                status = _answer(caller)
                counts[place] += 1
                if status >= 300:
                    wrong.append(status)

    threads = [threading.Thread(target=one, args=(place,)) for place in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Loaded(sum(counts) / (time.perf_counter() - began), sum(counts), wrong)


def _answer(caller: socket.socket) -> int:
    """Read one answer to its end, and give back its status."""
    read = caller.recv(LARGEST)
    while b"\r\n\r\n" not in read:
        read += caller.recv(LARGEST)
    head, _, body = read.partition(b"\r\n\r\n")
    names = head.lower()
    if b"transfer-encoding: chunked" in names:
        while not body.endswith(b"0\r\n\r\n"):
            body += caller.recv(LARGEST)
    else:
        length = int(names.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += caller.recv(LARGEST)
    return int(head[9:12])
