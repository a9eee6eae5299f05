"""What a mail says, written when it is sent: what is not so any more is not sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.mime.image import MIMEImage
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Membership
from cadence.ledger.models import Head
from cadence.notices.digests import DAILY, MONDAY, day_of
from cadence.notices.models import Delivery, Mode, Notice, NoticeKind
from cadence.notices.pictures import picture_for
from cadence.notices.preferences import modes_of
from cadence.notices.settled import unsettled
from cadence.notices.week import due_for, wrong_in
from cadence.notices.words import day, fit
from cadence.reviews.models import Review
from cadence.reviews.readable import readable

# Mail servers break or refuse longer lines in a head.
SUBJECT = 150


@dataclass(frozen=True)
class Letter:
    """Subject, template (``mail/<name>.txt`` and ``.html``) and what it is filled with."""

    subject: str
    template: str
    context: dict[str, Any]
    picture: MIMEImage | None = None


def message_for(delivery: Delivery, at: datetime) -> EmailMultiAlternatives | None:
    """The mail of a delivery as the world is now. None where there is nothing true left to say,
    or nobody to read it."""
    member = delivery.member
    if member is None or not _can_read(member):
        return None
    letter = _letter(delivery, member, at)
    if letter is None:
        return None
    organization = delivery.organization
    preferences = reverse("web:notice-preferences", args=[organization.slug])
    context = {
        "organization": organization,
        "member": member,
        "site": settings.PUBLIC_URL,
        "preferences": settings.PUBLIC_URL + preferences,
        **letter.context,
    }
    assert member.user is not None
    message = EmailMultiAlternatives(
        fit(letter.subject, SUBJECT),
        render_to_string(f"mail/{letter.template}.txt", context),
        None,
        [member.user.email],
        headers={
            "Message-ID": f"<{delivery.message_id}>",
            "List-Unsubscribe": f"<{settings.PUBLIC_URL}{preferences}>",
            # No answers of machines that say that somebody is away.
            "Auto-Submitted": "auto-generated",
        },
    )
    html = render_to_string(f"mail/{letter.template}.html", context)
    message.attach_alternative(html, "text/html")
    if letter.picture is not None:
        message.attach(letter.picture)
    return message


def _can_read(member: Membership) -> bool:
    user = member.user
    return (
        member.is_current
        and user is not None
        and user.is_active
        and not member.organization.is_demo
    )


def _letter(delivery: Delivery, member: Membership, at: datetime) -> Letter | None:
    if delivery.event == DAILY:
        return _daily(delivery, member)
    if delivery.event == MONDAY:
        return _monday(member, day_of(delivery), at)
    notices = list(delivery.notices.select_related("entry"))
    open_ones = unsettled(notices)
    if not open_ones:
        return None
    notice = open_ones[0]
    # Whoever chose the digest meanwhile finds it there; see `digests`.
    if modes_of(member)[notice.kind] != Mode.AT_ONCE:
        return None
    if notice.kind == NoticeKind.MINUTES:
        return _minutes(notice)
    why = NoticeKind(notice.kind).label
    picture = picture_for(notice)
    context = {"notice": notice, "why": why, "has_picture": picture is not None}
    return Letter(notice.title, "notice", context, picture)


def _minutes(notice: Notice) -> Letter | None:
    review = Review.objects.filter(pk=notice.entry.subject_id).first()
    if review is None or review.minutes is None:
        return None
    head = Head.objects.filter(pk=review.organization_id).first()
    minutes = readable(review.minutes)
    context = {
        "minutes": minutes,
        "link": settings.PUBLIC_URL + notice.path,
        "hash": review.minutes_hash,
        "checkpoint": f"{head.sequence}:{head.hash}" if head else "",
        "why": NoticeKind.MINUTES.label,
    }
    return Letter(f"Minutes: {minutes['series']}, {minutes['starts_at']}", "minutes", context)


def _daily(delivery: Delivery, member: Membership) -> Letter | None:
    """What is still unread, still open, and still wanted once a day."""
    modes = modes_of(member)
    rows = delivery.notices.filter(read_at=None).select_related("entry").order_by("pk")
    notices = [one for one in unsettled(list(rows)) if modes[one.kind] == Mode.DAILY]
    if not notices:
        return None
    parts = [
        (NoticeKind(kind).label, [one for one in notices if one.kind == kind])
        for kind in dict.fromkeys(one.kind for one in notices)
    ]
    count = len(notices)
    subject = notices[0].title if count == 1 else f"{count} notices: {_first_words(notices)}"
    return Letter(subject, "daily", {"parts": parts, "count": count})


def _first_words(notices: Sequence[Notice]) -> str:
    return f"{notices[0].title} and more"


def _monday(member: Membership, monday: date, at: datetime) -> Letter | None:
    if modes_of(member)[NoticeKind.WEEK] == Mode.NEVER:
        return None
    due, wrong = due_for(member, monday, at), wrong_in(member, at)
    if not due and not wrong:
        return None
    to_do, amiss = sum(part.count for part in due), sum(part.count for part in wrong)
    said = [f"{to_do} to do"] if to_do else []
    said += [f"{amiss} to look after in your teams"] if amiss else []
    subject = f"Your week from {day(monday)}: {', '.join(said)}"
    return Letter(subject, "monday", {"due": due, "wrong": wrong, "count": to_do + amiss})
