"""The meeting: opened, joined by what happens meanwhile, closed with its minutes.

What is written down in it is in `room`, its series in `series`, what nobody held in `missed`.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Membership, Organization
from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.errors import Conflict
from cadence.ledger.rules import digest
from cadence.metrics.writing import write_rows
from cadence.ownership.queries import owned_by_returned
from cadence.permissions import Act, require
from cadence.reviews.access import (
    check_open,
    check_planned,
    lock_review,
    locking,
    record,
    reviews_of,
    standing,
)
from cadence.reviews.agenda import gather
from cadence.reviews.minutes import minutes_of
from cadence.reviews.models import AgendaItem, AgendaKind, Review, ReviewQuerySet
from cadence.reviews.queries import Hold, holds, holds_of
from cadence.reviews.rules import EARLY


@transaction.atomic
def open_review(*, actor: Membership | None, at: datetime, review: Review) -> Review:
    """Begin the meeting and gather its agenda. People can open it up to a day early.

    Conflicts: ``review_already_open``, ``review_closed``, ``review_missed``, ``review_skipped``,
    ``review_too_early``.
    """
    review = lock_review(actor, review)
    require(actor, Act.RUN_REVIEW, **standing(review))
    check_planned(review, at)
    if review.starts_at - at > EARLY:
        raise Conflict(
            "A review is opened at most a day before it starts.", code="review_too_early"
        )
    _open(actor, at, review)
    return review


def open_due(*, at: datetime, organization: Organization | None = None) -> int:
    """Open every planned review whose time has come, and count them.

    Running it twice, or two at once, is the same: each review has its own transaction, and one
    that another tick is opening is left to that tick.
    """

    def due() -> ReviewQuerySet:
        return reviews_of(organization).planned().filter(starts_at__lte=at, hold_by__gt=at)

    opened = 0
    for key in due().order_by("starts_at", "pk").values_list("pk", flat=True):
        with transaction.atomic():
            review = locking(due().filter(pk=key), skip_locked=True).first()
            if review is not None:
                _open(None, at, review)
                opened += 1
    return opened


def join_agenda(*, at: datetime, breaches: Sequence[Breach]) -> None:
    """Put these breaches of one organization on the agenda of every open review of their scope.

    For those that just opened or are undecided again, given with their metrics and initiatives.
    Called in the transaction that writes them, whose entry in the ledger names them. Three
    queries, however many they are.
    """
    subjects = []
    for breach in breaches:
        about = {breach.metric.initiative.team_id}
        subjects.append((AgendaKind.BREACH, breach.pk, None, about))
        if breach.level:
            subjects.append((AgendaKind.ESCALATION, breach.pk, None, about))
    if subjects:
        _join(at, breaches[0].organization, subjects)


def join_verdicts(*, at: datetime, decisions: Sequence[Decision]) -> None:
    """Put the verdicts on these decisions on the agenda of every open review of their scope."""
    rows = Decision.objects.filter(pk__in=[decision.pk for decision in decisions])
    about: dict[int, set[int]] = {}
    for key, team in rows.values_list("pk", "breaches__metric__initiative__team"):
        about.setdefault(key, set()).add(team)
    if decisions:
        subjects = [(AgendaKind.VERDICT, None, one.pk, about[one.pk]) for one in decisions]
        _join(at, decisions[0].organization, subjects)


def join_orphans(*, at: datetime, organization: Organization) -> int:
    """Put what lost its owner on the agenda of every open review that it holds, and count it.

    By the tick, and before an orphan is handed over in the room: what is said of it there is in
    the minutes. That it lost its owner is in the ledger already.
    """
    open_ones = reviews_of(organization).open()
    missing = _unlisted(list(open_ones))
    if not missing:
        return 0
    with transaction.atomic():
        # Locked and looked at again: nothing joins what is just being closed. Nor does work whose
        # owner is back, and only not written down as such: see `agenda`.
        rows = locking(open_ones.filter(pk__in={item.review_id for item in missing}))
        back = owned_by_returned(organization, at)
        missing = [
            one for one in _unlisted(list(rows.order_by("pk"))) if one.initiative_id not in back
        ]
        _put_on_agenda(at, missing)
    return len(missing)


def _unlisted(reviews: Sequence[Review]) -> list[AgendaItem]:
    """Items, not saved, for the orphans that hold these reviews and are not on their agenda."""
    held = holds_of(reviews)
    rows = AgendaItem.objects.filter(review__in=reviews, kind=AgendaKind.ORPHAN)
    listed = set(rows.values_list("review", "initiative"))
    return [
        AgendaItem(review=review, kind=AgendaKind.ORPHAN, initiative_id=hold.id, text=hold.why)
        for review in reviews
        for hold in held[review.pk]
        if hold.kind == "orphan" and (review.pk, hold.id) not in listed
    ]


Subject = tuple[AgendaKind, int | None, int | None, set[int]]
"""What joins an agenda: its kind, its breach or its decision, and the teams it is about."""


def _join(at: datetime, organization: Organization, subjects: Sequence[Subject]) -> None:
    # Locked: a review that is just being closed is left out instead of refusing the reading.
    reviews = list(
        Review.objects.select_for_update(of=("self",), no_key=True)
        .open()
        .filter(organization=organization)
        .order_by("pk")
        .values_list("pk", "team")
    )
    if not reviews:
        return
    tree = Tree(organization)
    teams = set().union(*(about for *_, about in subjects))
    above = {team: {one.pk for one in tree.upwards(team)} for team in teams}
    rows = [
        (review, kind.value, breach, decision, None, None, None, "")
        for review, held_for in reviews
        for kind, breach, decision, about in subjects
        if any(held_for in above[team] for team in about)
    ]
    _write(at, organization.pk, rows)


def _put_on_agenda(at: datetime, items: Sequence[AgendaItem]) -> None:
    """On the agendas of reviews of one organization."""
    rows = [tuple(getattr(item, name) for name in _COLUMNS) for item in items]
    if rows:
        _write(at, items[0].review.organization_id, rows)


_COLUMNS = (
    "review_id",
    "kind",
    "breach_id",
    "decision_id",
    "commitment_id",
    "metric_id",
    "initiative_id",
    "text",
)


def _write(at: datetime, organization: int, rows: Sequence[Sequence[object]]) -> None:
    """What is on the agenda already stays as it is."""
    shared = {"organization_id": organization, "added_at": at}
    write_rows(AgendaItem, _COLUMNS, rows, shared=shared, unless_there=True)


@transaction.atomic
def close_review(*, actor: Membership, at: datetime, review: Review) -> Review:
    """Seal the minutes. The database refuses too while something in the scope is undecided.

    Conflicts: ``review_already_closed``, ``review_not_open``, and ``review_held_open`` with
    ``details["held_open_by"]``, a list of holds.
    """
    review = lock_review(actor, review)
    require(actor, Act.RUN_REVIEW, **standing(review))
    if review.closed_at is not None:
        raise Conflict("This review was closed already.", code="review_already_closed")
    check_open(review)
    held = holds(review)
    if held:
        raise _held_open(held)
    review.closed_at, review.closed_by = at, actor
    review.minutes = minutes_of(review, at)
    review.minutes_hash = digest(review.minutes)
    review.save(update_fields=["closed_at", "closed_by", "minutes", "minutes_hash"])
    decided = [row["number"] for row in review.minutes["decisions"]]
    record(
        "review.closed", actor, at, review, {"minutes": review.minutes_hash, "decisions": decided}
    )
    return review


def _held_open(held: Sequence[Hold]) -> Conflict:
    kinds = (("breach", "breaches"), ("verdict", "verdicts"), ("orphan", "orphans"))
    counts = [(sum(hold.kind == one for hold in held), one, many) for one, many in kinds]
    parts = [f"one {one}" if n == 1 else f"{n} {many}" for n, one, many in counts if n]
    listed = " and ".join([*([", ".join(parts[:-1])] if parts[1:] else []), parts[-1]])
    return Conflict(
        f"This review is held open by {listed}.",
        code="review_held_open",
        details={"held_open_by": [hold.as_dict() for hold in held]},
    )


def _open(actor: Membership | None, at: datetime, review: Review) -> None:
    review.opened_at = at
    review.save(update_fields=["opened_at"])
    items = gather(review, at)
    for item in items:
        item.review = review
    _put_on_agenda(at, items)
    counts: dict[str, int] = {}
    for item in items:
        counts[item.kind] = counts.get(item.kind, 0) + 1
    record("review.opened", actor, at, review, {"agenda": counts})
