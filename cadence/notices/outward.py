"""The one place that calls somebody outside.

The name is resolved here, every address it has is judged, and the connection goes to an address
that was judged: were the name resolved once more to connect, it could answer differently (DNS
rebinding). No redirect is followed and no proxy of the environment is used, for both would let
somebody else choose where the call goes.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_address
from queue import Empty, Queue
from threading import Thread
from typing import Any

import httpcore
from django.conf import settings

from cadence.notices.addresses import Address, Allowed, Refused, Target, literal_of, target_of

DEADLINE = 10.0  # seconds, for all of it
MOST_READ = 64 * 1024
# Of all that comes, what precedes the answer too: provisional answers (1xx) have no end of their
# own, and each of them costs time of ours.
MOST_RECEIVED = 4 * MOST_READ
USER_AGENT = f"Cadence/{version('cadence-tracker')}"

Resolve = Callable[[str, int], Iterable[str]]


class Unanswered(Exception):
    """Why no answer came, as a sentence."""


@dataclass(frozen=True)
class Answer:
    """``status`` is None when no answer came; ``error`` says why, or what is wrong with it."""

    status: int | None
    error: str
    took_ms: int
    body: bytes = b""


def allowed_places() -> Allowed:
    return Allowed.of(settings.OUTBOUND_ALLOW)


def system_resolver(host: str, port: int) -> list[str]:
    """Every address of a name. Raises OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(where[0]) for *_, where in found]


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    within: float = DEADLINE,
    resolve: Resolve = system_resolver,
) -> Answer:
    """POST JSON, and read the answer's beginning. Never raises for what the receiver does."""
    began = time.monotonic()
    end = Deadline(began + within, within)

    def call() -> tuple[int, bytes]:
        allowed = allowed_places()
        target = target_of(url, allowed)
        return _exchange(target, body, headers, Guarded(allowed, end, resolve))

    return _answered(call, began, end)


def get(
    url: str,
    headers: Mapping[str, str],
    *,
    within: float,
    most: int,
    allowed: Allowed,
    resolve: Resolve = system_resolver,
) -> Answer:
    """GET, and read the answer whole, up to ``most`` bytes. Never raises for what is answered.

    A body that is longer, that breaks off or that is compressed is an error and no answer: half a
    document must not be taken for one, nor a small one unfold into a large one.
    """
    began = time.monotonic()
    end = Deadline(began + within, within)

    def call() -> tuple[int, bytes]:
        target = target_of(url, allowed)
        with _called(
            "GET", target, headers, b"", Guarded(allowed, end, resolve, most + MOST_READ)
        ) as response:
            for name, value in response.headers:
                if name.lower() == b"content-encoding" and value.strip().lower() != b"identity":
                    raise Unanswered("It answered compressed, though it was asked not to.")
            if not 200 <= response.status < 300:
                return response.status, b""
            read = bytearray()
            for chunk in response.iter_stream():
                read += chunk
                if len(read) > most:
                    raise Unanswered(f"It answered more than {most // 1024} KiB.")
            return response.status, bytes(read)

    return _answered(call, began, end)


def _answered(call: Callable[[], tuple[int, bytes]], began: float, end: "Deadline") -> Answer:
    """What came of a call, whatever the other side did."""
    status: int | None = None
    read, error = b"", ""
    try:
        status, read = call()
        error = _judged(status)
    except (Refused, Unanswered) as refusal:
        error = str(refusal)
    except ssl.SSLCertVerificationError as fault:
        error = f"Its certificate is not valid: {fault.verify_message}."
    except ssl.SSLError:
        error = "No secure connection could be agreed on (TLS)."
    except TimeoutError:
        error = end.sentence
    except ConnectionRefusedError:
        error = "Nothing listens there: the connection was refused."
    except (OSError, httpcore.NetworkError):
        error = "The connection broke before an answer came."
    except httpcore.ProtocolError:
        error = "What it answered is not HTTP."
    return Answer(status, error, int((time.monotonic() - began) * 1000), read)


def _judged(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"It answered {status} and points elsewhere; redirects are not followed."
    return f"It answered {status}."


def _exchange(
    target: Target, body: bytes, headers: Mapping[str, str], backend: "Guarded"
) -> tuple[int, bytes]:
    sent = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept": "*/*",
        **headers,
    }
    with _called("POST", target, sent, body, backend) as response:
        read = bytearray()
        try:
            for chunk in response.iter_stream():
                read += chunk
                if len(read) >= MOST_READ:
                    break
        except (Unanswered, OSError, httpcore.NetworkError, httpcore.ProtocolError):
            # The receiver has said what it makes of the message; the rest is courtesy.
            pass
        return response.status, bytes(read[:MOST_READ])


@contextmanager
def _called(
    method: str, target: Target, headers: Mapping[str, str], body: bytes, backend: "Guarded"
) -> Iterator[httpcore.Response]:
    sent = {
        "Host": target.authority,
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
        **headers,
    }
    url = httpcore.URL(
        scheme=b"https" if target.secure else b"http",
        host=target.host.encode(),
        port=target.port,
        target=target.path.encode(),
    )
    with (
        httpcore.ConnectionPool(network_backend=backend) as pool,
        pool.stream(method, url, headers=list(sent.items()), content=body) as response,
    ):
        yield response


@dataclass(frozen=True)
class Deadline:
    at: float
    seconds: float

    @property
    def sentence(self) -> str:
        return f"No answer within {self.seconds:g} seconds."

    def left(self) -> float:
        """Seconds that are left. Raises Unanswered when there are none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise Unanswered(self.sentence)
        return left


class Guarded(httpcore.NetworkBackend):
    """Connects to addresses that were judged, and to no other."""

    def __init__(
        self, allowed: Allowed, end: Deadline, resolve: Resolve, most: int = MOST_RECEIVED
    ) -> None:
        self.allowed, self.end, self.resolve, self.most = allowed, end, resolve, most

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = vetted(host, port, self.allowed, self.end, self.resolve)
        for number, address in enumerate(addresses):
            # One that swallows packets leaves time for the next.
            share = self.end.left() / (len(addresses) - number)
            try:
                connected = socket.create_connection((str(address), port), share)
                return Timed(connected, self.end, self.most)
            except OSError:
                if number == len(addresses) - 1:
                    raise
        raise Unanswered(f"The name {host} has no address.")


def vetted(
    host: str, port: int, allowed: Allowed, end: Deadline, resolve: Resolve = system_resolver
) -> Sequence[Address]:
    """The addresses of a host. Raises Refused when any of them lies inside a network.

    Whoever connects takes one of these, and does not resolve the name again.
    """
    literal = literal_of(host)
    if literal is not None:
        allowed.check(literal, host, port)
        return [literal]
    found: list[Address] = []
    for text in _resolved(host, port, end, resolve):
        try:
            address = ip_address(text)
        except ValueError as error:
            raise Refused(f"{host} has an address that cannot be read.") from error
        allowed.check(address, host, port)
        if address not in found:
            found.append(address)
    return found


def _resolved(host: str, port: int, end: Deadline, resolve: Resolve) -> list[str]:
    """In a thread of its own, because the system's resolver knows no deadline."""
    answers: Queue[list[str] | OSError | UnicodeError] = Queue()

    def ask() -> None:
        try:
            answers.put(list(resolve(host, port)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=end.left())
    except Empty:
        raise Unanswered(end.sentence) from None
    if isinstance(found, Exception) or not found:
        raise Unanswered(f"The name {host} is not known.")
    return found


class Timed(httpcore.NetworkStream):
    """A connection whose every step has the time that is left, so that drops do not add up."""

    def __init__(self, connected: socket.socket, end: Deadline, most: int = MOST_RECEIVED) -> None:
        self.socket, self.end, self.most = connected, end, most
        self.received = 0
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.socket.settimeout(self.end.left())
        found = self.socket.recv(max_bytes)
        self.received += len(found)
        if self.received > self.most:
            raise Unanswered("It sent too much that is no answer.")
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        while buffer:
            self.socket.settimeout(self.end.left())
            buffer = buffer[self.socket.send(buffer) :]

    def close(self) -> None:
        self.socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            self.socket.settimeout(self.end.left())
            secured = ssl_context.wrap_socket(self.socket, server_hostname=server_hostname)
            return Timed(secured, self.end, self.most)
        except Exception:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self.socket, ssl.SSLSocket):
            return self.socket
        return None
