"""Every page refuses the anonymous and hides from a stranger.

The routes come from the URL resolver, so a new one cannot be forgotten: it is asked as it is, and
one with a part that `things` does not know fails and says what to add.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from accounts.models import Membership
from cadence.decisions.models import Commitment
from cadence.feeds.urls import urlpatterns as feed_patterns
from cadence.ownership.leaves import plan_leave
from cadence.ownership.models import Interim, Ownership
from cadence.people.actions import add_closing_day
from cadence.people.calendar_links import create_calendar_link
from cadence.people.invitations import invite
from cadence.people.tokens import issue_token
from cadence.web.urls import urlpatterns
from tests.architecture.attacks_on_decks import annotation
from tests.architecture.attacks_on_notices import notice
from tests.architecture.attacks_on_rebasings import rebasing
from tests.cast import AT, LAST_WEEK, Cast
from tests.imports.rows import brought, table_of
from tests.notices.rows import to_webhook, webhook
from tests.sources.rows import connection

SignedIn = Callable[[Membership], Client]

# Outside every organization. What is not named here is refused to whoever is not signed in.
FOR_EVERYBODY = {
    "sign-in",
    "demo-sign-in",
    "sign-out",
    "invitation",
    "password-reset",
    "password-reset-sent",
    "password-reset-confirm",
    "password-reset-done",
}
INSIDE = "o/<slug:slug>/"
PART = re.compile(r"([\w-]+)/<(?:\w+:)?\w+>")


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str

    def path(self, slug: str, things: dict[str, object]) -> str:
        """The path of a page of the organization that is about these things."""
        path = self.pattern.replace("<slug:slug>", slug)

        def told(match: re.Match[str]) -> str:
            folder = match[1]
            if folder not in things:
                pytest.fail(f"{self.name}: say in `things` which one of {folder}/ to ask for.")
            return f"{folder}/{things[folder]}"

        return "/" + PART.sub(told, path)


def routes(
    patterns: list[URLPattern | URLResolver] = urlpatterns, above: str = ""
) -> Iterator[Route]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, above + str(one.pattern))
        else:
            assert one.name, f"The route {one.pattern} has no name."
            yield Route(one.name, above + str(one.pattern))


def inside() -> list[Route]:
    found = [route for route in routes() if route.pattern.startswith(INSIDE)]
    assert len(found) > 25
    return found


@pytest.fixture
def things(cast: Cast) -> dict[str, object]:
    """For each folder of a path the thing of Acme that stands in it."""
    now = timezone.now()
    breach = cast.breach()
    decision = cast.decision(breach)
    review = cast.open_review()
    commitment = Commitment.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        text="Call every open lead",
        person=cast.olu,
        due_on=(AT + timedelta(days=7)).date(),
        due_at=AT + timedelta(days=7),
        decision=decision,
        created_by=cast.olu,
        created_at=AT,
    )
    invitation, _ = invite(actor=cast.ada, at=now, email="nora@acme.example", name="Nora")
    token, _ = issue_token(actor=cast.olu, at=now, membership=cast.olu, name="Export")
    offer = cast.owned_by(cast.nils, cast.initiative(), accepted=False)
    hook = webhook(cast, "https://127.0.0.1/hook")
    leave = plan_leave(
        actor=cast.olu,
        at=now,
        member=cast.olu,
        stand_in=cast.nils,
        starts_on=now.date() + timedelta(days=30),
        ends_on=now.date() + timedelta(days=40),
    )
    interim = Interim.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        person=cast.nils,
        named_by=cast.dana,
        named_at=now,
        until=now.date(),
        ended_at=now,
        ending="withdrawn",
    )
    one = table_of(brought(cast, started_by=cast.ada)).of
    return {
        "annotations": annotation(cast).pk,
        "breaches": breach.pk,
        "calendar-links": create_calendar_link(actor=cast.olu, at=now)[0].pk,
        "closing-days": add_closing_day(actor=cast.ada, at=now, day="2027-01-04").pk,
        "commitments": commitment.pk,
        "connections": connection(cast).pk,
        "deliveries": to_webhook(hook, failed_at=AT).pk,
        "decisions": decision.number,
        "imports": one.pk,
        "initiatives": cast.pipeline.pk,
        "interims": interim.pk,
        "invitations": invitation.pk,
        "leaves": leave.pk,
        "machines": cast.robo.pk,
        "metrics": cast.demos.pk,
        "notices": notice(cast).pk,
        "offers": offer.pk,
        "ownership": cast.pipeline.pk,
        "people": cast.olu.pk,
        "priorities": cast.growth.pk,
        "rebasings": rebasing(cast).pk,
        "readings": LAST_WEEK.isoformat(),
        "reviews": review.pk,
        "series": review.series_id,
        "teams": cast.demand.pk,
        "tokens": token.pk,
        "verdicts": cast.verdict(decision).pk,
        "webhooks": hook.pk,
    }


def asked(client: Client, path: str) -> set[int]:
    """What it answers to GET and POST, without that the one or the other is not for it."""
    answers = {client.get(path).status_code, client.post(path).status_code}
    assert answers != {405}, f"{path} answers neither GET nor POST."
    return answers - {405}


def test_every_page_sends_the_anonymous_to_sign_in(
    client: Client, things: dict[str, object]
) -> None:
    open_to_all = []
    for route in inside():
        path = route.path("acme", things)
        for answer in (client.get(path), client.post(path)):
            to_sign_in = answer.get("Location", "").startswith("/sign-in?next=")
            if not (to_sign_in or answer.status_code == 405):
                open_to_all.append(f"{route.name}: {answer.status_code}")
        assert asked(client, path) == {302}, route.name
    assert open_to_all == []


def test_every_page_hides_from_a_stranger(
    cast: Cast, signed_in: SignedIn, things: dict[str, object]
) -> None:
    sven = signed_in(cast.sven)
    seen = {route.name: asked(sven, route.path("acme", things)) for route in inside()}
    assert {name: codes for name, codes in seen.items() if codes != {404}} == {}


def test_every_page_hides_from_who_left(
    cast: Cast, signed_in: SignedIn, things: dict[str, object]
) -> None:
    asked_for = Ownership.objects.filter(owner=cast.nils, ended_at=None)
    asked_for.update(ended_at=timezone.now(), ending="withdrawn")
    Membership.objects.filter(pk=cast.nils.pk).update(ended_at=timezone.now())
    nils = signed_in(cast.nils)
    seen = {route.name: asked(nils, route.path("acme", things)) for route in inside()}
    assert {name: codes for name, codes in seen.items() if codes != {404}} == {}


def test_the_things_of_another_organization_are_not_in_ones_own(
    cast: Cast, signed_in: SignedIn, things: dict[str, object]
) -> None:
    """Sven asks Beta for the numbers of Acme: they are not there, or he may do nothing of it."""
    sven = signed_in(cast.sven)
    about = [route for route in inside() if PART.search(route.pattern.removeprefix(INSIDE))]
    shown = []
    for route in about:
        path = route.path("beta", things)
        read, written = sven.get(path), sven.post(path)
        # An address that is only posted to leads back to a page of Beta, which is asked here too.
        led_back = read.status_code == 302 and read["Location"].startswith("/o/beta/")
        if not (led_back or read.status_code in {403, 404, 405}):
            shown.append(f"GET {route.name}: {read.status_code}")
        if written.status_code not in {403, 404, 405}:
            shown.append(f"POST {route.name}: {written.status_code}")
    assert shown == []


def test_what_is_outside_is_for_everybody_or_for_who_is_signed_in(client: Client, db: None) -> None:
    outside = {route.name for route in routes() if not route.pattern.startswith("o/")}
    assert outside - FOR_EVERYBODY == {"home", "password-change"}
    for path in ("/", "/password"):
        assert client.get(path)["Location"] == f"/sign-in?next={path}"
        assert client.post(path)["Location"] == f"/sign-in?next={path}"


def test_a_feed_is_reached_by_its_secret_alone(cast: Cast, signed_in: SignedIn) -> None:
    """Signed in or not: a session opens nothing there."""
    link, secret = create_calendar_link(actor=cast.olu, at=timezone.now())
    (pattern,) = (str(one.pattern) for one in feed_patterns)
    path = f"/feeds/{pattern}".replace("<str:secret>", secret)
    for client in (Client(), signed_in(cast.sven)):
        assert client.get(path).status_code == 200
        for other in ("x", str(link.pk), link.digest, secret[:-1], secret.upper()):
            assert client.get(path.replace(secret, other)).status_code == 404


def test_the_people_of_the_organization_get_no_fault(
    cast: Cast, signed_in: SignedIn, things: dict[str, object]
) -> None:
    """Whatever the page is about, Ada and Obi get a page, a way on, or a reason."""
    for member in (cast.ada, cast.obi):
        client = signed_in(member)
        for route in inside():
            answers = asked(client, route.path("acme", things))
            assert answers <= {200, 201, 302, 403, 404, 409, 422}, route.name
