"""What is not mailed because it is not so any more, and what still is."""

from datetime import date, timedelta

from django.core import mail

from cadence.breaches.models import Breach
from cadence.evaluation.approvals import answer_decision
from cadence.notices.derive import derive_notices
from cadence.notices.models import Notice
from cadence.notices.settled import unsettled
from cadence.ownership.actions import accept_ownership, offer_ownership
from cadence.ownership.interims import name_interim, withdraw_interim
from cadence.reviews.room import move_review, take_facilitation
from tests.cast import AT, Cast
from tests.notices.things import SOON, happened, post

LATER = AT + timedelta(hours=1)


def said(cast: Cast, name: str) -> list[str]:
    """What of everything that a person was told still stands."""
    derive_notices(at=SOON)
    rows = Notice.objects.filter(member=getattr(cast, name)).select_related("entry").order_by("pk")
    return [one.title for one in unsettled(list(rows))]


def test_an_approval_is_mailed_also_after_an_escalation(cast: Cast) -> None:
    breach = cast.breach()
    escalated = cast.decision(breach, kind="escalate", decided_at=AT)
    Breach.objects.filter(pk=breach.pk).update(answerable=cast.dana)
    held = cast.decision(
        breach, kind="hold_course", decided_by=cast.dana, recorded_by=cast.dana, replaces=escalated
    )
    happened(cast, "decision.recorded", held, cast.dana, breaches=[breach.pk])
    derive_notices(at=SOON)
    post(SOON)
    assert "lars@acme.example" in [message.to[0] for message in mail.outbox]
    assert "waits for your approval" in mail.outbox[0].subject


def test_who_no_longer_answers_in_the_interim_does_not_read_that_they_do(cast: Cast) -> None:
    interim = name_interim(
        actor=cast.dana, at=AT, initiative=cast.initiative("Referrals"), person=cast.nils,
        until=date(2026, 12, 1),
    )  # fmt: skip
    derive_notices(at=SOON)
    withdraw_interim(actor=cast.lars, at=LATER, interim=interim)
    assert said(cast, "nils") == ["You no longer answer for Referrals in the interim"]
    assert said(cast, "dana") == ["Nils no longer answers for Referrals in the interim"]


def test_of_who_runs_a_review_the_last_counts_and_its_move_is_told_besides(cast: Cast) -> None:
    review = cast.planned_review(starts_at=AT + timedelta(days=1))
    for day in (2, 3):
        move_review(
            actor=cast.lars,
            at=AT,
            review=review,
            starts_at=AT + timedelta(days=day),
            reason="Fair.",
        )
        review.refresh_from_db()
    take_facilitation(actor=cast.nils, at=AT, review=review)
    take_facilitation(actor=cast.lars, at=AT, review=review)
    assert said(cast, "dana") == [
        "Weekly 1 of 16 November was moved to Thursday 19 November, 11:00 CET",
        "Lars runs Weekly 1 of 16 November",
    ]
    # Fay was told of the first only: nothing newer is known to her.
    assert said(cast, "fay")[-1] == "Nils runs Weekly 1 of 16 November"


def test_who_owns_something_is_told_of_the_last_owner_only(cast: Cast) -> None:
    for person in (cast.nils, cast.fay):
        offer = offer_ownership(actor=cast.lars, at=AT, initiative=cast.pipeline, owner=person)
        accept_ownership(actor=person, at=AT, ownership=offer)
    assert said(cast, "dana") == ["Fay owns Fill the pipeline now"]


def test_who_runs_a_series_is_told_until_somebody_else_does(cast: Cast) -> None:
    series = cast.series()
    happened(cast, "series.created", series, cast.dana, facilitator=cast.fay)
    change = [cast.fay.pk, cast.nils.pk]
    happened(cast, "series.changed", series, cast.dana, facilitator=change)
    assert said(cast, "fay") == [f"Nils runs the reviews of {series.name}"]


def test_a_proposal_is_told_until_it_is_answered(cast: Cast) -> None:
    held = cast.decision(
        cast.breach(), kind="hold_course", decided_by=cast.dana, recorded_by=cast.dana
    )
    happened(cast, "decision.recorded", held, cast.dana)
    assert said(cast, "olu") == ["Dana proposes for Qualified demos: Hold course (D-1)"]
    answer_decision(actor=cast.lars, at=LATER + timedelta(hours=1), decision=held, approved=True)
    assert said(cast, "olu") == ["Lars approved D-1 about Qualified demos: Hold course"]


def test_that_a_decision_is_needed_is_told_until_there_is_one(cast: Cast) -> None:
    breach = cast.breach(answerable=cast.nils)
    held = cast.decision(breach, kind="hold_course", decided_by=cast.dana, recorded_by=cast.dana)
    answer_decision(
        actor=cast.lars, at=LATER + timedelta(hours=1), decision=held, approved=False, reason="No."
    )
    assert len(said(cast, "nils")) == 1
    cast.decision(breach)
    assert said(cast, "nils") == []


def test_of_two_things_neither_says_the_newer_about_the_other(cast: Cast) -> None:
    for name in ("One", "Another"):
        offer = offer_ownership(
            actor=cast.lars, at=AT, initiative=cast.initiative(name), owner=cast.nils
        )
        accept_ownership(actor=cast.nils, at=AT, ownership=offer)
    assert len(said(cast, "dana")) == 2
