"""Receivers of all manners, as real servers on this machine."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Manner = Callable[[socket.socket, int], None]
"""What a receiver does with a connection once it has read the request; the number counts from 1."""


@dataclass
class Heard:
    """One request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")

    @property
    def told(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """What it ``heard`` is in the order in which requests came."""

    manner: Manner
    tls: ssl.SSLContext | None = None
    heard: list[Heard] = field(default_factory=list)
    listening: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.listening.getsockname()[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/hook?key=s3cret"

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.heard]

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, ValueError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            request = read_request(connection)
            self.heard.append(request)
            self.manner(connection, len(self.heard))


def read_request(connection: socket.socket) -> Heard:
    """Raises ValueError when it ends before it is whole."""
    text = b""

    def more() -> bytes:
        found = connection.recv(65536)
        if not found:
            raise ValueError("It ended in the middle.")
        return found

    while b"\r\n\r\n" not in text:
        text += more()
    head, _, body = text.partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += more()
    return Heard(line, headers, body)


@contextmanager
def receiver(manner: Manner, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    one = Receiver(manner, tls)
    try:
        yield one
    finally:
        one.listening.close()


Opens = Callable[[Manner], Receiver]
"""Starts a receiver that may be called."""


# Manners


def answer(status: int, body: bytes = b"ok", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answers(*statuses: int) -> Manner:
    """These, one after the other, and the last for ever."""

    def manner(connection: socket.socket, number: int) -> None:
        connection.sendall(answer(statuses[min(number, len(statuses)) - 1]))

    return manner


def redirects(to: str) -> Manner:
    return lambda connection, _: connection.sendall(answer(302, b"", f"Location: {to}"))


def hangs(until: threading.Event) -> Manner:
    """Says nothing until the event, then that all is well."""

    def manner(connection: socket.socket, number: int) -> None:
        until.wait(30)
        connection.sendall(answer(200))

    return manner


def closes(connection: socket.socket, number: int) -> None:
    """Without a word."""


def drips(connection: socket.socket, number: int) -> None:
    """A byte of a header now and then, so that no single wait is long."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        connection.sendall(b"a")
        time.sleep(0.05)


def drips_after_answering(connection: socket.socket, number: int) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"a")
        time.sleep(0.05)


def answers_a_gigabyte(connection: socket.socket, number: int) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b"x" * 1_000_000)


def is_only_about_to_answer(connection: socket.socket, number: int) -> None:
    """Answers 103 without end, as fast as they are taken."""
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)


def speaks_something_else(connection: socket.socket, number: int) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n")
