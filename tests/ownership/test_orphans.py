"""Which initiatives nobody answers for, why, since when, and who acts meanwhile."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.initiatives.models import Initiative
from cadence.ownership.actions import accept_ownership, decline_ownership, offer_ownership
from cadence.ownership.orphans import orphans
from cadence.ownership.queries import Answerable, answers_for
from cadence.ownership.rules import Reason, Span, orphaned_by
from tests.cast import AT, BEGINNING, Cast

DAY = timedelta(days=1)


def span(
    offered: int, accepted: int | None = None, ended: int | None = None, ending: str = ""
) -> Span:
    """Days counted from AT; an offer is due three days later."""

    def day(n: int | None) -> datetime | None:
        return None if n is None else AT + n * DAY

    return Span(AT + offered * DAY, AT + (offered + 3) * DAY, day(accepted), day(ended), ending)


@pytest.mark.parametrize(
    ("spans", "day", "expected"),
    [
        ([], 9, [(Reason.NEVER_OFFERED, 0)]),
        ([span(1)], 2, [(Reason.NOT_ACCEPTED, 1)]),
        # Nobody looked yet, but the time is up.
        ([span(1)], 9, [(Reason.LAPSED, 4)]),
        ([span(1, ended=4, ending="lapsed")], 9, [(Reason.LAPSED, 4)]),
        ([span(1, ended=2, ending="declined")], 9, [(Reason.DECLINED, 2)]),
        ([span(1, ended=2, ending="withdrawn")], 9, [(Reason.NEVER_OFFERED, 0)]),
        ([span(1, accepted=2)], 9, []),
        # Asking the next one does not orphan what has an owner.
        ([span(1, accepted=2), span(5)], 6, []),
        ([span(1, accepted=2, ended=5, ending="left")], 9, [(Reason.OWNER_LEFT, 5)]),
        (
            [
                span(1, accepted=2, ended=5, ending="left"),
                span(6, ended=7, ending="declined"),
                span(8),
            ],
            9,
            [(Reason.OWNER_LEFT, 5), (Reason.DECLINED, 7), (Reason.NOT_ACCEPTED, 8)],
        ),
        # Who declined before the last owner accepted is history.
        (
            [span(0, ended=1, ending="declined"), span(1, accepted=2, ended=5, ending="left")],
            9,
            [(Reason.OWNER_LEFT, 5)],
        ),
        # Two declined: one reason, since the latest.
        (
            [span(0, ended=1, ending="declined"), span(2, ended=3, ending="declined")],
            9,
            [(Reason.DECLINED, 3)],
        ),
    ],
)
def test_why_an_initiative_is_orphaned(
    spans: list[Span], day: int, expected: list[tuple[Reason, int]]
) -> None:
    found = orphaned_by(spans, since=AT, at=AT + day * DAY)
    assert found == [(reason, AT + since * DAY) for reason, since in expected]


def test_an_owner_who_is_silent_leaves_an_orphan_too() -> None:
    assert orphaned_by([span(1, accepted=2)], since=AT, at=AT + 30 * DAY, silent=AT + 20 * DAY) == [
        (Reason.SILENT, AT + 20 * DAY)
    ]


def test_every_reason_has_words() -> None:
    assert all(reason.label and reason.value == reason for reason in Reason)


def test_an_orphan_is_shown_with_who_acts_and_what_is_at_stake(cast: Cast) -> None:
    orphan = cast.initiative("Referrals")
    Initiative.objects.filter(pk=orphan.pk).update(budget_at_stake="1200.50")
    cast.owned_by(cast.fay, orphan, ended_at=AT, ending="left")
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=orphan, owner=cast.nils)
    (found,) = orphans(cast.acme, AT + DAY)
    assert found.initiative == orphan
    assert found.reasons == (Reason.OWNER_LEFT, Reason.NOT_ACCEPTED)
    assert (found.since, found.acting, found.pending) == (AT, cast.dana, offer)
    assert found.previous is not None
    assert found.previous.owner == cast.fay
    assert str(found.at_stake) == "1200.50"
    accept_ownership(actor=cast.nils, at=AT + DAY, ownership=offer)
    assert orphans(cast.acme, AT + DAY) == []


def test_orphans_are_listed_from_the_oldest(cast: Cast) -> None:
    young, old = cast.initiative("Young"), cast.initiative("Old")
    cast.owned_by(cast.fay, young, ended_at=AT, ending="left")
    assert [one.initiative for one in orphans(cast.acme, AT)] == [old, young]


def test_drafts_and_what_ended_are_no_orphans(cast: Cast) -> None:
    cast.initiative("Draft", draft=True)
    ended = cast.initiative("Ended")
    Initiative.objects.filter(pk=ended.pk).update(ended_at=AT, ended_as="stopped")
    assert orphans(cast.acme, AT) == []


def test_orphans_of_some_teams_and_of_silent_owners(cast: Cast) -> None:
    orphan = cast.initiative(team=cast.commercial)
    assert orphans(cast.acme, AT, team_ids=[cast.demand.pk]) == []
    assert [one.initiative for one in orphans(cast.acme, AT, team_ids=[cast.commercial.pk])] == [
        orphan
    ]
    (silent,) = orphans(
        cast.acme, AT, team_ids=[cast.demand.pk], silent={cast.pipeline.pk: BEGINNING}
    )
    assert (silent.reasons, silent.since) == ((Reason.SILENT,), BEGINNING)
    assert silent.previous == cast.ownership


def test_nobody_sees_the_orphans_of_another_organization(cast: Cast) -> None:
    cast.initiative()
    assert {one.initiative.organization for one in orphans(cast.beta, AT)} <= {cast.beta}


@pytest.fixture
def nobody_leads_demand(cast: Cast) -> None:
    cast.demand.lead = None
    cast.demand.save()


def test_until_somebody_accepts_the_lead_answers(cast: Cast) -> None:
    draft = cast.initiative(draft=True)
    found = answers_for([cast.pipeline, draft])
    assert found[cast.pipeline.pk] == Answerable(cast.olu, owner=cast.olu)
    assert found[draft.pk] == Answerable(cast.dana, "lead")


def test_without_a_lead_the_next_one_up_answers(cast: Cast, nobody_leads_demand: None) -> None:
    orphan = cast.initiative()
    assert answers_for([orphan])[orphan.pk] == Answerable(cast.lars, "lead")


def test_where_no_lead_is_left_the_sponsor_answers(cast: Cast, nobody_leads_demand: None) -> None:
    Membership.objects.filter(pk=cast.lars.pk).update(ended_at=AT)
    orphan = cast.initiative()
    assert answers_for([orphan])[orphan.pk] == Answerable(cast.elena, "lead")


def test_after_a_decline_the_lead_still_answers(cast: Cast) -> None:
    orphan = cast.initiative()
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=orphan, owner=cast.nils)
    decline_ownership(actor=cast.nils, at=AT, ownership=offer, reason="No time before March.")
    assert answers_for([orphan])[orphan.pk] == Answerable(cast.dana, "lead")
    assert [one.reasons for one in orphans(cast.acme, AT)] == [(Reason.DECLINED,)]


def test_queries_do_not_grow_with_the_orphans(cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            for one in orphans(cast.acme, AT):
                assert one.initiative.team.name
                assert one.acting
            answers_for(Initiative.objects.select_related("organization"))
        return len(captured)

    cast.initiative()
    few = cost()
    for number in range(5):
        orphan = cast.initiative(team=cast.team(f"Team {number}", cast.demand))
        cast.owned_by(cast.nils, orphan, accepted=False)
    assert cost() == few
