"""How a thing stands, in words."""

from datetime import timedelta

from cadence.evaluation.states import State, breach_state
from tests.cast import AT, Cast

LATER = AT + timedelta(days=8)


def test_a_breach_past_its_time_is_overdue(cast: Cast) -> None:
    breach = cast.breach()
    assert breach_state(breach, AT) == State("breach below", "Needs a decision")
    assert breach_state(breach, LATER) == State("breach below", "Decision overdue")


def test_nothing_of_a_paused_initiative_is_overdue(cast: Cast) -> None:
    breach = cast.breach()
    cast.pipeline.paused_at = AT
    breach.metric.initiative = cast.pipeline
    assert breach_state(breach, LATER) == State("watch", "Undecided, paused")
    assert breach_state(breach, LATER, cast.pipeline) == State("watch", "Undecided, paused")
    cast.pipeline.paused_at = None
    assert breach_state(breach, LATER) == State("breach below", "Decision overdue")
