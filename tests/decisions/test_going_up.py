"""An escalation goes up the path and ends: nobody gets a breach twice."""

from datetime import timedelta

import pytest

from accounts.models import Membership, Role
from cadence.breaches.models import Breach
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft
from cadence.errors import Invalid
from cadence.evaluation.tick import tick
from tests.cast import AT, Cast

DAY = timedelta(days=1)


def escalate(actor: Membership, breach: Breach, to: Membership) -> Membership | None:
    draft = Draft("escalate", what="Too big for us.", check_on="2026-11-30", escalated_to=to)
    record_decision(actor=actor, at=AT, breaches=[breach], draft=draft)
    breach.refresh_from_db()
    return breach.answerable


def refused(actor: Membership, breach: Breach, to: Membership) -> str:
    with pytest.raises(Invalid) as caught:
        escalate(actor, breach, to)
    (problem,) = caught.value.problems
    assert problem.field == "escalated_to"
    return problem.message


def test_the_sponsor_decides_for_nobody_stands_above(cast: Cast) -> None:
    vera = cast.member("Vera", Role.EXECUTIVE)
    breach = cast.breach()
    escalate(cast.dana, breach, cast.elena)
    assert refused(cast.elena, breach, vera) == "The path ends here: nobody stands above. Decide."


def test_two_executives_do_not_hand_it_to_each_other(cast: Cast) -> None:
    vera, wim = cast.member("Vera", Role.EXECUTIVE), cast.member("Wim", Role.EXECUTIVE)
    breach = cast.breach()
    assert escalate(cast.olu, breach, vera) == vera
    # Above her is the sponsor alone: not her equal, and nobody on the path whom it passed by.
    for person in (wim, cast.dana, cast.lars):
        assert "above everybody who has or had it" in refused(vera, breach, person)
    assert escalate(vera, breach, cast.elena) == cast.elena


def test_nobody_who_had_it_gets_it_again(cast: Cast) -> None:
    breach = cast.breach()
    escalate(cast.olu, breach, cast.dana)
    # She leads no more, and whoever leads for her is above nobody who had it.
    cast.demand.lead = cast.nils
    cast.demand.save(update_fields=["lead"])
    escalate(cast.elena, breach, cast.lars)
    assert refused(cast.lars, breach, cast.nils)
    assert refused(cast.lars, breach, cast.dana)
    assert escalate(cast.lars, breach, cast.elena) == cast.elena


def test_also_where_its_time_ran_out_meanwhile(cast: Cast) -> None:
    vera = cast.member("Vera", Role.EXECUTIVE)
    breach = cast.breach()
    escalate(cast.olu, breach, vera)
    tick(at=AT + 20 * DAY, organization=cast.acme)
    breach.refresh_from_db()
    assert breach.answerable == cast.elena
    draft = Draft("escalate", what="Yours.", check_on="2026-12-20", escalated_to=vera)
    with pytest.raises(Invalid):
        record_decision(actor=cast.elena, at=AT + 20 * DAY, breaches=[breach], draft=draft)


def test_of_several_breaches_each_has_to_go_up(cast: Cast) -> None:
    low, high = cast.breach(), cast.breach(cast.metric(), answerable=cast.dana, level=1)
    draft = Draft("escalate", what="Both.", check_on="2026-11-30", escalated_to=cast.dana)
    with pytest.raises(Invalid):
        record_decision(actor=cast.lars, at=AT, breaches=[low, high], draft=draft)


def test_the_sponsor_who_owns_the_work_has_nobody_to_escalate_to(cast: Cast) -> None:
    own = cast.initiative(owner=cast.elena)
    breach = cast.breach(cast.metric(initiative=own), answerable=cast.elena)
    assert refused(cast.elena, breach, cast.lars).startswith("The path ends here")
