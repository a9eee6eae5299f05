"""Initiatives, owners, people, metrics, thresholds, readings and the ledger."""

from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from cadence.ledger.actions import append
from cadence.ledger.models import Entry, Head
from cadence.metrics.models import Correction, Reading, Threshold
from cadence.ownership.models import Ownership
from tests.architecture.attack import (
    Attempt,
    again,
    attack,
    by_name,
    delete,
    insert,
    never_deleted,
    update,
    without,
)
from tests.cast import AT, Cast

LATER = AT + timedelta(hours=1)

# People


@attack("a_team_tree_has_no_circle")
def a_circle_of_teams(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(cast.partners, parent_id=cast.commercial.pk))
    attempt.refused(update(cast.commercial, parent_id=cast.partners.pk))
    attempt.refused(update(cast.demand, parent_id=cast.partners.pk))


@attack("a_team_with_work_stays")
def a_team_with_work_deleted(cast: Cast, attempt: Attempt) -> None:
    empty = cast.team("Empty")
    attempt.allowed(delete(empty))
    cast.initiative(team=empty)
    for team in (empty, cast.commercial):
        attempt.refused(delete(team))


@attack("a_team_with_work_stays")
def a_team_with_reviews_deleted(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(delete(cast.partners))
    cast.planned_review(cast.series(cast.partners))
    attempt.refused(delete(cast.partners))


@attack("a_membership_stays_one_persons")
def a_membership_given_away(cast: Cast, attempt: Attempt) -> None:
    friend = User.objects.create(email="friend@example.com", name="A friend")
    attempt.allowed(update(cast.olu, name="Olu A."))
    attempt.keeps(cast.olu, user_id=friend.pk)
    attempt.refused(update(cast.olu, user_id=None, role="machine"))
    attempt.refused(update(cast.robo, user_id=friend.pk, role="member"))


never_deleted("a_membership_is_never_deleted", lambda cast: cast.nils)


@attack("a_sponsor_is_of_the_organization")
def a_sponsor_from_elsewhere(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(cast.acme, sponsor_id=cast.lars.pk))
    attempt.refused(update(cast.acme, sponsor_id=cast.sven.pk))
    fresh = again(cast.acme, slug="acme-2", sponsor=None)
    attempt.allowed(insert(fresh))
    attempt.refused(insert(again(fresh, sponsor=cast.elena)))


# Initiatives and their owners

never_deleted("an_initiative_is_never_deleted", lambda cast: cast.initiative())


@attack("an_ended_initiative_stays_ended")
def an_initiative_revived(cast: Cast, attempt: Attempt) -> None:
    work = cast.initiative()
    ended = {"ended_at": AT, "ended_as": "stopped"}
    attempt.allowed(update(work, **ended))
    type(work).objects.filter(pk=work.pk).update(**ended)
    attempt.keeps(
        work,
        ended_at={"ended_at": None, "ended_as": ""},
        ended_as="completed",
        activated_at=None,
        team_id=cast.partners.pk,
    )


never_deleted("an_ownership_stays_on_record", lambda cast: cast.ownership)


@attack("an_ownership_keeps_its_owner")
def an_owner_exchanged(cast: Cast, attempt: Attempt) -> None:
    offer = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
    attempt.allowed(update(cast.ownership, reason="Still Olu."))
    # It would never lapse, and hold no review open for ever.
    attempt.refused(update(offer, due_at=AT + timedelta(days=999)))
    attempt.keeps(
        cast.ownership,
        initiative_id=cast.initiative().pk,
        owner_id=cast.nils.pk,
        offered_by_id=cast.lars.pk,
        offered_at=AT,
        due_at=AT + timedelta(days=999),
        note="Still Olu.",
    )


@attack("an_accepted_ownership_stays_accepted")
def an_acceptance_taken_back(cast: Cast, attempt: Attempt) -> None:
    offer = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
    attempt.allowed(update(offer, accepted_at=AT))
    attempt.keeps(cast.ownership, accepted_at=None)


@attack("an_ended_ownership_stays_ended")
def an_ownership_revived(cast: Cast, attempt: Attempt) -> None:
    offer = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
    ended = {"ended_at": AT, "ending": "initiative_ended", "reason": "It was stopped."}
    attempt.allowed(update(offer, **ended))
    Ownership.objects.filter(pk=offer.pk).update(**ended)
    attempt.keeps(
        offer,
        accepted_at=AT,
        ended_at={"ended_at": None, "ending": ""},
        ending="left",
        reason="Never mind",
    )


@attack("an_owner_is_a_person_of_the_organization")
def an_owner_who_cannot_answer(cast: Cast, attempt: Attempt) -> None:
    gone = cast.member("Gone")
    type(gone).objects.filter(pk=gone.pk).update(ended_at=AT)
    ownership = again(cast.ownership, initiative=cast.initiative())
    attempt.allowed(insert(again(ownership, owner=cast.nils)))
    for nobody in (cast.robo, cast.obi, gone):
        attempt.refused(insert(again(ownership, owner=nobody)))


@attack("cadence_ownership_stays_in_one_organization")
def an_owner_from_another_organization(cast: Cast, attempt: Attempt) -> None:
    ownership = again(cast.ownership, initiative=cast.initiative())
    attempt.allowed(insert(again(ownership, owner=cast.nils)))
    with without([by_name()["an_owner_is_a_person_of_the_organization"]]):
        attempt.refused(insert(again(ownership, owner=cast.sven)))


@attack("an_owner_is_a_person_of_the_organization")
def an_offer_accepted_after_leaving(cast: Cast, attempt: Attempt) -> None:
    offer = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
    attempt.allowed(update(offer, accepted_at=AT))
    with without([by_name()["nobody_leaves_while_they_own"]]):
        type(cast.nils).objects.filter(pk=cast.nils.pk).update(ended_at=AT)
        attempt.refused(update(offer, accepted_at=AT))


# Metrics, readings and thresholds

never_deleted("a_metric_is_never_deleted", lambda cast: cast.metric())


@attack("a_metric_stays_with_its_initiative")
def a_metric_carried_away(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(cast.demos, name="Demos"))
    attempt.keeps(cast.demos, initiative_id=cast.initiative(team=cast.partners).pk)


never_deleted("a_reading_is_never_deleted", lambda cast: cast.reading(31))


@attack("a_reading_keeps_its_metric_and_period")
def a_reading_moved_to_another_week(cast: Cast, attempt: Attempt) -> None:
    reading = cast.reading(31)
    attempt.allowed(update(reading, note="Two people were ill."))
    attempt.keeps(reading, metric_id=cast.metric().pk, starts_on=date(2026, 11, 2))


@attack("a_changed_reading_has_its_correction")
def a_reading_changed_silently(cast: Cast, attempt: Attempt) -> None:
    reading = cast.reading(31)
    attempt.refused(update(reading, value=Decimal(60)))
    attempt.allowed(update(reading, note="Two people were ill."))
    corrected(cast, reading, 31, 60).save()
    attempt.allowed(update(reading, value=Decimal(60)))
    attempt.refused(update(reading, value=Decimal(61)))


@attack("a_changed_reading_has_its_correction")
def a_correction_used_twice(cast: Cast, attempt: Attempt) -> None:
    reading = cast.reading(31)
    for old, new in ((31, 60), (60, 31)):
        corrected(cast, reading, old, new).save()
        attempt.allowed(update(reading, value=Decimal(new)))
        Reading.objects.update(value=Decimal(new))
    attempt.refused(update(reading, value=Decimal(60)))


@attack("a_correction_keeps_the_value_that_was")
def a_correction_of_a_value_that_never_was(cast: Cast, attempt: Attempt) -> None:
    reading = cast.reading("31.25")
    attempt.allowed(insert(corrected(cast, reading, "31.25", 60)))
    attempt.refused(insert(corrected(cast, reading, 59, 60)))


@attack("a_correction_stays_as_it_is")
def a_correction_rewritten(cast: Cast, attempt: Attempt) -> None:
    correction = corrected(cast, cast.reading(31), 31, 33)
    correction.save()
    attempt.refused(update(correction, old_value=Decimal(33)))
    attempt.refused(delete(correction))


never_deleted("a_threshold_is_never_deleted", lambda cast: cast.floor)


@attack("a_threshold_version_is_only_ended")
def a_threshold_lowered_silently(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(cast.floor, ends_on=date(2026, 11, 16)))
    moved = {"is_moved_goalpost": True, "approved_by_id": cast.lars.pk, "reason": "Season"}
    attempt.keeps(
        cast.floor,
        metric_id=cast.metric().pk,
        floor=Decimal(30),
        ceiling=Decimal(60),
        floor_metric_id={"floor_metric_id": cast.revenue.pk, "floor": None},
        ceiling_metric_id=cast.revenue.pk,
        starts_on=date(2026, 11, 9),
        periods_in_a_row=12,
        agreed_response="Nothing.",
        reason="Season",
        set_by_id=cast.lars.pk,
        set_at=AT,
        is_moved_goalpost=moved,
        approved_by_id=cast.lars.pk,
    )


@attack("an_ended_threshold_stays_as_it_is")
def an_ended_threshold_reopened(cast: Cast, attempt: Attempt) -> None:
    attempt.allowed(update(cast.floor, ends_on=date(2026, 11, 16)))
    Threshold.objects.update(ends_on=date(2026, 11, 16))
    attempt.keeps(cast.floor, ends_on=None)
    attempt.refused(update(cast.floor, ends_on=date(2026, 11, 9)))


@attack("threshold_versions_do_not_overlap")
def two_thresholds_on_one_day(cast: Cast, attempt: Attempt) -> None:
    Threshold.objects.update(ends_on=date(2026, 11, 16))
    after = again(cast.floor, starts_on=date(2026, 11, 16), ends_on=None)
    attempt.allowed(insert(after))
    attempt.refused(insert(again(after, starts_on=date(2026, 11, 15))))
    attempt.refused(insert(again(after, starts_on=date(2026, 7, 1))))
    inside = {"starts_on": date(2026, 9, 7), "ends_on": date(2026, 9, 14)}
    attempt.refused(insert(again(after, **inside)))
    around = {"starts_on": date(2026, 7, 6), "ends_on": date(2027, 1, 4)}
    attempt.refused(insert(again(after, **around)))


@attack("threshold_versions_do_not_overlap")
def an_end_moved_over_the_next_version(cast: Cast, attempt: Attempt) -> None:
    again(cast.floor, starts_on=date(2026, 6, 1), ends_on=date(2026, 7, 1)).save()
    early = cast.threshold(cast.metric(), starts_on=date(2026, 6, 1))
    attempt.allowed(update(early, ends_on=date(2026, 12, 1)))
    again(early, starts_on=date(2026, 3, 1), ends_on=date(2026, 6, 1)).save()
    metric = cast.metric()
    later = {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 10, 1)}
    cast.threshold(metric, **later)
    attempt.refused(insert(again(cast.floor, metric=metric, ends_on=date(2026, 9, 2))))


# The ledger


@attack("a_ledger_entry_stays_as_it_is")
def an_entry_rewritten(cast: Cast, attempt: Attempt) -> None:
    (entry,) = entries(cast, 1)
    attempt.refused(update(entry, event="nothing.happened"))
    attempt.refused(delete(entry))


@attack("a_ledger_entry_follows_the_one_before")
def an_entry_forged(cast: Cast, attempt: Attempt) -> None:
    first, second = entries(cast, 2)
    third = again(second, sequence=3, previous_hash=second.hash, hash="f" * 64)
    attempt.allowed(insert(third))
    attempt.refused(insert(again(third, previous_hash=first.hash)))
    attempt.refused(insert(again(third, sequence=9)))
    elsewhere = again(first, organization=cast.beta, actor=None)
    attempt.allowed(insert(elsewhere))
    attempt.refused(insert(again(elsewhere, previous_hash="f" * 64)))


@attack("a_ledger_head_goes_forward")
def a_head_turned_back(cast: Cast, attempt: Attempt) -> None:
    first, second = entries(cast, 2)
    head = Head.objects.get(pk=cast.acme.pk)
    third = again(second, sequence=3, previous_hash=second.hash, hash="f" * 64)
    third.save()
    attempt.allowed(update(head, sequence=3, hash="f" * 64))
    attempt.refused(update(head, sequence=1, hash=first.hash))
    attempt.refused(update(head, sequence=2, hash=first.hash))
    attempt.refused(update(head, sequence=3, hash="e" * 64))
    attempt.refused(update(head, sequence=4, hash="f" * 64))
    again(third, sequence=4, previous_hash=third.hash, hash="d" * 64).save()
    attempt.allowed(update(head, sequence=4, hash="d" * 64))


@attack("a_ledger_keeps_its_head")
def a_head_cut_off(cast: Cast, attempt: Attempt) -> None:
    entries(cast, 1)
    attempt.refused(delete(Head.objects.get(pk=cast.acme.pk)))


def entries(cast: Cast, count: int) -> list[Entry]:
    return [
        append(
            organization=cast.acme,
            event="metric.named",
            actor=cast.olu,
            at=AT,
            subject=cast.demos,
            data={"number": number},
        )
        for number in range(count)
    ]


def corrected(
    cast: Cast, reading: Reading, old: Decimal | int | str, new: Decimal | int | str
) -> Correction:
    return Correction(
        organization=cast.acme,
        reading=reading,
        old_value=Decimal(old),
        new_value=Decimal(new),
        reason="Counted twice.",
        corrected_by=cast.olu,
        corrected_at=LATER,
    )
