"""A link that works once, expires, and never opens an account that exists."""

from datetime import datetime, timedelta

import pytest

from accounts.models import Invitation, Membership, Role, User
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.people.invitations import accept_invitation, invite, revoke_invitation
from cadence.people.queries import find_invitation, open_invitations
from tests.cast import AT, PASSWORD, Cast

LATER = AT + timedelta(days=1)
GOOD = "a fine long password"


def is_open(secret: str, at: datetime) -> bool:
    found = find_invitation(secret)
    assert found is not None
    return found.is_open(at)


def test_somebody_joins_by_their_link(cast: Cast) -> None:
    invitation, secret = invite(
        actor=cast.ada,
        at=AT,
        email=" Tove@Acme.example",
        name="Tove",
        role="executive",
        team=cast.demand,
    )
    assert invitation.expires_at == AT + timedelta(days=7)
    assert find_invitation(secret) == invitation
    assert list(open_invitations(cast.acme, LATER)) == [invitation]
    member = accept_invitation(at=LATER, secret=secret, name="Tove Jansson", password=GOOD)
    assert (member.role, member.team, member.name) == (Role.EXECUTIVE, cast.demand, "Tove Jansson")
    assert member.user is not None
    assert member.user.email == "tove@acme.example"
    assert member.user.check_password(GOOD)
    entries = list(Entry.objects.values_list("event", "actor"))
    assert entries == [("invitation.sent", cast.ada.pk), ("member.joined", member.pk)]
    # What is in the ledger stays for ever: no address, no secret.
    written = " ".join(str(entry.data) for entry in Entry.objects.all())
    assert "example" not in written
    assert secret not in written


def test_a_link_works_once(cast: Cast) -> None:
    _, secret = invite(actor=cast.ada, at=AT, email="tove@acme.example", name="Tove")
    accept_invitation(at=LATER, secret=secret, password=GOOD)
    assert not is_open(secret, LATER)
    with pytest.raises(Conflict) as refused:
        accept_invitation(at=LATER, secret=secret, password="another fine password")
    assert refused.value.code == "invitation_used"
    assert User.objects.get(email="tove@acme.example").check_password(GOOD)


def test_a_link_expires(cast: Cast) -> None:
    invitation, secret = invite(actor=cast.ada, at=AT, email="tove@acme.example", name="Tove")
    assert is_open(secret, LATER)
    assert not is_open(secret, invitation.expires_at)
    with pytest.raises(Conflict) as refused:
        accept_invitation(at=invitation.expires_at, secret=secret, password=GOOD)
    assert refused.value.code == "invitation_expired"


def test_a_new_link_to_the_same_address_replaces_the_old_one(cast: Cast) -> None:
    _, old = invite(actor=cast.ada, at=AT, email="tove@acme.example", name="Tove")
    _, new = invite(actor=cast.ada, at=AT, email="TOVE@acme.example", name="Tove")
    with pytest.raises(Conflict) as refused:
        accept_invitation(at=AT, secret=old, password=GOOD)
    assert refused.value.code == "invitation_revoked"
    accept_invitation(at=AT, secret=new, password=GOOD)


def test_a_revoked_link_opens_nothing(cast: Cast) -> None:
    invitation, secret = invite(actor=cast.ada, at=AT, email="tove@acme.example", name="Tove")
    with pytest.raises(NotFound):
        revoke_invitation(actor=cast.sven, at=AT, invitation=invitation)
    with pytest.raises(Forbidden):
        revoke_invitation(actor=cast.elena, at=AT, invitation=invitation)
    revoke_invitation(actor=cast.ada, at=AT, invitation=invitation)
    assert not is_open(secret, AT)
    with pytest.raises(Conflict) as refused:
        accept_invitation(at=AT, secret=secret, password=GOOD)
    assert refused.value.code == "invitation_revoked"
    with pytest.raises(Conflict):
        revoke_invitation(actor=cast.ada, at=AT, invitation=invitation)


@pytest.mark.parametrize("secret", ["", "cad_guess", "half \ud800", "nul \x00"])
def test_a_guessed_link_opens_nothing(cast: Cast, secret: str) -> None:
    assert find_invitation(secret) is None
    with pytest.raises(NotFound):
        accept_invitation(at=AT, secret=secret, password=GOOD)


def test_a_link_does_not_reset_the_password_of_an_account(cast: Cast) -> None:
    assert cast.sven.user is not None
    _, secret = invite(actor=cast.ada, at=AT, email=cast.sven.user.email, name="Sven")
    with pytest.raises(Conflict) as refused:
        accept_invitation(at=AT, secret=secret, name="Sven", password=GOOD)
    assert refused.value.code == "sign_in_to_accept"
    assert User.objects.get(pk=cast.sven.user.pk).check_password(PASSWORD)
    assert cast.nils.user is not None
    with pytest.raises(Forbidden):
        accept_invitation(at=AT, secret=secret, user=cast.nils.user)
    member = accept_invitation(at=AT, secret=secret, user=cast.sven.user)
    assert (member.organization, member.user) == (cast.acme, cast.sven.user)
    assert cast.sven.user.memberships.count() == 2


def test_members_are_not_invited_again(cast: Cast) -> None:
    assert cast.nils.user is not None
    with pytest.raises(Conflict) as refused:
        invite(actor=cast.ada, at=AT, email=cast.nils.user.email, name="Nils")
    assert (refused.value.code, refused.value.problems[0].field) == ("already_member", "email")


def test_somebody_who_left_returns_by_an_invitation(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.nils.pk).update(ended_at=AT)
    assert cast.nils.user is not None
    _, secret = invite(
        actor=cast.ada, at=AT, email=cast.nils.user.email, name="Nils", role="observer"
    )
    back = accept_invitation(at=LATER, secret=secret, user=cast.nils.user)
    assert (back, back.role, back.ended_at) == (cast.nils, Role.OBSERVER, None)
    assert Entry.objects.last().event == "member.returned"


@pytest.mark.parametrize("password", [None, "", "short", "password1234", "tove@acme.example", 7])
def test_a_weak_password_is_refused_and_the_link_still_works(cast: Cast, password: object) -> None:
    _, secret = invite(actor=cast.ada, at=AT, email="tove@acme.example", name="Tove")
    with pytest.raises(Invalid) as refused:
        accept_invitation(at=AT, secret=secret, password=password)
    assert {problem.field for problem in refused.value.problems} == {"password"}
    assert not User.objects.filter(email="tove@acme.example").exists()
    accept_invitation(at=AT, secret=secret, password=GOOD)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"email": "tove"}, "email"),
        ({"email": "tove@acme.example\x00"}, "email"),
        ({"email": "\ud800@acme.example"}, "email"),
        ({"email": f"{'x' * 300}@acme.example"}, "email"),
        ({"email": None}, "email"),
        ({"name": "\u200b"}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"role": "machine"}, "role"),
        ({"role": "king"}, "role"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused_by_name(
    cast: Cast, facts: dict[str, object], field: str
) -> None:
    good = {"email": "tove@acme.example", "name": "Tove", "role": "member"}
    with pytest.raises(Invalid) as refused:
        invite(**{"actor": cast.ada, "at": AT, **good, **facts})
    assert [problem.field for problem in refused.value.problems] == [field]
    assert (Invitation.objects.count(), Entry.objects.count()) == (0, 0)


def test_people_are_invited_by_administrators_into_their_own_teams(cast: Cast) -> None:
    facts = {"at": AT, "email": "tove@acme.example", "name": "Tove"}
    for somebody in (cast.elena, cast.lars, cast.olu, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            invite(actor=somebody, **facts)
    with pytest.raises(NotFound):
        invite(actor=cast.ada, team=cast.betas_team, **facts)
