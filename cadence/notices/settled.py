"""Which notices ask for nothing any more: what they asked was done, by this person or another."""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q

from cadence.breaches.models import Breach
from cadence.decisions.models import Commitment, Decision, Verdict
from cadence.notices.models import Notice, NoticeKind
from cadence.notices.superseded import superseded
from cadence.ownership.models import Ownership
from cadence.reviews.models import Review

_OPENING = {"readings.recorded", "readings.missed", "threshold.set", "decision.approved"}


def settled(notices: Sequence[Notice]) -> set[int]:
    """Ids of the notices that are settled, in a constant number of queries.

    What only says that something happened is never settled, unless it says how things are and they
    are otherwise since. The notices come with their entries.
    """
    return (
        _breaches(notices)
        | _decisions(notices)
        | _ownership(notices)
        | _others(notices)
        | superseded(notices)
    )


def unsettled(notices: Sequence[Notice]) -> list[Notice]:
    done = settled(notices)
    return [one for one in notices if one.pk not in done]


def _breaches(notices: Sequence[Notice]) -> set[int]:
    """Settled where no breach of the entry waits for this person any more."""
    asked = {one.pk: keys for one in notices if (keys := _breaches_of(one)) is not None}
    if not asked:
        return set()
    waiting = (Breach.objects.undecided() | Breach.objects.escalated()).filter(
        pk__in={key for keys in asked.values() for key in keys}
    )
    waits = dict(waiting.values_list("pk", "answerable"))
    found = set()
    for one in notices:
        keys = asked.get(one.pk)
        # Of a step up everybody on the way hears; it is settled for all of them together.
        together = one.entry.event == "breach.escalated"
        if keys is not None and not any(
            key in waits and (together or waits[key] == one.member_id) for key in keys
        ):
            found.add(one.pk)
    return found


def _breaches_of(one: Notice) -> list[int] | None:
    event, data = one.entry.event, one.entry.data
    if event == "breach.escalated":
        return [one.entry.subject_id]
    if event == "duty.moved":
        return [row["breach"] for row in data["duties"] if row["to"] == one.member_id]
    if event == "verdict.given" and one.kind != NoticeKind.VERDICT:
        return list(data["undecided_again"])
    if event in _OPENING and one.kind == NoticeKind.BREACH:
        # An approval that opened none is the answer to what was proposed.
        return list(data.get("opened", ())) or None
    if event == "decision.recorded" and one.kind == NoticeKind.ESCALATION:
        return list(data["breaches"])
    return None


def _decisions(notices: Sequence[Notice]) -> set[int]:
    """Approvals that were given or refused, verdicts that were acknowledged, and what was decided
    after a refusal."""
    asked = _about(notices, {"decision.recorded"}, NoticeKind.APPROVAL)
    verdicts = _about(notices, {"verdict.given"}, NoticeKind.VERDICT)
    steps = _about(notices, {"verdict.escalated"})
    refused = _about(notices, {"decision.refused"}, NoticeKind.BREACH)
    found = set()
    if asked:
        # Another decision may have come first: then there is nothing left to approve either.
        waiting = Decision.objects.awaiting_approval().filter(pk__in=asked.values())
        found |= _of(asked, set(asked.values()) - set(waiting.values_list("pk", flat=True)))
    if refused:
        undecided = Breach.objects.undecided() | Breach.objects.escalated()
        about = undecided.filter(decisions__in=refused.values()).values_list("decisions", flat=True)
        found |= _of(refused, set(refused.values()) - set(about))
    if verdicts or steps:
        seen = Verdict.objects.filter(acknowledged_at__isnull=False)
        seen = seen.filter(Q(decision__in=verdicts.values()) | Q(pk__in=steps.values()))
        rows = list(seen.values_list("pk", "decision"))
        found |= _of(verdicts, {decision for _, decision in rows})
        found |= _of(steps, {key for key, _ in rows})
    return found


def _ownership(notices: Sequence[Notice]) -> set[int]:
    """Offers that were answered, work that has found its owner."""
    offers = _about(notices, {"ownership.offered"})
    nobodys = _about(notices, {"ownership.ended", "ownership.escalated"})
    found = set()
    if offers:
        pending = Ownership.objects.pending().filter(pk__in=offers.values())
        found |= _of(offers, set(offers.values()) - set(pending.values_list("pk", flat=True)))
    if nobodys:
        current = Ownership.objects.current().filter(initiative=OuterRef("initiative"))
        done = Ownership.objects.filter(
            Exists(current) | Q(initiative__ended_at__isnull=False), pk__in=nobodys.values()
        )
        found |= _of(nobodys, set(done.values_list("pk", flat=True)))
    return found


def _others(notices: Sequence[Notice]) -> set[int]:
    commitments = _about(notices, {"commitment.made", "commitment.escalated"})
    reviews = _about(notices, {"review.escalated"})
    found = set()
    if commitments:
        done = Commitment.objects.filter(pk__in=commitments.values()).exclude(
            kept_at=None, dropped_at=None
        )
        found |= _of(commitments, set(done.values_list("pk", flat=True)))
    if reviews:
        later = Review.objects.closed().filter(
            series=OuterRef("series"), starts_at__gt=OuterRef("starts_at")
        )
        held = Review.objects.filter(Exists(later), pk__in=reviews.values())
        found |= _of(reviews, set(held.values_list("pk", flat=True)))
    return found


def _about(notices: Iterable[Notice], events: set[str], kind: str = "") -> dict[int, int]:
    """Of the notices of these events the id of what they are about, by their own."""
    return {
        one.pk: one.entry.subject_id
        for one in notices
        if one.entry.event in events and (not kind or one.kind == kind)
    }


def _of(about: dict[int, int], done: set[int]) -> set[int]:
    return {key for key, subject in about.items() if subject in done}
