"""E-mail to mail servers that refuse, wait, break off or are not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from socket import SHUT_RDWR
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from cadence.notices.outcomes import Effect
from cadence.notices.postman import Postman
from tests.journeys.cluster import free_port


class Server:
    """``refuses`` holds an answer for an address; ``after_data`` one for every message."""

    def __init__(self, refuses: dict[str, str], after_data: str, at_once: str) -> None:
        self.refuses, self.after_data, self.at_once = refuses, after_data, at_once
        self.taken: list[str] = []
        self.sessions: set[int] = set()

    async def handle_MAIL(  # noqa: N802, as the library calls it
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.at_once:
            return self.at_once
        envelope.mail_from = address
        self.sessions.add(id(session))
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.after_data:
            return self.after_data
        self.taken += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def mail_server(
    settings: Settings,
    refuses: dict[str, str] | None = None,
    after_data: str = "",
    at_once: str = "",
) -> Iterator[Server]:
    server = Server(refuses or {}, after_data, at_once)
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    mails_go_to(settings, controller.port)
    try:
        yield server
    finally:
        controller.stop()


def mails_go_to(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = False, 5


def mail(to: str) -> EmailMultiAlternatives:
    return EmailMultiAlternatives("Hello", "Text", "cadence@example.org", [to])


def test_one_connection_carries_many(settings: Settings) -> None:
    with mail_server(settings) as server:
        postman = Postman()
        for name in ("olu", "nils", "dana"):
            assert postman.send(mail(f"{name}@example.org")).effect is Effect.SENT
        postman.close()
        assert len(server.taken) == 3
        assert len(server.sessions) == 1


def test_a_refused_recipient_is_refused_for_good_and_the_next_gets_theirs(
    settings: Settings,
) -> None:
    with mail_server(settings, {"gone@example.org": "550 No such user gone@example.org"}) as server:
        postman = Postman()
        found = postman.send(mail("gone@example.org"))
        assert (found.effect, found.status) == (Effect.REFUSED, 550)
        # The page of deliveries names the person, not the address.
        assert found.error == "The mail server refused the recipient (550)."
        assert postman.send(mail("olu@example.org")).effect is Effect.SENT
        postman.close()
        assert server.taken == ["olu@example.org"]


def test_a_greylisted_recipient_is_tried_later_and_holds_up_nobody(settings: Settings) -> None:
    with mail_server(settings, {"grey@example.org": "451 Try again later"}) as server:
        postman = Postman()
        found = postman.send(mail("grey@example.org"))
        assert (found.effect, found.status) == (Effect.LATER, 451)
        assert postman.send(mail("olu@example.org")).effect is Effect.SENT
        postman.close()
        assert server.taken == ["olu@example.org"]


@pytest.mark.parametrize(
    ("said", "effect"), [("554 It looks like spam", Effect.REFUSED), ("452 Full", Effect.LATER)]
)
def test_a_refused_message_concerns_that_message(
    settings: Settings, said: str, effect: Effect
) -> None:
    with mail_server(settings, after_data=said):
        assert Postman().send(mail("olu@example.org")).effect is effect


def test_a_server_that_does_not_let_us_send_is_down_for_all(settings: Settings) -> None:
    with mail_server(settings, at_once="530 Sign in first"):
        found = Postman().send(mail("olu@example.org"))
    assert (found.effect, found.status) == (Effect.DOWN, None)
    assert found.error == "The mail server does not let us send (530)."


def test_a_server_that_is_not_there_is_down(settings: Settings) -> None:
    mails_go_to(settings, free_port())
    found = Postman().send(mail("olu@example.org"))
    assert (found.effect, found.status) == (Effect.DOWN, None)
    assert found.error == "The mail server was not reached (ConnectionRefusedError)."


def test_after_the_server_broke_off_the_next_has_a_new_connection(settings: Settings) -> None:
    with mail_server(settings) as server:
        postman = Postman()
        assert postman.send(mail("olu@example.org")).effect is Effect.SENT
        postman.connection.connection.sock.shutdown(SHUT_RDWR)  # type: ignore[union-attr]
        assert postman.send(mail("nils@example.org")).effect is Effect.DOWN
        assert postman.send(mail("nils@example.org")).effect is Effect.SENT
        postman.close()
        assert server.taken == ["olu@example.org", "nils@example.org"]
