"""Who is let in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import ApiToken
from tests.api.conftest import Caller, token_for
from tests.cast import AT, Cast

Api = Callable[..., Caller]


def test_a_token_says_whose_it_is(cast: Cast, api: Api) -> None:
    me = api(cast.olu).get("me").body
    assert me["member"]["name"] == "Olu"
    assert me["organization"]["slug"] == "acme"
    assert me["token"]["prefix"].startswith("cad_")
    assert ApiToken.objects.get().last_used_at == AT


@pytest.mark.parametrize("secret", ["", "cad_guessed", "nonsense", "ÿ", "x" * 5000, "cad_a cad_b"])
def test_a_guess_is_refused(db: None, client: Client, secret: str) -> None:
    answer = Caller(client).ask("GET", "me", authorization=f"Bearer {secret}")
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="cadence", error="invalid_token"'


def test_a_token_ends(cast: Cast, client: Client) -> None:
    token, secret = token_for(cast.olu)
    olu = Caller(client, secret)
    assert olu.get("me").status == 200
    for facts in ({"revoked_at": AT}, {"expires_at": AT}):
        ApiToken.objects.filter(pk=token.pk).update(**facts)
        assert olu.get("me").status == 401
        ApiToken.objects.filter(pk=token.pk).update(
            revoked_at=None, expires_at=AT + timedelta(days=1)
        )


def test_who_left_or_may_not_sign_in_is_refused(cast: Cast, api: Api) -> None:
    nils, olu = api(cast.nils), api(cast.olu)
    cast.nils.ended_at = AT
    cast.nils.save(update_fields=["ended_at"])
    assert nils.get("me").status == 401
    assert cast.olu.user is not None
    cast.olu.user.is_active = False
    cast.olu.user.save(update_fields=["is_active"])
    assert olu.get("me").status == 401


def test_a_session_is_not_a_token(cast: Cast, signed_in: Callable[..., Client]) -> None:
    assert Caller(signed_in(cast.olu)).get("me").status == 401


def test_a_machine_does_what_its_scopes_say(cast: Cast, api: Api) -> None:
    reading = {"metric": cast.demos.pk, "period": "2026-11-09", "value": 50}
    reads, writes, both = (
        api(cast.robo, *scopes) for scopes in (["read"], ["readings"], ["read", "readings"])
    )
    assert reads.get("metrics").status == 200
    assert (reads.post("readings", reading).status, writes.get("metrics").status) == (403, 403)
    assert writes.post("readings", reading).status == 201
    assert len(both.get("readings").body["results"]) == 1
    breach = cast.breach()
    decision = both.post(f"breaches/{breach.pk}/decisions", {"kind": "stop", "what": "Off."})
    assert (decision.status, decision.code) == (403, "forbidden")


def test_an_observer_reads_and_changes_nothing(cast: Cast, api: Api) -> None:
    obi = api(cast.obi)
    assert obi.get("metrics").status == 200
    reading = {"metric": cast.demos.pk, "period": "2026-11-09", "value": 50}
    assert obi.post("readings", reading).status == 403
    assert obi.post(f"reviews/{cast.open_review().pk}/close").status == 403
