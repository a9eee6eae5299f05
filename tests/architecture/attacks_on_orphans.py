"""Closing over work that nobody answers for, and hiding it from an open review."""

from datetime import timedelta
from typing import Any

from cadence.ownership.models import Interim, Leave, Ownership
from cadence.reviews.models import AgendaItem, CheckIn, Review
from tests.architecture.attack import Attempt, attack, update
from tests.architecture.attacks_on_reviews import ALL_DECIDED, closing
from tests.cast import AT, BEGINNING, Cast

LATER = AT + timedelta(hours=1)


def lost(cast: Cast, **facts: Any) -> None:
    Ownership.objects.filter(pk=cast.ownership.pk).update(ended_at=AT, ending="left")


def away(cast: Cast, **facts: Any) -> Leave:
    return Leave.objects.create(
        **{
            "organization": cast.acme,
            "member": cast.olu,
            "starts_on": AT.date(),
            "ends_on": AT.date(),
            "planned_by": cast.olu,
            "planned_at": BEGINNING,
            "began_at": AT,
            **facts,
        }
    )


def on_agenda(cast: Cast, review: Review) -> None:
    AgendaItem.objects.create(
        organization=cast.acme,
        review=review,
        kind="orphan",
        initiative=cast.pipeline,
        added_at=AT,
    )


@attack(ALL_DECIDED)
def over_work_whose_owner_left(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    attempt.allowed(closing(cast, review))
    lost(cast)
    attempt.refused(closing(cast, review))
    offer = cast.owned_by(cast.nils, cast.pipeline, accepted=False)
    attempt.allowed(closing(cast, review))
    Ownership.objects.filter(pk=offer.pk).update(ended_at=AT, ending="declined")
    attempt.refused(closing(cast, review))
    Interim.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        person=cast.nils,
        named_by=cast.dana,
        named_at=AT,
        until=AT.date(),
    )
    attempt.allowed(closing(cast, review))


@attack(ALL_DECIDED)
def over_work_of_a_team_below_that_has_no_owner(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review(cast.series(cast.commercial))
    attempt.allowed(closing(cast, review))
    work = cast.initiative(team=cast.partners)
    attempt.allowed(closing(cast, cast.open_review(cast.series(cast.team("Beside")))))
    attempt.refused(closing(cast, review))
    work.paused_at = AT
    work.save(update_fields=["paused_at"])
    attempt.allowed(closing(cast, review))


@attack(ALL_DECIDED)
def while_the_owner_is_on_leave(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    planned = away(cast, began_at=None)
    attempt.allowed(closing(cast, review))
    planned.began_at = AT
    planned.save(update_fields=["began_at"])
    attempt.refused(closing(cast, review))
    planned.stand_in = cast.nils
    planned.save(update_fields=["stand_in"])
    attempt.allowed(closing(cast, review))
    away(cast, member=cast.nils)
    attempt.refused(closing(cast, review))


@attack(ALL_DECIDED)
def over_an_owner_who_is_still_silent(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    attempt.allowed(closing(cast, review))
    on_agenda(cast, review)
    attempt.refused(closing(cast, review))
    CheckIn.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        author=cast.olu,
        starts_on=AT.date(),
        confidence="on_track",
        written_at=LATER,
    )
    attempt.allowed(closing(cast, review))


@attack(ALL_DECIDED)
def over_a_silence_that_a_reading_of_other_work_does_not_break(
    cast: Cast, attempt: Attempt
) -> None:
    review = cast.open_review()
    on_agenda(cast, review)
    cast.reading(50, metric=cast.metric(initiative=cast.initiative(owner=cast.nils)))
    attempt.refused(closing(cast, review))
    cast.reading(50)
    attempt.allowed(closing(cast, review))


@attack("work_does_not_leave_a_review_unseen")
def an_orphan_carried_away(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    elsewhere = {"team_id": cast.commercial.pk}
    attempt.allowed(update(cast.pipeline, **elsewhere))
    lost(cast)
    attempt.refused(update(cast.pipeline, **elsewhere))
    on_agenda(cast, review)
    attempt.allowed(update(cast.pipeline, **elsewhere))


@attack("a_team_does_not_leave_a_review_unseen")
def a_team_carried_away_with_an_orphan(cast: Cast, attempt: Attempt) -> None:
    cast.open_review(cast.series(cast.commercial))
    attempt.allowed(update(cast.demand, parent_id=None))
    away(cast)
    attempt.refused(update(cast.demand, parent_id=None))
