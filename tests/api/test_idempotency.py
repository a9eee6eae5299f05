"""The same request sent twice with one key has one effect and one answer."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from accounts.models import Membership
from cadence.answers.models import KeptAnswer
from cadence.api.urls import urlpatterns
from cadence.decisions.models import Commitment
from cadence.ledger.models import Entry
from cadence.metrics.models import Correction, Reading
from cadence.tasks import tick
from tests.api.conftest import Answer, Caller, token_for
from tests.cast import AT, Cast
from tests.races.racing import afterwards, many_connections, race

Api = Callable[..., Caller]
KEY = "week-46"


def keyed(caller: Caller, path: str, body: Any, key: str = KEY) -> Answer:
    return caller.ask("POST", path, body, **{"Idempotency-Key": key})


def reading(cast: Cast, value: str = "31") -> dict[str, Any]:
    return {"metric": cast.demos.pk, "period": "2026-11-09", "value": value, "note": "As counted."}


def commitment(cast: Cast) -> dict[str, Any]:
    return {
        "initiative": cast.pipeline.pk,
        "text": "Call “them” – all of them.",
        "person": cast.olu.pk,
        "due_on": "2026-11-23",
    }


def test_a_reading_sent_twice_is_one_reading(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    first = keyed(olu, "readings", reading(cast))
    entries = Entry.objects.count()
    second = keyed(olu, "readings", reading(cast))
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Reading.objects.count() == 1
    assert Entry.objects.filter(event__startswith="reading").count() == 1
    assert Entry.objects.count() == entries


def test_the_answer_is_the_same_whatever_happened_since(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    first = keyed(olu, "readings", reading(cast))
    assert keyed(olu, "readings", reading(cast, "50"), "corrected").status == 200
    assert keyed(olu, "readings", reading(cast)).body == first.body
    assert Correction.objects.count() == 1
    assert Reading.objects.get().value == 50


def test_the_answer_is_the_same_byte_for_byte(cast: Cast, client: Client) -> None:
    headers = {"authorization": f"Bearer {token_for(cast.olu)[1]}"}

    def send(**more: str) -> Any:
        return client.post(
            "/api/v1/commitments",
            commitment(cast),
            content_type="application/json",
            headers=headers | more,
        )

    first, second = send(**{"idempotency-key": KEY}), send(**{"idempotency-key": KEY})
    without = send()
    assert first.content == second.content
    for name in without.headers:
        assert first.headers[name] == second.headers[name], name
    # With a key or without one, an answer looks alike.
    assert "Call “them” – all of them.".encode() in first.content
    assert len(first.content) == len(without.content)
    assert first.headers["Content-Type"] == without.headers["Content-Type"]


def test_a_commitment_sent_twice_is_one_commitment(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    made = [keyed(olu, "commitments", commitment(cast)).body["id"] for _ in range(3)]
    assert Commitment.objects.get().pk == made[0]
    assert made == [made[0]] * 3
    assert Entry.objects.filter(event="commitment.made").count() == 1


def test_without_a_key_it_is_done_twice(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    for _ in range(2):
        assert olu.post("commitments", commitment(cast)).status == 201
    assert Commitment.objects.count() == 2
    assert not KeptAnswer.objects.exists()


def test_an_act_without_a_body_sent_twice_is_done_once(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    made = olu.post("commitments", commitment(cast)).body["id"]
    first, second = (keyed(olu, f"commitments/{made}/kept", None) for _ in range(2))
    assert (first.status, first.body) == (second.status, second.body)
    assert olu.post(f"commitments/{made}/kept").code == "commitment_settled"


def test_a_key_is_for_one_request(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    keyed(olu, "readings", reading(cast))
    for path, body in (("readings", reading(cast, "32")), ("commitments", reading(cast))):
        answer = keyed(olu, path, body)
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")
        assert list(answer.problems) == ["Idempotency-Key"]
    assert Reading.objects.get().value == 31


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "schlüssel", "a\tb", "\x7f"])
def test_a_key_that_is_not_one(cast: Cast, api: Api, key: str) -> None:
    answer = keyed(api(cast.olu), "readings", reading(cast), key)
    assert (answer.status, answer.code) == (422, "idempotency_key_invalid")
    assert not Reading.objects.exists()


@pytest.mark.parametrize("key", ["x", "x" * 200, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "!~"])
def test_a_key_that_is_one(cast: Cast, api: Api, key: str) -> None:
    assert keyed(api(cast.olu), "readings", reading(cast), key).status == 201


def test_a_refused_request_is_corrected_and_sent_with_the_same_key(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    settled = olu.post("commitments", commitment(cast)).body["id"]
    olu.post(f"commitments/{settled}/kept")
    entries = Entry.objects.count()
    for status, path, body in (
        (400, "readings", b"{"),
        (422, "readings", reading(cast, "NaN")),
        (404, "commitments/0/kept", None),
        (409, f"commitments/{settled}/kept", None),
    ):
        assert keyed(olu, path, body).status == status
        assert not KeptAnswer.objects.exists()
    assert Entry.objects.count() == entries
    assert keyed(olu, "readings", reading(cast)).status == 201


def test_who_may_not_keeps_nothing(cast: Cast, api: Api) -> None:
    assert keyed(api(cast.obi), "readings", reading(cast)).status == 403
    assert keyed(api(cast.robo, "read"), "readings", reading(cast)).status == 403
    assert keyed(api(), "readings", reading(cast)).status == 401
    assert not KeptAnswer.objects.exists()


def test_a_fault_of_ours_leaves_nothing(
    cast: Cast, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done is taken back when it cannot be answered: else it would be done twice."""

    def fail(*args: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("cadence.api.readings.RecordedSerializer", fail)
        assert keyed(api(cast.olu), "readings", reading(cast)).status == 500
    assert not Reading.objects.exists()
    assert not KeptAnswer.objects.exists()


def test_the_same_key_of_somebody_else_is_another_key(cast: Cast, api: Api) -> None:
    bodies = {
        cast.olu: reading(cast),
        cast.dana: reading(cast, "50"),
        cast.sven: reading(cast) | {"metric": cast.betas_metric.pk},
    }
    ids = {keyed(api(who), "readings", body).body["reading"]["id"] for who, body in bodies.items()}
    assert len(ids) == 2  # Dana corrects what Olu wrote
    answer = keyed(api(cast.sven), "readings", bodies[cast.olu])
    assert answer.code == "idempotency_key_reused"
    assert "31" not in str(answer.body)


def test_a_key_is_the_members_and_not_the_tokens(cast: Cast, api: Api) -> None:
    first = keyed(api(cast.olu), "readings", reading(cast))
    second = keyed(api(cast.olu), "readings", reading(cast))
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.body == first.body


def test_who_left_is_not_answered_again(cast: Cast, api: Api) -> None:
    dana = api(cast.dana)
    keyed(dana, "readings", reading(cast))
    Membership.objects.filter(pk=cast.dana.pk).update(ended_at=AT)
    assert keyed(dana, "readings", reading(cast)).status == 401


def test_an_answer_is_forgotten_after_seven_days(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    keyed(olu, "readings", reading(cast))
    for days, status in ((6, 201), (7, 200)):
        with time_machine.travel(AT + timedelta(days=days), tick=False):
            tick()
            assert keyed(olu, "readings", reading(cast)).status == status
    assert Reading.objects.count() == 1


def test_only_a_post_minds_the_key(cast: Cast, api: Api) -> None:
    assert api(cast.olu).ask("GET", "me", **{"Idempotency-Key": KEY}).status == 200
    assert not KeptAnswer.objects.exists()


def test_every_post_minds_the_key(cast: Cast, api: Api) -> None:
    posts = [
        str(one.pattern)
        for one in urlpatterns
        if hasattr(one.callback, "cls") and hasattr(one.callback.cls, "post")
    ]
    assert len(posts) > 20
    for path in posts:
        answer = keyed(api(cast.elena), path.replace("<int:pk>", "1"), {}, "not a key")
        assert answer.code == "idempotency_key_invalid", path


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_have_one_effect_and_one_answer(
    cast: Cast, tmp_path: Path, said: Callable[[str], None]
) -> None:
    secret = token_for(cast.olu, last_used_at=AT)[1]
    rounds = 20 if connection.vendor == "postgresql" else 5
    body = commitment(cast)

    def send(number: int) -> Answer:
        return keyed(Caller(Client(), secret), "commitments", body, f"round-{number}")

    with many_connections(tmp_path):
        found = race(rounds, *[send] * 8)
        made = afterwards(Commitment.objects.count)
        entries = afterwards(Entry.objects.filter(event="commitment.made").count)
    for answers in found:
        assert [answer.status for answer in answers] == [201] * 8
        assert len({answer.body["id"] for answer in answers}) == 1
        again = [answer.headers.get("Idempotency-Replayed") for answer in answers]
        assert again.count("true") == 7
    assert made == entries == rounds
    said(f"one request by eight threads at once: {rounds} rounds, {made} effects")
