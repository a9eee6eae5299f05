from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from accounts.models import Membership, Organization
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.calendar.workdays import end_of_day
from cadence.decisions.checks import Draft, read
from cadence.decisions.models import (
    Commitment,
    Decision,
    DecisionBreach,
    DecisionKind,
    Verdict,
)
from cadence.decisions.queries import stands_above_work
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.escalations.actions import record_step
from cadence.escalations.models import Because
from cadence.initiatives.models import Initiative, State
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.metrics.models import Metric
from cadence.ownership.actions import end_initiative
from cadence.ownership.queries import answers_for, standing
from cadence.permissions import Act, may, require

if TYPE_CHECKING:
    from cadence.reviews.models import Review


@transaction.atomic
def record_decision(
    *,
    actor: Membership,
    at: datetime,
    breaches: Iterable[Breach],
    draft: Draft,
    decided_by: Membership | None = None,
    review: "Review | None" = None,
    replaces: Decision | None = None,
) -> Decision:
    """Record what is done about one or more breaches. ``decided_by`` is the actor unless named.

    It is in force at once; *hold course* and *move the threshold* only when somebody above the
    owner approves, and until then the breach stays undecided. Raises Conflict
    ``already_decided`` when somebody else was first, unless ``replaces`` names that decision; an
    escalation is replaced without being named.
    """
    organization = Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
    breaches = list(breaches)
    if draft.kind == DecisionKind.STOP:
        _lock_initiatives(organization, breaches)
    locked = _lock(organization, breaches)
    decider = actor if decided_by is None else decided_by
    initiatives = _initiatives(locked)
    review = _lock_review(organization, review)
    _check_people(actor, decider, initiatives, review)
    today = at.astimezone(organization.zone).date()
    inputs = Inputs()
    values = read(inputs, draft, locked, decider, today)
    inputs.done()
    replaces = _check_state(locked, replaces)
    _check_not_put_off(decider, initiatives, replaces, values["check_on"])
    decision = Decision.objects.create(
        organization=organization,
        number=_next_number(organization),
        decided_by=decider,
        recorded_by=actor,
        decided_at=at,
        review=review,
        replaces=replaces,
        **values,
    )
    DecisionBreach.objects.bulk_create(
        DecisionBreach(organization=organization, decision=decision, breach=breach)
        for breach in locked
    )
    if not decision.needs_approval:
        put_in_force(decision, locked)
    if decision.kind == DecisionKind.STOP:
        for initiative in initiatives:
            end_initiative(
                actor=decider,
                at=at,
                initiative=initiative,
                ended_as=State.STOPPED,
                reason=decision.what[:500],
                deciding=[breach.pk for breach in locked],
            )
    append(
        organization=organization,
        event="decision.recorded",
        actor=actor,
        at=at,
        subject=decision,
        data={
            "number": decision.number,
            "breaches": [breach.pk for breach in locked],
            "decided_by": decider,
            "review": review,
            "replaces": replaces,
            **values,
        },
    )
    return decision


def put_in_force(decision: Decision, breaches: Sequence[Breach]) -> None:
    """The breaches are decided by this decision from now on. Breaches are locked.

    One that escalates gives the person named the duty to decide, until the end of its check date.
    """
    for breach in breaches:
        before = breach.answerable
        breach.decision = decision
        if decision.kind == DecisionKind.ESCALATE:
            assert decision.check_on is not None
            breach.answerable = decision.escalated_to
            breach.level += 1
            breach.due_at = end_of_day(decision.check_on, decision.organization.zone)
        breach.save(update_fields=["decision", "answerable", "level", "due_at"])
        if decision.kind == DecisionKind.ESCALATE:
            record_step(breach, because=Because.DECIDED, from_person=before, at=decision.decided_at)


@transaction.atomic
def acknowledge_verdict(
    *, actor: Membership, at: datetime, decision: Decision, review: "Review | None" = None
) -> Verdict:
    """Somebody who answers for the work has seen what the readings said of a decision."""
    verdict = (
        Verdict.objects.select_for_update(of=("self",), no_key=True)
        .filter(decision=decision, organization_id=actor.organization_id)
        .first()
    )
    if verdict is None:
        raise NotFound("There is no verdict on this decision yet.")
    breaches = list(decision.breaches.select_related("metric__initiative"))
    runs = _runs(actor.organization, review)
    for initiative in _initiatives(breaches):
        require(actor, Act.RECORD_DECISION, **standing(initiative), facilitator=runs(initiative))
    if verdict.acknowledged_at is not None:
        raise Conflict("The verdict is acknowledged already.", code="verdict_acknowledged")
    verdict.acknowledged_at, verdict.acknowledged_by = at, actor
    verdict.save(update_fields=["acknowledged_at", "acknowledged_by"])
    append(
        organization=verdict.organization_id,
        event="verdict.acknowledged",
        actor=actor,
        at=at,
        subject=decision,
        data={"number": decision.number, "result": verdict.result},
    )
    return verdict


@transaction.atomic
def commit(
    *,
    actor: Membership,
    at: datetime,
    initiative: Initiative,
    text: object,
    person: Membership,
    due_on: object,
    decision: Decision | None = None,
    review: "Review | None" = None,
) -> Commitment:
    """An action with one named person and a due date."""
    _check_organization(actor, initiative, person, decision, review)
    runs = _runs(actor.organization, review)
    require(actor, Act.COMMIT, **standing(initiative), facilitator=runs(initiative))
    inputs = Inputs()
    words = inputs.text("text", text, longest=500)
    day = inputs.day("due_on", due_on)
    if day is not None and day < at.astimezone(actor.organization.zone).date():
        inputs.refuse("due_on", "This date has passed.")
    if not person.is_person or not person.is_current or not may(person, Act.TAKE_PART):
        inputs.refuse("person", "A commitment has one named person who takes part here.")
    inputs.done()
    assert day is not None
    commitment = Commitment.objects.create(
        organization_id=actor.organization_id,
        initiative=initiative,
        decision=decision,
        review=review,
        text=words,
        person=person,
        due_on=day,
        due_at=end_of_day(day, actor.organization.zone),
        created_by=actor,
        created_at=at,
    )
    _append_commitment("commitment.made", actor, at, commitment)
    return commitment


@transaction.atomic
def keep_commitment(*, actor: Membership, at: datetime, commitment: Commitment) -> Commitment:
    """It was done: said by the person, or by who answers for the work."""
    commitment = _open_commitment(actor, commitment)
    commitment.kept_at = at
    commitment.save(update_fields=["kept_at"])
    _append_commitment("commitment.kept", actor, at, commitment)
    return commitment


@transaction.atomic
def drop_commitment(
    *, actor: Membership, at: datetime, commitment: Commitment, reason: object
) -> Commitment:
    """It will not be done, and why."""
    commitment = _open_commitment(actor, commitment)
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    inputs.done()
    commitment.dropped_at, commitment.dropped_reason = at, words
    commitment.save(update_fields=["dropped_at", "dropped_reason"])
    _append_commitment("commitment.dropped", actor, at, commitment)
    return commitment


def _lock(organization: Organization, breaches: Iterable[Breach]) -> list[Breach]:
    keys = {breach.pk for breach in breaches}
    if not keys:
        raise Invalid.field("breaches", "A decision is about at least one breach.")
    rows = list(
        Breach.objects.select_for_update(of=("self",), no_key=True)
        .filter(organization=organization, pk__in=keys)
        .select_related(
            "metric__initiative__team", "organization", "threshold", "decision", "answerable"
        )
        .order_by("pk")
    )
    if len(rows) != len(keys):
        raise NotFound("There is no such breach.")
    return rows


def _lock_initiatives(organization: Organization, breaches: Iterable[Breach]) -> None:
    """What is stopped is locked before its breaches and the review, not when it ends: somebody
    who moves it to another team holds it and waits for the review."""
    rows = Initiative.objects.select_for_update(of=("self",), no_key=True)
    about = Metric.objects.filter(breaches__in=[breach.pk for breach in breaches])
    list(rows.filter(organization=organization, pk__in=about.values("initiative")).order_by("pk"))


def _initiatives(breaches: Iterable[Breach]) -> list[Initiative]:
    found = {breach.metric.initiative_id: breach.metric.initiative for breach in breaches}
    return [found[key] for key in sorted(found)]


def _lock_review(organization: Organization, review: "Review | None") -> "Review | None":
    """The review as it is now. Unlocked, it could close before the decision is in its minutes."""
    if review is None:
        return None
    rows = type(review).objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("series").filter(pk=review.pk, organization=organization).first()
    if found is None:
        raise NotFound("There is no such review.")
    if found.state != "open":
        raise Conflict("This review is not open.", code="review_not_open")
    return found


def _check_people(
    actor: Membership,
    decider: Membership,
    initiatives: Sequence[Initiative],
    review: "Review | None",
) -> None:
    if decider.organization_id != actor.organization_id:
        raise Invalid.field("decided_by", "There is no such person here.")
    runs = _runs(actor.organization, review)
    for initiative in initiatives:
        place = standing(initiative)
        require(actor, Act.RECORD_DECISION, **place, facilitator=runs(initiative))
        if not may(decider, Act.DECIDE, **place):
            if decider.pk == actor.pk:
                raise Forbidden(Act.DECIDE.sentence)
            raise Invalid.field(
                "decided_by", f"{decider.name} has no say over “{initiative.name}”."
            )


def _check_state(breaches: Sequence[Breach], replaces: Decision | None) -> Decision | None:
    """The decision that is replaced, or None. An escalation asks for the one that replaces it."""
    first = breaches[0].decision
    if replaces is None and first is not None and first.kind == DecisionKind.ESCALATE:
        replaces = first
    for breach in breaches:
        if breach.decision_id is not None and breach.decision != replaces:
            assert breach.decision is not None
            raise Conflict(
                f"This breach is decided already, by {breach.decision}.",
                code="already_decided",
                details={"breach": breach.pk, "decision": breach.decision.number},
            )
        if breach.decision_id is None and replaces is not None:
            raise Conflict(
                "The decision to be replaced is not in force.", code="decision_not_in_force"
            )
    return replaces


def _runs(
    organization: Organization, review: "Review | None"
) -> Callable[[Initiative], int | None]:
    """Who runs the review, for an initiative in its scope; nobody outside it. Locks the review."""
    review = _lock_review(organization, review)
    scope = Tree(organization).below(review.team_id) if review is not None else set()

    def runs(initiative: Initiative) -> int | None:
        inside = review is not None and initiative.team_id in scope
        return review.facilitator_id if inside and review is not None else None

    return runs


def _check_not_put_off(
    decider: Membership,
    initiatives: Sequence[Initiative],
    replaces: Decision | None,
    check_on: date | None,
) -> None:
    """Replacing a decision on the eve of its verdict, again and again, would avoid every one."""
    if replaces is None or replaces.kind == DecisionKind.ESCALATE:
        return
    if check_on is None or replaces.check_on is None or check_on <= replaces.check_on:
        return
    answers = answers_for(initiatives)
    if not all(stands_above_work(decider, one, answers[one.pk]) for one in initiatives):
        raise Invalid.field(
            "check_on",
            f"Not later than {replaces.check_on:%Y-%m-%d}, the check date of {replaces}: that "
            "takes somebody above the owner.",
        )


def _next_number(organization: Organization) -> int:
    last = Decision.objects.filter(organization=organization).aggregate(last=Max("number"))
    return (last["last"] or 0) + 1


def _check_organization(actor: Membership, *things: Any) -> None:
    for thing in things:
        if thing is not None and thing.organization_id != actor.organization_id:
            raise NotFound("There is no such thing in this organization.")


def _open_commitment(actor: Membership, commitment: Commitment) -> Commitment:
    found = (
        Commitment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("initiative")
        .filter(pk=commitment.pk, organization_id=actor.organization_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such commitment.")
    mine = found.person_id == actor.pk and may(actor, Act.TAKE_PART)
    if not mine:
        require(actor, Act.COMMIT, **standing(found.initiative))
    if found.kept_at is not None or found.dropped_at is not None:
        raise Conflict("This commitment is settled already.", code="commitment_settled")
    return found


def _append_commitment(event: str, actor: Membership, at: datetime, commitment: Commitment) -> None:
    append(
        organization=commitment.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=commitment,
        data={
            "text": commitment.text,
            "person": commitment.person_id,
            "due_on": commitment.due_on,
            "initiative": commitment.initiative_id,
            "reason": commitment.dropped_reason,
        },
    )
