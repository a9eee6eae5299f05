"""Members, their roles, and machines."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Membership, Role
from accounts.tree import Tree
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.people.members import add_machine, change_member, end_membership
from cadence.people.queries import find_token
from cadence.people.tokens import issue_token, revoke_token, touch_token
from tests.cast import AT, Cast

LATER = AT + timedelta(days=1)


def test_a_member_gets_another_role_team_and_name(cast: Cast) -> None:
    changed = change_member(
        actor=cast.ada,
        at=AT,
        member=cast.nils,
        name="Nils Holgersson",
        role="executive",
        team=cast.commercial,
    )
    changed.refresh_from_db()
    assert (changed.name, changed.role, changed.team) == (
        "Nils Holgersson",
        Role.EXECUTIVE,
        cast.commercial,
    )
    entry = Entry.objects.get()
    assert (entry.event, entry.data["changed"]["role"]) == (
        "member.changed",
        ["member", "executive"],
    )


def test_the_last_administrator_stays_one(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        change_member(actor=cast.ada, at=AT, member=cast.ada, name="Ada", role="member", team=None)
    assert refused.value.code == "last_administrator"
    blocked = cast.member("Blocked", "administrator")
    assert blocked.user is not None
    blocked.user.is_active = False
    blocked.user.save()
    # Who cannot sign in administers nothing.
    with pytest.raises(Conflict):
        change_member(actor=cast.ada, at=AT, member=cast.ada, name="Ada", role="member", team=None)
    cast.member("Second", "administrator")
    change_member(actor=cast.ada, at=AT, member=cast.ada, name="Ada", role="member", team=None)


@pytest.mark.parametrize("name", ["olu", "dana"])
def test_who_owns_or_leads_does_not_become_an_observer(cast: Cast, name: str) -> None:
    member = getattr(cast, name)
    with pytest.raises(Conflict) as refused:
        change_member(
            actor=cast.ada, at=AT, member=member, name=member.name, role="observer", team=None
        )
    assert refused.value.code == "member_answers_for_work"
    assert refused.value.details == {
        "initiatives": [cast.pipeline.pk] if name == "olu" else [],
        "teams": [] if name == "olu" else [cast.demand.pk],
        "leaves": [],
    }


def test_a_sponsor_who_is_no_executive_any_more_is_none(cast: Cast) -> None:
    second = cast.member("Second", "executive")
    change_member(actor=cast.ada, at=AT, member=cast.elena, name="Elena", role="member", team=None)
    cast.acme.refresh_from_db()
    assert Tree(cast.acme).sponsor == second


def test_a_machine_stays_a_machine_and_a_person_a_person(cast: Cast) -> None:
    for member, role in ((cast.robo, "member"), (cast.nils, "machine"), (cast.nils, "king")):
        with pytest.raises(Invalid) as refused:
            change_member(
                actor=cast.ada, at=AT, member=member, name=member.name, role=role, team=None
            )
        assert refused.value.problems[0].field == "role"
    renamed = change_member(
        actor=cast.ada, at=AT, member=cast.robo, name="Sheets", role="machine", team=None
    )
    assert renamed.name == "Sheets"


def test_who_left_is_not_changed_and_does_not_leave_again(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.nils.pk).update(ended_at=AT)
    with pytest.raises(Conflict) as refused:
        change_member(actor=cast.ada, at=AT, member=cast.nils, name="N", role="member", team=None)
    assert refused.value.code == "member_left"
    with pytest.raises(Conflict) as refused:
        end_membership(actor=cast.ada, at=AT, member=cast.nils, reason="Again.")
    assert refused.value.code == "member_left"


def test_nobody_leaves_past_what_they_own(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        end_membership(actor=cast.ada, at=AT, member=cast.olu, reason="Moved.")
    assert refused.value.code == "member_answers_for_work"
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("name", ["  ", "x" * 10_000, "a\x00b", "\ud800", "\u200b\u200d", None])
def test_a_name_that_nobody_can_read_is_refused(cast: Cast, name: object) -> None:
    with pytest.raises(Invalid) as refused:
        change_member(actor=cast.ada, at=AT, member=cast.nils, name=name, role="member", team=None)
    assert [problem.field for problem in refused.value.problems] == ["name"]
    with pytest.raises(Invalid):
        add_machine(actor=cast.ada, at=AT, name=name)
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("name", ["elena", "lars", "olu", "obi", "robo"])
def test_people_are_an_administrators_business(cast: Cast, name: str) -> None:
    somebody = getattr(cast, name)
    with pytest.raises(Forbidden):
        change_member(
            actor=somebody, at=AT, member=somebody, name="Me", role="administrator", team=None
        )
    with pytest.raises(Forbidden):
        add_machine(actor=somebody, at=AT, name="Mine")


def test_nobody_of_another_organization_is_reached(cast: Cast) -> None:
    with pytest.raises(NotFound):
        change_member(actor=cast.ada, at=AT, member=cast.sven, name="S", role="member", team=None)
    with pytest.raises(NotFound):
        change_member(
            actor=cast.ada, at=AT, member=cast.nils, name="N", role="member", team=cast.betas_team
        )
    with pytest.raises(NotFound):
        issue_token(
            actor=cast.ada, at=AT, membership=cast.sven, name="Spy", scopes=["read"], days=1
        )


# Tokens


def test_a_machines_token_is_issued_by_an_administrator(cast: Cast) -> None:
    token, secret = issue_token(
        actor=cast.ada, at=AT, membership=cast.robo, name="Nightly", scopes=["readings"], days=30
    )
    assert (token.scopes, token.expires_at) == (["readings"], AT + timedelta(days=30))
    assert token.prefix == secret[:12]
    found = find_token(secret, AT)
    assert found == token
    assert secret not in str(Entry.objects.get().data)
    for somebody in (cast.elena, cast.olu, cast.robo):
        with pytest.raises(Forbidden):
            issue_token(actor=somebody, at=AT, membership=cast.robo, name="X", scopes=["read"])


def test_people_issue_their_own_tokens_and_nobody_elses(cast: Cast) -> None:
    for somebody in (cast.olu, cast.obi):
        token, secret = issue_token(actor=somebody, at=AT, membership=somebody, name="Sheets")
        assert find_token(secret, AT) == token
        with pytest.raises(Forbidden):
            issue_token(actor=cast.ada, at=AT, membership=somebody, name="In their name")


def test_a_token_is_found_with_a_constant_number_of_queries(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, secret = issue_token(actor=cast.olu, at=AT, membership=cast.olu, name="Sheets")
    with django_assert_num_queries(1):
        found = find_token(secret, AT)
        assert found is not None
        assert found.membership.organization.name
        assert found.membership.user == cast.olu.user


def test_a_token_opens_nothing_once_it_is_revoked_or_expired_or_its_person_blocked(
    cast: Cast,
) -> None:
    token, secret = issue_token(actor=cast.olu, at=AT, membership=cast.olu, name="A", days=1)
    assert find_token(secret, AT + timedelta(days=1)) is None
    assert find_token("cad_guess", AT) is None
    assert find_token("half \ud800", AT) is None
    assert cast.olu.user is not None
    cast.olu.user.is_active = False
    cast.olu.user.save()
    assert find_token(secret, AT) is None
    cast.olu.user.is_active = True
    cast.olu.user.save()
    revoke_token(actor=cast.olu, at=AT, token=token)
    assert find_token(secret, AT) is None
    with pytest.raises(Conflict) as refused:
        revoke_token(actor=cast.olu, at=AT, token=token)
    assert refused.value.code == "token_revoked"


def test_tokens_are_revoked_by_their_person_or_an_administrator(cast: Cast) -> None:
    token, _ = issue_token(actor=cast.olu, at=AT, membership=cast.olu, name="A")
    for somebody in (cast.nils, cast.elena):
        with pytest.raises(Forbidden):
            revoke_token(actor=somebody, at=AT, token=token)
    with pytest.raises(NotFound):
        revoke_token(actor=cast.sven, at=AT, token=token)
    revoke_token(actor=cast.ada, at=AT, token=token)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"days": "soon"}, "days"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused_by_name(
    cast: Cast, facts: dict[str, object], field: str
) -> None:
    good = {"name": "Nightly", "scopes": ["read"], "days": 90}
    with pytest.raises(Invalid) as refused:
        issue_token(**{"actor": cast.ada, "at": AT, "membership": cast.robo, **good, **facts})
    assert {problem.field for problem in refused.value.problems} == {field}
    with pytest.raises(Invalid) as refused:
        issue_token(actor=cast.olu, at=AT, membership=cast.olu, name="A", scopes=["read"])
    assert refused.value.problems[0].field == "scopes"


def test_use_is_noted_at_most_once_a_minute(cast: Cast) -> None:
    token, _ = issue_token(actor=cast.olu, at=AT, membership=cast.olu, name="A")
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        touch_token(token=token, at=AT + timedelta(seconds=seconds))
        token.refresh_from_db()
        assert token.last_used_at == AT + timedelta(seconds=noted)
