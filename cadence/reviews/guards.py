# ruff: noqa: S608 - the SQL is put together from constants.
from cadence.guards import Guard, fixed, never_changed, never_deleted, touch_open_reviews

# Everything in the scope of NEW, a review: its team and those below.
_SCOPE = (
    "(WITH RECURSIVE below(id) AS (SELECT NEW.team_id UNION SELECT t.id FROM accounts_team t "
    "JOIN below ON t.parent_id = below.id) SELECT id FROM below)"
)

_ON_AGENDA = "SELECT 1 FROM cadence_agendaitem a WHERE a.kind = 'orphan' AND a.initiative_id = i.id"


def _is_alone(owner: str) -> str:
    """The owner is on leave, and nobody stands in who is not on leave too."""
    return (
        f"EXISTS (SELECT 1 FROM cadence_leave l WHERE l.member_id = {owner} "
        "AND l.began_at IS NOT NULL AND l.ended_at IS NULL AND (l.stand_in_id IS NULL OR EXISTS ("
        "SELECT 1 FROM cadence_leave s WHERE s.member_id = l.stand_in_id "
        "AND s.began_at IS NOT NULL AND s.ended_at IS NULL)))"
    )


# Of an initiative i.
_IS_SPOKEN_FOR = (
    "EXISTS (SELECT 1 FROM cadence_ownership p WHERE p.initiative_id = i.id "
    "AND p.accepted_at IS NULL AND p.ended_at IS NULL) "
    "OR EXISTS (SELECT 1 FROM cadence_interim n WHERE n.initiative_id = i.id "
    "AND n.ended_at IS NULL)"
)
_IS_GOING = "i.activated_at IS NOT NULL AND i.paused_at IS NULL AND i.ended_at IS NULL"
_HAS_NOBODY = (
    "(NOT EXISTS (SELECT 1 FROM cadence_ownership o WHERE o.initiative_id = i.id "
    "AND o.accepted_at IS NOT NULL AND o.ended_at IS NULL) "
    "OR EXISTS (SELECT 1 FROM cadence_ownership o WHERE o.initiative_id = i.id "
    f"AND o.accepted_at IS NOT NULL AND o.ended_at IS NULL AND {_is_alone('o.owner_id')}))"
)
# Gathered as silent, and not heard of since: the owner who is on leave at that moment was not
# gathered for their silence, and who accepted afterwards has not been silent.
_STILL_SILENT = (
    "EXISTS (SELECT 1 FROM cadence_agendaitem a JOIN cadence_ownership o "
    "ON o.initiative_id = a.initiative_id WHERE a.review_id = {review} AND a.kind = 'orphan' "
    "AND a.initiative_id = i.id AND o.accepted_at < a.added_at AND o.ended_at IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM cadence_leave l WHERE l.member_id = o.owner_id "
    "AND l.began_at <= a.added_at AND (l.ended_at IS NULL OR l.ended_at >= a.added_at)) "
    "AND NOT EXISTS (SELECT 1 FROM cadence_checkin c WHERE c.initiative_id = i.id "
    "AND c.written_at >= a.added_at) "
    "AND NOT EXISTS (SELECT 1 FROM cadence_reading d JOIN cadence_metric m ON m.id = d.metric_id "
    "WHERE m.initiative_id = i.id AND d.recorded_at >= a.added_at))"
)


def _held_by_orphans(scope: str) -> str:
    """Whether an orphan holds NEW, a review, open. ``scope`` are the teams of its scope."""
    return (
        "EXISTS (SELECT 1 FROM cadence_initiative i WHERE i.organization_id = NEW.organization_id "
        f"AND {_IS_GOING} AND NOT ({_IS_SPOKEN_FOR}) "
        f"AND (i.team_id IN {scope} OR EXISTS ({_ON_AGENDA} AND a.review_id = NEW.id)) "
        f"AND ({_HAS_NOBODY} OR {_STILL_SILENT.format(review='NEW.id')}))"
    )


def _unseen_orphan(review: str) -> str:
    """Whether an initiative i is an orphan that this review has not gathered."""
    return (
        f"({_IS_GOING} AND NOT ({_IS_SPOKEN_FOR}) AND {_HAS_NOBODY} "
        f"AND NOT EXISTS ({_ON_AGENDA} AND a.review_id = {review}))"
    )


# What was gathered counts too: work that was moved to another team does not leave the agenda.
_HELD_OPEN = (
    "EXISTS (SELECT 1 FROM cadence_breach b JOIN cadence_metric m ON m.id = b.metric_id "
    "JOIN cadence_initiative i ON i.id = m.initiative_id WHERE b.decision_id IS NULL "
    "AND b.organization_id = NEW.organization_id "
    f"AND (i.team_id IN {_SCOPE} OR EXISTS (SELECT 1 FROM cadence_agendaitem a "
    "WHERE a.review_id = NEW.id AND a.breach_id = b.id))) "
    "OR EXISTS (SELECT 1 FROM cadence_verdict v "
    "JOIN cadence_decisionbreach l ON l.decision_id = v.decision_id "
    "JOIN cadence_breach b ON b.id = l.breach_id JOIN cadence_metric m ON m.id = b.metric_id "
    "JOIN cadence_initiative i ON i.id = m.initiative_id WHERE v.acknowledged_at IS NULL "
    "AND v.organization_id = NEW.organization_id "
    f"AND (i.team_id IN {_SCOPE} OR EXISTS (SELECT 1 FROM cadence_agendaitem a "
    "WHERE a.review_id = NEW.id AND a.decision_id = v.decision_id))) OR " + _held_by_orphans(_SCOPE)
)


def _leaves_a_review(work: str, team: str) -> str:
    """Whether an open review loses sight of an undecided breach, a verdict or an orphan that is
    not gathered.

    ``work`` is the condition for the initiatives ``i`` that move, ``team`` the one they leave.
    """
    above = (
        f"(WITH RECURSIVE up(id) AS (SELECT {team} UNION SELECT t.parent_id FROM accounts_team t "
        "JOIN up ON t.id = up.id WHERE t.parent_id IS NOT NULL) SELECT id FROM up)"
    )
    open_reviews = (
        "r.organization_id = OLD.organization_id AND r.opened_at IS NOT NULL "
        f"AND r.closed_at IS NULL AND r.missed_at IS NULL AND r.team_id IN {above}"
    )
    return (
        "(EXISTS (SELECT 1 FROM cadence_review r JOIN cadence_initiative i "
        f"ON i.organization_id = r.organization_id AND {work} "
        f"WHERE {open_reviews} AND {_unseen_orphan('r.id')}) "
        "OR EXISTS (SELECT 1 FROM cadence_review r JOIN cadence_initiative i "
        f"ON i.organization_id = r.organization_id AND {work} "
        "JOIN cadence_metric m ON m.initiative_id = i.id "
        "JOIN cadence_breach b ON b.metric_id = m.id "
        f"WHERE {open_reviews} "
        "AND ((b.decision_id IS NULL AND NOT EXISTS (SELECT 1 FROM cadence_agendaitem a "
        "WHERE a.review_id = r.id AND a.breach_id = b.id)) "
        "OR EXISTS (SELECT 1 FROM cadence_decisionbreach l "
        "JOIN cadence_verdict v ON v.decision_id = l.decision_id WHERE l.breach_id = b.id "
        "AND v.acknowledged_at IS NULL AND NOT EXISTS (SELECT 1 FROM cadence_agendaitem a "
        "WHERE a.review_id = r.id AND a.decision_id = v.decision_id)))))"
    )


_TEAMS_MOVED = (
    "i.team_id IN (WITH RECURSIVE moved(id) AS (SELECT OLD.id UNION SELECT t.id "
    "FROM accounts_team t JOIN moved ON t.parent_id = moved.id) SELECT id FROM moved)"
)

_IS_CLOSED = (
    "EXISTS (SELECT 1 FROM cadence_review r WHERE r.id = NEW.review_id AND r.closed_at IS NOT NULL)"
)
_TOUCH_ITS_REVIEW = "UPDATE cadence_review SET id = id WHERE id = NEW.review_id"

_GOES_ON = (
    "NOT EXISTS (SELECT 1 FROM cadence_initiative i WHERE i.id = NEW.initiative_id "
    "AND i.ended_at IS NOT NULL)"
)

GUARDS = (
    fixed(
        "cadence.ReviewSeries",
        "a_series_keeps_its_rhythm",
        "A series keeps its team, its kind and its rule; another rhythm is another series.",
        ("team_id", "kind", "rule", "starts_on"),
    ),
    fixed(
        "cadence.ReviewSeries",
        "an_ended_series_stays_ended",
        "A series that ended stays ended; another one is begun.",
        ("ended_at",),
        when="OLD.ended_at IS NOT NULL",
    ),
    Guard(
        "a_review_closes_when_all_is_decided",
        "cadence.Review",
        "A review does not close while a breach in its scope lacks a decision, a verdict in its "
        "scope is not acknowledged, or an orphan in its scope has neither an offer pending nor an "
        "interim owner.",
        ("INSERT", "UPDATE"),
        # What was closed already stays closed, whatever opened since: its minutes are still sent.
        "NEW.closed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM cadence_review r "
        f"WHERE r.id = NEW.id AND r.closed_at IS NOT NULL) AND ({_HELD_OPEN})",
    ),
    Guard(
        "a_review_is_opened_before_it_closes",
        "cadence.Review",
        "A review is opened first: none comes into the world closed.",
        ("INSERT", "UPDATE"),
        "NEW.closed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM cadence_review r "
        "WHERE r.id = NEW.id AND r.opened_at IS NOT NULL)",
    ),
    Guard(
        "a_review_has_the_scope_of_its_series",
        "cadence.Review",
        "A review is held for the team of its series.",
        ("INSERT",),
        "NEW.team_id {differs} (SELECT team_id FROM cadence_reviewseries WHERE id = NEW.series_id)",
    ),
    fixed(
        "cadence.Review",
        "a_review_keeps_its_scope",
        "A review keeps its series, its team and its occurrence.",
        ("series_id", "team_id", "occurs_on"),
    ),
    fixed(
        "cadence.Review",
        "an_opened_review_stays_opened",
        "A review that was opened is closed or missed, not planned again.",
        ("opened_at",),
        when="OLD.opened_at IS NOT NULL",
    ),
    fixed(
        "cadence.Review",
        "closed_minutes_are_sealed",
        "A closed review stays as it is.",
        (
            "starts_at",
            "hold_by",
            "moved_at",
            "moved_reason",
            "facilitator_id",
            "closed_at",
            "closed_by_id",
            "missed_at",
            "notes",
            "minutes",
            "minutes_hash",
        ),
        when="OLD.closed_at IS NOT NULL",
    ),
    fixed(
        "cadence.Review",
        "a_missed_review_stays_missed",
        "A review that was not held stays on record as missed.",
        ("missed_at", "opened_at"),
        when="OLD.missed_at IS NOT NULL",
    ),
    never_deleted(
        "cadence.Review",
        "a_review_is_never_deleted",
        "A review is held or missed, never deleted.",
    ),
    Guard(
        "nothing_slips_into_a_closed_review",
        "cadence.AgendaItem",
        "Nothing is put on the agenda of a review that was closed.",
        ("INSERT",),
        "EXISTS (SELECT 1 FROM cadence_review r WHERE r.id = NEW.review_id "
        "AND (r.closed_at IS NOT NULL OR r.missed_at IS NOT NULL))",
        touch=_TOUCH_ITS_REVIEW,
        together=True,
    ),
    never_changed(
        "cadence.AgendaItem",
        "an_agenda_item_stays_on_the_agenda",
        "What is on an agenda stays on it.",
    ),
    Guard(
        "attendance_of_a_closed_review_is_sealed",
        "cadence.Attendance",
        "The attendance of a closed review stays as it is.",
        ("INSERT", "UPDATE"),
        _IS_CLOSED,
        touch=_TOUCH_ITS_REVIEW,
    ),
    fixed(
        "cadence.Attendance",
        "attendance_stays_with_its_review",
        "Attendance is noted for one person at one review.",
        ("review_id", "member_id"),
    ),
    never_deleted(
        "cadence.Attendance", "attendance_is_never_deleted", "Attendance is noted, never deleted."
    ),
    never_changed(
        "cadence.CheckIn",
        "a_check_in_stays_as_it_is",
        "A check-in is written once; a new one follows.",
    ),
    Guard(
        "nothing_is_decided_in_a_closed_review",
        "cadence.Decision",
        "A decision is not dated back into a review that was closed.",
        ("INSERT",),
        _IS_CLOSED,
        touch=_TOUCH_ITS_REVIEW,
    ),
    Guard(
        "nothing_is_promised_in_a_closed_review",
        "cadence.Commitment",
        "A commitment is not dated back into a review that was closed.",
        ("INSERT",),
        _IS_CLOSED,
        touch=_TOUCH_ITS_REVIEW,
    ),
    fixed(
        "cadence.Commitment",
        "a_commitment_stays_with_its_review",
        "A commitment stays with the work, the decision and the review it was made for.",
        ("initiative_id", "decision_id", "review_id"),
    ),
    Guard(
        "work_does_not_leave_a_review_unseen",
        "cadence.Initiative",
        "An initiative does not move away from an open review that has not gathered what holds it.",
        ("UPDATE",),
        "NEW.team_id {differs} OLD.team_id AND " + _leaves_a_review("i.id = OLD.id", "OLD.team_id"),
        touch=touch_open_reviews(when="NEW.team_id <> OLD.team_id"),
    ),
    Guard(
        "a_team_does_not_leave_a_review_unseen",
        "accounts.Team",
        "A team does not move away from an open review that has not gathered what holds its work.",
        ("UPDATE",),
        "NEW.parent_id {differs} OLD.parent_id AND "
        + _leaves_a_review(_TEAMS_MOVED, "OLD.parent_id"),
        touch=touch_open_reviews(when="COALESCE(NEW.parent_id, 0) <> COALESCE(OLD.parent_id, 0)"),
    ),
    # What makes orphans collides with closing: a guard that only reads would let a review close
    # while it is being written. Work that ends is none: whoever stops it in a review has locked
    # that one alone, and to lock the others now would be out of order.
    Guard(
        "an_ended_ownership_meets_open_reviews",
        "cadence.Ownership",
        "Work that loses its owner, or an offer, is seen by every open review.",
        ("UPDATE",),
        "{false}",
        touch=touch_open_reviews(
            when=f"NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL AND {_GOES_ON}"
        ),
    ),
    Guard(
        "an_ended_interim_meets_open_reviews",
        "cadence.Interim",
        "Work that loses its interim owner is seen by every open review.",
        ("UPDATE",),
        "{false}",
        touch=touch_open_reviews(
            when=f"NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL AND {_GOES_ON}"
        ),
    ),
    # Whoever is away may own something or stand in for somebody.
    Guard(
        "a_leave_meets_open_reviews",
        "cadence.Leave",
        "A leave under way is seen by every open review.",
        ("INSERT", "UPDATE"),
        "{false}",
        touch=touch_open_reviews(when="NEW.began_at IS NOT NULL AND NEW.ended_at IS NULL"),
    ),
    Guard(
        "work_that_goes_on_meets_open_reviews",
        "cadence.Initiative",
        "Work that is active is seen by every open review.",
        ("INSERT", "UPDATE"),
        "{false}",
        touch=touch_open_reviews(
            when="NEW.activated_at IS NOT NULL AND NEW.paused_at IS NULL AND NEW.ended_at IS NULL"
        ),
    ),
)
