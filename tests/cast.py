"""The people of the tests, and short ways to put things into their world.

Everything is written through the ORM, as if it had happened: actions are what tests test.
The moment is always `AT`, a Monday morning; the week that has just ended is `LAST_WEEK`.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Organization, Role, Team, User
from cadence.breaches.models import Breach
from cadence.breaches.models import Kind as BreachKind
from cadence.decisions.models import (
    KINDS_OF_TWO,
    KINDS_WITHOUT_CHECK,
    Approval,
    Decision,
    DecisionBreach,
    Verdict,
)
from cadence.escalations.models import Escalation
from cadence.initiatives.models import Initiative, Priority
from cadence.metrics.models import Kind, Metric, Reading, Threshold
from cadence.ownership.models import Ownership
from cadence.reviews.models import AgendaItem, Review, ReviewSeries

AT = datetime(2026, 11, 16, 10, tzinfo=UTC)
BEGINNING = datetime(2026, 8, 3, 8, tzinfo=UTC)  # a Monday, fifteen weeks before AT
LAST_WEEK = date(2026, 11, 9)
LAST_MONTH = date(2026, 10, 1)
PASSWORD = "correct horse battery staple"


@dataclass
class Cast:
    """Acme with its people and its work, and Beta, whose Sven must see nothing of it.

    Commercial (led by Lars) → Demand (led by Dana) → Partners (led by nobody).
    """

    acme: Organization
    ada: Membership  # administrator
    elena: Membership  # executive, sponsor
    lars: Membership  # leads Commercial
    dana: Membership  # leads Demand, below it
    olu: Membership  # owns the initiative
    fay: Membership  # facilitates
    nils: Membership  # a member of Demand, of nothing in particular
    obi: Membership  # observer
    robo: Membership  # machine
    commercial: Team
    demand: Team
    partners: Team
    growth: Priority
    pipeline: Initiative  # of Demand, active, owned by Olu
    ownership: Ownership
    demos: Metric  # leading, weekly, sum
    revenue: Metric  # lagging, monthly, sum; demos lead to it
    floor: Threshold  # of demos: at least 45
    beta: Organization
    sven: Membership  # executive and lead of the only team of Beta
    betas_team: Team
    betas_priority: Priority
    betas_initiative: Initiative
    betas_metric: Metric
    _counted: dict[str, int] = field(default_factory=dict)

    def _next(self, name: str) -> int:
        self._counted[name] = self._counted.get(name, 0) + 1
        return self._counted[name]

    # People and their work

    def member(
        self,
        name: str,
        role: str = Role.MEMBER,
        team: Team | None = None,
        organization: Organization | None = None,
    ) -> Membership:
        return new_member(organization or self.acme, name, role, team)

    def team(self, name: str, parent: Team | None = None, lead: Membership | None = None) -> Team:
        return Team.objects.create(
            organization=self.acme, name=name, parent=parent, lead=lead, created_at=BEGINNING
        )

    def initiative(
        self,
        name: str = "",
        *,
        team: Team | None = None,
        owner: Membership | None = None,
        draft: bool = False,
    ) -> Initiative:
        """An active initiative of Acme, without an owner unless one is named."""
        initiative = Initiative.objects.create(
            organization=self.acme,
            priority=self.growth,
            team=team or self.demand,
            name=name or f"Initiative {self._next('initiative')}",
            created_at=BEGINNING,
            activated_at=None if draft else BEGINNING,
        )
        if owner:
            self.owned_by(owner, initiative)
        return initiative

    def owned_by(
        self, owner: Membership, initiative: Initiative, *, accepted: bool = True, **facts: Any
    ) -> Ownership:
        """An ownership since the beginning; an offer that waits when not accepted."""
        return Ownership.objects.create(
            **{
                "organization": initiative.organization,
                "initiative": initiative,
                "owner": owner,
                "offered_by": None,
                "offered_at": BEGINNING if accepted else AT,
                "due_at": (BEGINNING if accepted else AT) + timedelta(days=3),
                "accepted_at": BEGINNING if accepted else None,
                **facts,
            }
        )

    def metric(
        self, name: str = "", *, initiative: Initiative | None = None, **facts: Any
    ) -> Metric:
        """A leading weekly sum, without a threshold."""
        number = self._next("metric")
        initiative = initiative or self.pipeline
        return Metric.objects.create(
            **{
                "organization": initiative.organization,
                "initiative": initiative,
                "name": name or f"Metric {number}",
                "key": f"metric-{number}",
                "kind": Kind.LEADING,
                "read_per": "week",
                "judged_per": "week",
                "created_at": BEGINNING,
                "checked_to": date(2026, 11, 2),
                **facts,
            }
        )

    def threshold(self, metric: Metric | None = None, **facts: Any) -> Threshold:
        """A floor of 45 since the beginning, unless said otherwise."""
        metric = metric or self.metric()
        limits = {"floor", "ceiling", "floor_metric", "ceiling_metric"}
        return Threshold.objects.create(
            **{
                "organization": metric.organization,
                "metric": metric,
                **({} if limits & facts.keys() else {"floor": Decimal(45)}),
                "starts_on": BEGINNING.date(),
                "agreed_response": "Two people call every open lead on Tuesday.",
                "set_at": BEGINNING,
                **facts,
            }
        )

    def reading(
        self,
        value: Decimal | int | str,
        *,
        starts_on: date = LAST_WEEK,
        metric: Metric | None = None,
        **facts: Any,
    ) -> Reading:
        metric = metric or self.demos
        return Reading.objects.create(
            **{
                "organization": metric.organization,
                "metric": metric,
                "starts_on": starts_on,
                "value": Decimal(value),
                "recorded_by": self.olu if metric.organization_id == self.acme.pk else None,
                "recorded_at": AT,
                **facts,
            }
        )

    # Breaches and decisions

    def breach(self, metric: Metric | None = None, **facts: Any) -> Breach:
        """Undecided and open since AT: 31 where the floor is 45."""
        metric = metric or self.demos
        if "threshold" not in facts:
            held = metric.thresholds.filter(ends_on=None).first()
            facts["threshold"] = held or self.threshold(metric)
        return Breach.objects.create(
            **{
                "organization": metric.organization,
                "metric": metric,
                "kind": BreachKind.THRESHOLD,
                "side": "below",
                "first_period": LAST_WEEK,
                "opening_period": LAST_WEEK,
                "value": Decimal(31),
                "limit": Decimal(45),
                "opened_at": AT,
                "undecided_since": AT,
                "due_at": AT + timedelta(days=7),
                "answerable": self.olu if metric.organization_id == self.acme.pk else None,
                **facts,
            }
        )

    def missing(self, metric: Metric | None = None, **facts: Any) -> Breach:
        """A breach because there is no reading."""
        nothing = {"threshold": None, "side": "", "value": None, "limit": None}
        return self.breach(metric, kind=BreachKind.MISSING, **{**nothing, **facts})

    def decision(
        self,
        *breaches: Breach,
        kind: str = "adjust",
        approved_by: Membership | None = None,
        in_force: bool = True,
        **facts: Any,
    ) -> Decision:
        """A decision about the breaches, an hour after AT, and in force for them.

        One that takes two people is in force only when `approved_by` is named.
        """
        organization = breaches[0].organization if breaches else self.acme
        waits = kind in KINDS_OF_TWO
        moves = {"new_floor": Decimal(40), "new_from": date(2026, 11, 16)}
        decision = Decision.objects.create(
            **{
                "organization": organization,
                "number": self._next(f"decision of {organization.slug}"),
                "kind": kind,
                "what": "Two more people on calls until the end of the month.",
                "decided_by": self.olu,
                "recorded_by": self.olu,
                "decided_at": AT + timedelta(hours=1),
                "check_on": None if kind in KINDS_WITHOUT_CHECK else date(2026, 12, 14),
                "escalated_to": self.dana if kind == "escalate" else None,
                "needs_approval": waits,
                **(moves if kind == "move_threshold" else {}),
                **(_MOVED if kind == "reallocate" else {}),
                **facts,
            }
        )
        DecisionBreach.objects.bulk_create(
            DecisionBreach(organization=organization, decision=decision, breach=breach)
            for breach in breaches
        )
        if approved_by:
            self.approval(decision, approved_by)
        if in_force and (approved_by or not waits):
            for breach in breaches:
                breach.decision = decision
                breach.save(update_fields=["decision"])
        return decision

    def approval(self, decision: Decision, by: Membership, approved: bool = True) -> Approval:
        return Approval.objects.create(
            organization=decision.organization,
            decision=decision,
            approved=approved,
            answered_by=by,
            answered_at=decision.decided_at + timedelta(minutes=30),
            reason="" if approved else "The evidence is one good week.",
        )

    def verdict(self, decision: Decision, result: str = "worked", **facts: Any) -> Verdict:
        """A verdict that nobody has acknowledged."""
        return Verdict.objects.create(
            **{
                "organization": decision.organization,
                "decision": decision,
                "result": result,
                "grounds": "Week of 7 December: 52, floor 45.",
                "given_at": datetime(2026, 12, 14, 6, tzinfo=UTC),
                "due_at": datetime(2026, 12, 21, 6, tzinfo=UTC),
                **facts,
            }
        )

    def step(self, thing: Any, to_person: Membership | None = None, **facts: Any) -> Escalation:
        """A step of a thing up the escalation path, to Dana unless said otherwise."""
        name = thing._meta.model_name
        return Escalation.objects.create(
            **{
                "organization": thing.organization,
                "kind": "decision" if name == "breach" else name,
                "because": "overdue",
                name: thing,
                "level": 1,
                "from_person": None,
                "to_person": to_person or self.dana,
                "at": AT,
                "was_due_at": AT - timedelta(days=3),
                "due_at": AT + timedelta(days=4),
                **facts,
            }
        )

    # Reviews

    def series(self, team: Team | None = None, **facts: Any) -> ReviewSeries:
        """A weekly of Demand on Mondays at eleven in Berlin, facilitated by Fay."""
        return ReviewSeries.objects.create(
            **{
                "organization": self.acme,
                "team": team or self.demand,
                "name": f"Weekly {self._next('series')}",
                "kind": "weekly",
                "rule": "FREQ=WEEKLY;BYDAY=MO",
                "starts_on": BEGINNING.date(),
                "time_of_day": time(11),
                "facilitator": self.fay,
                "planned_to": AT,
                "created_at": BEGINNING,
                **facts,
            }
        )

    def planned_review(self, series: ReviewSeries | None = None, **facts: Any) -> Review:
        """A review of the series (a new weekly of Demand) that starts at AT."""
        series = series or self.series()
        week = timedelta(weeks=self._next(f"review of {series.pk}") - 1)
        return Review.objects.create(
            **{
                "organization": series.organization,
                "series": series,
                "team": series.team,
                "occurs_on": AT.date() + week,
                "starts_at": AT + week,
                "hold_by": AT + week + timedelta(weeks=1),
                "facilitator": series.facilitator,
                **facts,
            }
        )

    def open_review(self, series: ReviewSeries | None = None, **facts: Any) -> Review:
        return self.planned_review(series, **{"opened_at": AT, **facts})

    def on_agenda(self, review: Review, *breaches: Breach) -> list[AgendaItem]:
        return [
            AgendaItem.objects.create(
                organization=review.organization,
                review=review,
                kind="breach",
                breach=breach,
                added_at=AT,
            )
            for breach in breaches
        ]

    def close(self, review: Review) -> Review:
        """Close it as the action does, without its ledger entry. The database may refuse."""
        review.closed_at, review.closed_by = AT + timedelta(hours=2), self.fay
        review.minutes, review.minutes_hash = {"shown": []}, "0" * 64
        review.save(update_fields=["closed_at", "closed_by", "minutes", "minutes_hash"])
        return review


_MOVED = {"moved_from": "Events", "moved_to": "Calls", "amount": "8,000 EUR"}
# Hashed once: even a quick hash of a dozen people costs more than their rows.
_HASHED: dict[str, str] = {}


def new_member(
    organization: Organization, name: str, role: str = Role.MEMBER, team: Team | None = None
) -> Membership:
    user = None
    if role != Role.MACHINE:
        if not _HASHED:
            _HASHED[PASSWORD] = make_password(PASSWORD)
        email = f"{name.lower().replace(' ', '.')}@{organization.slug}.example"
        user = User.objects.create(email=email, name=name, password=_HASHED[PASSWORD])
    return Membership.objects.create(
        organization=organization, user=user, name=name, role=role, team=team, joined_at=BEGINNING
    )
