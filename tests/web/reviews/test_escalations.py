"""Where a thing stands once it went up the escalation path, on every page about it."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.escalations.models import SUBJECTS, Escalation
from tests.cast import AT, Cast
from tests.reviews.things import commitment

SignIn = Callable[[Membership], Client]
NOW = AT + timedelta(minutes=30)
URL = "/o/acme/escalations"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace(" ,", ",").replace(" .", ".")


def text(client: Client, path: str) -> str:
    answer = client.get(f"/o/acme/{path}")
    assert answer.status_code == 200, path
    return words(answer.content.decode())


def went_up(thing: Any, to_person: Membership, from_person: Membership, level: int = 1) -> None:
    """A step as the actions write it: the row, and where the thing stands now."""
    name = thing._meta.model_name
    kind = next(kind for kind, subject in SUBJECTS.items() if subject == name)
    due = "successor_due_at" if name == "ownership" else "due_at"
    Escalation.objects.create(
        organization=thing.organization,
        kind=kind,
        because="overdue",
        level=level,
        from_person=from_person,
        to_person=to_person,
        at=AT - timedelta(days=4),
        was_due_at=AT - timedelta(days=5),
        due_at=AT + timedelta(days=3),
        **{name: thing},
    )
    thing.level = level
    setattr(thing, "answerable" if name == "breach" else "escalated_to", to_person)
    setattr(thing, due, AT + timedelta(days=3))
    thing.save()


def everything(cast: Cast) -> dict[str, Any]:
    """One of each kind with Dana, but the missed review, which is with Lars two steps up."""
    breach = cast.breach()
    went_up(breach, cast.dana, cast.olu)
    decided = cast.breach(cast.metric())
    verdict = cast.verdict(cast.decision(decided))
    went_up(verdict, cast.dana, cast.olu)
    promise = commitment(cast, due_on=AT.date() - timedelta(days=5))
    went_up(promise, cast.dana, cast.nils)
    orphan = cast.initiative("Reseller portal")
    left = cast.owned_by(cast.olu, orphan, ended_at=AT - timedelta(days=9), ending="left")
    went_up(left, cast.dana, cast.olu)
    missed = cast.planned_review(
        cast.series(name="Demand weekly"), missed_at=AT, starts_at=AT - timedelta(weeks=1)
    )
    went_up(missed, cast.lars, cast.fay, level=2)
    return {
        "breach": breach,
        "verdict": verdict,
        "commitment": promise,
        "orphan": orphan,
        "review": missed,
    }


def test_all_that_stands_above_its_owner_by_who_has_it(cast: Cast, signed_in: SignIn) -> None:
    everything(cast)
    told = text(signed_in(cast.dana), "escalations")
    assert "5 things that went up the escalation path and are not done, 4 of them with you" in told
    # Two steps up stands before one.
    assert told.index("With Lars") < told.index("With Dana")
    for sentence in (
        "Decide on Qualified demos",
        "Acknowledge the verdict on D-1, worked",
        "See that it is kept: Call the five partners.",
        "Find an owner for Reseller portal · Olu left",
        "See that Demand weekly is held again · Demand, missed on 9 Nov",
        "was with Olu until 11 Nov",
    ):
        assert sentence in told, sentence


@pytest.mark.parametrize(
    ("query", "there", "count"),
    [
        ("kind=review", "Demand weekly", 1),
        ("kind=decision", "Qualified demos", 1),
        ("person={dana}", "Reseller portal", 4),
        ("person={lars}", "Demand weekly", 1),
        ("team={demand}", "Demand weekly", 5),
        ("team={partners}", "Nothing fits", 0),
        ("kind=x&person=y&team=%00&page=-1", "Demand weekly", 5),
    ],
)
def test_it_is_narrowed(cast: Cast, signed_in: SignIn, query: str, there: str, count: int) -> None:
    everything(cast)
    query = query.format(
        dana=cast.dana.pk, lars=cast.lars.pk, demand=cast.demand.pk, partners=cast.partners.pk
    )
    html = signed_in(cast.obi).get(f"{URL}?{query}").content.decode()
    assert there in words(html)
    assert html.count("<tr data-item>") == count


def test_nothing_up_is_said_in_a_sentence(cast: Cast, signed_in: SignIn) -> None:
    assert "Nothing stands above its owner" in text(signed_in(cast.obi), "escalations")


def test_every_page_about_a_thing_says_with_whom_it_stands(cast: Cast, signed_in: SignIn) -> None:
    found = everything(cast)
    client = signed_in(cast.obi)
    dana = f"with {cast.dana.name} since 12 Nov"
    number = found["verdict"].decision.number
    for path in (
        f"initiatives/{cast.pipeline.pk}",
        f"initiatives/{found['orphan'].pk}",
        f"decisions/{number}",
        "decisions",
        "scorecard",
    ):
        assert dana in text(client, path), path
    lars = f"with {cast.lars.name} since 12 Nov"
    for path in ("reviews", f"reviews/{found['review'].pk}"):
        assert lars in text(client, path), path
    # The promise of Nils, in his own week.
    assert dana in text(signed_in(cast.nils), "my-week")


def test_what_was_done_stands_with_nobody(cast: Cast, signed_in: SignIn) -> None:
    found = everything(cast)
    promise = found["commitment"]
    promise.kept_at = NOW
    promise.save(update_fields=["kept_at"])
    verdict = found["verdict"]
    verdict.acknowledged_at, verdict.acknowledged_by = NOW, cast.dana
    verdict.save(update_fields=["acknowledged_at", "acknowledged_by"])
    cast.decision(found["breach"])
    cast.owned_by(cast.nils, found["orphan"], accepted_at=NOW)
    series = found["review"].series
    cast.close(cast.open_review(series, occurs_on=AT.date() + timedelta(days=70)))
    client = signed_in(cast.obi)
    assert "Nothing stands above its owner" in text(client, "escalations")
    for path in ("decisions", "scorecard", f"initiatives/{cast.pipeline.pk}", "reviews"):
        assert "since 12 Nov" not in text(client, path), path


def test_my_week_lists_what_came_up_to_a_leader(cast: Cast, signed_in: SignIn) -> None:
    everything(cast)
    told = text(signed_in(cast.dana), "my-week")
    assert "escalated to you on 12 Nov, was Olu’s" in told
    # A verdict is acknowledged where it stands, so it is not told a second time below.
    assert "with Dana since 12 Nov Acknowledge" in told
    for sentence in ("Call the five partners.", "Find an owner for Reseller"):
        assert sentence in told
    assert "See that Demand weekly is held again" in text(signed_in(cast.lars), "my-week")
    html = signed_in(cast.dana).get(URL).content.decode()
    assert 'Escalations <span class="count">4' in html
    assert 'My week <span class="count">4' in html


@pytest.mark.parametrize("path", ["escalations", "my-week", "scorecard", "reviews", "decisions"])
def test_it_costs_the_same_for_one_of_each_and_for_many(
    cast: Cast, signed_in: SignIn, path: str
) -> None:
    def more() -> None:
        metric = cast.metric()
        breach = cast.breach(metric)
        went_up(breach, cast.dana, cast.olu)
        went_up(cast.verdict(cast.decision(cast.breach(cast.metric()))), cast.dana, cast.olu)
        went_up(commitment(cast, person=cast.dana), cast.lars, cast.dana)
        orphan = cast.initiative()
        left = cast.owned_by(cast.olu, orphan, ended_at=AT - timedelta(days=9), ending="left")
        went_up(left, cast.dana, cast.olu)
        missed = cast.planned_review(missed_at=AT, starts_at=AT - timedelta(weeks=1))
        went_up(missed, cast.dana, cast.fay)

    client = signed_in(cast.dana)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/o/acme/{path}").status_code == 200
        return len(queries)

    more()
    cost()
    once = cost()
    for _ in range(5):
        more()
    assert cost() == once
