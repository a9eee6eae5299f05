"""Digests come once a day and once a week, in each person's own zone, and say what is so."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organization, Role
from cadence.breaches.models import Breach
from cadence.decisions.actions import commit
from cadence.notices.derive import derive_notices
from cadence.notices.digests import moment_on, write_digests
from cadence.notices.mails import message_for
from cadence.notices.models import Delivery, Mode, Notice, NoticeKind, Postbox
from cadence.notices.preferences import set_preferences
from cadence.notices.week import due_for
from cadence.ownership.actions import offer_ownership
from cadence.ownership.models import Leave
from tests.cast import AT, Cast
from tests.notices.things import SOON, happened, post

# A Monday and a Tuesday in Berlin, after eight.
MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
# Of the week before: no Monday digest is due.
WEDNESDAY = datetime(2026, 11, 18, 7, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _berlin(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.acme.pk).update(time_zone="Europe/Berlin")
    cast.acme.refresh_from_db()


def a_daily_notice(cast: Cast) -> Notice:
    """Nils promised something: commitments are told once a day."""
    commit(
        actor=cast.dana, at=AT, initiative=cast.pipeline, text="Call them all.",
        person=cast.nils, due_on=date(2026, 11, 27),
    )  # fmt: skip
    derive_notices(at=SOON)
    return Notice.objects.latest("pk")


def digests(event: str = "daily_digest") -> list[Delivery]:
    return list(Delivery.objects.filter(event=event).order_by("pk"))


def bodies() -> dict[str, str]:
    return {message.to[0].split("@")[0]: str(message.body) for message in mail.outbox}


def test_a_daily_digest_comes_at_the_persons_hour_once(cast: Cast) -> None:
    notice = a_daily_notice(cast)
    before = datetime(2026, 11, 17, 6, 59, tzinfo=UTC)
    write_digests(at=before)
    assert digests() == []
    for minute in range(3):
        write_digests(at=before + timedelta(minutes=minute))
    (digest,) = digests()
    assert digest.member == cast.nils
    assert [*digest.notices.all()] == [notice]
    assert digest.message_id == f"daily-digest-{cast.nils.pk}-2026-11-17@localhost"


def test_what_is_delivered_is_in_no_second_digest(cast: Cast) -> None:
    a_daily_notice(cast)
    for day in range(1, 5):
        write_digests(at=AT + timedelta(days=day))
    assert len(digests()) == 1


def test_ticks_that_were_missed_are_made_up_for(cast: Cast) -> None:
    """Nothing ran for three days: one digest, when it runs again."""
    a_daily_notice(cast)
    write_digests(at=AT + timedelta(days=3, hours=5))
    write_digests(at=AT + timedelta(days=3, hours=6))
    assert len(digests()) == 1


def test_what_was_read_or_settled_meanwhile_is_not_mailed(cast: Cast) -> None:
    notice = a_daily_notice(cast)
    write_digests(at=WEDNESDAY)
    (digest,) = digests()
    Notice.objects.filter(pk=notice.pk).update(read_at=AT)
    assert post(WEDNESDAY) == 0
    digest.refresh_from_db()
    assert digest.state == "dropped"


def test_a_digest_names_everything_with_its_page(cast: Cast) -> None:
    a_daily_notice(cast)
    write_digests(at=WEDNESDAY)
    assert post(WEDNESDAY) == 1
    text = bodies()["nils"]
    assert "1 unread notice in Acme" in text
    assert "- By 27 November: Call them all." in text
    assert "http" in text and "/o/acme/my-week#waits" in text
    assert "/o/acme/account/notices" in text


def test_who_wants_no_mail_gets_none(cast: Cast) -> None:
    set_preferences(actor=cast.nils, at=AT, modes={NoticeKind.COMMITMENT: Mode.NEVER})
    a_daily_notice(cast)
    write_digests(at=AT + timedelta(days=1))
    assert digests() == []


def test_the_demo_writes_to_nobody(cast: Cast) -> None:
    Organization.objects.update(is_demo=True)
    a_daily_notice(cast)
    assert write_digests(at=MONDAY) == 0


def test_each_person_has_a_zone_and_an_hour_of_their_own(cast: Cast) -> None:
    set_preferences(
        actor=cast.nils, at=AT, modes={}, time_zone="America/New_York", digest_at="07:15"
    )
    a_daily_notice(cast)
    Postbox.objects.update(daily_on=date(2026, 11, 16))
    write_digests(at=datetime(2026, 11, 17, 12, 14, tzinfo=UTC))
    assert digests() == []
    write_digests(at=datetime(2026, 11, 17, 12, 15, tzinfo=UTC))
    assert len(digests()) == 1


def test_who_chose_the_digest_before_a_mail_went_out_finds_it_there(cast: Cast) -> None:
    happened(cast, "readings.recorded", cast.acme, opened=[cast.breach().pk])
    derive_notices(at=SOON)
    set_preferences(actor=cast.olu, at=SOON, modes={NoticeKind.BREACH: Mode.DAILY})
    assert post(SOON) == 0
    for _ in range(2):
        write_digests(at=WEDNESDAY)
        post(WEDNESDAY)
    (message,) = mail.outbox
    assert "Qualified demos is below its floor" in str(message.body)
    write_digests(at=WEDNESDAY + timedelta(days=1))
    assert len(digests()) == 1


def test_who_wants_no_mail_of_a_kind_gets_none_that_is_on_its_way(cast: Cast) -> None:
    happened(cast, "readings.recorded", cast.acme, opened=[cast.breach().pk])
    derive_notices(at=SOON)
    set_preferences(actor=cast.olu, at=SOON, modes={NoticeKind.BREACH: Mode.NEVER})
    assert post(SOON) == 0
    write_digests(at=WEDNESDAY)
    assert digests() == []


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("day", "digest_at", "due"),
    [
        # 02:30 does not exist: the clock jumps from two to three.
        (date(2027, 3, 28), time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        # 02:30 exists twice: the first of the two counts.
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 10, 26), time(8), datetime(2026, 10, 26, 7, 0, tzinfo=UTC)),
        (date(2026, 10, 24), time(8), datetime(2026, 10, 24, 6, 0, tzinfo=UTC)),
    ],
)
def test_a_clock_change_moves_no_digest_to_another_day(
    day: date, digest_at: time, due: datetime
) -> None:
    assert moment_on(day, digest_at, BERLIN) == due


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", date(2027, 3, 28)),
        ("Europe/Berlin", date(2027, 10, 31)),
        ("Australia/Lord_Howe", date(2027, 4, 4)),
        ("America/Santiago", date(2027, 9, 5)),
    ],
)
def test_around_a_clock_change_there_is_one_digest_a_day(
    cast: Cast, zone: str, change: date
) -> None:
    """A tick every half an hour, at an hour that is missing on one day or comes twice."""
    set_preferences(actor=cast.nils, at=AT, modes={}, time_zone=zone, digest_at="02:30")
    a_daily_notice(cast)
    start = datetime.combine(change - timedelta(days=2), time(), tzinfo=UTC)
    for half_hours in range(48 * 4):
        at = start + timedelta(minutes=30 * half_hours)
        if half_hours % 12 == 0:
            Notice.objects.create(
                organization=cast.acme,
                member=cast.nils,
                kind="commitment",
                title="Call them all.",
                path="/o/acme/my-week",
                created_at=at,
                entry=happened(cast, "tests.ran", cast.pipeline),
            )
        write_digests(at=at)
    days = [row.created_at.astimezone(ZoneInfo(zone)).date() for row in digests()]
    assert days == sorted(set(days))
    assert {change + timedelta(days=one) for one in (-1, 0, 1)} <= set(days)


def owner(cast: Cast) -> Breach:
    """Olu's week: a breach, a commitment, an offer, a verdict."""
    breach = cast.breach(due_at=MONDAY + timedelta(days=2))
    decided = cast.decision(cast.breach(cast.metric("Calls")), decided_at=AT)
    cast.verdict(decided, due_at=MONDAY + timedelta(days=3))
    commit(
        actor=cast.dana, at=AT, initiative=cast.pipeline, text="Call them all.",
        person=cast.olu, due_on=date(2026, 11, 27),
    )  # fmt: skip
    commit(
        actor=cast.dana, at=AT, initiative=cast.pipeline, text="Next month.",
        person=cast.olu, due_on=date(2026, 12, 27),
    )  # fmt: skip
    offer_ownership(
        actor=cast.dana, at=MONDAY, initiative=cast.initiative("Referrals"), owner=cast.olu
    )
    return breach


def test_the_monday_digest_of_an_owner_says_what_the_week_asks_for(cast: Cast) -> None:
    breach = owner(cast)
    write_digests(at=MONDAY)
    mine = [row for row in digests("monday_digest") if row.member == cast.olu]
    assert len(mine) == 1
    post(MONDAY)
    text = bodies()["olu"]
    assert "DUE FROM YOU UNTIL SUNDAY" in text
    assert "Decisions (1)" in text
    assert "Qualified demos is below its floor: 31, floor 45, week of 9 November, by Wed" in text
    assert f"/o/acme/breaches/{breach.pk}" in text
    assert "Answer whether you own Referrals" in text
    assert "Verdicts to acknowledge (1)" in text
    assert "Call them all., by 27 November" in text
    assert "Next month." not in text
    assert "Readings (" in text
    assert "IN YOUR TEAMS" not in text


def test_the_monday_digest_of_a_leader_says_what_is_amiss(cast: Cast) -> None:
    cast.initiative("Referrals")
    cast.breach(due_at=MONDAY - timedelta(days=1))
    write_digests(at=MONDAY)
    post(MONDAY)
    text = bodies()["dana"]
    assert "Without an owner who answers" in text
    assert "Referrals: nobody was asked" in text
    assert "Undecided (1)" in text
    assert "(Olu decides), late, was due Sunday 22 November" in text


def test_a_leader_reads_what_is_undecided_in_time_and_what_has_gone_up(cast: Cast) -> None:
    cast.breach(due_at=MONDAY + timedelta(days=2))
    calls = cast.metric("Calls")
    cast.breach(calls, due_at=MONDAY + timedelta(days=3), level=1, answerable=cast.dana)
    write_digests(at=MONDAY)
    post(MONDAY)
    text = bodies()["dana"]
    assert "Undecided (2)" in text
    assert "(Olu decides), by Wednesday 25 November, 08:30 CET" in text
    assert "(Dana decides), gone up, by Thursday 26 November, 08:30 CET" in text


def test_a_leader_reads_everything_that_is_overdue(cast: Cast) -> None:
    late = MONDAY - timedelta(days=1)
    missed = cast.planned_review(missed_at=late)
    decided = cast.decision(cast.breach(cast.metric("Calls")), decided_at=AT)
    cast.verdict(decided, given_at=AT, due_at=late)
    referrals = cast.initiative("Referrals")
    cast.owned_by(cast.nils, referrals, accepted=False, due_at=late)
    write_digests(at=MONDAY)
    post(MONDAY)
    text = bodies()["dana"]
    assert "Reviews that were not held (1)" in text
    assert f"{missed.series.name} (Fay runs it), of 16 November" in text
    assert "Verdicts not acknowledged in time (1)" in text
    assert "D-1: Worked, given 16 November" in text
    assert "Offers not answered in time (1)" in text
    assert "Nils was asked to own Referrals, was due Sunday 22 November" in text


def test_a_stand_in_and_an_interim_owner_read_of_verdicts(cast: Cast) -> None:
    """And nobody is told a second time because they own two of the metrics."""
    calls = cast.metric("Calls")
    decided = cast.decision(cast.breach(), cast.breach(calls), decided_at=AT)
    cast.verdict(decided, given_at=AT, due_at=MONDAY + timedelta(days=3))
    Leave.objects.create(
        organization=cast.acme, member=cast.olu, stand_in=cast.nils, planned_by=cast.olu,
        starts_on=AT.date(), ends_on=date(2026, 12, 4), planned_at=AT, began_at=AT,
    )  # fmt: skip
    write_digests(at=MONDAY)
    post(MONDAY)
    assert "Verdicts to acknowledge (1)" in bodies()["nils"]


@pytest.mark.parametrize(
    ("ours", "theirs", "at"),
    [
        # Monday at half past eight in Berlin is Sunday night in Los Angeles.
        ("America/Los_Angeles", "Europe/Berlin", MONDAY),
        ("America/Los_Angeles", "Pacific/Kiritimati", datetime(2026, 11, 22, 18, 30, tzinfo=UTC)),
        # Monday morning in Honolulu is Tuesday in Auckland.
        ("Pacific/Auckland", "Pacific/Honolulu", datetime(2026, 11, 23, 18, 30, tzinfo=UTC)),
    ],
)
def test_the_week_is_that_of_the_persons_own_monday(
    cast: Cast, ours: str, theirs: str, at: datetime
) -> None:
    Organization.objects.filter(pk=cast.acme.pk).update(time_zone=ours)
    set_preferences(actor=cast.olu, at=AT, modes={}, time_zone=theirs)
    promised = ((22, "Last week."), (29, "This week."), (30, "Next week."))
    for number, text in promised:
        commit(
            actor=cast.dana, at=AT, initiative=cast.pipeline, text=text, person=cast.olu,
            due_on=date(2026, 11, number),
        )  # fmt: skip
    write_digests(at=at)
    mine = Delivery.objects.get(event="monday_digest", member=cast.olu)
    message = message_for(mine, at)
    assert message is not None
    assert message.subject.startswith("Your week from 23 November: ")
    text = str(message.body)
    assert "Last week., was due 22 November" in text
    assert "This week., by 29 November" in text
    assert "Next week." not in text
    assert "Qualified demos, for the week of 16 November" in text


def test_approvals_in_a_monday_digest_cost_the_same_however_many(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def held(name: str) -> None:
        metric = cast.metric(name, initiative=cast.initiative(owner=cast.olu))
        cast.decision(cast.breach(metric), kind="hold_course")

    held("One")
    with CaptureQueriesContext(connection) as few:
        due_for(cast.dana, MONDAY.date(), MONDAY)
    for number in range(5):
        held(f"Another {number}")
    with django_assert_num_queries(len(few)):
        due = due_for(cast.dana, MONDAY.date(), MONDAY)
    assert {part.title: part.count for part in due}["Approvals"] == 6


def test_a_monday_digest_is_worded_when_it_is_sent(cast: Cast) -> None:
    """Decided between Monday and the mail server's return: not mentioned."""
    breach = cast.breach(due_at=MONDAY + timedelta(days=2))
    write_digests(at=MONDAY)
    cast.decision(breach)
    post(MONDAY)
    assert "below its floor" not in bodies().get("olu", "")


def test_with_nothing_to_say_it_is_dropped(cast: Cast) -> None:
    write_digests(at=MONDAY)
    post(MONDAY)
    assert "fay" not in bodies()
    assert {row.state for row in digests("monday_digest")} <= {"dropped", "sent"}


def test_one_monday_digest_a_week_however_many_ticks(cast: Cast) -> None:
    for minute in range(0, 60 * 48, 30):
        write_digests(at=MONDAY + timedelta(minutes=minute))
    people = [row.member_id for row in digests("monday_digest")]
    assert people and len(people) == len(set(people))


def test_late_on_tuesday_it_still_comes_and_on_wednesday_not(cast: Cast) -> None:
    write_digests(at=MONDAY + timedelta(days=2))
    assert digests("monday_digest") == []
    write_digests(at=TUESDAY)
    assert digests("monday_digest")


def test_who_wants_none_and_who_has_nothing_get_none(cast: Cast) -> None:
    set_preferences(actor=cast.olu, at=AT, modes={NoticeKind.WEEK: Mode.NEVER})
    write_digests(at=MONDAY)
    people = {row.member_id for row in digests("monday_digest")}
    assert cast.olu.pk not in people
    assert not people & {cast.obi.pk, cast.robo.pk, cast.nils.pk}
    assert cast.elena.role == Role.EXECUTIVE and cast.elena.pk in people
