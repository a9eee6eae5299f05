"""What people are told is true, whatever the entry says: each sentence for each variant of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from cadence.escalations.models import Because
from cadence.evaluation.escalating import escalate_overdue
from cadence.evaluation.leaving import deactivate_member
from cadence.evaluation.lifecycle import resume_initiative
from cadence.initiatives.actions import pause_initiative
from cadence.ledger.models import Entry
from cadence.notices.derive import derive_notices
from cadence.notices.models import NoticeKind
from cadence.ownership.actions import activate_initiative, end_initiative, lapse_offers
from cadence.ownership.interims import end_interims, name_interim
from cadence.ownership.leaves import change_leave, end_leave, follow_leaves, plan_leave
from cadence.ownership.models import Leave
from cadence.people.teams import change_team, create_team
from cadence.reviews.room import take_facilitation
from tests.cast import AT, Cast
from tests.notices.things import SOON, happened, post, told

DAY = timedelta(days=1)


def entry(event: str) -> Entry:
    return Entry.objects.filter(event=event).latest("sequence")


def leave_of(cast: Cast, last: str = "2026-11-30") -> Leave:
    return plan_leave(
        actor=cast.dana, at=AT, member=cast.dana, stand_in=cast.nils,
        starts_on="2026-11-16", ends_on=last,
    )  # fmt: skip


# Teams and their leads


def test_only_teams_that_nobody_leads_now_are_said_to_have_no_lead(cast: Cast) -> None:
    field = cast.team("Field", parent=cast.demand, lead=cast.dana)
    deactivate_member(
        actor=cast.ada, at=AT, member=cast.dana, reason="x", leads={cast.demand.pk: cast.nils}
    )
    found = told(cast, entry("member.left"))
    assert {one.detail for one in found.values()} == {"Without a lead of its own now: Field."}
    # Field lies below Demand, which Nils leads: he is the next one up.
    assert set(found) == {"nils"}
    yours = told(cast, Entry.objects.get(event="team.changed", subject_id=cast.demand.pk))
    assert set(yours) == {"nils"}
    assert yours["nils"].title == "You lead Demand now"
    assert yours["nils"].kind == NoticeKind.ORPHAN
    assert told(cast, Entry.objects.get(event="team.changed", subject_id=field.pk)) == {}


def test_several_teams_have_no_lead_of_their_own(cast: Cast) -> None:
    cast.team("Field", parent=cast.commercial, lead=cast.dana)
    deactivate_member(actor=cast.ada, at=AT, member=cast.dana, reason="x")
    found = told(cast, entry("member.left"))
    assert found["lars"].detail == "Without a lead of their own now: Demand and Field."


def test_a_change_of_lead_is_told_to_both(cast: Cast) -> None:
    change_team(
        actor=cast.ada, at=AT, team=cast.demand, name="Demand", parent=cast.commercial,
        lead=cast.nils,
    )  # fmt: skip
    found = told(cast)
    assert {name: one.title for name, one in found.items()} == {
        "nils": "You lead Demand now",
        "dana": "Nils leads Demand now",
    }


def test_a_team_that_loses_its_lead_is_told_to_who_acts_now(cast: Cast) -> None:
    change_team(
        actor=cast.ada, at=AT, team=cast.demand, name="Demand", parent=cast.commercial, lead=None
    )
    found = told(cast)
    assert found["dana"].title == "You no longer lead Demand"
    assert found["lars"].title == "Demand has no lead of its own now"
    assert found["lars"].detail == "Lars acts for it."


def test_who_is_to_lead_a_new_team_hears_of_it(cast: Cast) -> None:
    create_team(actor=cast.ada, at=AT, name="Field", parent=cast.demand, lead=cast.nils)
    assert told(cast)["nils"].title == "You lead Field now"


def test_a_team_that_only_gets_another_name_is_no_news(cast: Cast) -> None:
    change_team(
        actor=cast.ada, at=AT, team=cast.demand, name="Pull", parent=cast.commercial,
        lead=cast.dana,
    )  # fmt: skip
    assert told(cast) == {}


# Leaves


def test_who_leaves_for_good_is_not_back_from_leave(cast: Cast) -> None:
    leave_of(cast)
    deactivate_member(actor=cast.ada, at=AT, member=cast.dana, reason="x")
    found = told(cast, entry("leave.ended"))["nils"]
    assert found.title == "The leave of Dana is over: they left"
    assert found.detail == "Nils does not stand in any more."
    assert entry("leave.ended").data["ending"] == "left"


def test_a_leave_to_come_of_who_leaves_is_off(cast: Cast) -> None:
    plan_leave(
        actor=cast.olu, at=AT, member=cast.olu, stand_in=cast.nils,
        starts_on="2026-12-01", ends_on="2026-12-01",
    )  # fmt: skip
    assert told(cast)["nils"].title == "Olu is on leave on 1 December"
    deactivate_member(actor=cast.ada, at=AT, member=cast.olu, reason="x")
    found = told(cast, entry("leave.cancelled"))["nils"]
    assert found.title == "The leave of Olu on 1 December is off: they left"


def test_back_early_back_in_time_and_cancelled(cast: Cast) -> None:
    end_leave(actor=cast.dana, at=AT + DAY, leave=leave_of(cast))
    assert told(cast)["nils"].title == "Dana is back early from leave"
    assert entry("leave.ended").data["ending"] == "back_early"
    cast.owned_by(cast.dana, cast.initiative("Referrals"))
    plan_leave(
        actor=cast.dana, at=AT, member=cast.dana, stand_in=cast.nils,
        starts_on="2026-11-18", ends_on="2026-11-19",
    )  # fmt: skip
    follow_leaves(at=AT + 2 * DAY, organization=cast.acme)
    follow_leaves(at=AT + 4 * DAY, organization=cast.acme)
    assert told(cast)["nils"].title == "Dana is back from leave"
    assert told(cast)["nils"].detail == "Dana answers for their own work."
    assert entry("leave.ended").data["ending"] == "over"
    later = plan_leave(
        actor=cast.dana, at=AT, member=cast.dana, stand_in=cast.nils,
        starts_on="2026-12-18", ends_on="2026-12-19",
    )  # fmt: skip
    end_leave(actor=cast.dana, at=AT, leave=later)
    cancelled = "The leave of Dana from 18 December to 19 December was cancelled"
    assert told(cast)["nils"].title == cancelled
    assert entry("leave.cancelled").data["ending"] == "cancelled"


def test_who_goes_from_one_leave_into_the_next_is_not_back(cast: Cast) -> None:
    leave_of(cast, "2026-11-17")
    plan_leave(
        actor=cast.dana, at=AT, member=cast.dana, stand_in=cast.fay,
        starts_on="2026-11-18", ends_on="2026-11-30",
    )  # fmt: skip
    follow_leaves(at=AT + 2 * DAY, organization=cast.acme)
    found = told(cast, entry("leave.ended"))["nils"]
    assert found.title == "A leave of Dana is over, and another has begun"
    assert found.detail == ""


def test_a_leave_that_nobody_looked_at_is_told_by_its_end(cast: Cast) -> None:
    plan_leave(
        actor=cast.dana, at=AT, member=cast.dana, stand_in=cast.nils,
        starts_on="2026-11-18", ends_on="2026-11-19",
    )  # fmt: skip
    follow_leaves(at=AT + 9 * DAY, organization=cast.acme)
    assert told(cast, entry("leave.began")) == {}
    assert told(cast, entry("leave.ended"))["nils"].title == "Dana is back from leave"


def test_a_change_is_told_to_who_was_to_stand_in(cast: Cast) -> None:
    leave = leave_of(cast)
    change_leave(actor=cast.dana, at=AT, leave=leave, stand_in=cast.fay, ends_on="2026-12-01")
    found = told(cast)
    assert {"nils", "fay"} <= set(found)
    assert found["nils"].title == "The leave of Dana from 16 November to 1 December has changed"
    assert found["nils"].detail == "Fay stands in. It was to end on 30 November."


def test_a_stand_in_who_is_away_does_not_stand_in(cast: Cast) -> None:
    leave = leave_of(cast)
    plan_leave(
        actor=cast.nils, at=AT, member=cast.nils, stand_in=None,
        starts_on="2026-11-16", ends_on="2026-11-20",
    )  # fmt: skip
    happened(cast, "leave.changed", leave, cast.dana, member=cast.dana, stand_in=cast.nils)
    words = "Nils was to stand in and is on leave too: nobody does."
    assert told(cast)["nils"].detail == words


# Steps up


def test_what_moves_because_somebody_left_was_not_out_of_time(cast: Cast) -> None:
    breach = cast.breach(level=1, answerable=cast.dana, due_at=AT + 20 * DAY)
    cast.step(breach, cast.dana, level=1)
    deactivate_member(actor=cast.ada, at=AT, member=cast.dana, reason="x")
    escalate_overdue(at=SOON, organization=cast.acme)
    found = told(cast, entry("breach.escalated"))["lars"]
    assert found.detail.startswith("Dana left. It is with Lars until ")


@pytest.mark.parametrize(
    ("because", "words"),
    [
        (Because.OVERDUE, "It was with Olu until Monday 16 November, 10:00 CET."),
        (Because.DECIDED, "A decision handed it up."),
        (Because.DID_NOT_WORK, "What was decided about it did not work."),
        (Because.MISSED, "The review that was to decide it was not held."),
        (Because.LEFT, "Olu left."),
    ],
)
def test_a_step_says_why(cast: Cast, because: Because, words: str) -> None:
    facts: dict[str, Any] = {"from": cast.olu, "to": cast.dana, "because": because}
    facts |= {"was_due_at": AT - timedelta(hours=1), "due_at": AT + DAY}
    happened(cast, "breach.escalated", cast.breach(), **facts)
    until = "It is with Dana until Tuesday 17 November, 11:00 CET."
    assert told(cast)["dana"].detail == f"{words} {until}"


# Interim owners


def test_an_interim_for_a_silent_owner_does_not_say_that_there_is_none(cast: Cast) -> None:
    name_interim(
        actor=cast.dana, at=AT, initiative=cast.pipeline, person=cast.nils, until="2026-11-20",
        silent={cast.pipeline.pk: AT - 30 * DAY},
    )  # fmt: skip
    detail = told(cast)["nils"].detail
    assert detail.startswith("Its owner, Olu, has been silent for two periods. ")
    end_interims(at=AT + 6 * DAY, organization=cast.acme)
    assert told(cast)["nils"].detail == "The last day has passed; Olu owns the initiative."


def test_an_interim_for_an_owner_on_leave_says_so(cast: Cast) -> None:
    plan_leave(
        actor=cast.olu, at=AT, member=cast.olu, stand_in=None,
        starts_on="2026-11-16", ends_on="2026-12-16",
    )  # fmt: skip
    name_interim(
        actor=cast.dana, at=AT, initiative=cast.pipeline, person=cast.nils, until="2026-11-20"
    )
    detail = told(cast)["nils"].detail
    assert detail.startswith("Its owner, Olu, is on leave and nobody stands in. ")
    end_interims(at=AT + 6 * DAY, organization=cast.acme)
    words = "The last day has passed; Olu owns the initiative and is on leave; nobody stands in."
    assert told(cast)["nils"].detail == words


def test_an_interim_for_work_without_an_owner_says_that(cast: Cast) -> None:
    work = cast.initiative("Referrals")
    name_interim(actor=cast.dana, at=AT, initiative=work, person=cast.nils, until="2026-11-20")
    assert told(cast)["nils"].detail.startswith("The initiative has no owner. ")
    end_interims(at=AT + 6 * DAY, organization=cast.acme)
    assert told(cast)["nils"].detail.endswith("the initiative still has no owner.")


def test_an_interim_whose_person_leaves_is_named(cast: Cast) -> None:
    work = cast.initiative("Referrals")
    name_interim(actor=cast.dana, at=AT, initiative=work, person=cast.nils, until="2026-11-20")
    deactivate_member(actor=cast.ada, at=AT, member=cast.nils, reason="x")
    assert told(cast, entry("interim.ended"))["dana"].detail == "Nils left."


# Work that somebody else pauses, resumes or ends


def test_the_owner_hears_what_somebody_else_does_with_their_work(cast: Cast) -> None:
    pause_initiative(actor=cast.dana, at=AT, initiative=cast.pipeline, reason="A freeze.")
    found = told(cast)
    assert set(found) == {"olu"}
    assert found["olu"].title == "Dana paused Fill the pipeline"
    assert found["olu"].detail == "No readings are owed until it goes on. Why: A freeze."
    assert found["olu"].kind == NoticeKind.OFFER
    resume_initiative(actor=cast.dana, at=AT + DAY, initiative=cast.pipeline)
    assert told(cast)["olu"].title == "Dana resumed Fill the pipeline"
    draft = cast.initiative("Referrals", owner=cast.nils, draft=True)
    activate_initiative(actor=cast.dana, at=AT, initiative=draft)
    assert told(cast)["nils"].title == "Dana activated Referrals"


@pytest.mark.parametrize("state", ["completed", "stopped"])
def test_the_last_owner_hears_that_it_ended(cast: Cast, state: str) -> None:
    end_initiative(actor=cast.dana, at=AT, initiative=cast.pipeline, ended_as=state, reason="Done.")
    found = told(cast, entry(f"initiative.{state}"))
    assert set(found) == {"olu"}
    assert found["olu"].title == f"Dana {state} Fill the pipeline"
    assert found["olu"].detail == "Nobody answers for it any more. Why: Done."


def test_who_stands_in_hears_it_too_and_who_did_it_does_not(cast: Cast) -> None:
    plan_leave(
        actor=cast.olu, at=AT, member=cast.olu, stand_in=cast.nils,
        starts_on="2026-11-16", ends_on="2026-12-16",
    )  # fmt: skip
    pause_initiative(actor=cast.lars, at=AT, initiative=cast.pipeline, reason="A freeze.")
    assert set(told(cast)) == {"olu", "nils"}


# Breaches, decisions, reviews


def test_two_breaches_of_one_metric_are_not_two_metrics(cast: Cast) -> None:
    found = [cast.breach(recovered_at=AT), cast.missing(due_at=AT + 9 * DAY)]
    happened(cast, "readings.missed", cast.acme, opened=[one.pk for one in found])
    notice = told(cast)["olu"]
    assert notice.title == "2 breaches need a decision: Qualified demos"
    assert "The first decision is due by Monday 23 November, 11:00 CET." in notice.detail


@pytest.mark.parametrize(
    ("name", "unit", "value"),
    [
        ("Qualified demos", "demos", "31"),
        ("Demos", "demo", "31"),
        ("Page load", "s", "31 s"),
        ("Churn", "h", "31 h"),
        ("Retention", "%", "31%"),
    ],
)
def test_a_unit_is_left_out_only_where_the_name_says_it(
    cast: Cast, name: str, unit: str, value: str
) -> None:
    breach = cast.breach(cast.metric(name, unit=unit))
    happened(cast, "readings.recorded", cast.acme, cast.robo, opened=[breach.pk])
    assert told(cast)["olu"].title.startswith(f"{name} is below its floor: {value}, floor 45")


def test_what_waits_for_approval_is_not_carried_out_yet(cast: Cast) -> None:
    decision = cast.decision(cast.breach(), kind="hold_course", carried_out_by=cast.nils)
    happened(cast, "decision.recorded", decision, cast.olu)
    found = told(cast)
    words = "You carry out D-1 about Qualified demos once it is approved: Hold course"
    assert found["nils"].title == words
    assert found["nils"].detail.startswith("It waits for approval. ")
    happened(cast, "decision.approved", decision, cast.dana)
    found = told(cast)
    assert found["nils"].title == "You carry out D-1 about Qualified demos: Hold course"


def test_who_took_a_review_over_is_named_though_somebody_else_runs_it_now(cast: Cast) -> None:
    review = cast.open_review()
    take_facilitation(actor=cast.nils, at=AT, review=review)
    first = entry("review.facilitation_taken")
    take_facilitation(actor=cast.lars, at=AT, review=review)
    assert told(cast, first)["dana"].title == "Nils runs Weekly 1 of 16 November"


def test_the_end_of_a_day_reads_well(cast: Cast) -> None:
    due_at = AT.replace(hour=22, minute=59, second=59)
    cast.owned_by(cast.nils, cast.initiative(), accepted=False, due_at=due_at)
    lapse_offers(at=AT + DAY, organization=cast.acme)
    detail = told(cast)["nils"].detail
    assert detail == "An answer was awaited until the end of Monday 16 November."


def test_a_subject_is_one_line_though_a_name_is_not(cast: Cast) -> None:
    work = cast.initiative("Fill\r\nBcc: x@evil.example\u2028the\x0bpipeline", owner=cast.olu)
    pause_initiative(actor=cast.dana, at=AT, initiative=work, reason="x")
    derive_notices(at=SOON)
    assert post(SOON) == 1
    assert mail.outbox[0].subject == "Dana paused Fill Bcc: x@evil.example the pipeline"
