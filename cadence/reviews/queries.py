from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any, cast

from django.db.models import Exists, F, Max, Min, OuterRef, Q, Subquery

from accounts.memo import remembered
from accounts.models import Organization
from accounts.tree import Tree
from cadence.breaches.models import Breach, BreachQuerySet, Kind
from cadence.breaches.queries import with_work
from cadence.calendar.periods import PeriodKind
from cadence.decisions.models import Decision, Verdict
from cadence.escalations.queries import steps
from cadence.initiatives.models import Initiative
from cadence.ledger.rules import digest
from cadence.metrics.models import Metric, Reading
from cadence.ownership.models import Ownership
from cadence.reviews.models import AgendaItem, CheckIn, Review, ReviewQuerySet
from cadence.reviews.orphaned import HoldingOrphan, orphans_holding
from cadence.reviews.rules import badness, silence_begins

# Planned or being held; not what was planned for after the end of its series.
_WAITING = Q(closed_at__isnull=True, missed_at__isnull=True) & (
    Q(opened_at__isnull=False)
    | Q(series__ended_at__isnull=True)
    | Q(series__ended_at__gte=F("starts_at"))
)


def scope(team_id: int, tree: Tree) -> set[int]:
    """Ids of the teams that a review of this team looks at: the team and those below it."""
    return tree.below(team_id)


@dataclass(frozen=True)
class Hold:
    """One thing that keeps a review open. ``id`` is of the breach, the verdict or the orphaned
    initiative, ``number`` of the breach, the decision or the initiative; names are what people
    read. An orphan has no metric, and ``answerable`` is who acts."""

    kind: str  # breach, verdict or orphan
    id: int
    number: int
    metric: str
    initiative: str
    answerable: str
    text: str
    # Why an orphan is one; empty for the others.
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def holds(review: Review) -> list[Hold]:
    """What keeps the review open; empty when it can be closed. A page asks once."""
    return remembered(("holds", review.pk), lambda: holds_of([review])[review.pk])


def holds_of(reviews: Sequence[Review]) -> dict[int, list[Hold]]:
    """What keeps each of these reviews of one organization open, by review id.

    As many queries for all of them as for one. The same as the guard
    `a_review_closes_when_all_is_decided`: in the scope as the tree is now, or on the agenda,
    whatever moved since.
    """
    found: dict[int, list[Hold]] = {review.pk: [] for review in reviews}
    if not reviews:
        return found
    organization = reviews[0].organization
    tree = Tree(organization)
    scopes = {review.pk: scope(review.team_id, tree) for review in reviews}
    listed = AgendaItem.objects.filter(review__in=list(found)).filter(
        Q(breach__isnull=False) | Q(decision__isnull=False)
    )
    on_agenda = set(listed.values_list("review", "breach", "decision"))
    breaches = {(review, breach) for review, breach, _ in on_agenda if breach}
    decisions = {(review, decision) for review, _, decision in on_agenda if decision}
    teams = set().union(*scopes.values())
    undecided = breaches_shown(
        Breach.objects.undecided().filter(
            Q(metric__initiative__team__in=teams) | Q(pk__in={breach for _, breach in breaches}),
            organization=organization,
        )
    )
    waiting = (
        Verdict.objects.filter(acknowledged_at__isnull=True, organization=organization)
        .select_related("decision__decided_by")
        .prefetch_related(with_work("decision__breaches"))
        .order_by("given_at", "pk")
    )
    for breach in sorted(undecided, key=badness_of):
        team = breach.metric.initiative.team_id
        for key, within in scopes.items():
            if team in within or (key, breach.pk) in breaches:
                found[key].append(_held_by_breach(breach))
    for verdict in waiting:
        about = list(verdict.decision.breaches.all())
        over = {breach.metric.initiative.team_id for breach in about}
        for key, within in scopes.items():
            if about and (over & within or (key, verdict.decision_id) in decisions):
                found[key].append(_held_by_verdict(verdict, about))
    for key, orphaned in orphans_holding(organization, scopes, tree).items():
        found[key] += [_held_by_orphan(orphan) for orphan in orphaned]
    return found


def _held_by_breach(breach: Breach) -> Hold:
    metric, person = breach.metric, breach.answerable
    what = "has no reading" if breach.kind == Kind.MISSING else f"is {breach.side} its threshold"
    return Hold(
        "breach",
        breach.pk,
        breach.pk,
        metric.name,
        metric.initiative.name,
        person.name if person else "",
        f"{metric.name} ({metric.initiative.name}) {what}, and nothing is decided.",
    )


def _held_by_verdict(verdict: Verdict, about: Sequence[Breach]) -> Hold:
    decision = verdict.decision
    return Hold(
        "verdict",
        verdict.pk,
        decision.number,
        ", ".join(sorted({breach.metric.name for breach in about})),
        ", ".join(sorted({breach.metric.initiative.name for breach in about})),
        decision.decided_by.name,
        f"The verdict on {decision}, “{verdict.get_result_display()}”, is not acknowledged.",
    )


def _held_by_orphan(orphan: HoldingOrphan) -> Hold:
    initiative, person = orphan.initiative, orphan.acting
    return Hold(
        "orphan",
        initiative.pk,
        initiative.pk,
        "",
        initiative.name,
        person.name if person else "",
        f"{initiative.name} is orphaned: {orphan.why[0].lower()}{orphan.why[1:]}. "
        "Offer it to somebody, or name an interim owner.",
        orphan.why,
    )


def breaches_shown(rows: BreachQuerySet) -> list[Breach]:
    """These breaches with all that a person is shown of them, in one query."""
    return list(
        rows.select_related(
            "metric__initiative__team", "threshold", "answerable", "decision__decided_by"
        )
    )


def badness_of(breach: Breach) -> tuple[object, ...]:
    """The key that sorts breaches worst first."""
    return badness(breach.level, breach.value, breach.limit, breach.undecided_since)


def next_review_at(organization: Organization, at: datetime) -> dict[int, datetime]:
    """For each team the start of the next review whose scope includes it, in UTC.

    A review of a team above counts. Teams without one are left out. Two queries.
    """
    rows = (
        Review.objects.filter(_WAITING, organization=organization, starts_at__gt=at)
        .order_by()
        .values_list("team")
        .annotate(Min("starts_at"))
    )
    soonest: dict[int, datetime] = dict(rows)
    if not soonest:
        return {}
    tree = Tree(organization)
    found = {}
    for team_id in tree.teams:
        moments = [soonest[team.pk] for team in tree.upwards(team_id) if team.pk in soonest]
        if moments:
            found[team_id] = min(moments)
    return found


def upcoming(organization: Organization, start: datetime, end: datetime) -> ReviewQuerySet:
    """Reviews that wait or are being held and start from ``start`` on and before ``end``."""
    rows = Review.objects.filter(
        _WAITING, organization=organization, starts_at__gte=start, starts_at__lt=end
    )
    return _shown(rows).order_by("starts_at", "pk")


def being_held(organization: Organization) -> ReviewQuerySet:
    """Reviews that are open now, the oldest first."""
    rows = Review.objects.open().filter(organization=organization)
    return _shown(rows).order_by("starts_at", "pk")


def held_or_soon(organization: Organization, start: datetime, end: datetime) -> list[Review]:
    """Those `being_held`, then those of `upcoming` that are not open yet. One query."""
    rows = Review.objects.filter(
        Q(pk__in=Review.objects.open().filter(organization=organization).values("pk"))
        | _WAITING & Q(starts_at__gte=start, starts_at__lt=end),
        organization=organization,
    )
    listed = _shown(rows).order_by("starts_at", "pk")
    return sorted(listed, key=lambda review: review.opened_at is None)


def past(organization: Organization) -> ReviewQuerySet:
    """Reviews that were closed or missed, the latest first. ``made_up``: a later one of the series
    was closed, so that a missed one stands with nobody any more."""
    later = Review.objects.closed().filter(
        series=OuterRef("series"), occurs_on__gt=OuterRef("occurs_on")
    )
    rows = Review.objects.past().filter(organization=organization).prefetch_related(steps())
    rows = rows.annotate(made_up=Exists(later))
    return _shown(rows).order_by("-starts_at", "-pk")


def _shown(rows: ReviewQuerySet) -> ReviewQuerySet:
    return rows.select_related("series", "team", "facilitator", "closed_by", "organization")


def verify_minutes(review: Review) -> bool:
    """Whether the minutes are those that were sealed: their hash, computed again, is the same."""
    return review.minutes is not None and review.minutes_hash == digest(review.minutes)


def recorded_in(review: Review) -> list[Decision]:
    """The decisions that were recorded in this review, in their order, for the read-back."""
    rows = Decision.objects.filter(review=review).select_related(
        "decided_by", "recorded_by", "carried_out_by", "escalated_to", "approval"
    )
    return list(
        rows.prefetch_related(with_work("breaches", "decision__decided_by")).order_by("number")
    )


def silent_owners(
    organization: Organization, at: datetime, *, teams: Collection[int] | None = None
) -> Mapping[int, datetime]:
    """Since when owners are silent, by the id of the initiative, of all work or that of these
    teams. Three queries.

    Rule 3: an active initiative, no reading of its metrics and no check-in for two whole periods.
    A period is the shortest one that its metrics are judged by, but at least a week. Silence is
    counted from the acceptance at the earliest: a new owner does not inherit it.
    """
    zone, today = organization.zone, at.astimezone(organization.zone).date()
    initiatives = Initiative.objects.active().filter(organization=organization)
    if teams is not None:
        initiatives = initiatives.filter(team__in=teams)
    current = Ownership.objects.current().filter(initiative__in=initiatives)
    accepted, started = dict[int, Any](), dict[int, datetime | None]()
    for key, accepted_at, started_at in current.values_list(
        "initiative", "accepted_at", "initiative__activated_at"
    ):
        accepted[key], started[key] = accepted_at, started_at
    kinds: dict[int, set[str]] = {}
    heard: dict[int, list[datetime | None]] = {}
    # By period, which is indexed: the latest moment of recording would read every reading there is.
    latest = Reading.objects.filter(metric=OuterRef("pk")).order_by("-starts_on")
    metrics = Metric.objects.live().filter(initiative__in=list(accepted))
    for key, kind, recorded_at in metrics.values_list(
        "initiative", "judged_per", Subquery(latest.values("recorded_at")[:1])
    ):
        kinds.setdefault(key, set()).add(kind)
        heard.setdefault(key, []).append(recorded_at)
    written = CheckIn.objects.filter(initiative__in=list(accepted)).order_by()
    for key, written_at in written.values_list("initiative").annotate(Max("written_at")):
        heard.setdefault(key, []).append(written_at)
    found = {}
    for key, accepted_at in accepted.items():
        shortest = _shortest(kinds.get(key, ()))
        begins = silence_begins(shortest, today, organization.week_start)
        moments = [accepted_at, started[key], *heard.get(key, ())]
        last = max(moment for moment in moments if moment is not None)
        if last < datetime.combine(begins, time.min, zone):
            found[key] = last
    return found


def _shortest(kinds: Iterable[str]) -> PeriodKind:
    return cast(PeriodKind, next((k for k in ("day", "week", "month") if k in kinds), "week"))
