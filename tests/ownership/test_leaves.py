"""Who stands in for somebody on leave, from which day to which."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Role
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.evaluation.leaving import deactivate_member
from cadence.evaluation.tick import tick
from cadence.ledger.models import Entry
from cadence.ownership.leaves import (
    change_leave,
    end_leave,
    follow_leaves,
    plan_leave,
    stand_down,
)
from cadence.ownership.models import Leave
from cadence.ownership.orphans import orphans
from cadence.ownership.queries import answers_for, standing
from cadence.ownership.rules import LONGEST_LEAVE, Reason, Turn, turn_of, wrong_days
from cadence.people.members import change_member
from cadence.permissions import Act, may
from tests.cast import AT, Cast

TODAY = AT.date()
DAY = timedelta(days=1)
FIRST, LAST = date(2026, 11, 23), date(2026, 12, 4)
# Berlin is an hour ahead of UTC in winter: the day begins and ends an hour earlier there.
MORNING = datetime(2026, 11, 22, 23, tzinfo=UTC)
OVER = datetime(2026, 12, 4, 23, tzinfo=UTC)


def plan(cast: Cast, **facts: Any) -> Leave:
    return plan_leave(
        **{
            "actor": cast.olu,
            "at": AT,
            "member": cast.olu,
            "stand_in": cast.nils,
            "starts_on": FIRST,
            "ends_on": LAST,
            **facts,
        }
    )


def events() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("event", flat=True))


def refused_fields(error: Invalid) -> dict[str, str]:
    return {problem.field: problem.message for problem in error.problems}


# Rules


@pytest.mark.parametrize(
    ("today", "began", "expected"),
    [
        (FIRST - DAY, False, Turn(begins=False, ends=False)),
        (FIRST, False, Turn(begins=True, ends=False)),
        (FIRST, True, Turn(begins=False, ends=False)),
        (LAST, True, Turn(begins=False, ends=False)),
        (LAST + DAY, True, Turn(begins=False, ends=True)),
        (LAST + DAY, False, Turn(begins=True, ends=True)),
    ],
)
def test_what_is_due_for_a_leave(today: date, began: bool, expected: Turn) -> None:
    assert turn_of(starts_on=FIRST, ends_on=LAST, began=began, today=today) == expected


def test_on_which_days_nobody_is_on_leave() -> None:
    assert wrong_days(FIRST, FIRST, TODAY) is None
    assert wrong_days(TODAY - DAY, TODAY, TODAY) is None
    assert wrong_days(FIRST, FIRST - DAY, TODAY) == (
        "ends_on",
        "The last day is not before the first one.",
    )
    assert wrong_days(TODAY - 2 * DAY, TODAY - DAY, TODAY) == (
        "ends_on",
        "These days have passed.",
    )
    assert wrong_days(FIRST, FIRST + (LONGEST_LEAVE - 1) * DAY, TODAY) is None
    assert wrong_days(FIRST, FIRST + LONGEST_LEAVE * DAY, TODAY) == (
        "ends_on",
        "A leave takes at most 366 days.",
    )


# Planning


def test_a_leave_that_is_planned_changes_nothing_yet(cast: Cast) -> None:
    leave = plan(cast)
    assert (leave.began_at, leave.ended_at) == (None, None)
    (entry,) = Entry.objects.all()
    assert entry.event == "leave.planned"
    assert entry.data == {
        "member": cast.olu.pk,
        "stand_in": cast.nils.pk,
        "starts_on": "2026-11-23",
        "ends_on": "2026-12-04",
        "initiatives": [cast.pipeline.pk],
    }
    assert answers_for([cast.pipeline])[cast.pipeline.pk].words == "Olu"


def test_a_leave_whose_first_day_has_come_begins_at_once(cast: Cast) -> None:
    leave = plan(cast, starts_on=TODAY)
    assert leave.began_at == AT
    assert events() == ["leave.planned", "leave.began"]


def test_a_leave_that_began_days_ago_began_when_it_was_planned(cast: Cast) -> None:
    assert plan(cast, starts_on=TODAY - 3 * DAY).began_at == AT


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"starts_on": "soon"}, "starts_on", "This must be a date such as 2026-11-16."),
        ({"starts_on": None}, "starts_on", "This date is needed."),
        ({"ends_on": FIRST - DAY}, "ends_on", "The last day is not before the first one."),
        ({"ends_on": date(2028, 1, 1)}, "ends_on", "A leave takes at most 366 days."),
        ({"note": "x" * 201}, "note", "This is too long: at most 200 characters, not 201."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    cast: Cast, facts: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        plan(cast, **facts)
    assert refused_fields(refused.value) == {field: words}
    assert not Leave.objects.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("olu", "Nobody stands in for themselves."),
        ("obi", "Obi is an observer; observers answer for nothing."),
        ("robo", "Robo is a machine; a person answers by name."),
        ("fay", "Fay has left."),
        ("dana", "Dana is on leave from 1 December to 2 December."),
    ],
)
def test_who_does_not_stand_in(cast: Cast, name: str, words: str) -> None:
    cast.fay.ended_at = AT
    cast.fay.save()
    Leave.objects.create(
        organization=cast.acme,
        member=cast.dana,
        starts_on=date(2026, 12, 1),
        ends_on=date(2026, 12, 2),
        planned_by=cast.dana,
        planned_at=AT,
    )
    with pytest.raises(Invalid) as refused:
        plan(cast, stand_in=getattr(cast, name))
    assert refused_fields(refused.value) == {"stand_in": words}


def test_leaves_of_a_person_do_not_overlap(cast: Cast) -> None:
    known = plan(cast)
    with pytest.raises(Conflict) as refused:
        plan(cast, starts_on=LAST, ends_on=LAST + DAY)
    assert refused.value.code == "leave_overlaps"
    assert refused.value.message == "Olu is on leave from 23 November to 4 December already."
    assert refused.value.details == {"leave": known.pk}
    plan(cast, starts_on=LAST + DAY, ends_on=LAST + DAY)
    end_leave(actor=cast.olu, at=AT, leave=known)
    plan(cast)


def test_who_plans_leaves(cast: Cast) -> None:
    cast.olu.team = cast.demand
    cast.olu.save()
    for number, actor in enumerate([cast.olu, cast.dana, cast.lars, cast.elena, cast.ada]):
        day = FIRST + number * DAY
        assert plan(cast, actor=actor, starts_on=day, ends_on=day).planned_by == actor
    for actor in (cast.nils, cast.fay, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            plan(cast, actor=actor)
    with pytest.raises(NotFound):
        plan(cast, actor=cast.sven)
    with pytest.raises(NotFound):
        plan(cast, stand_in=cast.sven)


# Its course


def test_the_stand_in_acts_as_owner_from_the_first_day_to_the_last(cast: Cast) -> None:
    plan(cast)
    assert follow_leaves(at=MORNING - timedelta(seconds=1)) == 0
    assert follow_leaves(at=MORNING) == 1
    assert follow_leaves(at=MORNING) == 0
    answers = answers_for([cast.pipeline])[cast.pipeline.pk]
    assert (answers.member, answers.owner, answers.until) == (cast.nils, cast.olu, LAST)
    assert answers.words == "Nils for Olu until 4 December"
    place = standing(cast.pipeline)
    assert place == {"team": cast.demand.pk, "owner": cast.olu.pk, "acting": cast.nils.pk}
    for act in (Act.DECIDE, Act.CHECK_IN, Act.RECORD_READINGS, Act.COMMIT, Act.OFFER_OWNERSHIP):
        assert may(cast.nils, act, **place)
        assert may(cast.olu, act, **place)
        assert not may(cast.fay, act, **place)
    assert orphans(cast.acme, MORNING) == []
    assert follow_leaves(at=OVER - timedelta(seconds=1)) == 0
    assert follow_leaves(at=OVER) == 1
    assert answers_for([cast.pipeline])[cast.pipeline.pk].words == "Olu"
    assert not may(cast.nils, Act.DECIDE, **standing(cast.pipeline))
    assert events() == ["leave.planned", "leave.began", "leave.ended"]


def test_a_late_tick_says_when_it_began_and_ended(cast: Cast) -> None:
    leave = plan(cast)
    assert follow_leaves(at=OVER + 3 * DAY) == 2
    leave.refresh_from_db()
    assert (leave.began_at, leave.ended_at) == (MORNING, OVER)


def test_two_leaves_in_a_row_change_over_in_one_tick(cast: Cast) -> None:
    first = plan(cast)
    second = plan(cast, starts_on=LAST + DAY, ends_on=LAST + 2 * DAY, stand_in=None)
    follow_leaves(at=MORNING)
    follow_leaves(at=OVER)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.ended_at, second.began_at) == (OVER, OVER)


def test_a_leave_planned_before_the_tick_saw_the_last_one_end(cast: Cast) -> None:
    first = plan(cast, starts_on=TODAY, ends_on=TODAY)
    second = plan(cast, at=AT + DAY, starts_on=TODAY + DAY, ends_on=TODAY + DAY)
    first.refresh_from_db()
    assert first.ended_at is not None
    assert second.began_at == AT + DAY


def test_without_a_stand_in_the_work_is_orphaned_and_the_lead_acts(cast: Cast) -> None:
    plan(cast, stand_in=None)
    follow_leaves(at=MORNING)
    (orphan,) = orphans(cast.acme, MORNING)
    assert (orphan.reasons, orphan.since) == ((Reason.ON_LEAVE,), MORNING)
    assert answers_for([cast.pipeline])[cast.pipeline.pk].words == "Dana, acting"
    follow_leaves(at=OVER)
    assert orphans(cast.acme, OVER) == []


def test_a_stand_in_who_is_on_leave_too_stands_in_for_nobody(cast: Cast) -> None:
    plan(cast)
    plan(cast, actor=cast.nils, member=cast.nils, stand_in=cast.fay, starts_on=FIRST + DAY)
    follow_leaves(at=MORNING)
    assert orphans(cast.acme, MORNING) == []
    follow_leaves(at=MORNING + DAY)
    (orphan,) = orphans(cast.acme, MORNING + DAY)
    assert orphan.since == MORNING + DAY
    assert answers_for([cast.pipeline])[cast.pipeline.pk].member == cast.dana
    assert standing(cast.pipeline)["acting"] is None


def test_duties_go_to_the_stand_in_and_come_back(cast: Cast) -> None:
    breach = cast.breach(undecided_since=AT, due_at=AT + 40 * DAY)
    cast.demos.checked_to = date(2026, 12, 7)
    cast.demos.save()
    plan(cast)
    tick(at=MORNING, organization=cast.acme)
    breach.refresh_from_db()
    assert breach.answerable == cast.nils
    tick(at=OVER, organization=cast.acme)
    breach.refresh_from_db()
    assert breach.answerable == cast.olu


# Changes


def test_a_leave_under_way_is_changed(cast: Cast) -> None:
    leave = plan(cast, starts_on=TODAY)
    changed = change_leave(
        actor=cast.olu, at=AT + DAY, leave=leave, stand_in=cast.fay, ends_on=LAST + DAY, note="Flu."
    )
    assert (changed.stand_in, changed.ends_on, changed.note) == (cast.fay, LAST + DAY, "Flu.")
    entry = Entry.objects.get(event="leave.changed")
    assert entry.data["changed"] == {
        "stand_in": [cast.nils.pk, cast.fay.pk],
        "ends_on": ["2026-12-04", "2026-12-05"],
        "note": ["", "Flu."],
    }


def test_a_change_that_changes_nothing_is_not_recorded(cast: Cast) -> None:
    leave = plan(cast)
    change_leave(actor=cast.olu, at=AT, leave=leave, stand_in=cast.nils, ends_on=LAST)
    assert events() == ["leave.planned"]


def test_a_change_is_read_like_a_plan(cast: Cast) -> None:
    leave = plan(cast, starts_on=TODAY)
    plan(cast, starts_on=LAST + 2 * DAY, ends_on=LAST + 3 * DAY)

    def change(**facts: Any) -> Leave:
        given = {"actor": cast.olu, "at": AT + DAY, "stand_in": cast.nils, "ends_on": LAST}
        return change_leave(**{**given, "leave": leave, **facts})

    with pytest.raises(Invalid) as refused:
        change(ends_on=TODAY)
    assert refused_fields(refused.value) == {"ends_on": "These days have passed."}
    with pytest.raises(Conflict) as conflict:
        change(ends_on=LAST + 2 * DAY)
    assert conflict.value.code == "leave_overlaps"
    with pytest.raises(Forbidden):
        change(actor=cast.nils)
    end_leave(actor=cast.olu, at=AT + DAY, leave=leave)
    with pytest.raises(Conflict) as conflict:
        change()
    assert conflict.value.code == "leave_over"


def test_somebody_comes_back_early_or_cancels(cast: Cast) -> None:
    away = plan(cast, starts_on=TODAY)
    assert end_leave(actor=cast.olu, at=AT + DAY, leave=away).ended_at == AT + DAY
    planned = plan(cast, starts_on=LAST + DAY, ends_on=LAST + DAY)
    end_leave(actor=cast.ada, at=AT + DAY, leave=planned)
    assert events()[-2:] == ["leave.planned", "leave.cancelled"]
    with pytest.raises(Conflict) as refused:
        end_leave(actor=cast.olu, at=AT + DAY, leave=away)
    assert refused.value.code == "leave_over"
    with pytest.raises(NotFound):
        end_leave(actor=cast.sven, at=AT, leave=away)


def test_a_stand_in_says_no(cast: Cast) -> None:
    leave = plan(cast, starts_on=TODAY)
    for actor in (cast.olu, cast.dana, cast.ada):
        with pytest.raises(Forbidden):
            stand_down(actor=actor, at=AT, leave=leave)
    assert stand_down(actor=cast.nils, at=AT + DAY, leave=leave).stand_in is None
    entry = Entry.objects.get(event="leave.stand_in_declined")
    assert (entry.actor, entry.data["stand_in"]) == (cast.nils, cast.nils.pk)
    assert [one.reasons for one in orphans(cast.acme, AT + DAY)] == [(Reason.ON_LEAVE,)]


# People who go


def test_a_stand_in_who_leaves_leaves_a_leave_without_one(cast: Cast) -> None:
    leave = plan(cast, starts_on=TODAY)
    deactivate_member(actor=cast.ada, at=AT + DAY, member=cast.nils, reason="A new job.")
    leave.refresh_from_db()
    assert (leave.stand_in, leave.ended_at) == (None, None)
    entry = Entry.objects.get(event="leave.changed")
    assert entry.data["changed"] == {"stand_in": [cast.nils.pk, None]}
    assert [one.reasons for one in orphans(cast.acme, AT + DAY)] == [(Reason.ON_LEAVE,)]


def test_the_leaves_of_somebody_who_leaves_are_over(cast: Cast) -> None:
    away = plan(cast, starts_on=TODAY)
    planned = plan(cast, starts_on=LAST + DAY, ends_on=LAST + DAY)
    deactivate_member(actor=cast.ada, at=AT + DAY, member=cast.olu, reason="A new job.")
    away.refresh_from_db()
    planned.refresh_from_db()
    assert (away.ended_at, planned.ended_at) == (AT + DAY, AT + DAY)
    assert {"leave.ended", "leave.cancelled"} <= set(events())


def test_a_stand_in_does_not_become_an_observer(cast: Cast) -> None:
    leave = plan(cast)
    with pytest.raises(Conflict) as refused:
        change_member(
            actor=cast.ada, at=AT, member=cast.nils, name="Nils", role=Role.OBSERVER, team=None
        )
    assert refused.value.code == "member_answers_for_work"
    assert refused.value.details["leaves"] == [leave.pk]


def test_a_tick_goes_on_when_a_stand_in_was_made_an_observer_by_hand(cast: Cast) -> None:
    leave = plan(cast)
    cast.nils.role = Role.OBSERVER
    cast.nils.save()
    assert follow_leaves(at=MORNING) == 2
    leave.refresh_from_db()
    assert (leave.began_at, leave.stand_in) == (MORNING, None)
