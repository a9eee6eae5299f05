"""An orphan holds a review open until it has an offer pending or a named interim owner."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.errors import Conflict
from cadence.initiatives.models import Initiative
from cadence.ownership.leaves import end_leave, follow_leaves
from cadence.ownership.models import Interim, Leave, Ownership
from cadence.reviews.actions import close_review, join_orphans, open_review
from cadence.reviews.agenda import agenda_items
from cadence.reviews.models import AgendaItem, Review
from cadence.reviews.queries import holds, holds_of
from tests.cast import AT, BEGINNING, Cast
from tests.reviews.things import written

LATER = AT + timedelta(hours=1)


def interim(cast: Cast, initiative: Initiative, **facts: object) -> Interim:
    return Interim.objects.create(
        **{
            "organization": cast.acme,
            "initiative": initiative,
            "person": cast.nils,
            "named_by": cast.dana,
            "named_at": AT,
            "until": AT.date() + timedelta(days=30),
            **facts,
        }
    )


def leave(cast: Cast, member: object = None, **facts: object) -> Leave:
    """Olu is away and nobody stands in."""
    return Leave.objects.create(
        **{
            "organization": cast.acme,
            "member": member or cast.olu,
            "starts_on": AT.date(),
            "ends_on": AT.date() + timedelta(days=13),
            "planned_by": cast.olu,
            "planned_at": BEGINNING,
            "began_at": AT,
            **facts,
        }
    )


def gathered(review: Review, initiative: Initiative) -> AgendaItem:
    return AgendaItem.objects.create(
        organization=review.organization,
        review=review,
        kind="orphan",
        initiative=initiative,
        text="The owner has been silent for two periods",
        added_at=AT,
    )


def refuses(cast: Cast, review: Review) -> bool:
    """Whether the database refuses to close it."""
    try:
        with transaction.atomic():
            cast.close(Review.objects.get(pk=review.pk))
            transaction.set_rollback(True)
    except IntegrityError as error:
        assert "a_review_closes_when_all_is_decided" in str(error)
        return True
    return False


def join(*, actor: Membership, at: datetime, review: Review) -> None:
    join_orphans(at=at, organization=review.organization)


def is_held(cast: Cast, review: Review) -> bool:
    """What the action and the database say, which has to be the same."""
    found = bool(holds(review))
    assert refuses(cast, review) == found
    return found


def test_a_review_does_not_close_over_an_orphan(cast: Cast) -> None:
    review, orphan = cast.open_review(), cast.initiative("Referrals")
    with pytest.raises(Conflict) as refused:
        close_review(actor=cast.fay, at=LATER, review=review)
    assert refused.value.message == "This review is held open by one orphan."
    (hold,) = refused.value.details["held_open_by"]
    assert hold == {
        "kind": "orphan",
        "id": orphan.pk,
        "number": orphan.pk,
        "metric": "",
        "initiative": "Referrals",
        "answerable": "Dana",
        "text": "Referrals is orphaned: nobody was asked. "
        "Offer it to somebody, or name an interim owner.",
        "why": "Nobody was asked",
    }
    cast.owned_by(cast.nils, orphan, accepted=False)
    close_review(actor=cast.fay, at=LATER, review=review)


def test_what_holds_it_is_counted_in_one_sentence(cast: Cast) -> None:
    review = cast.open_review()
    cast.initiative()
    cast.initiative()
    cast.breach()
    cast.verdict(cast.decision(cast.breach(cast.metric())))
    with pytest.raises(Conflict) as refused:
        close_review(actor=cast.fay, at=LATER, review=review)
    words = "This review is held open by one breach, one verdict and 2 orphans."
    assert refused.value.message == words


def ended(cast: Cast, orphan: Initiative) -> None:
    Initiative.objects.filter(pk=orphan.pk).update(ended_at=AT, ended_as="stopped")


def paused(cast: Cast, orphan: Initiative) -> None:
    Initiative.objects.filter(pk=orphan.pk).update(paused_at=AT)


@pytest.mark.parametrize(
    "settle",
    [
        lambda cast, orphan: cast.owned_by(cast.nils, orphan, accepted=False),
        lambda cast, orphan: cast.owned_by(cast.nils, orphan, accepted_at=LATER),
        interim,
        paused,
        ended,
    ],
    ids=["an offer", "an owner", "an interim owner", "paused", "ended"],
)
def test_what_settles_an_orphan(cast: Cast, settle: Callable[[Cast, Initiative], object]) -> None:
    review, orphan = cast.open_review(), cast.initiative()
    gathered(review, orphan)
    assert is_held(cast, review)
    settle(cast, orphan)
    assert not is_held(cast, review)


@pytest.mark.parametrize("ending", ["declined", "lapsed", "withdrawn"])
def test_an_offer_that_came_to_nothing_holds_it_again(cast: Cast, ending: str) -> None:
    review, orphan = cast.open_review(), cast.initiative()
    offer = cast.owned_by(cast.nils, orphan, accepted=False)
    assert not is_held(cast, review)
    Ownership.objects.filter(pk=offer.pk).update(ended_at=LATER, ending=ending)
    assert is_held(cast, review)


def test_an_interim_owner_whose_days_are_over_holds_it_again(cast: Cast) -> None:
    review, orphan = cast.open_review(), cast.initiative()
    named = interim(cast, orphan)
    assert not is_held(cast, review)
    Interim.objects.filter(pk=named.pk).update(ended_at=LATER, ending="over")
    assert is_held(cast, review)


def test_drafts_and_work_outside_the_scope_hold_nothing(cast: Cast) -> None:
    review = cast.open_review()
    cast.initiative(draft=True)
    cast.initiative(team=cast.commercial)
    assert not is_held(cast, review)
    assert is_held(cast, cast.open_review(cast.series(cast.commercial)))


def test_an_orphan_that_was_gathered_stays_wherever_it_is_moved(cast: Cast) -> None:
    review, orphan = cast.open_review(), cast.initiative()
    gathered(review, orphan)
    Initiative.objects.filter(pk=orphan.pk).update(team=cast.team("Finance"))
    assert is_held(cast, review)


# Owners who are away


def test_an_owner_on_leave_without_a_stand_in_holds_it(cast: Cast) -> None:
    review = cast.open_review()
    away = leave(cast)
    (hold,) = holds(review)
    assert hold.why == "The owner is on leave and nobody stands in"
    assert is_held(cast, review)
    Leave.objects.filter(pk=away.pk).update(stand_in=cast.nils)
    assert not is_held(cast, review)


def test_a_stand_in_who_is_away_too_stands_in_for_nobody(cast: Cast) -> None:
    review = cast.open_review()
    leave(cast, stand_in=cast.nils)
    assert not is_held(cast, review)
    other = leave(cast, cast.nils)
    assert is_held(cast, review)
    Leave.objects.filter(pk=other.pk).update(ended_at=LATER)
    assert not is_held(cast, review)


def test_a_leave_that_did_not_begin_or_is_over_holds_nothing(cast: Cast) -> None:
    review = cast.open_review()
    leave(cast, began_at=None)
    leave(cast, began_at=BEGINNING, ended_at=AT - timedelta(days=9))
    assert not is_held(cast, review)


def test_who_came_back_was_not_gathered_for_their_silence(cast: Cast) -> None:
    review = cast.open_review()
    away = leave(cast)
    gathered(review, cast.pipeline)
    Leave.objects.filter(pk=away.pk).update(ended_at=LATER)
    assert not is_held(cast, review)


@pytest.mark.parametrize("gathers", [open_review, join])
def test_who_is_back_before_the_tick_came_is_not_gathered(
    cast: Cast, gathers: Callable[..., object]
) -> None:
    """Their leave ended at midnight, before the review looked; the tick writes so afterwards."""
    review = cast.planned_review() if gathers is open_review else cast.open_review()
    first, last = AT.date() - timedelta(days=7), AT.date() - timedelta(days=1)
    leave(cast, starts_on=first, ends_on=last, began_at=AT - timedelta(days=7))
    cast.reading(50, recorded_at=AT - timedelta(days=1))
    gathers(actor=cast.fay, at=AT, review=review)
    follow_leaves(at=AT + timedelta(minutes=1))
    assert not is_held(cast, review)
    assert not AgendaItem.objects.filter(kind="orphan").exists()


def test_who_came_back_at_that_very_moment_was_away(cast: Cast) -> None:
    review = cast.open_review()
    away = leave(cast, began_at=AT - timedelta(days=7))
    gathered(review, cast.pipeline)
    end_leave(actor=cast.olu, at=AT, leave=away)
    assert not is_held(cast, review)


# Owners who are silent


def test_a_silent_owner_holds_the_review_that_gathered_it_only(cast: Cast) -> None:
    review, other = cast.open_review(), cast.open_review()
    gathered(review, cast.pipeline)
    assert is_held(cast, review)
    assert not is_held(cast, other)
    (hold,) = holds(review)
    assert hold.why == "The owner has been silent for two periods"


def test_a_reading_breaks_the_silence(cast: Cast) -> None:
    review = cast.open_review()
    gathered(review, cast.pipeline)
    cast.reading(50, starts_on=BEGINNING.date(), recorded_at=AT - timedelta(minutes=1))
    assert is_held(cast, review)
    cast.reading(50, recorded_at=AT)
    assert not is_held(cast, review)


def test_a_check_in_breaks_the_silence(cast: Cast) -> None:
    review = cast.open_review()
    gathered(review, cast.pipeline)
    written(cast, AT - timedelta(minutes=1))
    assert is_held(cast, review)
    written(cast, AT)
    assert not is_held(cast, review)


def test_a_new_owner_has_not_been_silent(cast: Cast) -> None:
    review = cast.open_review()
    gathered(review, cast.pipeline)
    Ownership.objects.filter(pk=cast.ownership.pk).update(ended_at=AT, ending="handed_over")
    assert is_held(cast, review)
    cast.owned_by(cast.nils, cast.pipeline, accepted_at=AT)
    assert not is_held(cast, review)


# What arises while it is open


def test_work_that_loses_its_owner_joins_the_open_reviews_of_its_scope(cast: Cast) -> None:
    own = open_review(actor=cast.fay, at=AT, review=cast.planned_review())
    above = cast.open_review(cast.series(cast.commercial))
    elsewhere = cast.open_review(cast.series(cast.team("Finance")))
    written(cast, AT)
    Ownership.objects.filter(pk=cast.ownership.pk).update(ended_at=LATER, ending="left")
    # Already named by the action, and already shown, before any tick has put it there.
    assert [hold.why for hold in holds(own)] == ["The owner left"]
    assert cast.pipeline.pk in {item.initiative_id for item in agenda_items(above)}
    assert join_orphans(at=LATER, organization=cast.acme) > 0
    assert join_orphans(at=LATER, organization=cast.acme) == 0
    item = above.agenda.get(initiative=cast.pipeline)
    assert (item.kind, item.text, item.added_at) == ("orphan", "The owner left", LATER)
    assert own.agenda.filter(initiative=cast.pipeline).count() == 1
    assert not elsewhere.agenda.exists()
    assert len([one for one in agenda_items(above) if one.initiative_id]) == 1


def test_an_orphan_that_was_handed_over_stays_in_the_minutes(cast: Cast) -> None:
    review, orphan = cast.open_review(), cast.initiative("Referrals")
    join_orphans(at=AT, organization=cast.acme)
    interim(cast, orphan)
    closed = close_review(actor=cast.fay, at=LATER, review=review)
    assert closed.minutes is not None
    (line,) = closed.minutes["orphans"]
    assert line == {
        "initiative": "Referrals",
        "why": "Nobody was asked",
        "answers": "Nils, interim owner until 16 December",
        "asked": "",
    }


def test_nothing_joins_a_closed_review_nor_another_organization(cast: Cast) -> None:
    cast.close(cast.open_review())
    cast.initiative()
    assert join_orphans(at=AT, organization=cast.acme) == 0
    assert join_orphans(at=AT, organization=cast.beta) == 0


def test_holds_cost_the_same_for_one_orphan_and_for_many(cast: Cast) -> None:
    reviews = [cast.open_review(), cast.open_review(cast.series(cast.commercial))]
    gathered(reviews[0], cast.pipeline)
    cast.initiative()
    with CaptureQueriesContext(connection) as few:
        holds_of(reviews[:1])
    for number in range(6):
        work = cast.initiative(team=cast.team(f"Team {number}", cast.demand))
        cast.owned_by(cast.fay, work, ended_at=AT, ending="left")
        gathered(reviews[0], work)
    with CaptureQueriesContext(connection) as many:
        assert len(holds_of(reviews)[reviews[0].pk]) == 8
    assert len(many) == len(few)
