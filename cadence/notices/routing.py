"""Who is told of what: one table, from every event of the ledger.

An event is either told or stands below with the reason why nobody is. A test reads the source for
the events that can be written and compares.
"""

from dataclasses import dataclass

from cadence.ledger.models import Entry
from cadence.notices.news import (
    breaches,
    escalations,
    ownership,
    receivers,
    reviews,
    sources,
    work,
)
from cadence.notices.news.line import News, Teller


@dataclass(frozen=True)
class Route:
    """``tell`` finds the words and the people; never told is the one who did it.

    ``outside``: Slack channels of the teams and webhooks are told too.
    """

    tell: Teller
    outside: bool = True


@dataclass(frozen=True)
class Told:
    """An entry that says something to somebody. ``news`` has the words that hold for everybody:
    title, detail, path and the teams whose work it is."""

    entry: Entry
    route: Route
    news: News


ROUTES: dict[str, Route] = {
    # Ownership
    "ownership.offered": Route(ownership.offered),
    "ownership.accepted": Route(ownership.accepted),
    "ownership.declined": Route(ownership.declined),
    "ownership.lapsed": Route(ownership.lapsed),
    "ownership.withdrawn": Route(ownership.withdrawn),
    "ownership.ended": Route(ownership.ended),
    "ownership.escalated": Route(escalations.escalated),
    "interim.named": Route(ownership.interim_named),
    "interim.ended": Route(ownership.interim_ended),
    "leave.planned": Route(ownership.leave),
    "leave.changed": Route(ownership.leave),
    "leave.began": Route(ownership.leave),
    "leave.ended": Route(ownership.leave),
    "leave.cancelled": Route(ownership.leave),
    "leave.stand_in_declined": Route(ownership.leave),
    "member.left": Route(ownership.left),
    # Work and teams
    "initiative.activated": Route(work.initiative, outside=False),
    "initiative.paused": Route(work.initiative, outside=False),
    "initiative.resumed": Route(work.initiative, outside=False),
    "initiative.completed": Route(work.initiative, outside=False),
    "initiative.stopped": Route(work.initiative, outside=False),
    "team.created": Route(work.lead, outside=False),
    "team.changed": Route(work.lead, outside=False),
    # Breaches and decisions
    "readings.recorded": Route(breaches.opened),
    "readings.missed": Route(breaches.opened),
    "threshold.set": Route(breaches.opened),
    "duty.moved": Route(breaches.duty_moved, outside=False),
    "breach.escalated": Route(escalations.escalated),
    "decision.recorded": Route(breaches.recorded),
    "decision.approved": Route(breaches.answered),
    "decision.refused": Route(breaches.answered),
    "verdict.given": Route(breaches.verdict),
    "verdict.escalated": Route(escalations.escalated),
    "commitment.made": Route(breaches.commitment_made),
    "commitment.dropped": Route(breaches.commitment_dropped),
    "commitment.escalated": Route(escalations.escalated),
    # Reviews
    "review.moved": Route(reviews.moved),
    "review.missed": Route(reviews.missed),
    "review.escalated": Route(escalations.escalated),
    "review.facilitation_taken": Route(reviews.facilitation),
    "review.facilitation_moved": Route(reviews.facilitation),
    "review.closed": Route(reviews.closed),
    "series.created": Route(reviews.series, outside=False),
    "series.changed": Route(reviews.series, outside=False),
    "series.ended": Route(reviews.series_ended),
    # Receivers. A webhook that is told of webhooks would be told of its own deliveries.
    "webhook.paused": Route(receivers.switched_off, outside=False),
    "webhook.failing": Route(receivers.failing, outside=False),
    "slack.disconnected": Route(receivers.switched_off, outside=False),
    "slack.failing": Route(receivers.failing, outside=False),
    "source.paused": Route(sources.paused, outside=False),
}

_SEEN = "Whoever is concerned finds it on the page of the thing; nothing is asked of anybody."
_HOUSE = "The administrators who do this are in the pages where it shows; it moves no work."
_OWN = "Everybody sees and revokes their own on their account page."
_ROOM = "Those in the room see it as it happens."

# Told to nobody, and why.
UNTOLD: dict[str, str] = {
    "initiative.created": _SEEN,
    "initiative.changed": _SEEN,
    "priority.created": _SEEN,
    "priority.changed": _SEEN,
    "priorities.ranked": _SEEN,
    "metric.created": _SEEN,
    "metric.changed": _SEEN,
    "metric.retired": _SEEN,
    "metric.rebased": _SEEN,
    "deck.arranged": _SEEN,
    "deck.annotated": _SEEN,
    "deck.annotation_withdrawn": _SEEN,
    "pre_read.frozen": _SEEN,
    "metric.rebasing_withdrawn": _SEEN,
    "metric.origin_said": _SEEN,
    "source.set_up": _SEEN,
    "source.changed": _SEEN,
    "source.run_asked": _SEEN,
    "source.resumed": _SEEN,
    "source.ended": _SEEN,
    "check_in.written": "Read at the next review; a mail a week from every owner is read by none.",
    "verdict.acknowledged": "It ends a duty and asks nothing of anybody.",
    "commitment.kept": "It ends a duty and asks nothing of anybody.",
    "review.opened": "Its time was known; the pages and calendars show that it is open.",
    "review.attendance_noted": _ROOM,
    "review.notes_saved": _ROOM,
    "series.planned": "The system plans weeks ahead; calendars show it.",
    "organization.founded": _HOUSE,
    "settings.changed": _HOUSE,
    "closing_day.added": _HOUSE,
    "closing_day.removed": _HOUSE,
    "invitation.sent": "The invitation itself is mailed to who is invited.",
    "invitation.revoked": _HOUSE,
    "member.joined": _HOUSE,
    "member.returned": _HOUSE,
    "member.changed": _HOUSE,
    "machine.added": _HOUSE,
    "token.issued": _HOUSE,
    "token.revoked": _HOUSE,
    "calendar_link.created": _OWN,
    "calendar_link.renewed": _OWN,
    "calendar_link.revoked": _OWN,
    "webhook.created": _HOUSE,
    "webhook.changed": _HOUSE,
    "webhook.secret_rotated": _HOUSE,
    "webhook.resumed": _HOUSE,
    "webhook.ended": _HOUSE,
    "webhook.tested": _HOUSE,
    "slack.connected": _HOUSE,
    "slack.tested": _HOUSE,
    "delivery.retried": _HOUSE,
    "import.landed": "Who brought it sees it; breaches are told by the entry of its readings.",
    "connection.created": _HOUSE,
    "connection.changed": _HOUSE,
    "connection.ended": _HOUSE,
}
