"""An owner leaves. Until the successor accepts the lead acts by name, and nothing is hidden."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.evaluation.tick import tick
from cadence.initiatives.models import Initiative, State
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.ownership.models import Ownership
from cadence.people.tokens import issue_token
from cadence.reviews.models import Review
from tests.cast import AT, Cast

MONDAY = AT
TUESDAY = AT + timedelta(days=1)
WEDNESDAY = AT + timedelta(days=2)


@pytest.fixture
def browser_of(cast: Cast) -> Callable[[Membership], Client]:
    """A browser of one's own for each person."""

    def sign_in(member: Membership) -> Client:
        client = Client()
        assert member.user is not None
        client.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def me(secret: str) -> int:
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code


def orphans(secret: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {secret}"}
    answer = Client().get("/api/v1/ownership/orphans", headers=headers)
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_an_owner_leaves_and_a_successor_takes_over(
    cast: Cast, browser_of: Callable[[Membership], Client]
) -> None:
    cast.pipeline.budget_at_stake = 120_000
    cast.pipeline.save(update_fields=["budget_at_stake"])
    cast.reading(52)
    breach = cast.breach()
    with time_machine.travel(MONDAY, tick=False):
        _, olus = issue_token(actor=cast.olu, at=MONDAY, membership=cast.olu, name="Sheets")
        _, danas = issue_token(actor=cast.dana, at=MONDAY, membership=cast.dana, name="Sheets")
        olu, ada, dana = browser_of(cast.olu), browser_of(cast.ada), browser_of(cast.dana)
        assert olu.get("/o/acme/my-week").status_code == 200
        assert me(olus) == 200
        leaves(cast, ada)
        # The next request, not the next minute.
        assert olu.get("/o/acme/my-week").status_code == 302
        assert me(olus) == 401
        tick(at=MONDAY)
        the_lead_acts(cast, dana, danas, breach)
    with time_machine.travel(TUESDAY, tick=False):
        tick(at=TUESDAY)
        is_offered(cast, dana)
    with time_machine.travel(WEDNESDAY, tick=False):
        tick(at=WEDNESDAY)
        is_accepted(cast, browser_of(cast.nils), danas, breach)
        record_is_whole(cast, browser_of(cast.obi))
    assert verify(cast.acme).fault is None


def leaves(cast: Cast, ada: Client) -> None:
    """Ada sees what hangs on Olu, and leaves it orphaned on purpose."""
    path = f"/o/acme/people/{cast.olu.pk}/leaving"
    page = ada.get(path).text
    for word in ("Fill the pipeline", "120,000", "1 undecided", "Dana", "Qualified demos"):
        assert word in page
    form = {"reason": "New job", "confirmed": "on"}
    assert ada.post(path, form).status_code == 422
    answer = ada.post(path, form | {f"successors.{cast.pipeline.pk}": "nobody"})
    assert answer.status_code == 302


def the_lead_acts(cast: Cast, dana: Client, token: str, breach: Breach) -> None:
    """By name, with the duties, the reason, the age and the stake; nothing is closed or hidden."""
    assert Initiative.objects.get(pk=cast.pipeline.pk).state == State.ACTIVE
    (orphan,) = orphans(token)
    assert orphan["reasons"] == ["owner_left"]
    assert datetime.fromisoformat(orphan["since"]) == MONDAY
    assert orphan["acting"]["name"] == "Dana"
    assert orphan["previous_owner"]["name"] == "Olu"
    assert orphan["at_stake"] == "120000"
    breach.refresh_from_db()
    assert (breach.answerable, breach.decision_id) == (cast.dana, None)
    page = dana.get("/o/acme/ownership").text
    for word in ("Fill the pipeline", "The owner left", "120,000", "Dana"):
        assert word in page
    assert "Qualified demos" in dana.get("/o/acme/my-week").text
    assert dana.get(f"/o/acme/metrics/{cast.demos.pk}").status_code == 200
    assert "Owned before" in dana.get(f"/o/acme/people/{cast.olu.pk}").text


def is_offered(cast: Cast, dana: Client) -> None:
    """Nils is asked in the table; until he answers Dana still acts."""
    dana.post("/o/acme/ownership/hand-over", {f"offers.{cast.pipeline.pk}": cast.nils.pk})
    offer = Ownership.objects.pending().get()
    assert (offer.owner, offer.offered_by) == (cast.nils, cast.dana)
    page = dana.get("/o/acme/ownership").text
    assert "Nils" in page
    assert Breach.objects.get().answerable == cast.dana


def is_accepted(cast: Cast, nils: Client, token: str, breach: Breach) -> None:
    """From now on it is his: the duty too, and what is due from now on, not the past."""
    offer = Ownership.objects.pending().get()
    answer = nils.post("/o/acme/my-week/offers", {"offers": [offer.pk], "answer": "accept"})
    assert answer.status_code == 302
    tick(at=WEDNESDAY)
    assert orphans(token) == []
    breach.refresh_from_db()
    assert breach.answerable == cast.nils
    current = Ownership.objects.current().get(initiative=cast.pipeline)
    assert current.accepted_at == WEDNESDAY
    # What Olu did not read is not held against Nils: he is silent from his acceptance at the
    # earliest.
    assert "silent" not in nils.get(f"/o/acme/initiatives/{cast.pipeline.pk}").text


def record_is_whole(cast: Cast, anybody: Client) -> None:
    """Both ownerships are there for everybody, on the page and in the ledger."""
    page = anybody.get(f"/o/acme/initiatives/{cast.pipeline.pk}").text
    for word in ("Olu", "Nils", "owner left"):
        assert word in page
    events = list(Entry.objects.order_by("sequence").values_list("event", flat=True))
    wanted = ["member.left", "ownership.ended", "ownership.offered", "ownership.accepted"]
    assert [event for event in events if event in wanted] == wanted


def test_who_leads_three_teams_leaves_in_the_middle_of_their_review(
    cast: Cast, browser_of: Callable[[Membership], Client]
) -> None:
    second = cast.team("Second", parent=cast.commercial, lead=cast.dana)
    cast.team("Third", parent=second, lead=cast.dana)
    cast.reading(52, recorded_at=MONDAY)
    review = cast.planned_review(cast.series(facilitator=cast.dana))
    with time_machine.travel(MONDAY, tick=False):
        dana, ada, lars = browser_of(cast.dana), browser_of(cast.ada), browser_of(cast.lars)
        room = f"/o/acme/reviews/{review.pk}"
        tick(at=MONDAY)
        assert "Dana" in dana.get(room).text
        path = f"/o/acme/people/{cast.dana.pk}/leaving"
        page = ada.get(path).text
        for word in ("Leads 3 teams", "Second", "Third", "Open review", "Lars"):
            assert word in page
        assert ada.post(path, {"reason": "Ill", "confirmed": "on"}).status_code == 302
        assert dana.get(room).status_code == 302
        found = Review.objects.get(pk=review.pk)
        assert (found.state, found.facilitator) == ("open", cast.lars)
        assert lars.post(f"{room}/closing", follow=True).status_code == 200
        assert Review.objects.get(pk=review.pk).state == "closed"
    moved = Entry.objects.get(event="review.facilitation_moved")
    assert moved.data == {"from": cast.dana.pk, "to": cast.lars.pk}
