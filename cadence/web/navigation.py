"""What the frame of every page shows: where one can go, and how much waits there."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from accounts.models import Membership
from cadence.breaches.queries import waiting_for
from cadence.decisions.models import Commitment
from cadence.escalations.models import EscalationKind
from cadence.escalations.queries import open_steps
from cadence.initiatives.models import Initiative
from cadence.notices.reading import unread_of
from cadence.ownership.models import Ownership
from cadence.reviews.models import Review
from cadence.web.tallies import tallies


def navigation(actor: Membership, at: datetime) -> dict[str, Any]:
    """Context of the shell. One query, of small counts that are indexed."""
    organization = actor.organization
    today = at.astimezone(organization.zone).date()
    # What came up to them is on both pages; breaches among it are counted as theirs to decide.
    came_up = open_steps(organization).filter(to_person=actor)
    commitments = Commitment.objects.filter(
        person=actor, due_on__lte=today, kept_at__isnull=True, dropped_at__isnull=True
    )
    owned = Ownership.objects.current().filter(initiative=OuterRef("pk"))
    orphaned = Initiative.objects.going().filter(~Exists(owned), organization=organization)
    counts = tallies(
        organization,
        to_decide=waiting_for(actor),
        to_do=came_up.exclude(kind=EscalationKind.DECISION),
        offers=Ownership.objects.pending().filter(owner=actor),
        commitments=commitments,
        notices=unread_of(actor),
        escalations=came_up,
        reviews=Review.objects.open().filter(organization=organization),
        ownership=orphaned,
    )
    waiting = ("to_decide", "to_do", "offers", "commitments")
    return {
        "actor": actor,
        "organization": organization,
        "counts": {**counts, "my_week": sum(counts[name] for name in waiting)},
        "can": {
            "ownership": True,
            "priorities": True,
            "people": True,
            "teams": True,
            "series": True,
            # Who may not change them reads them, and the ledger beside them.
            "settings": True,
        },
    }
