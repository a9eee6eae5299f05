"""E-mail to mail servers that refuse, wait, break off or are not there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, create_server, socket
from threading import Thread
from time import sleep
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


DRIPS = "drips"


@contextmanager
def peculiar_server(settings: Settings, says: Mapping[str, str | None]) -> Iterator[list[str]]:
    """Says something else where a line begins so: None breaks off. Gives whom it took mail for."""
    taken: list[str] = []
    listening = create_server(("127.0.0.1", 0))

    def serve(connection: socket) -> None:
        with suppress(OSError), connection, connection.makefile("rwb") as line:

            def say(word: str, usual: str) -> bool:
                said = next((says[key] for key in says if word.startswith(key)), usual)
                if said == DRIPS:
                    while True:
                        line.write(b"2")
                        line.flush()
                        sleep(0.02)
                if said is not None:
                    line.write(said.encode() + b"\r\n")
                    line.flush()
                return said is not None

            going = say("greeting", "220 mail.example")
            while going and (text := line.readline().decode().strip().upper()):
                if text.startswith("DATA"):
                    going = say(text, "354 Go on")
                    while going and line.readline().strip() != b".":
                        pass
                    taken.append(text)
                going = going and say(text, "250 OK")
            # A file that was made of it keeps a connection open.
            connection.shutdown(SHUT_RDWR)

    def listen() -> None:
        with suppress(OSError):
            while True:
                Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    Thread(target=listen, daemon=True).start()
    mails_go_to(settings, listening.getsockname()[1])
    try:
        yield taken
    finally:
        listening.close()


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


def test_once_a_message_is_named_a_failure_is_its_own(settings: Settings) -> None:
    with mail_server(settings, at_once="530 Sign in first"):
        found = Postman().send(mail("olu@example.org"))
    assert (found.effect, found.status) == (Effect.LATER, 530)
    assert found.error == "The mail server does not let us send (530)."


def test_a_server_that_breaks_off_at_a_recipient_takes_other_mail(settings: Settings) -> None:
    with peculiar_server(settings, {"RCPT TO:<POISON": None}) as taken:
        postman = Postman()
        found = postman.send(mail("poison@example.org"))
        assert (found.effect, found.status) == (Effect.LATER, None)
        assert found.error == "The mail server closed the connection."
        assert postman.send(mail("olu@example.org")).effect is Effect.SENT
        postman.close()
        assert len(taken) == 1


@pytest.mark.parametrize("word", ["greeting", "EHLO"])
def test_a_server_that_does_not_greet_is_down_for_all(settings: Settings, word: str) -> None:
    with peculiar_server(settings, {word: "421 Not now", "HELO": "421 Not now"}):
        found = Postman().send(mail("olu@example.org"))
    assert (found.effect, found.status) == (Effect.DOWN, None)


def test_an_answer_without_a_code_is_no_code(settings: Settings) -> None:
    with peculiar_server(settings, {"RCPT": "xyz what"}):
        found = Postman().send(mail("olu@example.org"))
    assert found.effect is Effect.LATER
    assert found.error == "The mail server refused the recipient without saying why."


@pytest.mark.parametrize(("word", "effect"), [("greeting", "down"), ("RCPT", "later")])
def test_drops_do_not_add_up_to_more_than_the_deadline(
    settings: Settings, word: str, effect: str
) -> None:
    """Each byte comes in time, and the last one never."""
    with peculiar_server(settings, {word: DRIPS}):
        found = Postman(within=0.5).send(mail("olu@example.org"))
    assert found.effect is Effect(effect)
    assert found.error == "The mail server took longer than 0.5 seconds."
    assert found.took_ms < 8000


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
        # Servers close a line that was silent for long: no mail is put off for it.
        assert postman.send(mail("nils@example.org")).effect is Effect.SENT
        postman.close()
        assert server.taken == ["olu@example.org", "nils@example.org"]
