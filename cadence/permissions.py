"""Who may do what: one table, one sentence each, the same for pages and API.

An action asks ``require(actor, Act.DECIDE, team=…, owner=…)`` and nothing else decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from accounts.models import Membership, Role, Scope
from accounts.tree import Tree
from cadence.errors import Forbidden


@dataclass(frozen=True)
class Situation:
    """Who acts, and on what: the team of the work, its current owner, who acts for the owner, a
    review's facilitator."""

    actor: Membership
    team_id: int | None
    owner_id: int | None
    facilitator_id: int | None
    acting_id: int | None = None

    @property
    def owns(self) -> bool:
        """Answers for it: the owner, also one on leave, the stand-in, or the interim owner."""
        return self.actor.pk in {self.owner_id, self.acting_id}

    @property
    def leads(self) -> bool:
        """Leads the team of the work or one above it."""
        return self.team_id is not None and self.team_id in led_teams(self.actor)

    @property
    def executive(self) -> bool:
        return self.actor.role == Role.EXECUTIVE

    @property
    def administrator(self) -> bool:
        return self.actor.role == Role.ADMINISTRATOR

    @property
    def observer(self) -> bool:
        return self.actor.role == Role.OBSERVER

    @property
    def facilitates(self) -> bool:
        return self.facilitator_id is not None and self.facilitator_id == self.actor.pk


def led_teams(actor: Membership) -> set[int]:
    """Ids of the teams the actor leads and those below, remembered while the actor object lives."""
    known: set[int] | None = getattr(actor, "_led_teams", None)
    if known is None:
        known = Tree(actor.organization).led_by(actor)
        actor._led_teams = known  # type: ignore[attr-defined]
    return known


def _works_on(s: Situation) -> bool:
    return s.owns or s.leads or s.executive


def _leads_work(s: Situation) -> bool:
    return s.leads or s.executive


class Act(Enum):
    """An act, who may do it, and the sentence for who may not."""

    def __init__(self, allowed: Callable[[Situation], bool], sentence: str) -> None:
        self.allowed = allowed
        self.sentence = sentence

    RECORD_READINGS = (
        lambda s: _works_on(s) or s.actor.role == Role.MACHINE,
        "Readings are recorded by the owner, who stands in, a lead above, an executive or a "
        "machine.",
    )
    CHECK_IN = (
        _works_on,
        "Check-ins are written by the owner, who stands in, a lead above or an executive.",
    )
    DECIDE = (
        _works_on,
        "Decisions are taken by the owner, who stands in, a lead above or an executive.",
    )
    RECORD_DECISION = (
        lambda s: _works_on(s) or s.facilitates,
        "Decisions are recorded by who may take them, or by the facilitator of the review.",
    )
    COMMIT = (
        lambda s: _works_on(s) or s.facilitates,
        "Commitments are written down by the owner, who stands in, a lead above or the "
        "facilitator.",
    )
    CHANGE_INITIATIVE = (
        _leads_work,
        "Initiatives are created, changed and handed over by a lead of the team or an executive.",
    )
    CHANGE_METRIC = (
        _leads_work,
        "Metrics and thresholds are set by a lead of the team or an executive.",
    )
    OFFER_OWNERSHIP = (
        lambda s: _leads_work(s) or s.owns,
        "Ownership is offered by the owner, who stands in, a lead of the team or an executive.",
    )
    # To offer it to oneself, or to name oneself in the interim, is to take it. Whoever acts for the
    # owner is not asked here: a week as stand-in would end in owning.
    TAKE_OWNERSHIP = (
        lambda s: _leads_work(s) or s.actor.pk == s.owner_id,
        "A lead of the team or an executive takes ownership; whoever acts for the owner is offered "
        "it by somebody else.",
    )
    # Asked with the person as owner and their team as the team.
    PLAN_LEAVE = (
        lambda s: _works_on(s) or s.administrator,
        "A leave is planned by oneself, a lead above, an executive or an administrator.",
    )
    CHANGE_PRIORITIES = (lambda s: s.executive, "Priorities are set by an executive.")
    CHANGE_SERIES = (
        _leads_work,
        "A review series is set up by a lead of its team or an executive.",
    )
    RUN_REVIEW = (
        lambda s: s.facilitates or s.leads or s.executive,
        "A review is run by its facilitator, a lead of its team or an executive.",
    )
    TAKE_PART = (
        lambda s: not s.observer and s.actor.is_person,
        "Observers and machines read; they do not take part.",
    )
    CONNECT_SLACK = (
        lambda s: _leads_work(s) or s.administrator,
        "A team's Slack channel is connected by its lead, an executive or an administrator.",
    )
    ADMINISTER = (
        lambda s: s.administrator,
        "People, teams, tokens and settings are changed by an administrator.",
    )


def may(
    actor: Membership | None,
    act: Act,
    *,
    team: int | None = None,
    owner: int | None = None,
    facilitator: int | None = None,
    acting: int | None = None,
) -> bool:
    """Whether the actor may. ``None`` is the system itself, which may do everything it does."""
    if actor is None:
        return True
    if not actor.is_current:
        return False
    if actor.role == Role.OBSERVER:
        return False
    return act.allowed(Situation(actor, team, owner, facilitator, acting))


def require(
    actor: Membership | None,
    act: Act,
    *,
    team: int | None = None,
    owner: int | None = None,
    facilitator: int | None = None,
    acting: int | None = None,
) -> None:
    """Raise Forbidden, with the sentence that says who may, unless the actor may."""
    if not may(actor, act, team=team, owner=owner, facilitator=facilitator, acting=acting):
        raise Forbidden(act.sentence)


def token_may(scopes: list[str], membership: Membership, *, writes: bool, readings: bool) -> bool:
    """Whether a token opens a door at all; what happens behind it is decided by ``require``."""
    if membership.is_person:
        return True
    if not writes:
        return Scope.READ in scopes
    return readings and Scope.READINGS in scopes
