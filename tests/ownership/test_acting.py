"""Who acts where nobody answers, and the leads are away themselves."""

from datetime import timedelta

from accounts.models import Membership
from accounts.tree import Tree
from cadence.evaluation.queries import work_of
from cadence.evaluation.tick import tick
from cadence.initiatives.models import Initiative
from cadence.ownership.leaves import end_leave
from cadence.ownership.models import Leave
from cadence.ownership.orphans import orphans
from cadence.ownership.queries import answers_for
from cadence.reviews.queries import holds
from tests.cast import AT, BEGINNING, Cast


def away(cast: Cast, member: Membership, stand_in: Membership | None = None) -> Leave:
    return Leave.objects.create(
        organization=cast.acme,
        member=member,
        stand_in=stand_in,
        starts_on=AT.date(),
        ends_on=AT.date() + timedelta(days=13),
        planned_by=member,
        planned_at=BEGINNING,
        began_at=AT,
    )


def acting(cast: Cast, work: Initiative) -> str:
    """By name: what answers, lists of orphans, reviews and My week say alike."""
    found = answers_for([work])[work.pk]
    assert found.member is not None and found.because == "lead"
    (orphan,) = [one for one in orphans(cast.acme, AT) if one.initiative == work]
    assert orphan.acting == found.member
    (hold,) = [one for one in holds(cast.open_review()) if one.id == work.pk]
    assert hold.answerable == found.member.name
    assert work in work_of(found.member, Tree(cast.acme))
    return found.words


def test_a_lead_on_leave_does_not_act_for_themselves(cast: Cast) -> None:
    work = cast.initiative(owner=cast.dana)
    away(cast, cast.dana)
    assert acting(cast, work) == "Lars, acting"


def test_a_lead_on_leave_acts_for_no_orphan_of_the_team(cast: Cast) -> None:
    work = cast.initiative()
    assert acting(cast, work) == "Dana, acting"
    # Who stands in for her stands in for what she owns, and she does not own this.
    away(cast, cast.dana, cast.fay)
    assert acting(cast, work) == "Lars, acting"
    away(cast, cast.lars)
    assert acting(cast, work) == "Elena, acting"


def test_where_everybody_is_away_the_sponsor_answers(cast: Cast) -> None:
    work = cast.initiative()
    for member in (cast.dana, cast.lars, cast.elena):
        away(cast, member)
    assert acting(cast, work) == "Elena, acting"


def test_the_duty_to_decide_goes_to_who_acts_and_comes_back(cast: Cast) -> None:
    work = cast.initiative(owner=cast.dana)
    breach = cast.breach(cast.metric(initiative=work), answerable=cast.dana)
    leave = away(cast, cast.dana)
    tick(at=AT, organization=cast.acme)
    breach.refresh_from_db()
    assert breach.answerable == cast.lars
    end_leave(actor=cast.dana, at=AT, leave=leave)
    tick(at=AT, organization=cast.acme)
    breach.refresh_from_db()
    assert breach.answerable == cast.dana
