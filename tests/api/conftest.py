"""The API as programs see it: bearer tokens, JSON, and a clock that stands at `AT`."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from accounts.models import ApiToken, Membership
from accounts.tokens import new_secret
from tests.cast import AT, BEGINNING


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


JSON = "application/json"


@dataclass
class Answer:
    """What came back. ``body`` is the JSON, None when there is none; ``text`` is all of it."""

    status: int
    body: Any
    headers: Any
    text: str = ""

    @property
    def code(self) -> Any:
        return self.body["code"]

    @property
    def problems(self) -> dict[str, str]:
        return {problem["field"]: problem["message"] for problem in self.body["problems"]}


@dataclass
class Caller:
    """Somebody with a token, or without one."""

    client: Client
    secret: str = ""

    def ask(
        self, method: str, path: str, body: Any = None, kind: str = JSON, **headers: Any
    ) -> Answer:
        """``body`` is sent as JSON, or as it is when it is bytes."""
        if self.secret:
            headers["authorization"] = f"Bearer {self.secret}"
        data = body if isinstance(body, bytes) else json.dumps(body) if body is not None else ""
        response = self.client.generic(method, f"/api/v1/{path}", data, kind, headers=headers)
        given = response.headers.get("Content-Type", "")
        read = json.loads(response.content) if "json" in given and response.content else None
        return Answer(
            response.status_code, read, response.headers, response.content.decode(errors="replace")
        )

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.ask("POST", path, body)

    def patch(self, path: str, body: Any = None) -> Answer:
        return self.ask("PATCH", path, body)


def token_for(
    member: Membership, *, expires_at: datetime = AT + timedelta(days=90), **facts: Any
) -> tuple[ApiToken, str]:
    secret, prefix, digest = new_secret()
    token = ApiToken.objects.create(
        organization=member.organization,
        membership=member,
        name="Tests",
        prefix=prefix,
        digest=digest,
        created_at=BEGINNING,
        expires_at=expires_at,
        **facts,
    )
    return token, secret


@pytest.fixture
def api(client: Client) -> Callable[..., Caller]:
    """`api(cast.olu)` calls as Olu, `api()` as nobody; a machine's scopes are named."""
    # As in production: a fault of ours is a 500, not an exception in the test.
    client.raise_request_exception = False

    def call(member: Membership | None = None, *scopes: str) -> Caller:
        if member is None:
            return Caller(client)
        return Caller(client, token_for(member, scopes=list(scopes))[1])

    return call


@pytest.fixture(scope="session")
def document() -> Any:
    written = StringIO()
    call_command(
        "spectacular",
        validate=True,
        fail_on_warn=True,
        format="openapi-json",
        stdout=written,
    )
    return json.loads(written.getvalue())
