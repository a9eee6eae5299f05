"""Rule 18: minutes are sent to those they concern, once, when a review is closed."""

import smtplib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Membership
from cadence.ledger.models import Head
from cadence.notices.sending import mail_is_configured
from cadence.reviews.access import locking
from cadence.reviews.models import Review, ReviewQuerySet
from cadence.reviews.readable import readable

log = structlog.get_logger(__name__)

# Older minutes are news to nobody: an installation that gets its mail server later sends none.
FRESH = timedelta(days=3)


def send_minutes(*, at: datetime) -> int:
    """Mail the minutes of every review that was closed lately, and count the reviews.

    A mail server that cannot be reached leaves them for the next time, with the same Message-ID
    for each person. Whoever it refuses is passed over and logged. The demo writes to nobody.
    """
    keys = list(_unsent(at).order_by("closed_at", "pk").values_list("pk", flat=True))
    if not keys or not mail_is_configured():
        return 0
    connection: BaseEmailBackend = get_connection()
    sent = 0
    try:
        # Before any row is locked: a server that does not answer takes its time.
        connection.open()
        for key in keys:
            sent += _send(key, at, connection)
        connection.close()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail.failed", what="minutes", error=type(error).__name__)
    return sent


def _unsent(at: datetime) -> ReviewQuerySet:
    rows = Review.objects.closed().filter(minutes_sent_at__isnull=True)
    return rows.filter(closed_at__gt=at - FRESH, organization__is_demo=False)


@transaction.atomic
def _send(key: int, at: datetime, connection: BaseEmailBackend) -> bool:
    """Send those of one review, unless another worker is doing so."""
    review = locking(_unsent(at).filter(pk=key), skip_locked=True).first()
    if review is None or review.minutes is None:
        return False
    refused = 0
    people = recipients(review)
    for message in _messages(review, people):
        try:
            connection.send_messages([message])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            refused += 1
            log.warning("mail.refused", what="minutes", review=key, error=type(error).__name__)
    if people and refused == len(people):
        return False
    review.minutes_sent_at = at
    review.save(update_fields=["minutes_sent_at"])
    return True


def recipients(review: Review) -> list[Membership]:
    """Who was there, ran it, decided or carries out a decision, was escalated to, or holds a
    commitment; of these who is still here and can be reached."""
    rows = Membership.objects.current().people().filter(user__is_active=True)
    rows = rows.filter(organization=review.organization_id, pk__in=_concerned(review.minutes or {}))
    return list(rows.select_related("user").order_by("pk"))


def _concerned(minutes: Mapping[str, Any]) -> set[int]:
    people = [minutes.get("facilitator"), minutes.get("closed_by")]
    people += [row["person"] for row in minutes.get("attendance", ()) if row["present"]]
    for row in minutes.get("decisions", ()):
        people += [row["decided_by"], row["carried_out_by"], row["escalated_to"]]
    people += [row["person"] for row in minutes.get("commitments", ())]
    return {person["id"] for person in people if person is not None}


def _messages(review: Review, people: Sequence[Membership]) -> list[EmailMultiAlternatives]:
    organization = review.organization
    head = Head.objects.filter(pk=organization.pk).first()
    host = urlsplit(settings.PUBLIC_URL).hostname
    minutes = readable(review.minutes or {})
    path = reverse("web:review-minutes", args=[organization.slug, review.pk])
    context = {
        "minutes": minutes,
        "organization": organization,
        "link": settings.PUBLIC_URL + path,
        "hash": review.minutes_hash,
        "checkpoint": f"{head.sequence}:{head.hash}" if head else "",
    }
    subject = f"Minutes: {minutes['series']}, {minutes['starts_at']}"
    text = render_to_string("mail/minutes.txt", context)
    html = render_to_string("mail/minutes.html", context)
    found = []
    for person in people:
        assert person.user is not None
        message = EmailMultiAlternatives(
            subject,
            text,
            None,
            [person.user.email],
            headers={"Message-ID": f"<minutes-{review.pk}-{person.pk}@{host}>"},
        )
        message.attach_alternative(html, "text/html")
        found.append(message)
    return found
