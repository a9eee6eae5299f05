"""E-mail: one connection to the mail server for a pass, opened again after it failed."""

import contextlib
import smtplib
import time

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from cadence.notices.outcomes import Effect, Outcome, effect_of_mail


class Postman:
    """Sends one mail after the other. Not for two threads at once."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend | None = None

    def send(self, message: EmailMultiAlternatives) -> Outcome:
        """What came of it; never raises for what the mail server does."""
        began = time.monotonic()
        try:
            if self.connection is None:
                self.connection = get_connection()
                self.connection.open()
            self.connection.send_messages([message])
            found: tuple[Effect, int | None, str] = (Effect.SENT, 250, "")
        except smtplib.SMTPRecipientsRefused as error:
            # What it said names the address, which does not belong on a page of deliveries.
            code = max((int(code) for code, _ in error.recipients.values()), default=550)
            effect = effect_of_mail(code)
            found = (effect, code, f"The mail server refused the recipient ({code}).")
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
            effect = effect_of_mail(code)
            found = (effect, code, f"The mail server refused the message ({code}).")
        except smtplib.SMTPResponseException as error:
            # Without its code: a delivery that bears one was refused for what it is.
            error_text = f"The mail server does not let us send ({error.smtp_code})."
            found = (Effect.DOWN, None, error_text)
        except smtplib.SMTPServerDisconnected:
            found = (Effect.DOWN, None, "The mail server closed the connection.")
        except TimeoutError:
            found = (Effect.DOWN, None, "The mail server did not answer in time.")
        except (OSError, smtplib.SMTPException) as error:
            found = (
                Effect.DOWN,
                None,
                f"The mail server was not reached ({type(error).__name__}).",
            )
        if found[0] is not Effect.SENT:
            # After a refusal some servers say nothing sensible on the same connection.
            self.close()
        return Outcome(*found, int((time.monotonic() - began) * 1000))

    def close(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self.connection.close()
            self.connection = None
