"""Opening a review, by hand and by the tick; and what nobody held."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.errors import Conflict, Forbidden, NotFound
from cadence.ledger.models import Entry
from cadence.reviews.actions import open_due, open_review
from cadence.reviews.missed import mark_missed
from cadence.reviews.models import AgendaItem, AgendaKind, Attendance, Review
from tests.cast import AT, BEGINNING, LAST_WEEK, Cast
from tests.reviews.things import commitment, judgement


def state(review: Review) -> str:
    return Review.objects.get(pk=review.pk).state


def on(review: Review, kind: str) -> list[AgendaItem]:
    return list(review.agenda.filter(kind=kind))


def test_a_facilitator_a_lead_above_and_an_executive_can_open_a_review(cast: Cast) -> None:
    for person in (cast.fay, cast.dana, cast.lars, cast.elena):
        opened = open_review(actor=person, at=AT, review=cast.planned_review())
        assert opened.opened_at == AT
    for person in (cast.nils, cast.olu, cast.ada, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            open_review(actor=person, at=AT, review=cast.planned_review())
    with pytest.raises(NotFound):
        open_review(actor=cast.sven, at=AT, review=cast.planned_review())


def test_a_review_is_opened_at_most_a_day_early(cast: Cast) -> None:
    review = cast.planned_review()
    with pytest.raises(Conflict) as refused:
        open_review(actor=cast.fay, at=AT - timedelta(hours=24, seconds=1), review=review)
    assert refused.value.code == "review_too_early"
    open_review(actor=cast.fay, at=AT - timedelta(hours=24), review=review)


def test_a_review_opens_once(cast: Cast) -> None:
    review = cast.planned_review()
    open_review(actor=cast.fay, at=AT, review=review)
    with pytest.raises(Conflict) as refused:
        open_review(actor=cast.fay, at=AT, review=review)
    assert refused.value.code == "review_already_open"
    assert Entry.objects.about(review).count() == 1


def test_what_is_over_does_not_open(cast: Cast) -> None:
    closed = cast.close(cast.open_review())
    missed = cast.planned_review(missed_at=AT)
    late = cast.planned_review(hold_by=AT)
    skipped = cast.planned_review(cast.series(ended_at=BEGINNING))
    for review, code in (
        (closed, "review_closed"),
        (missed, "review_missed"),
        (late, "review_missed"),
        (skipped, "review_skipped"),
    ):
        with pytest.raises(Conflict) as refused:
            open_review(actor=cast.fay, at=AT, review=review or late)
        assert refused.value.code == code


def test_the_agenda_has_everything_of_the_scope_that_waits(cast: Cast) -> None:
    review = cast.planned_review()
    cast.reading(50)
    breach = cast.breach()
    escalated = cast.breach(cast.metric(), level=1)
    judged = cast.decision(cast.breach(cast.metric()), decided_at=AT)
    cast.verdict(judged, given_at=AT)
    due = commitment(cast, due_on=AT.date())
    commitment(cast, due_on=AT.date() + timedelta(days=1))
    commitment(cast, due_on=AT.date(), kept_at=AT)
    orphan = cast.initiative("Nobody's")
    opened = open_review(actor=cast.fay, at=AT, review=review)
    assert {item.breach for item in on(opened, AgendaKind.BREACH)} == {breach, escalated}
    assert [item.breach for item in on(opened, AgendaKind.ESCALATION)] == [escalated]
    assert [item.decision for item in on(opened, AgendaKind.VERDICT)] == [judged]
    assert [item.commitment for item in on(opened, AgendaKind.COMMITMENT)] == [due]
    assert [item.initiative for item in on(opened, AgendaKind.ORPHAN)] == [orphan]
    assert all(item.text for item in on(opened, AgendaKind.ORPHAN))
    counts = Entry.objects.about(review).get().data["agenda"]
    assert counts["breach"] == 2
    assert counts["escalation"] == counts["verdict"] == counts["commitment"] == 1


def test_a_metric_without_a_value_for_its_last_period_is_on_the_agenda(cast: Cast) -> None:
    judged, daily = cast.metric("Judged"), cast.metric("Daily", read_per="day", judged_per="day")
    judgement(judged, LAST_WEEK)
    judgement(cast.revenue, datetime(2026, 10, 1, tzinfo=UTC).date())
    young = cast.metric("Young", created_at=datetime(2026, 11, 11, tzinfo=UTC))
    paused = cast.metric("Paused", initiative=cast.initiative(owner=cast.nils))
    paused.initiative.paused_at = AT
    paused.initiative.save()
    opened = open_review(actor=cast.fay, at=AT, review=cast.planned_review())
    missing = {item.metric: item.text for item in on(opened, AgendaKind.MISSING)}
    assert missing == {
        cast.demos: "No value for week 9 Nov 2026",
        daily: "No value for day 15 Nov 2026",
    }
    assert young not in missing


def test_what_lies_outside_the_scope_is_on_no_agenda(cast: Cast) -> None:
    elsewhere = cast.team("Finance")
    metric = cast.metric(initiative=cast.initiative(team=elsewhere))
    above = cast.metric(initiative=cast.initiative(team=cast.commercial, owner=cast.lars))
    for other in (metric, above, cast.betas_metric):
        cast.breach(other)
    opened = open_review(actor=cast.fay, at=AT, review=cast.planned_review())
    assert on(opened, AgendaKind.BREACH) == []
    whole = cast.planned_review(cast.series(cast.commercial))
    opened = open_review(actor=cast.lars, at=AT, review=whole)
    assert [item.breach.metric for item in on(opened, AgendaKind.BREACH) if item.breach] == [above]


def test_opening_costs_the_same_for_one_breach_and_for_many(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            open_review(actor=cast.fay, at=AT, review=cast.planned_review())
        return len(seen)

    cast.breach()
    cast.initiative()
    open_review(actor=cast.fay, at=AT, review=cast.planned_review())
    few = queries()
    for _ in range(12):
        cast.breach(cast.metric())
        cast.initiative()
    assert queries() == few


# The tick


def test_the_tick_opens_what_is_due_and_nothing_else(cast: Cast) -> None:
    due = cast.planned_review()
    later = cast.planned_review(starts_at=AT + timedelta(minutes=1))
    passed = cast.planned_review(starts_at=AT - timedelta(weeks=1), hold_by=AT)
    skipped = cast.planned_review(cast.series(ended_at=BEGINNING))
    assert open_due(at=AT) == 1
    assert [state(r) for r in (due, later, passed, skipped)] == [
        "open",
        "planned",
        "planned",
        "skipped",
    ]
    entry = Entry.objects.about(due).get()
    assert (entry.event, entry.actor) == ("review.opened", None)


def test_a_tick_that_runs_twice_opens_and_misses_once(cast: Cast) -> None:
    cast.planned_review()
    cast.planned_review(starts_at=AT - timedelta(weeks=1), hold_by=AT)
    assert (open_due(at=AT), open_due(at=AT)) == (1, 0)
    assert (mark_missed(at=AT), mark_missed(at=AT)) == (1, 0)
    assert Entry.objects.filter(event__in=["review.opened", "review.missed"]).count() == 2


def test_a_tick_can_be_for_one_organization(cast: Cast) -> None:
    review = cast.planned_review()
    assert open_due(at=AT, organization=cast.beta) == 0
    assert mark_missed(at=review.hold_by, organization=cast.beta) == 0
    assert mark_missed(at=review.hold_by, organization=cast.acme) == 1


def test_a_review_that_nobody_held_is_missed(cast: Cast) -> None:
    review = cast.open_review()
    absent = Attendance.objects.create(
        organization=cast.acme, review=review, member=cast.olu, present=False, noted_at=AT
    )
    assert mark_missed(at=review.hold_by - timedelta(seconds=1)) == 0
    assert mark_missed(at=review.hold_by) == 1
    assert not absent.present
    assert state(review) == "missed"
    events = Entry.objects.about(review).order_by("sequence").values_list("event", flat=True)
    assert list(events) == ["review.missed", "review.escalated"]


def test_a_review_that_was_passed_over_entirely_is_missed_without_being_opened(cast: Cast) -> None:
    review = cast.planned_review()
    at = review.hold_by + timedelta(days=3)
    assert (mark_missed(at=at), open_due(at=at)) == (1, 0)
    missed = Review.objects.get(pk=review.pk)
    assert (missed.missed_at, missed.opened_at) == (at, None)


def test_a_review_that_people_attended_stays_open_until_it_is_closed(cast: Cast) -> None:
    attended, decided = cast.open_review(), cast.open_review()
    Attendance.objects.create(
        organization=cast.acme, review=attended, member=cast.olu, present=True, noted_at=AT
    )
    cast.decision(cast.breach(), review=decided)
    assert mark_missed(at=AT + timedelta(weeks=9)) == 0
    assert (state(attended), state(decided)) == ("open", "open")


def test_a_review_of_an_ended_series_is_missed_only_when_it_was_due_before(cast: Cast) -> None:
    series = cast.series()
    before = cast.planned_review(series)
    after = cast.planned_review(series)
    series.ended_at = before.starts_at + timedelta(hours=1)
    series.save()
    assert mark_missed(at=AT + timedelta(weeks=9)) == 1
    assert (state(before), state(after)) == ("missed", "skipped")
