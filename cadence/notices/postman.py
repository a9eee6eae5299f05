"""E-mail: one connection to the mail server for a pass, opened again after it failed."""

import contextlib
import math
import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from threading import Timer
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

from cadence.notices.outcomes import Effect, Outcome, effect_of_mail, known

# Seconds for a mail, from connecting to the last answer. Together with a pass it is shorter than
# a lease: else another worker would send the same mail while this one still waits.
DEADLINE = 20.0
GOODBYE = 3.0

Found = tuple[Effect, int | None, str]


class Postman:
    """Sends one mail after the other. Not for two threads at once."""

    def __init__(self, within: float = DEADLINE) -> None:
        self.within = within
        self.connection: BaseEmailBackend | None = None

    def send(self, message: EmailMultiAlternatives) -> Outcome:
        """What came of it; never raises for what the mail server does."""
        began = time.monotonic()
        found: Found | None = None
        try:
            if self.connection is None:
                self.connection = _new_connection()
            with _limited(self.connection, self.within):
                found = self._tried(self.connection, message)
                if found[0] is not Effect.SENT and _broken_off(self.connection):
                    # Half an answer reads like one with another code.
                    effect = Effect.DOWN if found[0] is Effect.DOWN else Effect.LATER
                    words = f"The mail server took longer than {self.within:g} seconds."
                    found = effect, None, words
        finally:
            if found is None or found[0] is not Effect.SENT:
                # After a refusal some servers say nothing sensible on the same connection.
                self.close()
        return Outcome(*found, int((time.monotonic() - began) * 1000))

    def _tried(self, connection: BaseEmailBackend, message: EmailMultiAlternatives) -> Found:
        """Until the message is named, it is the server that fails. From then on it may be this
        message that it breaks off at: were others put off with it, one could stop all mail."""
        try:
            connection.open()
        except (OSError, smtplib.SMTPException) as error:
            return Effect.DOWN, None, _why(error)
        try:
            connection.send_messages([message])
        except smtplib.SMTPRecipientsRefused as error:
            # What it said names the address, which does not belong on a page of deliveries.
            code = max((code for code, _ in error.recipients.values()), default=550)
            said = f"The mail server refused the recipient{_named(code)}."
            return effect_of_mail(code), code, said
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
            said = f"The mail server refused the message{_named(code)}."
            return effect_of_mail(code), code, said
        except smtplib.SMTPResponseException as error:
            return Effect.LATER, error.smtp_code, _why(error)
        except (OSError, smtplib.SMTPException) as error:
            return Effect.LATER, None, _why(error)
        return Effect.SENT, 250, ""

    def close(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self.connection.close()
            self.connection = None


class Line(EmailBackend):
    """The connection to a mail server, with one deadline for all that is said on it.

    The time-out of a socket is that of one wait. A server that sends a byte now and then would
    never meet it; so the connection is shut from beside when the time is over.
    """

    def __init__(self) -> None:
        super().__init__()
        self.end = math.inf
        self.broken_off = False
        self.handle: socket.socket | None = None

    @property
    def connection_class(self) -> Callable[..., smtplib.SMTP]:  # type: ignore[override]
        return partial(Call, self)

    def open(self) -> bool | None:
        """Up to the greeting of both sides. One that the server has closed meanwhile, because it
        was silent for long or has carried enough, is opened again."""
        if self.connection is not None and not self._answers():
            self.close()
        opened = super().open()
        if self.connection is not None:
            self.connection.ehlo_or_helo_if_needed()
        return opened

    def _answers(self) -> bool:
        try:
            return self.connection is not None and self.connection.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def close(self) -> None:
        try:
            with self.limited(GOODBYE):
                super().close()
        finally:
            if self.handle is not None:
                self.handle.close()
                self.handle = None

    @contextlib.contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        before = self.end
        self.end = min(before, time.monotonic() + seconds)
        timer = Timer(seconds, self._break_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self.end = before

    def hold(self, connected: socket.socket) -> None:
        """A second handle on the connection: encryption takes the first one over."""
        if self.handle is not None:
            self.handle.close()
        self.handle = connected.dup()
        if time.monotonic() >= self.end:
            self._break_off()

    def _break_off(self) -> None:
        self.broken_off = True
        handle = self.handle
        if handle is not None:
            with contextlib.suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)


class Call(smtplib.SMTP):
    def __init__(self, line: Line, *arguments: Any, **named: Any) -> None:
        self.line = line
        super().__init__(*arguments, **named)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # Held before the server says its first word.
        connected: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self.line.hold(connected)
        return connected


def _broken_off(connection: BaseEmailBackend) -> bool:
    return isinstance(connection, Line) and connection.broken_off


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server does not let us send{_named(error.smtp_code)}."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "The mail server closed the connection."
    if isinstance(error, TimeoutError):
        return "The mail server did not answer in time."
    return f"The mail server was not reached ({type(error).__name__})."


def _named(code: int) -> str:
    # A library's word for an answer that has no code is not for people to read.
    return f" ({code})" if known(code) else " without saying why"


def _new_connection() -> BaseEmailBackend:
    smtp = f"{EmailBackend.__module__}.{EmailBackend.__qualname__}"
    return Line() if smtp == settings.EMAIL_BACKEND else get_connection()


def _limited(
    connection: BaseEmailBackend, seconds: float
) -> contextlib.AbstractContextManager[None]:
    if isinstance(connection, Line):
        return connection.limited(seconds)
    return contextlib.nullcontext()
