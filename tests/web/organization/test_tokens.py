"""API tokens on the pages: the secret is shown once, and can be ended at any time."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import ApiToken, Membership
from tests.cast import Cast

SignedIn = Callable[[Membership], Client]


def test_olu_sees_the_secret_of_a_token_once(cast: Cast, signed_in: SignedIn) -> None:
    olu = signed_in(cast.olu)
    answer = olu.post("/o/acme/account/tokens", {"name": "Export", "days": "30"})
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    (secret,) = re.findall(r'<code class="secret">(cad_[\w-]{43})</code>', answer.text)
    page = olu.get("/o/acme/account").text
    assert secret not in page
    assert secret[:12] in page
    assert "Live" in page
    token = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/priorities", headers=token).status_code == 200
    olu.post(f"/o/acme/tokens/{ApiToken.objects.get().pk}/revocation")
    assert Client().get("/api/v1/priorities", headers=token).status_code == 401


def test_olu_revokes_the_token(cast: Cast, signed_in: SignedIn) -> None:
    olu = signed_in(cast.olu)
    olu.post("/o/acme/account/tokens", {"name": "Export", "days": "30"})
    token = ApiToken.objects.get()
    answer = olu.post(f"/o/acme/tokens/{token.pk}/revocation", follow=True)
    assert "Revoked" in answer.text
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert olu.post(f"/o/acme/tokens/{token.pk}/revocation").status_code == 409


def test_nils_does_not_revoke_the_token_of_olu(cast: Cast, signed_in: SignedIn) -> None:
    signed_in(cast.olu).post("/o/acme/account/tokens", {"name": "Export", "days": "30"})
    token = ApiToken.objects.get()
    assert signed_in(cast.nils).post(f"/o/acme/tokens/{token.pk}/revocation").status_code == 403
    assert signed_in(cast.sven).post(f"/o/beta/tokens/{token.pk}/revocation").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


@pytest.mark.parametrize(
    ("name", "days"),
    [("  ", "30"), ("n" * 10_000, "30"), ("a\0b", "30"), ("Export", "0"), ("Export", "9" * 5000)],
)
def test_a_token_that_makes_no_sense_is_refused_in_the_form(
    cast: Cast, signed_in: SignedIn, name: str, days: str
) -> None:
    answer = signed_in(cast.olu).post("/o/acme/account/tokens", {"name": name, "days": days})
    assert answer.status_code == 422
    assert "Not saved yet" in answer.text
    assert not ApiToken.objects.exists()


def test_ada_adds_a_machine_and_gives_it_a_token(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    to = ada.post("/o/acme/people/machines", {"name": "CRM export", "team": cast.demand.pk})
    machine = Membership.objects.get(name="CRM export")
    assert to["Location"] == f"/o/acme/people/{machine.pk}"
    path = f"/o/acme/people/machines/{machine.pk}/tokens"
    without = ada.post(path, {"name": "Nightly", "days": "90"})
    assert without.status_code == 422
    answer = ada.post(path, {"name": "Nightly", "days": "90", "scopes": ["readings"]})
    assert answer.status_code == 201
    assert machine.api_tokens.get().scopes == ["readings"]
    assert "CRM export" in ada.get("/o/acme/people/machines").text


def test_nobody_issues_a_token_in_the_name_of_a_person(cast: Cast, signed_in: SignedIn) -> None:
    form = {"name": "Mine now", "days": "90", "scopes": ["read"]}
    path = f"/o/acme/people/machines/{cast.olu.pk}/tokens"
    assert signed_in(cast.ada).post(path, form).status_code == 404


def test_only_administrators_give_tokens_to_machines(cast: Cast, signed_in: SignedIn) -> None:
    form = {"name": "Nightly", "days": "90", "scopes": ["read"]}
    path = f"/o/acme/people/machines/{cast.robo.pk}/tokens"
    for member in (cast.elena, cast.lars, cast.obi):
        assert signed_in(member).post(path, form).status_code == 403
    assert not ApiToken.objects.exists()
