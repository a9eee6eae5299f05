"""Rows of breaches, decisions, reviews, the ledger and answers. A line: allowed, then refused."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import models

from cadence.answers.models import KeptAnswer
from cadence.decisions.models import Commitment, DecisionBreach
from cadence.reviews.models import AgendaItem, CheckIn
from tests.architecture.attack import (
    ATTACKS,
    Attempt,
    again,
    attack,
    by_name,
    insert,
    update,
    without,
)
from tests.architecture.attacks_on_reviews import closing, noted, promised
from tests.architecture.attacks_on_work import entries
from tests.architecture.rows import DAY, WEEK, Facts, changed, finite, rule
from tests.cast import AT, LAST_WEEK, Cast

EARLIER = "'2026-11-02'"
# Breaches and decisions


def other_breach(cast: Cast) -> models.Model:
    return again(cast.breach(), metric=cast.metric())


rule("one_open_breach_per_metric", lambda c: c.breach(), {"recovered_at": AT}, {})
rule(
    "a_breach_says_what_was_crossed",
    other_breach,
    {},
    {"side": ""},
    {"value": None},
    {"limit": None},
    {"threshold": None},
    {"kind": "missing"},
    {"kind": "feeling"},
)
rule(
    "a_recovered_breach_has_a_moment",
    other_breach,
    {"recovered_at": AT, "recovered_period": LAST_WEEK},
    {"recovered_period": LAST_WEEK},
)
rule("a_breach_opens_in_its_run", other_breach, {}, {"opening_period": LAST_WEEK - WEEK})


def other_decision(cast: Cast) -> models.Model:
    return again(cast.decision(cast.breach()), number=99)


rule("one_decision_per_number", other_decision, {}, {"number": 1})
rule("a_decision_is_of_a_known_kind", other_decision, {}, {"kind": "carry_forward"})
rule("a_decision_says_what_is_done", other_decision, {}, {"what": ""})
rule(
    "a_decision_has_a_check_date",
    other_decision,
    {"kind": "stop", "check_on": None},
    {"check_on": None},
    {"kind": "stop"},
    {"kind": "recovered"},
)
rule(
    "hold_course_and_move_the_threshold_need_two_people",
    other_decision,
    {"kind": "hold_course", "needs_approval": True},
    {"kind": "hold_course"},
    {"needs_approval": True},
)
rule("an_escalation_names_a_person", other_decision, {}, {"kind": "escalate"})
MOVED = {"kind": "move_threshold", "needs_approval": True, "new_from": LAST_WEEK, "new_floor": 40}
rule(
    "a_moved_threshold_says_where_to",
    other_decision,
    MOVED,
    {**MOVED, "new_floor": None},
    {**MOVED, "new_from": None},
    {"new_from": LAST_WEEK},
)
finite(
    "a_moved_threshold_is_of_finite_numbers",
    lambda c: c.decision(c.breach(), kind="move_threshold"),
    "new_floor",
    number="99",
)
SHIFTED = {"kind": "reallocate", "moved_from": "Events", "moved_to": "Calls", "amount": "8,000 EUR"}
rule(
    "a_reallocation_says_from_to_and_how_much",
    other_decision,
    SHIFTED,
    *({**SHIFTED, name: ""} for name in ("moved_from", "moved_to", "amount")),
)


@attack("a_decision_names_a_breach_once")
def named_twice(cast: Cast, attempt: Attempt) -> None:
    link = DecisionBreach.objects.get(decision=decided(cast))
    attempt.allowed(insert(again(link, breach=cast.breach(cast.metric()))))
    attempt.refused(insert(again(link)))


@attack("a_refused_approval_has_a_reason")
def refused_without_a_word(cast: Cast, attempt: Attempt) -> None:
    waiting = cast.decision(cast.breach(cast.metric()), kind="hold_course")
    answered = cast.approval(cast.decision(cast.breach(), kind="hold_course"), cast.lars)
    approval = again(answered, decision=waiting)
    attempt.allowed(insert(approval))
    attempt.refused(insert(again(approval, approved=False)))


def other_verdict(cast: Cast) -> models.Model:
    return again(
        cast.verdict(cast.decision(cast.breach())),
        decision=cast.decision(cast.breach(cast.metric())),
    )


rule("a_verdict_is_of_a_known_kind", other_verdict, {}, {"result": "rather_good"})
changed(
    "an_acknowledgement_has_a_person",
    lambda c: c.verdict(c.decision(c.breach())),
    {"grounds": "Week of 7 December: 52, floor 45."},
    {"acknowledged_at": AT},
)


def commitment(cast: Cast) -> models.Model:
    return Commitment.objects.create(**promised(cast))


DROPPED = {"dropped_at": AT, "dropped_reason": "The leads were sold."}
changed("a_commitment_is_kept_or_dropped", commitment, DROPPED, {**DROPPED, "kept_at": AT})
changed("a_dropped_commitment_has_a_reason", commitment, DROPPED, {"dropped_at": AT})

# The ledger


@attack("one_ledger_entry_per_number")
def two_entries_of_a_number(cast: Cast, attempt: Attempt) -> None:
    _, second = entries(cast, 2)
    attempt.allowed(insert(again(second, sequence=3, previous_hash=second.hash)))
    attempt.refused(insert(again(second, hash="f" * 64)))


@attack("ledger_entries_are_numbered_from_one")
def an_entry_before_the_first(cast: Cast, attempt: Attempt) -> None:
    (first,) = entries(cast, 1)
    attempt.allowed(insert(again(first, sequence=2, previous_hash=first.hash)))
    with without([by_name()["a_ledger_entry_follows_the_one_before"]]):
        attempt.refused(insert(again(first, sequence=0)))


# Reviews
rule("a_series_is_weekly_or_monthly", lambda c: c.series(), {"kind": "monthly"}, {"kind": "daily"})
changed(
    "a_series_knows_its_holidays", lambda c: c.series(), {"on_holiday": "skip"}, {"on_holiday": "?"}
)
changed(
    "a_review_takes_minutes_to_hours",
    lambda c: c.series(),
    {"minutes": 5},
    {"minutes": 4},
    {"minutes": 481},
)
rule(
    "one_review_per_occurrence",
    lambda c: c.planned_review(),
    {"occurs_on": date(2026, 12, 7)},
    {"starts_at": AT + DAY},
)
changed(
    "a_moved_review_has_a_reason",
    lambda c: c.planned_review(),
    {"moved_at": AT, "moved_reason": "Two are ill."},
    {"moved_at": AT},
)


@attack("a_closed_review_was_open_and_has_minutes")
def closed_without_minutes(cast: Cast, attempt: Attempt) -> None:
    review = cast.open_review()
    attempt.allowed(closing(cast, review))
    attempt.refused(closing(cast, review, minutes_hash=""))
    attempt.refused(closing(cast, review, closed_by_id=None))
    attempt.refused(closing(cast, review, missed_at=AT))
    attempt.refused(update(review, closed_at=AT, closed_by_id=cast.fay.pk, minutes_hash="x"))


def on_agenda(cast: Cast, kind: str, **subject: Any) -> AgendaItem:
    return AgendaItem.objects.create(
        organization=cast.acme, review=cast.open_review(), kind=kind, added_at=AT, **subject
    )


def decided(cast: Cast) -> Any:
    return cast.decision(cast.breach())


@attack("an_agenda_item_is_about_something")
def about_nothing(cast: Cast, attempt: Attempt) -> None:
    item = on_agenda(cast, "orphan", initiative=cast.pipeline)
    attempt.allowed(insert(again(item, initiative=cast.initiative())))
    attempt.refused(insert(again(item, initiative=None)))
    attempt.refused(insert(again(item, kind="breach")))
    attempt.refused(insert(again(item, kind="gossip")))


def once(clause: str, kind: str, subject: Callable[[Cast], Facts]) -> None:
    def story(cast: Cast, attempt: Attempt) -> None:
        item = on_agenda(cast, kind, **subject(cast))
        attempt.allowed(insert(again(item, review=cast.open_review())))
        attempt.refused(insert(again(item)))

    ATTACKS.setdefault(clause, []).append(story)


once("a_breach_is_once_on_an_agenda", "breach", lambda c: {"breach": c.breach()})
once("a_decision_is_once_on_an_agenda", "verdict", lambda c: {"decision": decided(c)})
once("a_commitment_is_once_on_an_agenda", "commitment", lambda c: {"commitment": commitment(c)})
once("a_metric_is_once_on_an_agenda", "missing", lambda c: {"metric": c.demos})
once("a_initiative_is_once_on_an_agenda", "orphan", lambda c: {"initiative": c.pipeline})

rule(
    "a_check_in_has_a_confidence",
    lambda c: CheckIn.objects.create(
        organization=c.acme,
        initiative=c.pipeline,
        author=c.olu,
        starts_on=LAST_WEEK,
        confidence="at_risk",
        written_at=AT,
    ),
    {},
    {"confidence": "hopeful"},
)


@attack("one_attendance_per_person_and_review")
def there_twice(cast: Cast, attempt: Attempt) -> None:
    note = noted(cast)
    attempt.allowed(insert(again(note, member=cast.lars)))
    attempt.refused(insert(again(note, present=False)))


def kept(cast: Cast) -> KeptAnswer:
    return KeptAnswer.objects.create(
        organization=cast.acme, member=cast.olu, key="one", status=201, kept_at=AT
    )


rule("one_answer_per_member_and_key", kept, {"key": "One"}, {}, {"status": 200})
changed("a_refusal_is_not_kept", kept, {"status": 200}, {"status": 199}, {"status": 409})
