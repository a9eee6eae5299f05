"""What an owner writes on an initiative once a week."""

from datetime import datetime

from django.db import transaction

from accounts.models import Membership
from cadence.calendar.periods import WEEK, period_start
from cadence.errors import Conflict, NotFound
from cadence.initiatives.models import Initiative, State
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ownership.queries import standing
from cadence.permissions import Act, require
from cadence.reviews.models import CheckIn, Confidence


@transaction.atomic
def check_in(
    *,
    actor: Membership,
    at: datetime,
    initiative: Initiative,
    confidence: object,
    helped: object = "",
    in_the_way: object = "",
    needed: object = "",
) -> CheckIn:
    """Write down how an active or paused initiative stands, for the week of this moment.

    A second one in a week follows the first; the same words twice, a double click, are one.
    """
    initiative = _lock(actor, initiative)
    require(actor, Act.CHECK_IN, **standing(initiative))
    inputs = Inputs()
    values = {
        "confidence": inputs.choice("confidence", confidence, Confidence.values),
        "helped": inputs.text("helped", helped, longest=1000, lines=True, needed=False),
        "in_the_way": inputs.text("in_the_way", in_the_way, longest=1000, lines=True, needed=False),
        "needed": inputs.text("needed", needed, longest=1000, lines=True, needed=False),
    }
    inputs.done()
    if initiative.state not in {State.ACTIVE, State.PAUSED}:
        raise Conflict(
            "There is a check-in on an initiative while it is active or paused.",
            code="initiative_not_active",
        )
    organization = initiative.organization
    today = at.astimezone(organization.zone).date()
    week = period_start(WEEK, today, organization.week_start)
    written = CheckIn.objects.filter(initiative=initiative, author=actor, starts_on=week)
    last = written.order_by("-written_at", "-pk").first()
    if last is not None and all(getattr(last, key) == value for key, value in values.items()):
        return last
    made = CheckIn.objects.create(
        organization=organization,
        initiative=initiative,
        author=actor,
        starts_on=week,
        written_at=at,
        **values,
    )
    append(
        organization=organization,
        event="check_in.written",
        actor=actor,
        at=at,
        subject=made,
        data={"initiative": initiative, "week": week, "confidence": made.confidence},
    )
    return made


def _lock(actor: Membership, initiative: Initiative) -> Initiative:
    rows = Initiative.objects.select_for_update(of=("self",), no_key=True).visible_to(actor)
    found = rows.select_related("organization").filter(pk=initiative.pk).first()
    if found is None:
        raise NotFound("There is no such initiative.")
    return found
