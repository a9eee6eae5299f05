from collections.abc import Collection, Iterable, Sequence

from accounts.models import Membership, Role
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.breaches.queries import with_work
from cadence.decisions.models import Commitment, Decision
from cadence.escalations.models import EscalationKind
from cadence.escalations.queries import next_above as above
from cadence.escalations.queries import steps, steps_of
from cadence.escalations.rules import is_above
from cadence.initiatives.models import Initiative
from cadence.ownership.queries import Answerable, answered_at, answers_for


def stands_above(
    member: Membership,
    initiative: Initiative,
    owner: Membership | None,
    tree: Tree | None = None,
) -> bool:
    """Whether a person stands above the owner of the work: on the path after them (beside it, where
    an executive owns, at its end), or an executive who does not own it themselves. Whoever asks
    about many passes one tree."""
    if not member.is_current or (owner is not None and owner.pk == member.pk):
        return False
    if member.role == Role.EXECUTIVE:
        return True
    tree = tree or Tree(member.organization)
    above = tree.above(owner, initiative.team_id)
    return any(person.pk == member.pk for person in above)


def stands_above_work(
    member: Membership, initiative: Initiative, answers: Answerable, tree: Tree | None = None
) -> bool:
    """Whether a person stands above who answers now and above the owner: neither a stand-in nor the
    owner they stand in for is the second of two people."""
    return all(stands_above(member, initiative, one, tree) for one in answers.people)


def next_above(breach: Breach, tree: Tree) -> Membership | None:
    """One step up the escalation path from who has the duty now; None where nobody is above."""
    return next_above_of([breach], tree)[breach.pk]


def next_above_of(breaches: Sequence[Breach], tree: Tree) -> dict[int, Membership | None]:
    """The same for each breach, by its id. As many queries for many as for one."""
    return {
        breach.pk: above(
            tree,
            breach.metric.initiative.team_id,
            breach.answerable,
            [person.pk for person in people],
        )
        for breach, people in _had(breaches, tree)
    }


def may_go_up_to(
    people: Iterable[Membership], breaches: Sequence[Breach], tree: Tree
) -> list[Membership]:
    """Those of the people who stand above everybody who has or had these breaches.

    Above the last one alone would do for a step, not for the way: two executives could hand a
    breach to each other for ever.
    """
    had = [(tree.path(one.metric.initiative.team_id), known) for one, known in _had(breaches, tree)]
    return [
        person
        for person in people
        if all(
            is_above(
                [one.pk for one in path],
                {one.pk for one in known},
                person.pk,
                executive=person.role == Role.EXECUTIVE,
                executives={one.pk for one in known if one.role == Role.EXECUTIVE},
            )
            for path, known in had
        )
    ]


def _had(breaches: Sequence[Breach], tree: Tree) -> list[tuple[Breach, list[Membership]]]:
    """Everybody who has or had each breach: the owner, who acts while it has not gone up, and
    everybody on its way."""
    answers = answers_for([breach.metric.initiative for breach in breaches], tree)
    went = steps_of(EscalationKind.DECISION, [breach.pk for breach in breaches])
    found = []
    for breach in breaches:
        now = answers[breach.metric.initiative_id]
        people = [breach.answerable, now.owner, *(now.people if breach.level == 0 else [])]
        for step in went[breach.pk]:
            people += [step.from_person, step.to_person]
        found.append((breach, [person for person in people if person is not None]))
    return found


def full(decisions: Iterable[int] | None = None) -> "Sequence[Decision]":
    """Decisions with everything that a line of the log shows."""
    rows = Decision.objects.select_related(
        "decided_by",
        "recorded_by",
        "carried_out_by",
        "escalated_to",
        "verdict",
        "approval",
        "review__series",
        "replaces",
        "approval__answered_by",
        "verdict__acknowledged_by",
    ).prefetch_related(with_work("breaches"), "replaced_by", steps("verdict"))
    return list(rows if decisions is None else rows.filter(pk__in=list(decisions)))


def earlier_decisions(breach: Breach) -> list[Decision]:
    """Decisions about any breach of the same metric, newest first, with their verdicts."""
    return list(
        Decision.objects.filter(breaches__metric=breach.metric_id)
        .select_related("decided_by", "verdict", "approval")
        .distinct()
        .order_by("-decided_at", "-pk")
    )


def awaiting_approval(organization_id: int) -> list[Decision]:
    """Decisions of the organization that wait for a second person, the earliest first."""
    return list(
        Decision.objects.awaiting_approval()
        .filter(organization=organization_id)
        .select_related("decided_by", "recorded_by")
        .prefetch_related(with_work("breaches"))
        .order_by("decided_at", "pk")
    )


def may_approve(member: Membership, decision: Decision) -> bool:
    """Whether the person may be the second one of the decision, as `SecondPeople` says."""
    return SecondPeople([decision], Tree(member.organization)).may_approve(member, decision)


def approvable_by(member: Membership) -> list[Decision]:
    """Decisions that wait for an approval which the member may give. As many queries for many
    decisions as for one."""
    waiting = awaiting_approval(member.organization_id)
    second = SecondPeople(waiting, Tree(member.organization))
    return [one for one in waiting if second.may_approve(member, one)]


class SecondPeople:
    """Who may approve these decisions: who stands above everybody that owns, or acts for the owner
    of, what they are about, and neither took nor recorded them.

    Above those of now and those of the moment at which it was taken: else an owner who hands over
    afterwards would approve what was theirs. As many queries for many decisions as for one.
    """

    def __init__(self, decisions: Collection[Decision], tree: Tree) -> None:
        self._tree = tree
        self._now = answers_for(_work_of(decisions).values(), tree)
        self._then = answered_at(
            (key, decision.decided_at) for decision in decisions for key in _work_of([decision])
        )

    def may_approve(self, member: Membership, decision: Decision) -> bool:
        if member.pk in {decision.decided_by_id, decision.recorded_by_id}:
            return False
        return all(
            stands_above(member, initiative, person, self._tree)
            for key, initiative in _work_of([decision]).items()
            for person in [*self._now[key].people, *self._then[key, decision.decided_at]]
        )


def _work_of(decisions: Iterable[Decision]) -> dict[int, Initiative]:
    breaches = [breach for decision in decisions for breach in decision.breaches.all()]
    return {one.metric.initiative_id: one.metric.initiative for one in breaches}


def open_commitments(member: Membership) -> list[Commitment]:
    """The person's commitments that are neither kept nor dropped, the earliest due first."""
    return list(
        Commitment.objects.filter(person=member, kept_at__isnull=True, dropped_at__isnull=True)
        .select_related("initiative")
        .order_by("due_on", "pk")
    )
