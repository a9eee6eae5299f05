"""A secret is told in one answer and kept in none: not even in the one that is kept to be given
again to whoever sends the same key."""

import json
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import resolve

from cadence.answers.models import KeptAnswer
from cadence.notices.models import Webhook
from cadence.people.calendar_links import create_calendar_link
from tests.api.conftest import Caller
from tests.cast import AT, Cast
from tests.notices.rows import webhook

Api = Callable[..., Caller]
# What a member of an answer is called that opens something to whoever reads it.
SECRETS = {"secret", "old_secret", "address", "link", "token", "password"}
# Every POST that answers with one: what to send, and the member of the answer.
TELLING: dict[str, tuple[Any, str]] = {
    "calendar-links": ({}, "address"),
    "calendar-links/{id}/renewal": (None, "address"),
    "invitations": ({"email": "nora@acme.example", "name": "Nora"}, "link"),
    "machines/{id}/tokens": ({"name": "Export", "scopes": ["readings"]}, "secret"),
    "tokens": ({"name": "Export"}, "secret"),
    "webhooks": ({"url": "https://receiver.example/new"}, "secret"),
    "webhooks/{id}/secret": (None, "secret"),
}


def told_by_posts() -> dict[str, set[str]]:
    """Of every POST that tells a secret, the path and the members that hold it."""
    written = StringIO()
    call_command("spectacular", format="openapi-json", stdout=written)
    document = json.loads(written.getvalue())
    shapes = document["components"]["schemas"]
    found = {}
    for path, item in document["paths"].items():
        responses = item.get("post", {}).get("responses", {})
        names = set()
        for status, response in responses.items():
            shape = response["content"]["application/json"]["schema"] if status < "300" else {}
            names |= set(
                shapes.get(shape.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
            )
        if names & SECRETS:
            found[path.removeprefix("/api/v1/")] = names & SECRETS
    return found


def test_every_post_that_tells_a_secret_is_known_and_tells_it_once() -> None:
    told = told_by_posts()
    assert told == {path: {name} for path, (_, name) in TELLING.items()}
    for path, names in told.items():
        view: Any = resolve(f"/api/v1/{re.sub('{.*?}', '1', path)}").func
        assert set(view.view_class.told_once) == names, path


@pytest.mark.parametrize("path", TELLING)
def test_the_kept_answer_has_no_secret(cast: Cast, api: Api, path: str) -> None:
    link, _ = create_calendar_link(actor=cast.ada, at=AT, team=cast.demand)
    of = {"calendar-links": link.pk, "machines": cast.robo.pk}
    thing = of.get(path.split("/")[0]) or webhook(cast).pk
    body, name = TELLING[path]
    ada, where = api(cast.ada), path.replace("{id}", str(thing))
    first, second = (ada.ask("POST", where, body, **{"Idempotency-Key": "one"}) for _ in range(2))
    assert first.body[name]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.body == first.body | {name: None}
    kept = str(KeptAnswer.objects.values_list("body", flat=True).get())
    assert first.body[name] not in kept and "whsec_" not in kept


def test_a_secret_lost_with_the_answer_is_there_to_sign(cast: Cast, api: Api) -> None:
    """The webhook was made once; who lost the answer makes a new secret."""
    for _ in range(2):
        api(cast.ada).ask(
            "POST", "webhooks", {"url": "https://receiver.example/"}, **{"Idempotency-Key": "one"}
        )
    assert Webhook.objects.get().secret.startswith("whsec_")
