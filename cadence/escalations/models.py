from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Membership, Organization
from cadence.breaches.models import Breach
from cadence.guards import Guard, never_changed
from cadence.ownership.models import Ownership


class EscalationKind(models.TextChoices):
    """What was not done in time, or was handed up on purpose."""

    DECISION = "decision", "Decide a breach"
    VERDICT = "verdict", "Acknowledge a verdict"
    COMMITMENT = "commitment", "Keep a commitment"
    OWNERSHIP = "ownership", "Find an owner"
    REVIEW = "review", "Hold a review"


class Because(models.TextChoices):
    OVERDUE = "overdue", "Its time ran out"
    DECIDED = "decided", "A decision said so"
    DID_NOT_WORK = "did_not_work", "The decision did not work"
    MISSED = "missed", "The review was not held"
    LEFT = "left", "Whoever had it left, or has no say any more"


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)


# The field that each kind is about; the others are null.
SUBJECTS = {
    EscalationKind.DECISION: "breach",
    EscalationKind.VERDICT: "verdict",
    EscalationKind.COMMITMENT: "commitment",
    EscalationKind.OWNERSHIP: "ownership",
    EscalationKind.REVIEW: "review",
}


_A = {"ownership": "an"}


def _is_about_one() -> Q:
    condition = Q()
    for kind, subject in SUBJECTS.items():
        nulls = {f"{other}__isnull": other != subject for other in SUBJECTS.values()}
        condition |= Q(kind=kind, **nulls)
    return condition


class Escalation(models.Model):
    """One step up the escalation path. What is a step further up has another row; none changes.

    Where a thing stands now is on the thing: its level, who has it and until when.
    """

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="escalations"
    )
    kind = models.CharField(max_length=10, choices=EscalationKind)
    because = models.CharField(max_length=12, choices=Because)
    breach = models.ForeignKey(
        Breach, on_delete=models.PROTECT, null=True, blank=True, related_name="escalations"
    )
    verdict = models.ForeignKey(
        "cadence.Verdict",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="escalations",
    )
    commitment = models.ForeignKey(
        "cadence.Commitment",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="escalations",
    )
    # The ownership of who left, for whom a successor is to be found.
    ownership = models.ForeignKey(
        Ownership, on_delete=models.PROTECT, null=True, blank=True, related_name="escalations"
    )
    # A review that was missed.
    review = models.ForeignKey(
        "cadence.Review",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="escalations",
    )
    level = models.PositiveSmallIntegerField()
    from_person = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    to_person = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="escalated")
    at = models.DateTimeField()
    # The moment that passed, where time ran out; and until when it is with the person now.
    was_due_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()

    objects = EscalationQuerySet.as_manager()

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(
                condition=_is_about_one(), name="an_escalation_is_about_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(because__in=Because.values), name="an_escalation_has_a_known_cause"
            ),
            models.CheckConstraint(
                condition=Q(level__gte=1), name="an_escalation_goes_at_least_one_step_up"
            ),
            models.CheckConstraint(
                condition=~Q(because=Because.OVERDUE) | Q(was_due_at__isnull=False),
                name="what_was_overdue_says_since_when",
            ),
            # Two looks at once that both found it overdue move it once.
            *(
                models.UniqueConstraint(
                    fields=(subject, "was_due_at"),
                    condition=Q(because=Because.OVERDUE),
                    name=f"the_time_of_{_A.get(subject, 'a')}_{subject}_runs_out_once",
                )
                for subject in SUBJECTS.values()
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} to {self.to_person_id}, level {self.level}"


def _goes_no_step_down(model: str, name: str, what: str) -> Guard:
    return Guard(
        name,
        model,
        f"{what} that went up the escalation path does not come down.",
        ("UPDATE",),
        "NEW.level < OLD.level",
    )


GUARDS = (
    _goes_no_step_down("cadence.Breach", "a_breach_goes_no_step_down", "A breach"),
    _goes_no_step_down("cadence.Commitment", "a_commitment_goes_no_step_down", "A commitment"),
    _goes_no_step_down("cadence.Review", "a_review_goes_no_step_down", "A missed review"),
    _goes_no_step_down("cadence.Verdict", "a_verdict_goes_no_step_down", "A verdict"),
    _goes_no_step_down(
        "cadence.Ownership", "an_ownership_goes_no_step_down", "The search for an owner"
    ),
    never_changed(
        "cadence.Escalation",
        "an_escalation_stays_on_record",
        "That something went up the escalation path stays on record.",
    ),
    Guard(
        "an_escalation_goes_to_a_person",
        "cadence.Escalation",
        "What goes up the escalation path goes to a person, never to a machine or an observer.",
        ("INSERT",),
        "EXISTS (SELECT 1 FROM accounts_membership m WHERE m.id = NEW.to_person_id "
        "AND m.role IN ('machine', 'observer'))",
    ),
)
