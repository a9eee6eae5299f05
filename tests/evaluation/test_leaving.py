"""Everything that hangs on somebody is shown, and passes on when they leave."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import CalendarLink, Membership, Team
from accounts.tokens import new_secret
from cadence.decisions.actions import keep_commitment
from cadence.decisions.models import Commitment
from cadence.errors import Conflict, Invalid
from cadence.evaluation.leaving import deactivate_member, departure
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.ownership.models import Leave, Ownership
from cadence.people.actions import found_organization
from cadence.people.invitations import accept_invitation, invite
from cadence.people.members import return_member
from cadence.people.tokens import issue_token
from cadence.reviews.actions import close_review, open_review
from cadence.reviews.models import Review
from tests.cast import AT, PASSWORD, Cast

LATER = AT + timedelta(hours=1)


def busy(cast: Cast) -> None:
    """Something of everything hangs on Dana."""
    mine = cast.initiative("Reseller portal", owner=cast.dana)
    metric = cast.metric(initiative=mine)
    cast.threshold(metric)
    cast.breach(metric, answerable=cast.dana)
    cast.owned_by(cast.dana, cast.initiative("Events"), accepted=False)
    series = cast.series(facilitator=cast.dana)
    cast.planned_review(series)
    cast.open_review(cast.series(), facilitator=cast.dana)
    decided = cast.decision(cast.breach(), decided_by=cast.dana, recorded_by=cast.dana)
    cast.verdict(decided)
    other = cast.metric("Calls")
    cast.threshold(other)
    cast.decision(cast.breach(other), kind="hold_course", decided_by=cast.olu)
    Commitment.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        text="Call them",
        person=cast.dana,
        due_on=AT.date(),
        due_at=AT,
        created_by=cast.olu,
        created_at=AT,
    )
    Leave.objects.create(
        organization=cast.acme,
        member=cast.olu,
        stand_in=cast.dana,
        starts_on=date(2026, 12, 1),
        ends_on=date(2026, 12, 4),
        planned_by=cast.olu,
        planned_at=AT,
    )
    issue_token(actor=cast.dana, at=AT, membership=cast.dana, name="Sheets")
    link(cast.dana)
    cast.acme.sponsor = cast.dana
    cast.acme.save(update_fields=["sponsor"])


def link(member: Membership) -> CalendarLink:
    return CalendarLink.objects.create(
        organization=member.organization,
        membership=member,
        digest=new_secret()[2],
        created_at=AT,
    )


def test_everything_that_hangs_on_somebody_is_shown(cast: Cast) -> None:
    busy(cast)
    cast.dana.refresh_from_db()
    found = departure(cast.dana, AT)
    (owned,) = found.owned
    assert (owned.initiative.name, owned.undecided, owned.acting) == (
        "Reseller portal",
        1,
        cast.lars,
    )
    assert [one.initiative.name for one in found.offers] == ["Events"]
    assert [(one.team, one.acting) for one in found.led] == [(cast.demand, cast.lars)]
    assert [one.next for one in found.series] == [cast.lars]
    assert [one.state for one in found.reviews] == ["open"]
    for several in (found.breaches, found.approvals, found.verdicts, found.commitments):
        assert len(several) == 1
    assert [one.member for one in found.stands_in] == [cast.olu]
    assert (len(found.tokens), len(found.calendar_links)) == (1, 1)
    assert found.is_sponsor
    assert not found.is_empty
    assert departure(cast.obi, AT).is_empty


def test_as_many_queries_for_much_as_for_little(cast: Cast) -> None:
    busy(cast)

    def taken() -> int:
        member = Membership.objects.select_related("organization").get(pk=cast.dana.pk)
        with CaptureQueriesContext(connection) as queries:
            departure(member, AT)
        return len(queries)

    few = taken()
    for number in range(4):
        team = cast.team(f"Team {number}", parent=cast.demand, lead=cast.dana)
        cast.initiative(team=team, owner=cast.dana)
        cast.planned_review(cast.series(team, facilitator=cast.dana))
    assert taken() == few


def test_the_lead_of_the_team_facilitates_what_the_leaver_did(cast: Cast) -> None:
    series = cast.series()
    opened = cast.open_review(series)
    planned = cast.planned_review(series)
    taken = cast.planned_review(cast.series(facilitator=cast.olu), facilitator=cast.fay)
    past = cast.planned_review(series, missed_at=AT)
    deactivate_member(actor=cast.ada, at=AT, member=cast.fay, reason="New job")
    for one in (series, opened, planned, taken, past):
        one.refresh_from_db()
    assert {one.facilitator for one in (series, opened, planned, taken)} == {cast.dana}
    # What is over stays as it was.
    assert past.facilitator == cast.fay
    moved = Entry.objects.filter(event="review.facilitation_moved")
    assert {entry.subject_id for entry in moved} == {opened.pk, taken.pk}
    assert moved[0].data == {"from": cast.fay.pk, "to": cast.dana.pk}
    (changed,) = Entry.objects.filter(event="series.changed")
    assert changed.data == {"facilitator": [cast.fay.pk, cast.dana.pk]}
    assert verify(cast.acme).fault is None


def test_who_leads_three_teams_leaves_in_the_middle_of_a_review(cast: Cast) -> None:
    """The review goes on: Lars, who leads above, runs it and closes it."""
    second = cast.team("Second", parent=cast.commercial, lead=cast.dana)
    third = cast.team("Third", parent=second, lead=cast.dana)
    review = cast.planned_review(cast.series(facilitator=cast.dana))
    cast.reading(52)
    open_review(actor=cast.dana, at=AT, review=review)
    deactivate_member(
        actor=cast.ada, at=LATER, member=cast.dana, reason="Ill", leads={third.pk: cast.nils}
    )
    teams = {team.pk: team.lead for team in Team.objects.filter(organization=cast.acme)}
    assert (teams[cast.demand.pk], teams[second.pk], teams[third.pk]) == (None, None, cast.nils)
    review = Review.objects.get(pk=review.pk)
    assert (review.state, review.facilitator) == ("open", cast.lars)
    close_review(actor=cast.lars, at=LATER, review=review)
    assert Review.objects.get(pk=review.pk).closed_by == cast.lars


def test_the_new_lead_facilitates_where_one_is_chosen(cast: Cast) -> None:
    review = cast.open_review(cast.series(facilitator=cast.dana))
    deactivate_member(
        actor=cast.ada, at=AT, member=cast.dana, reason="Ill", leads={cast.demand.pk: cast.nils}
    )
    assert Review.objects.get(pk=review.pk).facilitator == cast.nils


def test_a_lead_is_somebody_who_can_answer_and_each_fault_has_its_row(cast: Cast) -> None:
    mine = cast.initiative(owner=cast.dana)
    with pytest.raises(Invalid) as refused:
        deactivate_member(
            actor=cast.ada,
            at=AT,
            member=cast.dana,
            reason="Ill",
            successors={mine.pk: cast.robo},
            leads={cast.demand.pk: cast.obi, cast.partners.pk: cast.nils},
        )
    assert [problem.field for problem in refused.value.problems] == [
        f"successors.{mine.pk}",
        f"leads.{cast.demand.pk}",
        f"leads.{cast.partners.pk}",
    ]
    for nobody in (cast.robo, cast.dana):
        with pytest.raises(Invalid):
            deactivate_member(
                actor=cast.ada,
                at=AT,
                member=cast.dana,
                reason="Ill",
                leads={cast.demand.pk: nobody},
            )
    assert Membership.objects.get(pk=cast.dana.pk).is_current


def test_nothing_is_orphaned_unless_somebody_said_so(cast: Cast) -> None:
    second = cast.initiative("Reseller portal", owner=cast.olu)
    asked = cast.initiative("Events", owner=cast.olu)
    cast.owned_by(cast.fay, asked, accepted=False)
    act = {"actor": cast.ada, "at": AT, "member": cast.olu, "reason": "New job"}
    with pytest.raises(Invalid) as refused:
        deactivate_member(**act, successors={cast.pipeline.pk: cast.nils}, leave_orphaned=False)
    (problem,) = refused.value.problems
    assert problem.field == f"successors.{second.pk}"
    assert "Reseller portal" in problem.message
    deactivate_member(
        **act, successors={cast.pipeline.pk: cast.nils, second.pk: None}, leave_orphaned=False
    )
    waiting = Ownership.objects.pending()
    assert {one.initiative: one.owner for one in waiting} == {
        cast.pipeline: cast.nils,
        asked: cast.fay,
    }


def test_a_successor_is_owed_from_the_moment_somebody_left(cast: Cast) -> None:
    deactivate_member(actor=cast.ada, at=AT, member=cast.olu, reason="New job")
    cast.ownership.refresh_from_db()
    # Three working days after Monday.
    assert cast.ownership.successor_due_at is not None
    assert cast.ownership.successor_due_at.date() == date(2026, 11, 19)


def test_tokens_links_and_sessions_end_with_the_act(cast: Cast, client: Client) -> None:
    assert cast.olu.user is not None
    client.force_login(cast.olu.user, "django.contrib.auth.backends.ModelBackend")
    assert client.get("/o/acme/my-week").status_code == 200
    _, secret = issue_token(actor=cast.olu, at=timezone.now(), membership=cast.olu, name="Sheets")
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/me", headers=bearer).status_code == 200
    calendar = link(cast.olu)
    deactivate_member(actor=cast.ada, at=timezone.now(), member=cast.olu, reason="New job")
    # The very next request.
    assert client.get("/o/acme/my-week")["Location"].startswith("/sign-in")
    assert client.get("/password")["Location"].startswith("/sign-in")
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401
    calendar.refresh_from_db()
    assert calendar.revoked_at is not None
    return_member(actor=cast.ada, at=timezone.now(), member=cast.olu)
    assert client.get("/o/acme/my-week")["Location"].startswith("/sign-in")
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401


def test_who_belongs_to_another_organization_stays_signed_in_there(
    cast: Cast, client: Client
) -> None:
    other, boss = found_organization(
        at=AT,
        name="Gamma",
        slug="gamma",
        time_zone="UTC",
        administrator_email="boss@gamma.example",
        administrator_name="Boss",
        password=PASSWORD,
    )
    assert cast.olu.user is not None
    _, secret = invite(actor=boss, at=AT, email=cast.olu.user.email, name="Olu")
    accept_invitation(at=AT, secret=secret, user=cast.olu.user)
    client.force_login(cast.olu.user, "django.contrib.auth.backends.ModelBackend")
    deactivate_member(actor=cast.ada, at=AT, member=cast.olu, reason="New job")
    assert client.get("/o/acme/my-week").status_code == 404
    assert client.get(f"/o/{other.slug}/my-week").status_code == 200


def test_an_invitation_outlives_who_sent_it(cast: Cast) -> None:
    second = cast.member("Second", "administrator")
    _, secret = invite(actor=second, at=AT, email="nora@acme.example", name="Nora")
    deactivate_member(actor=cast.ada, at=AT, member=second, reason="New job")
    joined = accept_invitation(at=LATER, secret=secret, password=PASSWORD)
    assert joined.is_current


def test_a_commitment_of_who_left_is_settled_by_who_answers_now(cast: Cast) -> None:
    busy(cast)
    cast.dana.refresh_from_db()
    commitment = Commitment.objects.get(person=cast.dana)
    deactivate_member(actor=cast.ada, at=AT, member=cast.dana, reason="New job")
    commitment.refresh_from_db()
    assert (commitment.person, commitment.kept_at) == (cast.dana, None)
    keep_commitment(actor=cast.lars, at=LATER, commitment=commitment)


def test_the_system_sees_somebody_off_for_a_command(cast: Cast) -> None:
    deactivate_member(
        actor=None,
        at=AT,
        member=cast.olu,
        reason="New job",
        successors={cast.pipeline.pk: cast.nils},
    )
    offer = Ownership.objects.pending().get()
    assert (offer.owner, offer.offered_by) == (cast.nils, None)
    with pytest.raises(Conflict) as refused:
        deactivate_member(actor=None, at=AT, member=cast.olu, reason="New job")
    assert refused.value.code == "member_left"
