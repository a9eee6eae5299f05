"""Which decisions wait for a second person: also one about what was escalated before."""

from datetime import date, timedelta

from cadence.breaches.models import Breach
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.decisions.models import Decision
from cadence.decisions.queries import awaiting_approval
from cadence.evaluation.approvals import answer_decision
from cadence.evaluation.queries import to_approve
from tests.cast import AT, Cast

LATER = AT + timedelta(hours=1)


def hold(cast: Cast, breach: Breach, replaces: Decision | None = None) -> Decision:
    return record_decision(
        actor=cast.dana,
        at=LATER,
        breaches=[Breach.objects.get(pk=breach.pk)],
        draft=Draft(
            kind="hold_course",
            what="One week is no trend.",
            expected="Back by then.",
            check_on=date(2026, 12, 7),
        ),
        replaces=replaces,
    )


def test_after_an_escalation_the_approval_is_awaited_until_it_is_given(cast: Cast) -> None:
    breach = cast.breach()
    cast.decision(breach, kind="escalate", decided_at=AT)
    held = hold(cast, breach)
    assert awaiting_approval(cast.acme.pk) == [held]
    assert to_approve(cast.lars) == [held]
    assert to_approve(cast.dana) == []
    answer_decision(actor=cast.lars, at=LATER, decision=held, approved=True)
    assert to_approve(cast.lars) == []


def test_one_that_is_to_replace_another_is_awaited(cast: Cast) -> None:
    breach = cast.breach()
    adjusted = cast.decision(breach, decided_at=AT)
    held = hold(cast, breach, replaces=adjusted)
    assert to_approve(cast.lars) == [held]


def test_where_another_decision_came_first_nothing_is_awaited(cast: Cast) -> None:
    breach = cast.breach()
    hold(cast, breach)
    cast.decision(breach, decided_at=LATER, kind="escalate", number=2)
    assert awaiting_approval(cast.acme.pk) == []
