"""What each kind of decision has to say before it is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from accounts.models import Membership
from accounts.tree import Tree
from cadence.breaches.models import Breach, Kind
from cadence.calendar.periods import KINDS, PeriodKind, label, period_start, shift
from cadence.decisions.models import KINDS_OF_TWO, KINDS_WITHOUT_CHECK, DecisionKind
from cadence.decisions.queries import may_go_up_to, next_above_of
from cadence.decisions.rules import first_check, last_check
from cadence.inputs import Inputs
from cadence.metrics.models import Threshold
from cadence.metrics.rules import PERIODS_AFTER
from cadence.permissions import Act, may


@dataclass(frozen=True)
class Draft:
    """A decision as it was typed, before anything of it is believed."""

    kind: object
    what: object = ""
    expected: object = ""
    check_on: object = None
    moved_from: object = ""
    moved_to: object = ""
    amount: object = ""
    escalated_to: Membership | None = None
    new_floor: object = None
    new_ceiling: object = None
    new_from: object = None
    carried_out_by: Membership | None = None


def read(
    inputs: Inputs, draft: Draft, breaches: Sequence[Breach], decider: Membership, today: date
) -> dict[str, Any]:
    """The columns of the decision; what is wrong is noted in ``inputs``."""
    kind = inputs.choice("kind", draft.kind, DecisionKind.values)
    agreed = _agreed_response(breaches)
    what: object = draft.what
    if kind == DecisionKind.AGREED and not draft.what:
        what = agreed
    values: dict[str, Any] = {
        "kind": kind,
        "what": inputs.text("what", what, longest=2000, lines=True),
        "expected": inputs.text("expected", draft.expected, longest=500, needed=False),
        "check_on": _check_on(inputs, kind, draft.check_on, breaches, today),
        "needs_approval": kind in KINDS_OF_TWO,
    }
    organization = breaches[0].organization_id
    for field, person in (
        ("carried_out_by", draft.carried_out_by),
        ("escalated_to", draft.escalated_to),
    ):
        if person is not None and (
            person.organization_id != organization or not person.is_current or not person.is_person
        ):
            inputs.refuse(field, "There is no such person here.")
    values["carried_out_by"] = draft.carried_out_by
    if kind == DecisionKind.AGREED and not agreed:
        inputs.refuse("kind", "Nothing was agreed for this: choose what to do now.")
    if kind == DecisionKind.REALLOCATE:
        values["moved_from"] = inputs.text("moved_from", draft.moved_from, longest=200)
        values["moved_to"] = inputs.text("moved_to", draft.moved_to, longest=200)
        values["amount"] = inputs.text("amount", draft.amount, longest=100)
    if kind == DecisionKind.ESCALATE:
        values["escalated_to"] = _escalated_to(inputs, draft.escalated_to, breaches, decider)
    if kind == DecisionKind.MOVE_THRESHOLD:
        values |= _moved_threshold(inputs, draft, breaches, today)
    if kind == DecisionKind.RECOVERED and any(b.recovered_at is None for b in breaches):
        inputs.refuse("kind", "It has not recovered: this kind is for what came back by itself.")
    return values


def agreed_response(breach: Breach) -> str:
    """What was agreed for this breach before it happened; empty for a missing reading."""
    return breach.threshold.agreed_response if breach.threshold else ""


def _agreed_response(breaches: Sequence[Breach]) -> str:
    texts = [agreed_response(breach) for breach in breaches]
    return " · ".join(dict.fromkeys(texts)) if all(texts) else ""


def check_dates(breaches: Sequence[Breach], today: date) -> tuple[date, date]:
    """The earliest and the latest check date for these breaches."""
    week_start = breaches[0].organization.week_start
    kinds = [cast(PeriodKind, breach.metric.judged_per) for breach in breaches]
    longest = max(kinds, key=KINDS.index)
    return first_check(longest, today, week_start), last_check(longest, today, week_start)


def _check_on(
    inputs: Inputs, kind: str, value: object, breaches: Sequence[Breach], today: date
) -> date | None:
    if kind in KINDS_WITHOUT_CHECK:
        return None
    day = inputs.day("check_on", value)
    if day is None:
        return None
    earliest, latest = check_dates(breaches, today)
    if kind == DecisionKind.ESCALATE:
        earliest = today
    if day < today:
        inputs.refuse("check_on", "This date has passed.")
    elif day < earliest:
        inputs.refuse(
            "check_on", f"No period ends by then: {label('day', earliest, True)} or later."
        )
    elif day > latest:
        inputs.refuse(
            "check_on", f"At most six periods ahead: {label('day', latest, True)} or earlier."
        )
    return day


def _escalated_to(
    inputs: Inputs, person: Membership | None, breaches: Sequence[Breach], decider: Membership
) -> Membership | None:
    """Upwards, to somebody else: to oneself it would be holding course without a second person."""
    tree = Tree(breaches[0].organization)
    if None in next_above_of(breaches, tree).values():
        inputs.refuse("escalated_to", "The path ends here: nobody stands above. Decide.")
    elif person is None:
        inputs.refuse("escalated_to", "Say to whom this goes.")
    elif person.pk == decider.pk or any(person.pk == breach.answerable_id for breach in breaches):
        inputs.refuse("escalated_to", "An escalation goes to somebody else.")
    elif not all(
        may(person, Act.DECIDE, team=breach.metric.initiative.team_id) for breach in breaches
    ):
        inputs.refuse("escalated_to", "This person has no say over it: choose a lead above.")
    elif person not in may_go_up_to([person], breaches, tree):
        inputs.refuse(
            "escalated_to", "This goes up: choose somebody above everybody who has or had it."
        )
    return person


def _moved_threshold(
    inputs: Inputs, draft: Draft, breaches: Sequence[Breach], today: date
) -> dict[str, Any]:
    breach = breaches[0]
    if len(breaches) > 1 or breach.kind != Kind.THRESHOLD:
        inputs.refuse("kind", "A threshold is moved for one metric that is beyond it.")
    floor = inputs.number("new_floor", draft.new_floor, needed=False)
    ceiling = inputs.number("new_ceiling", draft.new_ceiling, needed=False)
    if floor is None and ceiling is None:
        inputs.refuse("new_floor", "Say where the threshold moves: a floor, a ceiling or both.")
    if floor is not None and ceiling is not None and floor > ceiling:
        inputs.refuse("new_floor", "The floor is above the ceiling.")
    kind = cast(PeriodKind, breach.metric.judged_per)
    running = period_start(kind, today, breach.organization.week_start)
    day = running if draft.new_from in (None, "") else inputs.day("new_from", draft.new_from)
    if day is not None and not running <= day <= shift(kind, running, PERIODS_AFTER):
        inputs.refuse(
            "new_from",
            "A threshold moves from the running period on, not later than four after it.",
        )
    current = Threshold.objects.filter(metric=breach.metric, ends_on__isnull=True).first()
    if current is not None and day is not None and day <= current.starts_on:
        inputs.refuse("new_from", "A later version of the threshold has been set already.")
    return {"new_floor": floor, "new_ceiling": ceiling, "new_from": day}
