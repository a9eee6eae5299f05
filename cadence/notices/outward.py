"""The one place that calls somebody outside.

The name is resolved here, every address it has is judged, and the connection goes to an address
that was judged: were the name resolved once more to connect, it could answer differently (DNS
rebinding). No redirect is followed and no proxy of the environment is used, for both would let
somebody else choose where the call goes.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    status: int | None = None
    read, error = b"", ""
    try:
        allowed = allowed_places()
        target = target_of(url, allowed)
        status, read = _exchange(target, body, headers, Guarded(allowed, end, resolve))
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
        "Host": target.authority,
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept": "*/*",
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
        pool.stream("POST", url, headers=list(sent.items()), content=body) as response,
    ):
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

    def __init__(self, allowed: Allowed, end: Deadline, resolve: Resolve) -> None:
        self.allowed, self.end, self.resolve = allowed, end, resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._vetted(host, port)
        for number, address in enumerate(addresses):
            # One that swallows packets leaves time for the next.
            share = self.end.left() / (len(addresses) - number)
            try:
                return Timed(socket.create_connection((str(address), port), share), self.end)
            except OSError:
                if number == len(addresses) - 1:
                    raise
        raise Unanswered(f"The name {host} has no address.")

    def _vetted(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of the host. Raises Refused when any of them lies inside a network."""
        literal = literal_of(host)
        if literal is not None:
            self.allowed.check(literal, host, port)
            return [literal]
        found = []
        for text in self._resolved(host, port):
            try:
                address = ip_address(text)
            except ValueError as error:
                raise Refused(f"{host} has an address that cannot be read.") from error
            self.allowed.check(address, host, port)
            if address not in found:
                found.append(address)
        return found

    def _resolved(self, host: str, port: int) -> list[str]:
        """In a thread of its own, because the system's resolver knows no deadline."""
        answers: Queue[list[str] | OSError | UnicodeError] = Queue()

        def ask() -> None:
            try:
                answers.put(list(self.resolve(host, port)))
            except (OSError, UnicodeError) as error:
                answers.put(error)

        Thread(target=ask, daemon=True).start()
        try:
            found = answers.get(timeout=self.end.left())
        except Empty:
            raise Unanswered(self.end.sentence) from None
        if isinstance(found, Exception) or not found:
            raise Unanswered(f"The name {host} is not known.")
        return found


class Timed(httpcore.NetworkStream):
    """A connection whose every step has the time that is left, so that drops do not add up."""

    def __init__(self, connected: socket.socket, end: Deadline) -> None:
        self.socket, self.end = connected, end
        self.received = 0
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.socket.settimeout(self.end.left())
        found = self.socket.recv(max_bytes)
        self.received += len(found)
        if self.received > MOST_RECEIVED:
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
            return Timed(
                ssl_context.wrap_socket(self.socket, server_hostname=server_hostname), self.end
            )
        except Exception:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object" and isinstance(self.socket, ssl.SSLSocket):
            return self.socket
        return None
