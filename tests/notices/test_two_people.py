"""What takes two people: proposed, asked of who may approve it, and told when it is answered."""

from datetime import timedelta

from accounts.models import Role
from cadence.decisions.models import Decision
from cadence.decisions.queries import may_approve
from cadence.evaluation.approvals import answer_decision
from cadence.notices.models import NoticeKind
from tests.cast import AT, Cast
from tests.notices.things import happened, told

LATER = AT + timedelta(hours=2)


def asked(cast: Cast, decision: Decision) -> set[str]:
    happened(cast, "decision.recorded", decision, decision.recorded_by)
    found = {
        name: notice for name, notice in told(cast).items() if notice.kind == NoticeKind.APPROVAL
    }
    assert all(may_approve(notice.member, decision) for notice in found.values())
    return set(found)


def test_it_is_proposed_and_not_announced_as_decided(cast: Cast) -> None:
    held = cast.decision(
        cast.breach(), kind="hold_course", decided_by=cast.dana, recorded_by=cast.dana
    )
    happened(cast, "decision.recorded", held, cast.dana)
    found = told(cast)
    assert found["olu"].title == "Dana proposes for Qualified demos: Hold course (D-1)"
    assert found["olu"].detail.startswith("It waits for approval. ")


def test_approved_it_is_told_to_owner_and_to_who_carries_it_out(cast: Cast) -> None:
    held = cast.decision(
        cast.breach(), kind="hold_course", decided_by=cast.dana, recorded_by=cast.dana,
        carried_out_by=cast.nils,
    )  # fmt: skip
    answer_decision(actor=cast.lars, at=LATER, decision=held, approved=True)
    found = told(cast)
    assert set(found) == {"dana", "olu", "nils"}
    assert found["nils"].title == "You carry out D-1 about Qualified demos: Hold course"
    assert found["olu"].title == "Lars approved D-1 about Qualified demos: Hold course"


def test_refused_it_is_told_to_who_must_decide(cast: Cast) -> None:
    breach = cast.breach(answerable=cast.nils)
    held = cast.decision(breach, kind="hold_course", decided_by=cast.dana, recorded_by=cast.dana)
    answer_decision(actor=cast.lars, at=LATER, decision=held, approved=False, reason="No.")
    found = told(cast)
    assert set(found) == {"dana", "olu", "nils"}
    assert found["nils"].kind == NoticeKind.BREACH
    assert found["nils"].title == "Lars refused D-1 about Qualified demos: a decision is needed"


def test_of_two_teams_only_who_stands_above_both_is_asked(cast: Cast) -> None:
    other = cast.initiative(team=cast.team("Other", cast.commercial, cast.nils), owner=cast.fay)
    both = cast.breach(), cast.breach(cast.metric("Calls", initiative=other))
    assert asked(cast, cast.decision(*both, kind="hold_course")) == {"lars"}
    # Taken by the one above both: the sponsor is asked, and nobody of the two teams.
    more = cast.breach(cast.metric("A")), cast.breach(cast.metric("B", initiative=other))
    held = cast.decision(*more, kind="hold_course", decided_by=cast.lars, recorded_by=cast.lars)
    assert asked(cast, held) == {"elena"}


def test_where_nobody_on_the_path_may_every_other_executive_is_asked(cast: Cast) -> None:
    cast.member("Eve", Role.EXECUTIVE)
    orphan = cast.initiative(team=cast.commercial, owner=cast.elena)
    breach = cast.breach(cast.metric("Calls", initiative=orphan))
    held = cast.decision(breach, kind="hold_course", decided_by=cast.lars, recorded_by=cast.lars)
    assert asked(cast, held) == {"eve"}
