"""Initiatives: the list, the page of one, and what is done there."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.decisions.models import Commitment
from cadence.initiatives.models import Initiative, State
from cadence.ownership.models import Ownership
from cadence.reviews.models import CheckIn
from tests.cast import AT, Cast

SignIn = Callable[[Membership], Client]
LIST = "/o/acme/initiatives"


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def page_of(initiative: Initiative) -> str:
    return f"{LIST}/{initiative.pk}"


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_list_says_who_answers_and_what_is_undecided(cast: Cast, signed_in: SignIn) -> None:
    cast.breach()
    cast.initiative("Reseller portal")
    html = signed_in(cast.obi).get(LIST).content.decode()
    assert "Fill the pipeline" in html
    assert "Olu" in html
    assert "1 undecided" in html
    assert "Dana <small" in html
    assert "New initiative" not in html


def test_a_lead_finds_the_button_for_a_new_one(cast: Cast, signed_in: SignIn) -> None:
    assert "New initiative" in signed_in(cast.dana).get(LIST).content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("state=active", True),
        ("state=draft", False),
        ("q=pipe", True),
        ("q=%00", True),
        ("q=%ED%A0%80", False),
    ],
)
def test_the_list_is_filtered(cast: Cast, signed_in: SignIn, asked: str, found: bool) -> None:
    html = signed_in(cast.obi).get(f"{LIST}?{asked}").content.decode()
    assert (">Fill the pipeline</a>" in html) is found


def test_the_list_takes_as_many_queries_for_many_as_for_two(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.obi)
    cast.initiative()
    few = queries(client, LIST)
    for _ in range(20):
        cast.breach(cast.metric(initiative=cast.initiative(owner=cast.nils)))
        cast.initiative()
    assert queries(client, LIST) == few


def test_the_page_shows_owner_chart_breach_decision_and_response(
    cast: Cast, signed_in: SignIn
) -> None:
    decision = cast.decision(cast.breach())
    cast.verdict(decision)
    html = signed_in(cast.obi).get(page_of(cast.pipeline)).content.decode()
    assert "Owned by <b" in html
    assert "asked by Dana" in html
    assert "chart-history" in html
    assert f"D-{decision.number}" in html
    assert "Worked" in html
    assert "Two people call every open lead on Tuesday." in html
    for act in ("Check in</a>", "Hand over", "Add a metric", "Pause"):
        assert act not in html


def test_the_page_takes_as_many_queries_for_many_metrics_as_for_two(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.obi)
    cast.decision(cast.breach())
    few = queries(client, page_of(cast.pipeline))
    for _ in range(10):
        metric = cast.metric(leads_to=cast.revenue)
        cast.threshold(metric)
        cast.decision(cast.breach(metric))
    assert queries(client, page_of(cast.pipeline)) == few


def test_an_orphan_says_why_and_who_acts(cast: Cast, signed_in: SignIn) -> None:
    orphan = cast.initiative("Reseller portal")
    html = signed_in(cast.obi).get(page_of(orphan)).content.decode()
    assert "Nobody was asked" in html
    assert "Dana</b> is the acting owner" in html


def test_strangers_find_nothing_and_change_nothing(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.sven)
    foreign = f"/o/beta/initiatives/{cast.pipeline.pk}"
    for address in (page_of(cast.pipeline), foreign, f"{foreign}/change"):
        assert client.get(address).status_code == 404
    for act in ("offers", "activation", "pause", "resumption", "end", "check-ins/new"):
        assert client.post(f"{foreign}/{act}", {}).status_code == 404


def test_an_executive_creates_a_draft_that_says_what_it_takes(
    cast: Cast, signed_in: SignIn
) -> None:
    answer = signed_in(cast.elena).post(
        f"{LIST}/new",
        {
            "name": "Reseller portal",
            "priority": cast.growth.pk,
            "team": cast.demand.pk,
            "budget_at_stake": "120000",
        },
        follow=True,
    )
    html = answer.content.decode()
    assert "Before it is active" in html
    assert "€120,000" in html


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "   ", "This field is required"),
        ("name", "x" * 10000, "at most 160"),
        ("budget_at_stake", "NaN", "finite number"),
        ("budget_at_stake", "-5", "A budget is from 0"),
        ("team", "999999", "Select a valid choice"),
        ("name", "a\x00b", "Null characters"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_kept(
    cast: Cast, signed_in: SignIn, field: str, value: str, words: str
) -> None:
    typed = {
        "name": "Reseller portal",
        "priority": cast.growth.pk,
        "team": cast.demand.pk,
        "budget_at_stake": "1.50",
    }
    answer = signed_in(cast.elena).post(f"{LIST}/new", typed | {field: value})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html
    assert 'aria-invalid="true"' in html
    assert field == "budget_at_stake" or 'value="1.50"' in html
    assert Initiative.objects.filter(organization=cast.acme).count() == 1


def test_who_may_not_is_told_who_may(cast: Cast, signed_in: SignIn) -> None:
    for person in (cast.obi, cast.nils, cast.ada):
        answer = signed_in(person).get(f"{LIST}/new")
        assert answer.status_code == 403
        assert "by a lead of the team or an executive" in answer.content.decode()


def test_a_lead_offers_it_and_takes_the_offer_back(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.dana)
    page = page_of(cast.pipeline)
    assert client.post(f"{page}/offers", {"owner": cast.nils.pk}).status_code == 302
    html = client.get(page).content.decode()
    assert "Asked</span> <b>Nils" in html
    offer = Ownership.objects.pending().get()
    twice = client.post(f"{page}/offers", {"owner": cast.fay.pk})
    assert twice.status_code == 422
    assert "Nils has not answered yet" in twice.content.decode()
    client.post(f"{page}/offers/{offer.pk}/withdrawal")
    assert not Ownership.objects.pending().exists()


def test_the_person_asked_finds_the_offer_on_its_page(cast: Cast, signed_in: SignIn) -> None:
    initiative = cast.initiative()
    cast.owned_by(cast.nils, initiative, accepted=False, offered_by=cast.dana)
    html = signed_in(cast.nils).get(page_of(initiative)).content.decode()
    assert "Dana asks you to own this" in html


def test_a_draft_is_activated_once_somebody_owns_it(cast: Cast, signed_in: SignIn) -> None:
    draft = cast.initiative("Draft", draft=True)
    client = signed_in(cast.dana)
    refused = client.post(f"{page_of(draft)}/activation")
    assert refused.status_code == 422
    assert "An active initiative has an owner" in refused.content.decode()
    cast.owned_by(cast.olu, draft)
    client.post(f"{page_of(draft)}/activation")
    draft.refresh_from_db()
    assert draft.state == State.ACTIVE


def test_it_is_paused_with_a_reason_and_goes_on(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.dana)
    page = page_of(cast.pipeline)
    assert client.post(f"{page}/pause", {"reason": ""}).status_code == 422
    client.post(f"{page}/pause", {"reason": "The fair is cancelled"})
    assert "Paused since 16 Nov" in client.get(page).content.decode()
    client.post(f"{page}/resumption")
    cast.pipeline.refresh_from_db()
    assert cast.pipeline.state == State.ACTIVE


def test_nobody_pauses_what_nobody_owns(cast: Cast, signed_in: SignIn) -> None:
    page = page_of(cast.initiative())
    refused = signed_in(cast.dana).post(f"{page}/pause", {"reason": "Nobody left to do it."})
    assert refused.status_code == 422
    assert "Nobody owns it: a pause would end the search for an owner" in refused.content.decode()


def test_it_does_not_end_over_an_undecided_breach(cast: Cast, signed_in: SignIn) -> None:
    breach = cast.breach()
    client = signed_in(cast.dana)
    end = {"ended_as": "completed", "reason": "It did what it was for"}
    refused = client.post(f"{page_of(cast.pipeline)}/end", end)
    assert refused.status_code == 422
    assert "breaches lack a decision" in refused.content.decode()
    cast.decision(breach)
    done = client.post(f"{page_of(cast.pipeline)}/end", end, follow=True)
    assert "Completed on 16 Nov: It did what it was for" in done.content.decode()


def test_the_owner_checks_in(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.olu)
    page = page_of(cast.pipeline)
    assert client.get(f"{page}/check-ins/new").status_code == 200
    refused = client.post(f"{page}/check-ins/new", {"helped": "Two new partners"})
    assert refused.status_code == 422
    assert "Two new partners" in refused.content.decode()
    client.post(f"{page}/check-ins/new", {"confidence": "at_risk", "helped": "Two new partners"})
    assert CheckIn.objects.get().author == cast.olu
    assert "At risk" in client.get(page).content.decode()


def test_a_commitment_is_written_down_and_settled(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.olu)
    page = page_of(cast.pipeline)
    typed = {"text": "Brief three partners", "person": cast.nils.pk, "due_on": "2026-11-13"}
    refused = client.post(f"{page}/commitments/new", typed)
    assert refused.status_code == 422
    assert "This date has passed." in refused.content.decode()
    due = str(AT.date() + timedelta(days=3))
    client.post(f"{page}/commitments/new", typed | {"due_on": due})
    commitment = Commitment.objects.get()
    drop = f"/o/acme/my-week/commitments/{commitment.pk}/dropped"
    asked = client.post(drop, {"reason": "", "next": page})
    assert asked.status_code == 422
    done = client.post(drop, {"reason": "Not needed", "next": page})
    assert done.headers["Location"] == page
    assert "dropped 16 Nov: Not needed" in client.get(page).content.decode()


def test_a_form_leads_nowhere_else(cast: Cast, signed_in: SignIn) -> None:
    commitment = Commitment.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        text="Brief three partners",
        person=cast.olu,
        due_on=AT.date(),
        due_at=AT + timedelta(days=7),
        created_by=cast.dana,
        created_at=AT,
    )
    answer = signed_in(cast.olu).post(
        f"/o/acme/my-week/commitments/{commitment.pk}/kept", {"next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == "/o/acme/my-week"
