"""What nobody held: put on record, and up the escalation path with what it should have decided."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import Organization
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.decisions.queries import next_above_of
from cadence.escalations.actions import Ladder, append_step, write_steps
from cadence.escalations.models import Because, Escalation
from cadence.initiatives.models import Initiative
from cadence.reviews.access import locking, record, reviews_of
from cadence.reviews.actions import join_agenda
from cadence.reviews.models import AgendaItem, Attendance, Review, ReviewQuerySet


def mark_missed(*, at: datetime, organization: Organization | None = None) -> int:
    """Put on record what nobody held in its time, and count it.

    Held is where somebody was present or something was decided; that stays open until it is
    closed, however late. The first missed review of a series goes to who stands above its
    facilitator, and so do the breaches that it left undecided.
    """
    keys = not_held(at, organization).order_by("hold_by", "pk").values_list("pk", flat=True)
    return sum(_mark(at, organization, key) for key in list(keys))


def not_held(at: datetime, organization: Organization | None) -> ReviewQuerySet:
    """What is to be put on record as missed."""
    present = Attendance.objects.filter(review=OuterRef("pk"), present=True)
    decided = Decision.objects.filter(review=OuterRef("pk"))
    over = reviews_of(organization).filter(
        ~Exists(present), ~Exists(decided), closed_at__isnull=True, hold_by__lte=at
    )
    return over.filter(missed_at__isnull=True).exclude(pk__in=Review.objects.skipped())


@transaction.atomic
def _mark(at: datetime, organization: Organization | None, key: int) -> bool:
    # Breaches are locked before reviews, so they come first although the review decides.
    breaches = _lock_undecided(key)
    review = locking(reviews_of(organization).filter(pk=key), skip_locked=True).first()
    # Asked again: what made it held may have been written before the lock was ours.
    if review is None or not not_held(at, organization).filter(pk=key).exists():
        return False
    ladder = Ladder(review.organization, at)
    review.missed_at = at
    own = _hand_up(ladder, review) if _begins_a_run(review) else None
    review.save(update_fields=["missed_at", "due_at", "level", "escalated_to"])
    steps = [*([own] if own else []), *_hand_up_breaches(ladder, breaches)]
    write_steps(steps)
    join_agenda(at=at, breaches=[step.breach for step in steps if step.breach is not None])
    record("review.missed", None, at, review, {"hold_by": review.hold_by})
    for step in steps:
        append_step(step, _about(step))
    return True


def _lock_undecided(review: int) -> list[Breach]:
    """What it was to decide and did not, locked: undecided since before it began, and not moved up
    since. What joined its agenda later has a due moment of its own, which has not come."""
    starts_at = Review.objects.values_list("starts_at", flat=True).get(pk=review)
    moved = Escalation.objects.filter(breach=OuterRef("pk"), at__gte=starts_at)
    listed = AgendaItem.objects.filter(review=review, breach__isnull=False)
    rows = Breach.objects.undecided().filter(
        ~Exists(moved),
        pk__in=listed.values("breach"),
        undecided_since__lte=starts_at,
        # The clocks of what is paused or has ended stand still.
        metric__initiative__paused_at__isnull=True,
        metric__initiative__ended_at__isnull=True,
    )
    work = list(rows.values_list("metric__initiative", flat=True))
    if not work:
        return []
    initiatives = Initiative.objects.select_for_update(no_key=True).filter(pk__in=work)
    list(initiatives.order_by("pk").values_list("pk", flat=True))
    locked = rows.select_for_update(of=("self",), no_key=True)
    found = list(locked.select_related("metric__initiative__team", "answerable").order_by("pk"))
    if found:
        # Writing an undecided breach touches every open review: all of them, by their id.
        within = Review.objects.open().filter(organization=found[0].organization_id)
        list(within.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    return found


def made_good() -> Exists:
    """Whether a later review of the same series was held and closed."""
    closed = Review.objects.closed()
    return Exists(closed.filter(series=OuterRef("series"), occurs_on__gt=OuterRef("occurs_on")))


def _begins_a_run(review: Review) -> bool:
    """Whether no missed review of the series is on its way up already, and none was held since."""
    if review.series.ended_at is not None:
        return False
    waiting = Review.objects.filter(~made_good(), series=review.series)
    earlier = waiting.filter(due_at__isnull=False, occurs_on__lt=review.occurs_on)
    return not earlier.exists() and waiting.filter(pk=review.pk).exists()


def _hand_up(ladder: Ladder, review: Review) -> Escalation | None:
    """To who stands above the facilitator. Where nobody does it is overdue with the facilitator."""
    review.due_at = review.hold_by
    person = ladder.next_above(review.team_id, review.facilitator)
    if person is None:
        review.due_at = ladder.due_after(review.hold_by)
        return None
    return ladder.move_up(review, person, because=Because.MISSED, from_person=review.facilitator)


def _hand_up_breaches(ladder: Ladder, breaches: list[Breach]) -> list[Escalation]:
    steps = []
    above = next_above_of(breaches, ladder.tree)
    for breach in breaches:
        person = above[breach.pk]
        if person is not None:
            before = breach.answerable
            steps.append(ladder.move_up(breach, person, because=Because.MISSED, from_person=before))
    return steps


def _about(step: Escalation) -> dict[str, int]:
    breach, review = step.breach, step.review
    if breach is not None:
        initiative = breach.metric.initiative_id
        return {"breach": breach.pk, "metric": breach.metric_id, "initiative": initiative}
    return {"series": review.series_id} if review is not None else {}
