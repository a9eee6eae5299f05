"""An invitation: shown once, mailed when there is mail, and good for one person."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Invitation, Membership, Role, User
from cadence.people.invitations import invite, revoke_invitation
from tests.cast import Cast

SignedIn = Callable[[Membership], Client]
PASSWORD = "a password for Nora"


def invited(cast: Cast, email: str = "nora@acme.example", name: str = "Nora") -> str:
    """The path behind a fresh link."""
    _, secret = invite(actor=cast.ada, at=timezone.now(), email=email, name=name, team=cast.demand)
    return f"/invitation/{secret}"


def test_ada_invites_nora_and_sees_the_link_once(
    cast: Cast, signed_in: SignedIn, settings: Settings
) -> None:
    ada = signed_in(cast.ada)
    form = {"email": "Nora@acme.example", "name": "Nora", "role": "member", "team": cast.demand.pk}
    answer = ada.post("/o/acme/people/invitations", form)
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    (link,) = set(re.findall(rf"{settings.PUBLIC_URL}/invitation/cad_[\w-]+", answer.text))
    (message,) = mail.outbox
    assert message.to == ["nora@acme.example"]
    assert link in message.body
    later = ada.get("/o/acme/people/invitations").text
    assert "Nora" in later
    assert "/invitation/cad_" not in later


def test_without_mail_the_link_is_passed_on_by_hand(
    cast: Cast, signed_in: SignedIn, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    form = {"email": "nora@acme.example", "name": "Nora", "role": "member"}
    assert "No mail was sent" in signed_in(cast.ada).post("/o/acme/people/invitations", form).text


def test_a_mail_server_that_is_down_does_not_lose_the_invitation(
    cast: Cast, signed_in: SignedIn, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    form = {"email": "nora@acme.example", "name": "Nora", "role": "member"}
    answer = signed_in(cast.ada).post("/o/acme/people/invitations", form)
    assert answer.status_code == 201
    assert "No mail was sent" in answer.text


def test_nora_joins_once(cast: Cast, client: Client) -> None:
    path = invited(cast)
    page = client.get(path).text
    assert "Ada" in page
    assert "Join Acme" in page
    answer = client.post(path, {"name": "Nora New", "password": PASSWORD})
    assert answer["Location"] == "/o/acme/my-week"
    assert client.get("/o/acme/teams").status_code == 200
    again = Client().get(path)
    assert again.status_code == 410
    assert "was used" in again.text
    assert Client().post(path, {"name": "X", "password": PASSWORD}).status_code == 410
    assert User.objects.filter(email="nora@acme.example").count() == 1


def test_a_weak_password_is_refused_beside_the_field(cast: Cast, client: Client) -> None:
    answer = client.post(invited(cast), {"name": "Nora Kept", "password": "short"})
    assert answer.status_code == 422
    assert "too short" in answer.text
    assert "Nora Kept" in answer.text


@pytest.mark.parametrize("name", ["", "   ", "n" * 10_000, "no\0ra"])
def test_a_name_that_is_none_is_refused(cast: Cast, client: Client, name: str) -> None:
    answer = client.post(invited(cast), {"name": name, "password": PASSWORD})
    assert answer.status_code == 422
    assert not User.objects.filter(email="nora@acme.example").exists()


def test_an_expired_and_a_revoked_link_say_so(cast: Cast, client: Client) -> None:
    expired, revoked = invited(cast), invited(cast, "otto@acme.example", "Otto")
    later = timezone.now() - timedelta(seconds=1)
    Invitation.objects.filter(name="Nora").update(expires_at=later)
    otto = Invitation.objects.get(name="Otto")
    revoke_invitation(actor=cast.ada, at=timezone.now(), invitation=otto)
    for path, words in ((expired, "has expired"), (revoked, "was taken back")):
        answer = client.get(path)
        assert answer.status_code == 410
        assert words in answer.text
        assert client.post(path, {"name": "N", "password": PASSWORD}).status_code == 410


def test_who_has_an_account_signs_in_first(cast: Cast, client: Client, signed_in: SignedIn) -> None:
    path = invited(cast, "sven@beta.example", "Sven")
    page = client.get(path)
    assert f"/sign-in?next={path}" in page.text
    assert client.post(path, {"name": "Sven", "password": PASSWORD}).status_code == 409
    sven = signed_in(cast.sven)
    assert "Join as Sven" in sven.get(path).text
    assert sven.post(path)["Location"] == "/o/acme/my-week"
    assert sven.get("/o/acme/teams").status_code == 200


def test_somebody_else_cannot_use_the_link_of_nora(cast: Cast, signed_in: SignedIn) -> None:
    path = invited(cast)
    sven = signed_in(cast.sven)
    assert "for another address" in sven.get(path).text
    assert sven.post(path).status_code == 409
    assert not cast.acme.memberships.filter(user=cast.sven.user).exists()


@pytest.mark.parametrize("secret", ["x", "cad_" + "a" * 43, "%00", "%ED%A0%80", "x" * 3000])
def test_an_unknown_link_is_not_there(cast: Cast, client: Client, secret: str) -> None:
    assert client.get(f"/invitation/{secret}").status_code == 404


def test_ada_takes_an_invitation_back(cast: Cast, signed_in: SignedIn) -> None:
    path = invited(cast)
    key = Invitation.objects.get().pk
    ada = signed_in(cast.ada)
    answer = ada.post(f"/o/acme/people/invitations/{key}/revocation", follow=True)
    assert "no longer works" in answer.text
    assert Client().get(path).status_code == 410
    assert ada.post(f"/o/acme/people/invitations/{key}/revocation").status_code == 409


def test_only_administrators_invite(cast: Cast, signed_in: SignedIn) -> None:
    form = {"email": "nora@acme.example", "name": "Nora", "role": "administrator"}
    for member in (cast.elena, cast.lars, cast.olu, cast.obi):
        client = signed_in(member)
        assert client.post("/o/acme/people/invitations", form).status_code == 403
        page = client.get("/o/acme/people/invitations")
        assert page.status_code == 200
        assert '<form class="card"' not in page.text
    assert not Invitation.objects.exists()


def test_a_member_is_not_invited_again(cast: Cast, signed_in: SignedIn) -> None:
    form = {"email": "OLU@acme.example", "name": "Olu", "role": "member"}
    answer = signed_in(cast.ada).post("/o/acme/people/invitations", form)
    assert answer.status_code == 422
    assert "is a member already" in answer.text
    assert mail.outbox == []


def test_open_invitations_and_machines_are_paged(cast: Cast, signed_in: SignedIn) -> None:
    for number in range(51):
        invited(cast, f"nora{number}@acme.example", f"Nora {number:02}")
        cast.member(f"Robot {number:02}", Role.MACHINE)
    ada = signed_in(cast.ada)
    for path, what in (("invitations", "51 invitations"), ("machines", "52 machines")):
        first, second = (ada.get(f"/o/acme/people/{path}?page={page}").text for page in (1, 2))
        assert f"1 to 50 of {what}" in first and f"51 to {what[:2]} of {what}" in second
