from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import Membership, Organization
from cadence.breaches.models import Breach
from cadence.guards import Guard, fixed, never_changed, never_deleted, touch_open_reviews
from cadence.initiatives.models import Initiative
from cadence.metrics.models import ValueField, finite


class DecisionKind(models.TextChoices):
    AGREED = "agreed", "Do what was agreed"
    REALLOCATE = "reallocate", "Reallocate"
    ADJUST = "adjust", "Adjust"
    ESCALATE = "escalate", "Escalate"
    STOP = "stop", "Stop"
    HOLD_COURSE = "hold_course", "Hold course"
    MOVE_THRESHOLD = "move_threshold", "Move the threshold"
    RECOVERED = "recovered", "Recovered by itself"


# Recorded by one, in effect when somebody above the owner approves.
KINDS_OF_TWO = (DecisionKind.HOLD_COURSE, DecisionKind.MOVE_THRESHOLD)
# Nothing is expected of the metric afterwards.
KINDS_WITHOUT_CHECK = (DecisionKind.STOP, DecisionKind.RECOVERED)


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, actor: Membership) -> Self:
        return self.filter(organization_id=actor.organization_id)

    def awaiting_approval(self) -> Self:
        """Those that take two people and have one so far, while a breach still waits for them: it
        is undecided, or decided only by what they replace, as an escalation."""
        waits = Q(breaches__decision__isnull=True) | Q(breaches__decision=F("replaces"))
        return self.filter(waits, needs_approval=True, approval__isnull=True).distinct()


class Decision(models.Model):
    """What is done about one or more breaches. Never edited or deleted; a later one replaces it."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="decisions"
    )
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=DecisionKind)
    # What changes; for hold course the evidence, for recovered why.
    what = models.CharField(max_length=2000)
    decided_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="decided")
    recorded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    review = models.ForeignKey(
        "cadence.Review", on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    carried_out_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expected = models.CharField(max_length=500, blank=True, default="")
    # The day by which the metric is back inside its threshold; for escalate the day by which the
    # person named decides, for hold course until when.
    check_on = models.DateField(null=True, blank=True)
    # reallocate
    moved_from = models.CharField(max_length=200, blank=True, default="")
    moved_to = models.CharField(max_length=200, blank=True, default="")
    amount = models.CharField(max_length=100, blank=True, default="")
    # escalate
    escalated_to = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # move the threshold
    new_floor = ValueField(null=True, blank=True)
    new_ceiling = ValueField(null=True, blank=True)
    new_from = models.DateField(null=True, blank=True)
    needs_approval = models.BooleanField(default=False)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    breaches = models.ManyToManyField(Breach, through="DecisionBreach", related_name="decisions")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-decided_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "number"), name="one_decision_per_number"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DecisionKind.values), name="a_decision_is_of_a_known_kind"
            ),
            models.CheckConstraint(condition=~Q(what=""), name="a_decision_says_what_is_done"),
            models.CheckConstraint(
                condition=Q(kind__in=KINDS_WITHOUT_CHECK, check_on__isnull=True)
                | (~Q(kind__in=KINDS_WITHOUT_CHECK) & Q(check_on__isnull=False)),
                name="a_decision_has_a_check_date",
            ),
            models.CheckConstraint(
                condition=Q(needs_approval=True, kind__in=KINDS_OF_TWO)
                | (Q(needs_approval=False) & ~Q(kind__in=KINDS_OF_TWO)),
                name="hold_course_and_move_the_threshold_need_two_people",
            ),
            models.CheckConstraint(
                condition=Q(kind=DecisionKind.ESCALATE, escalated_to__isnull=False)
                | (~Q(kind=DecisionKind.ESCALATE) & Q(escalated_to__isnull=True)),
                name="an_escalation_names_a_person",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind=DecisionKind.MOVE_THRESHOLD, new_from__isnull=False)
                    & (Q(new_floor__isnull=False) | Q(new_ceiling__isnull=False))
                )
                | (~Q(kind=DecisionKind.MOVE_THRESHOLD) & Q(new_from__isnull=True)),
                name="a_moved_threshold_says_where_to",
            ),
            models.CheckConstraint(
                condition=~Q(kind=DecisionKind.REALLOCATE)
                | (~Q(moved_from="") & ~Q(moved_to="") & ~Q(amount="")),
                name="a_reallocation_says_from_to_and_how_much",
            ),
            models.CheckConstraint(
                condition=finite("new_floor", "new_ceiling"),
                name="a_moved_threshold_is_of_finite_numbers",
            ),
        )

    def __str__(self) -> str:
        return f"D-{self.number}"


class DecisionBreach(models.Model):
    """Which breaches a decision is about."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="links")
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="links")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("decision", "breach"), name="a_decision_names_a_breach_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.decision_id} about {self.breach_id}"


class Approval(models.Model):
    """The answer of somebody above the owner to a decision that takes two people."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="approval")
    approved = models.BooleanField()
    answered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(approved=True) | ~Q(reason=""), name="a_refused_approval_has_a_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{'approved' if self.approved else 'refused'} {self.decision_id}"


class VerdictResult(models.TextChoices):
    WORKED = "worked", "Worked"
    DID_NOT_WORK = "did_not_work", "Did not work"
    NOT_ENOUGH = "not_enough_readings", "Not enough readings"


class Verdict(models.Model):
    """What the readings said of a decision on its check date. Somebody has to acknowledge it."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="verdict")
    result = models.CharField(max_length=20, choices=VerdictResult)
    # The reading it rests on, in words for people: period, value and limit of each metric.
    grounds = models.CharField(max_length=500, blank=True, default="")
    given_at = models.DateTimeField()
    # Until when it is to be acknowledged; past that it goes up the escalation path.
    due_at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(default=0)
    escalated_to = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-given_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(result__in=VerdictResult.values), name="a_verdict_is_of_a_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="an_acknowledgement_has_a_person",
            ),
        )
        indexes = (
            models.Index(
                fields=("organization", "due_at"),
                condition=Q(acknowledged_at__isnull=True),
                name="verdicts_to_acknowledge",
            ),
        )

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.result}"


class Commitment(models.Model):
    """An action with one named person and a due date."""

    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="commitments"
    )
    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="commitments")
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    review = models.ForeignKey(
        "cadence.Review",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="commitments",
    )
    text = models.CharField(max_length=500)
    person = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="commitments")
    due_on = models.DateField()
    # The end of that day; once it went up the escalation path, the limit of who it went to.
    due_at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(default=0)
    escalated_to = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    dropped_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ("due_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kept_at__isnull=True) | Q(dropped_at__isnull=True),
                name="a_commitment_is_kept_or_dropped",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True) | ~Q(dropped_reason=""),
                name="a_dropped_commitment_has_a_reason",
            ),
        )
        indexes = (
            models.Index(
                fields=("person", "due_on"),
                condition=Q(kept_at__isnull=True, dropped_at__isnull=True),
                name="commitments_due",
            ),
            models.Index(
                fields=("organization", "due_at"),
                condition=Q(kept_at__isnull=True, dropped_at__isnull=True),
                name="commitments_overdue",
            ),
        )

    def __str__(self) -> str:
        return self.text


GUARDS = (
    never_changed(
        "cadence.Decision",
        "a_decision_stays_as_it_is",
        "A decision is never edited or deleted; a later one can replace it.",
    ),
    never_changed(
        "cadence.DecisionBreach",
        "a_decision_keeps_its_breaches",
        "What a decision was about stays as it was.",
    ),
    # Else an old decision about something else could be made to be about this one.
    Guard(
        "a_decision_says_at_once_what_it_is_about",
        "cadence.DecisionBreach",
        "What a decision is about is recorded with it, not added later.",
        ("INSERT",),
        "EXISTS (SELECT 1 FROM cadence_entry e WHERE e.organization_id = NEW.organization_id "
        "AND e.subject_type = 'decision' AND e.subject_id = NEW.decision_id)",
    ),
    Guard(
        "a_decision_is_taken_by_a_person",
        "cadence.Decision",
        "A decision is taken by a named person, never by a machine or an observer.",
        ("INSERT",),
        "NOT EXISTS (SELECT 1 FROM accounts_membership m WHERE m.id = NEW.decided_by_id "
        "AND m.role NOT IN ('machine', 'observer'))",
    ),
    never_changed(
        "cadence.Approval", "an_approval_stays_as_it_is", "An approval is not taken back."
    ),
    Guard(
        "nobody_approves_their_own",
        "cadence.Approval",
        "A decision is approved by neither who took it nor who recorded it.",
        ("INSERT",),
        "EXISTS (SELECT 1 FROM cadence_decision d WHERE d.id = NEW.decision_id "
        "AND (d.decided_by_id = NEW.answered_by_id OR d.recorded_by_id = NEW.answered_by_id))",
    ),
    fixed(
        "cadence.Verdict",
        "a_verdict_stays_as_it_is",
        "A verdict is given by the readings and stays.",
        ("decision_id", "result", "grounds", "given_at"),
    ),
    fixed(
        "cadence.Verdict",
        "an_acknowledgement_stays",
        "An acknowledgement is not taken back.",
        ("acknowledged_at", "acknowledged_by_id"),
        when="OLD.acknowledged_at IS NOT NULL",
    ),
    never_deleted("cadence.Verdict", "a_verdict_is_never_deleted", "A verdict is never deleted."),
    Guard(
        "a_verdict_meets_the_reviews_that_are_open",
        "cadence.Verdict",
        "A verdict is seen by every open review.",
        ("INSERT",),
        "{false}",
        touch=touch_open_reviews(),
    ),
    Guard(
        "a_verdict_is_given_before_it_is_acknowledged",
        "cadence.Verdict",
        "A verdict is given first, and acknowledged by somebody who saw it.",
        ("INSERT",),
        "NEW.acknowledged_at IS NOT NULL",
    ),
    never_deleted(
        "cadence.Commitment",
        "a_commitment_is_never_deleted",
        "A commitment is kept or dropped with a reason, never deleted.",
    ),
)
