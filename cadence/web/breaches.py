"""The page of one breach: what it is, where it stands, and what is done about it."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.escalations.models import EscalationKind
from cadence.escalations.queries import steps_of
from cadence.ownership.queries import standing
from cadence.permissions import Act, may, require
from cadence.reviews.models import Review
from cadence.web.breach_facts import BreachFacts, facts_of
from cadence.web.decision_forms import DecisionForm, Matter, matter_of, take_decision
from cadence.web.shell import PageRequest, page, show, tell


def get_breach(request: PageRequest, breach_id: int) -> Breach:
    rows = Breach.objects.visible_to(request.actor).select_related(
        "organization",
        "metric__initiative__team",
        "metric__initiative__organization",
        "metric__organization",
        "metric__leads_to",
        "threshold",
        "answerable",
        "decision__decided_by",
    )
    return get_object_or_404(rows, pk=breach_id)


@page
def breach(request: PageRequest, breach_id: int) -> HttpResponseBase:
    """The decision form is the one of the review room; it is posted back to this page."""
    found = get_breach(request, breach_id)
    facts = facts_of(found, timezone.now())
    allowed = may_record(request.actor, facts)
    form = None
    if request.method == "POST":
        require(request.actor, Act.RECORD_DECISION, **standing(found.metric.initiative))
        form = DecisionForm(request.POST, matter=matter_of([found], timezone.now()))
        decision = take_decision(request, form)
        if decision is not None:
            tell(request, f"{decision} is recorded.")
            return redirect("web:decision", request.organization.slug, decision.number)
    elif allowed and (not found.is_decided or found.is_escalated):
        matter = matter_of([found], timezone.now())
        form = DecisionForm(matter=matter, decider=decider(request.actor, matter))
    has_duty = not found.is_decided or found.is_escalated
    context = {
        "breach": found,
        "facts": facts,
        "form": form,
        "has_duty": has_duty,
        "is_done": not has_duty,
        "steps": steps_of(EscalationKind.DECISION, [found.pk])[found.pk],
        "who_may": "" if allowed else Act.RECORD_DECISION.sentence,
        "reviews": list(
            Review.objects.open().filter(agenda__breach=found).select_related("series").distinct()
        ),
    }
    refused = form is not None and form.is_bound
    status = 422 if refused else 200
    return show(request, "cadence/breaches/breach.html", context, status=status)


def may_record(actor: Membership, facts: BreachFacts, *, facilitator: int | None = None) -> bool:
    """Whether the actor may record a decision about this breach."""
    place = standing(facts.metric.initiative)
    return may(actor, Act.RECORD_DECISION, **place, facilitator=facilitator)


def decider(actor: Membership, matter: Matter) -> Membership | None:
    """Who decides unless somebody else is named: who writes it down, where they have a say."""
    return actor if actor in matter.deciders else matter.breach.answerable
