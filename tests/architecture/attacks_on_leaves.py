"""Leaves and who stands in; who answers in the interim."""

from datetime import timedelta
from typing import Any

from cadence.ownership.models import Interim, Leave
from tests.architecture.attack import (
    Attempt,
    again,
    attack,
    by_name,
    insert,
    never_deleted,
    update,
    without,
)
from tests.architecture.rows import DAY, WEEK, changed, rule, shadowed
from tests.cast import AT, Cast

TODAY = AT.date()
BEGUN = {"began_at": AT}
OVER = {"began_at": AT, "ended_at": AT + timedelta(days=2)}


def leave(cast: Cast, **facts: Any) -> Leave:
    """Olu's of a week, with Nils, that begins today and has not begun."""
    return Leave.objects.create(
        **{
            "organization": cast.acme,
            "member": cast.olu,
            "stand_in": cast.nils,
            "starts_on": TODAY,
            "ends_on": TODAY + 6 * DAY,
            "planned_by": cast.olu,
            "planned_at": AT,
            **facts,
        }
    )


def interim(cast: Cast, **facts: Any) -> Interim:
    """Nils, for something that nobody owns."""
    return Interim.objects.create(
        **{
            "organization": cast.acme,
            "initiative": cast.initiative(),
            "person": cast.nils,
            "named_by": cast.dana,
            "named_at": AT,
            "until": TODAY + WEEK,
            **facts,
        }
    )


never_deleted("a_leave_stays_on_record", leave)
never_deleted("an_interim_stays_on_record", interim)


@attack("a_leave_is_one_persons")
def a_leave_given_away(cast: Cast, attempt: Attempt) -> None:
    row = leave(cast)
    attempt.allowed(update(row, note="Until Sunday."))
    attempt.keeps(
        row, member_id=cast.fay.pk, planned_by_id=cast.dana.pk, planned_at=AT + timedelta(hours=1)
    )


@attack("a_leave_that_began_stays_begun")
def a_beginning_moved(cast: Cast, attempt: Attempt) -> None:
    row = leave(cast, **BEGUN)
    attempt.allowed(update(row, ends_on=TODAY + WEEK))
    attempt.keeps(row, starts_on=TODAY - DAY, began_at=None)


@attack("a_leave_that_is_over_stays_over")
def a_leave_revived(cast: Cast, attempt: Attempt) -> None:
    row = leave(cast, **OVER)
    attempt.allowed(update(row, note="It was fine."))
    # What keeps a beginning stands aside: it refuses two of these before.
    with without([by_name()["a_leave_that_began_stays_begun"]]):
        attempt.keeps(
            row,
            stand_in_id=cast.fay.pk,
            starts_on=TODAY - DAY,
            ends_on=TODAY + WEEK,
            began_at=None,
            ended_at=None,
        )


@attack("a_stand_in_is_a_person_who_is_here")
def somebody_stands_in_who_cannot(cast: Cast, attempt: Attempt) -> None:
    gone = cast.member("Gone")
    type(gone).objects.filter(pk=gone.pk).update(ended_at=AT)
    row = leave(cast)
    attempt.allowed(update(row, stand_in_id=cast.fay.pk))
    for nobody in (cast.robo, cast.obi, gone):
        attempt.refused(update(row, stand_in_id=nobody.pk))
        later = {"starts_on": TODAY + 8 * DAY, "ends_on": TODAY + 9 * DAY}
        attempt.refused(insert(again(row, stand_in=nobody, **later)))


@attack("leaves_of_a_person_do_not_overlap")
def two_leaves_on_one_day(cast: Cast, attempt: Attempt) -> None:
    row = leave(cast)
    after = {"starts_on": TODAY + 7 * DAY, "ends_on": TODAY + 9 * DAY}
    attempt.allowed(insert(again(row, **after)))
    attempt.allowed(insert(again(row, ended_at=AT)))
    for starts_on, ends_on in ((0, 6), (-3, 0), (6, 9), (2, 3), (-3, 9)):
        days = {"starts_on": TODAY + starts_on * DAY, "ends_on": TODAY + ends_on * DAY}
        attempt.refused(insert(again(row, **days)))
    second = leave(cast, **after)
    attempt.refused(update(second, starts_on=TODAY + 6 * DAY))


@attack("an_interim_keeps_its_person")
def an_interim_given_away(cast: Cast, attempt: Attempt) -> None:
    row = interim(cast)
    attempt.allowed(update(row, ended_at=AT, ending="withdrawn"))
    attempt.keeps(
        row,
        until=TODAY + 2 * WEEK,
        initiative_id=cast.initiative().pk,
        person_id=cast.fay.pk,
        named_by_id=cast.lars.pk,
        named_at=AT + timedelta(hours=1),
    )


@attack("an_interim_that_ended_stays_ended")
def an_interim_revived(cast: Cast, attempt: Attempt) -> None:
    row = interim(cast, ended_at=AT, ending="withdrawn")
    attempt.keeps(
        row,
        ended_at={"ended_at": None, "ending": ""},
        ending="over",
    )
    attempt.allowed(update(interim(cast), ended_at=AT, ending="over"))


@attack("an_interim_owner_is_a_person_who_is_here")
def somebody_answers_in_the_interim_who_cannot(cast: Cast, attempt: Attempt) -> None:
    gone = cast.member("Gone")
    type(gone).objects.filter(pk=gone.pk).update(ended_at=AT)
    row = again(interim(cast), initiative=cast.initiative())
    attempt.allowed(insert(again(row, person=cast.fay)))
    for nobody in (cast.robo, cast.obi, gone):
        attempt.refused(insert(again(row, person=nobody)))


rule(
    "one_interim_owner_per_initiative",
    interim,
    {"ended_at": AT, "ending": "over"},
    {"until": TODAY + 2 * WEEK},
)
changed(
    "an_ended_interim_says_how_it_ended",
    interim,
    {"ended_at": AT, "ending": "returned"},
    {"ended_at": AT},
    {"ending": "over"},
    {"ended_at": AT, "ending": "evaporated"},
)
changed(
    "a_leave_ends_after_it_starts",
    leave,
    {"ends_on": TODAY},
    {"ends_on": TODAY - DAY},
)


@attack("nobody_stands_in_for_themselves")
def somebody_stands_in_for_themselves(cast: Cast, attempt: Attempt) -> None:
    row = leave(cast)
    attempt.allowed(update(row, stand_in_id=cast.fay.pk))
    attempt.refused(update(row, stand_in_id=cast.olu.pk))


shadowed(
    "one_leave_at_a_time_per_person",
    "leaves_of_a_person_do_not_overlap",
    lambda cast: [
        insert(again(leave(cast, **BEGUN), began_at=None)),
        insert(again(Leave.objects.get(), note="Again.")),
    ],
)
