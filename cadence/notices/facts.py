"""Which facts of an entry a webhook is sent: what is named here, and nothing else.

The ledger keeps why a member left and what was noted on a leave, because people inside must be
able to look it up. Neither is for programs elsewhere; and what an action adds to its entry some day
is not sent until somebody has said so here.
"""

from cadence.ledger.models import Entry

_OFFER = {"initiative", "owner", "due_at", "note", "previous_owner", "reason"}
_INTERIM = {"initiative", "person", "owner", "until", "ending", "because"}
_LEAVE = {"member", "stand_in", "starts_on", "ends_on", "initiatives"}
_STEP = {"level", "because", "from", "to", "was_due_at", "due_at"}
_OUTCOME = {"opened", "recovered"}
_COMMITMENT = {"text", "person", "due_on", "initiative", "reason"}

FACTS: dict[str, set[str]] = {
    "ownership.offered": _OFFER,
    "ownership.accepted": _OFFER,
    "ownership.declined": _OFFER,
    "ownership.lapsed": _OFFER,
    "ownership.withdrawn": _OFFER,
    # Not `reason`: that of an owner who left is theirs.
    "ownership.ended": {"initiative", "owner"},
    "ownership.escalated": _STEP | {"initiative", "owner"},
    "interim.named": _INTERIM,
    "interim.ended": _INTERIM,
    # Not `note`, nor `changed`, which has the note before and after.
    "leave.planned": _LEAVE,
    "leave.changed": _LEAVE,
    "leave.began": _LEAVE,
    "leave.ended": _LEAVE,
    "leave.cancelled": _LEAVE,
    "leave.stand_in_declined": _LEAVE,
    # Not `reason`: why somebody was let go.
    "member.left": {"led"},
    "readings.recorded": _OUTCOME | {"count", "digest", "rows", "corrected"},
    "readings.missed": _OUTCOME,
    "threshold.set": _OUTCOME
    | {"metric", "floor", "ceiling", "floor_metric", "ceiling_metric", "starts_on"}
    | {"periods_in_a_row", "agreed_response", "reason"},
    "breach.escalated": _STEP | {"initiative", "breach", "metric"},
    "decision.recorded": {"number", "breaches", "decided_by", "review", "replaces", "kind", "what"}
    | {"expected", "check_on", "needs_approval", "carried_out_by", "escalated_to", "reason"}
    | {"moved_from", "moved_to", "amount", "new_floor", "new_ceiling", "new_from"},
    "decision.approved": _OUTCOME | {"number", "reason"},
    "decision.refused": _OUTCOME | {"number", "reason"},
    "verdict.given": {"number", "result", "grounds", "undecided_again"},
    "verdict.escalated": _STEP | {"initiative", "decision", "number"},
    "commitment.made": _COMMITMENT,
    "commitment.dropped": _COMMITMENT,
    "commitment.escalated": _STEP | {"initiative"},
    "review.moved": {"from", "to", "reason"},
    "review.missed": {"hold_by"},
    "review.escalated": _STEP | {"series"},
    "review.facilitation_taken": {"from"},
    "review.facilitation_moved": {"from", "to"},
    "review.closed": {"minutes", "decisions"},
    "series.ended": {"reason", "skipped"},
}


def facts_of(entry: Entry) -> dict[str, object]:
    """What of the entry's data may be sent outside."""
    told = FACTS.get(entry.event, set())
    return {name: value for name, value in entry.data.items() if name in told}
