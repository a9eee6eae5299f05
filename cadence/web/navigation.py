"""What the frame of every page shows: where one can go, and how much waits there."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import Membership, Role
from cadence.breaches.queries import waiting_for
from cadence.decisions.models import Commitment
from cadence.escalations.models import EscalationKind
from cadence.escalations.queries import open_steps
from cadence.initiatives.models import Initiative
from cadence.notices.reading import unread_count
from cadence.ownership.models import Ownership
from cadence.permissions import led_teams
from cadence.reviews.models import Review


def navigation(actor: Membership, at: datetime) -> dict[str, Any]:
    """Context of the shell. A constant number of small, indexed queries."""
    organization = actor.organization
    today = at.astimezone(organization.zone).date()
    leads = bool(led_teams(actor)) or actor.role == Role.EXECUTIVE
    # What came up to them is on both pages; breaches among it are counted as theirs to decide.
    steps = open_steps(organization).filter(to_person=actor)
    came_up = list(steps.values_list("kind", flat=True))
    waiting = (
        waiting_for(actor).count()
        + sum(kind != EscalationKind.DECISION for kind in came_up)
        + Ownership.objects.pending().filter(owner=actor).count()
        + Commitment.objects.filter(
            person=actor, due_on__lte=today, kept_at__isnull=True, dropped_at__isnull=True
        ).count()
    )
    orphaned = Initiative.objects.going().filter(organization=organization)
    owned = Q(ownerships__accepted_at__isnull=False, ownerships__ended_at__isnull=True)
    return {
        "actor": actor,
        "organization": organization,
        "memberships": list(
            Membership.objects.current().filter(user=actor.user_id).select_related("organization")
        ),
        "counts": {
            "my_week": waiting,
            "notices": unread_count(actor),
            "escalations": len(came_up),
            "reviews": Review.objects.open().filter(organization=organization).count(),
            "ownership": orphaned.exclude(
                pk__in=Initiative.objects.filter(owned).values("pk")
            ).count(),
        },
        "can": {
            "ownership": True,
            "priorities": True,
            "people": True,
            "teams": True,
            "series": True,
            # Who may not change them reads them, and the ledger beside them.
            "settings": True,
            "lead": leads,
        },
    }
