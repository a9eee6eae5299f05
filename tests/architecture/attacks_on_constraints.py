"""Rows of people, work, metrics and thresholds. A line says: allowed, then refused."""

from datetime import date

from django.db import connection, models

from accounts.models import ClosingDay, Invitation, User
from cadence.metrics.models import Judgement
from tests.architecture.attack import (
    Attempt,
    again,
    attack,
    insert,
    update,
)
from tests.architecture.attacks_on_work import corrected
from tests.architecture.rows import DAY, WEEK, changed, copied, finite, rule, shadowed
from tests.cast import AT, LAST_WEEK, Cast

# People and organizations
rule(
    "one_user_per_email_address",
    lambda cast: User(email="new@example.com", name="New"),
    {},
    {"email": "Olu@ACME.example"},
)
changed("a_week_starts_on_a_weekday", lambda c: c.acme, {"week_start": 6}, {"week_start": 7})
changed(
    "limits_are_at_most_thirty_working_days",
    lambda c: c.acme,
    {"decision_days": 30},
    {"decision_days": 31},
    {"decision_days": 0},
    {"offer_days": 0},
    {"grace_days": 31},
)
changed(
    "a_load_limit_is_one_to_a_hundred",
    lambda c: c.acme,
    {"load_limit": 1},
    {"load_limit": 0},
    {"load_limit": 101},
)
rule(
    "one_closing_day_a_day",
    lambda c: ClosingDay.objects.create(organization=c.acme, day=LAST_WEEK),
    {"day": LAST_WEEK + DAY},
    {},
)
rule(
    "one_team_of_a_name_per_organization",
    lambda c: c.demand,
    {"name": "Supply"},
    {"name": "DEMAND"},
)
rule(
    "one_membership_per_person_and_organization",
    lambda c: c.olu,
    {"user": None, "role": "machine"},
    {"name": "Olu again"},
)
changed("a_membership_has_a_known_role", lambda c: c.olu, {"role": "executive"}, {"role": "king"})
rule(
    "a_person_has_a_user_and_a_machine_has_none",
    lambda c: c.robo,
    {},
    {"role": "member"},
    {"role": "executive"},
)
changed(
    "a_person_has_a_user_and_a_machine_has_none",
    lambda c: c.olu,
    {"role": "observer"},
    {"role": "machine"},
)


def invitation(cast: Cast) -> Invitation:
    return Invitation.objects.create(
        organization=cast.acme,
        email="new@example.com",
        name="New",
        digest="d" * 64,
        invited_by=cast.ada,
        invited_at=AT,
        expires_at=AT + WEEK,
    )


changed(
    "a_person_is_invited_and_not_a_machine", invitation, {"role": "observer"}, {"role": "machine"}
)
rule(
    "one_open_invitation_per_email_address",
    invitation,
    {"digest": "e" * 64, "revoked_at": AT},
    {"digest": "e" * 64, "email": "NEW@example.com"},
)

# Work and its owners
changed(
    "a_priority_ends_after_it_starts",
    lambda c: c.growth,
    {"ends_on": date(2026, 12, 31)},
    {"ends_on": date(2026, 7, 1)},
)
changed("priorities_rank_from_one", lambda c: c.growth, {"rank": 2}, {"rank": 0})
changed(
    "only_an_initiative_that_was_active_is_paused",
    lambda c: c.initiative(draft=True),
    {"activated_at": AT, "paused_at": AT},
    {"paused_at": AT},
)
changed(
    "an_ended_initiative_was_completed_or_stopped",
    lambda c: c.pipeline,
    {"ended_at": AT, "ended_as": "completed"},
    {"ended_at": AT, "ended_as": "forgotten"},
    {"ended_at": AT},
    {"ended_as": "stopped"},
)
changed(
    "a_budget_at_stake_is_not_negative",
    lambda c: c.pipeline,
    {"budget_at_stake": 1},
    {"budget_at_stake": -1},
)
rule("one_current_owner_per_initiative", lambda c: c.ownership, {"accepted_at": None}, {})
rule(
    "one_pending_offer_per_initiative",
    lambda c: c.owned_by(c.nils, c.pipeline, accepted=False),
    {"ended_at": AT, "ending": "withdrawn"},
    {"note": "Please?"},
)
changed(
    "an_ended_ownership_says_how_it_ended",
    lambda c: c.ownership,
    {"ended_at": AT, "ending": "left"},
    {"ended_at": AT},
    {"ending": "left"},
    {"ended_at": AT, "ending": "evaporated"},
)
changed(
    "an_accepted_offer_was_not_declined",
    lambda c: c.ownership,
    {"ended_at": AT, "ending": "handed_over"},
    {"ended_at": AT, "ending": "declined"},
    {"ended_at": AT, "ending": "lapsed"},
)

# Metrics and readings
rule("one_metric_of_a_key_per_organization", lambda c: c.demos, {"key": "other"}, {})
changed("a_metric_leads_or_lags", lambda c: c.revenue, {"kind": "leading"}, {"kind": "sideways"})
rule(
    "a_metric_is_judged_per_its_period_or_a_longer_one",
    lambda c: c.demos,
    {"key": "other", "judged_per": "month"},
    {"key": "other", "judged_per": "day"},
    {"key": "other", "read_per": "month"},
    {"key": "other", "read_per": "year"},
)
rule(
    "a_metric_is_judged_per_a_period",
    lambda c: c.metric(read_per="day"),
    {"key": "other", "judged_per": "day"},
    {"key": "other", "judged_per": "year"},
)
changed(
    "a_metric_is_aggregated", lambda c: c.demos, {"aggregation": "max"}, {"aggregation": "mode"}
)
changed(
    "a_metric_shows_at_most_nine_decimals", lambda c: c.demos, {"decimals": 9}, {"decimals": 10}
)


@attack("a_leading_metric_leads_to_another")
def leading_nowhere(cast: Cast, attempt: Attempt) -> None:
    other = cast.metric()
    attempt.allowed(update(cast.demos, leads_to_id=other.pk))
    attempt.refused(update(cast.demos, leads_to_id=cast.demos.pk))
    attempt.refused(update(cast.revenue, leads_to_id=other.pk))


rule(
    "one_reading_per_metric_and_period",
    lambda c: c.reading(31),
    {"starts_on": LAST_WEEK - WEEK},
    {"value": 60},
)
EARLIER = "'2026-11-02'"
finite("a_reading_is_a_finite_number", lambda c: c.reading(31), "value", starts_on=EARLIER)


@attack("a_reading_is_a_finite_number")
def no_number_at_all(cast: Cast, attempt: Attempt) -> None:
    reading = cast.reading(31)
    attempt.allowed(copied(reading, starts_on=EARLIER))
    attempt.refused(copied(reading, starts_on=EARLIER, value="NULL"))
    if connection.vendor == "sqlite":
        attempt.refused(copied(reading, starts_on=EARLIER, value="x'31'"))


def correction(cast: Cast) -> models.Model:
    row = corrected(cast, cast.reading(31), 31, 60)
    row.save()
    return row


finite("a_correction_is_of_finite_numbers", correction, "new_value")

# Thresholds


def other_threshold(cast: Cast) -> models.Model:
    return again(cast.floor, metric=cast.metric())


shadowed(
    "one_current_threshold_per_metric",
    "threshold_versions_do_not_overlap",
    lambda c: [
        insert(again(c.floor, starts_on=date(2026, 6, 1), ends_on=date(2026, 7, 1))),
        insert(again(c.floor, starts_on=date(2026, 6, 1))),
    ],
)
shadowed(
    "one_threshold_version_per_day",
    "threshold_versions_do_not_overlap",
    lambda c: [
        insert(again(c.floor, starts_on=date(2026, 6, 1), ends_on=date(2026, 7, 1))),
        insert(again(c.floor, ends_on=date(2026, 9, 1))),
    ],
)
shadowed(
    "a_team_is_not_its_own_parent",
    "a_team_tree_has_no_circle",
    lambda c: [
        update(c.partners, parent_id=c.commercial.pk),
        update(c.partners, parent_id=c.partners.pk),
    ],
)
rule("a_threshold_has_a_floor_or_a_ceiling", other_threshold, {}, {"floor": None})
rule("a_floor_is_not_above_its_ceiling", other_threshold, {"ceiling": 45}, {"ceiling": 44})
rule(
    "a_threshold_ends_after_it_starts",
    other_threshold,
    {"ends_on": date(2026, 8, 4)},
    {"ends_on": date(2026, 8, 3)},
    {"ends_on": date(2026, 8, 2)},
)
rule(
    "a_threshold_counts_one_to_twelve_periods",
    other_threshold,
    {"periods_in_a_row": 12},
    {"periods_in_a_row": 0},
    {"periods_in_a_row": 13},
)
finite(
    "a_threshold_is_of_finite_numbers",
    lambda c: c.threshold(ends_on=date(2026, 11, 2)),
    "floor",
    starts_on="'2026-11-02'",
    ends_on="NULL",
)


@attack("a_limit_is_a_number_or_a_metric")
def a_floor_twice(cast: Cast, attempt: Attempt) -> None:
    threshold = other_threshold(cast)
    attempt.allowed(insert(again(threshold, floor=None, floor_metric=cast.revenue)))
    attempt.refused(insert(again(threshold, floor_metric=cast.revenue)))
    attempt.refused(insert(again(threshold, ceiling=60, ceiling_metric=cast.revenue)))


@attack("a_moved_goalpost_has_a_reason_and_an_approval")
def a_goalpost_moved_quietly(cast: Cast, attempt: Attempt) -> None:
    moved = again(other_threshold(cast), is_moved_goalpost=True)
    approved = again(moved, approved_by=cast.lars, reason="Half the team left.")
    attempt.allowed(insert(approved))
    attempt.refused(insert(moved))
    attempt.refused(insert(again(approved, reason="")))
    attempt.refused(insert(again(approved, approved_by=None)))


@attack("a_metric_is_not_its_own_threshold")
def measured_against_itself(cast: Cast, attempt: Attempt) -> None:
    threshold = again(other_threshold(cast), floor=None)
    attempt.allowed(insert(again(threshold, floor_metric=cast.revenue)))
    attempt.refused(insert(again(threshold, floor_metric=threshold.metric)))
    attempt.refused(insert(again(threshold, ceiling_metric=threshold.metric)))


def judgement(cast: Cast) -> models.Model:
    return Judgement.objects.create(
        organization=cast.acme, metric=cast.demos, starts_on=LAST_WEEK, value=31, result="below"
    )


rule("one_judgement_per_metric_and_period", judgement, {"starts_on": LAST_WEEK - WEEK}, {})
finite("a_judgement_is_of_finite_numbers", judgement, "value", starts_on=EARLIER)
changed("a_judgement_has_a_known_result", judgement, {"result": "inside"}, {"result": "great"})
