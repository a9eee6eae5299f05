"""The mail that is sent at once, by the door that invites. Whoever cannot send says so."""

import smtplib

import structlog
from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.models import Invitation
from cadence.notices.sending import mail_is_configured

log = structlog.get_logger(__name__)


def mail_invitation(invitation: Invitation, link: str) -> bool:
    """Send the link to whom it is for. False when it was not sent: then it has to be passed on."""
    if not mail_is_configured():
        return False
    context = {"invitation": invitation, "link": link}
    try:
        sent = send_mail(
            f"Join {invitation.organization.name} on Cadence",
            render_to_string("mail/invitation.txt", context),
            None,
            [invitation.email],
            html_message=render_to_string("mail/invitation.html", context),
        )
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail.failed", what="invitation", error=type(error).__name__)
        return False
    return sent == 1
