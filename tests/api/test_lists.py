"""Lists: paged, filtered, in a stable order, and as quick with many rows as with one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, ClosingDay
from cadence.ledger.actions import append
from cadence.metrics.models import Correction, Reading
from cadence.people.calendar_links import create_calendar_link
from cadence.reviews.models import CheckIn
from tests.api.conftest import Caller
from tests.api.test_routes import LISTS
from tests.api.things import (
    interim_of,
    invitation_of,
    leave_of,
    machine_of,
    notice_of,
    things,
    token_of,
)
from tests.cast import AT, LAST_WEEK, Cast
from tests.notices.rows import to_webhook, webhook
from tests.sources.rows import connection as connection_of
from tests.sources.rows import source

Api = Callable[..., Caller]


# An orphan is read off ownerships, silence, leaves, interims, breaches and decisions; a row of the
# scorecard off thresholds, judgements, breaches and who answers.
MOST_QUERIES = {"ownership/orphans": 20, "scorecard": 12}


def more(cast: Cast, numbers: range) -> None:
    """More of everything, each with all that a row can have beside it."""
    for i in numbers:
        team = cast.team(f"Team {i}", cast.demand, cast.dana)
        person = cast.member(f"Person {i}", team=team)
        initiative = cast.initiative(team=team, owner=person if i % 2 else None)
        cast.owned_by(cast.nils, initiative, accepted=False, offered_by=cast.dana)
        metric = cast.metric(initiative=initiative, leads_to=cast.revenue)
        cast.threshold(metric, floor_metric=cast.demos, set_by=cast.dana)
        reading = cast.reading(31 + i, metric=metric)
        correct(reading, cast)
        breach = cast.breach(metric, threshold=cast.floor)
        decision = cast.decision(breach, kind="escalate", carried_out_by=person)
        verdict = cast.verdict(decision, escalated_to=cast.dana)
        commitment = cast.acme.commitments.create(
            initiative=initiative,
            text="Call them.",
            person=person,
            due_on=AT.date(),
            due_at=AT + timedelta(days=7),
            created_by=cast.olu,
            created_at=AT,
        )
        series = cast.series(team)
        review = cast.open_review(series, escalated_to=cast.lars)
        for thing in (breach, verdict, commitment, review):
            cast.step(thing, person, from_person=cast.olu)
        CheckIn.objects.create(
            organization=cast.acme,
            initiative=initiative,
            author=person,
            starts_on=LAST_WEEK,
            confidence="on_track",
            written_at=AT,
        )
        entry = append(
            organization=cast.acme, event="tests.ran", actor=person, at=AT, subject=metric
        )
        notice_of(cast.ada, entry)
        machine_of(person)
        token_of(person)
        invitation_of(person)
        ClosingDay.objects.create(organization=cast.acme, day=AT.date() + timedelta(days=i + 1))
        leave_of(person)
        interim_of(person, initiative)
        create_calendar_link(actor=cast.ada, at=AT, team=team)
        to_webhook(webhook(cast, f"https://127.0.0.1/{i}"), failed_at=AT)
        source(cast, connection_of(cast), cast.metric(initiative=initiative))


def correct(reading: Reading, cast: Cast) -> None:
    Correction.objects.create(
        organization=cast.acme,
        reading=reading,
        old_value=reading.value,
        new_value=reading.value + 1,
        corrected_by=cast.olu,
        corrected_at=AT,
    )


def queries(caller: Caller, path: str) -> tuple[int, int]:
    """How many queries it took, and how many rows came."""
    # Noting that the token was used comes once a minute.
    ApiToken.objects.update(last_used_at=AT)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = caller.get(path)
    assert answer.status == 200
    return len(asked), len(answer.body["results"])


def test_a_list_asks_no_more_for_many_rows_than_for_few(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    things(cast)
    more(cast, range(2))
    few = {route: queries(ada, f"{route}?limit=200") for route in LISTS}
    more(cast, range(2, 14))
    for route in LISTS:
        count, rows = queries(ada, f"{route}?limit=200")
        assert count == few[route][0], (route, count, few[route])
        assert rows > few[route][1] or route in {"priorities", "imports"}, route
        assert count <= MOST_QUERIES.get(route, 10), (route, count)


def test_pages_hold_every_row_once(cast: Cast, api: Api) -> None:
    for i in range(7):
        cast.metric(f"Metric {i}")
    obi = api(cast.obi)
    seen, path = [], "metrics?limit=2"
    while path:
        page = obi.get(path).body
        seen += [row["id"] for row in page["results"]]
        path = (page["next"] or "").partition("/api/v1/")[2]
    assert len(seen) == len(set(seen)) == 9


def test_a_page_has_at_most_two_hundred_rows(cast: Cast, api: Api) -> None:
    Reading.objects.bulk_create(
        Reading(
            organization=cast.acme,
            metric=cast.demos,
            starts_on=LAST_WEEK - timedelta(weeks=week),
            value=50,
            recorded_at=AT,
        )
        for week in range(205)
    )
    obi = api(cast.obi)
    assert len(obi.get("readings?limit=200").body["results"]) == 200
    assert len(obi.get("readings").body["results"]) == 50


def test_breaches_by_what_they_wait_for(cast: Cast, api: Api) -> None:
    waiting = cast.breach()
    decided = cast.breach(cast.metric())
    cast.decision(decided)
    over = cast.breach(cast.metric(), recovered_at=AT, recovered_period=LAST_WEEK)
    cast.decision(over)
    obi = api(cast.obi)

    def found(query: str) -> set[int]:
        return {row["id"] for row in obi.get(f"breaches?{query}").body["results"]}

    assert found("undecided=true") == {waiting.pk}
    assert found("undecided=false") == {decided.pk, over.pk}
    assert found("open=true") == {waiting.pk, decided.pk}
    assert found(f"metric={cast.demos.pk}") == {waiting.pk}
    assert found(f"initiative={cast.pipeline.pk}&open=false") == {over.pk}


@pytest.mark.parametrize("state", ["planned", "open", "closed", "missed", "skipped"])
def test_reviews_by_their_state(cast: Cast, api: Api, state: str) -> None:
    ended = cast.series(ended_at=AT - timedelta(days=1))
    reviews = {
        "planned": cast.planned_review(),
        "open": cast.open_review(),
        "closed": cast.close(cast.open_review()),
        "missed": cast.planned_review(missed_at=AT),
        "skipped": cast.planned_review(ended),
    }
    rows = api(cast.obi).get(f"reviews?state={state}").body["results"]
    assert [(row["id"], row["state"]) for row in rows] == [(reviews[state].pk, state)]


def test_initiatives_and_ownerships_by_state_and_owner(cast: Cast, api: Api) -> None:
    draft = cast.initiative("Referrals", draft=True)
    offer = cast.owned_by(cast.nils, draft, accepted=False)
    obi = api(cast.obi)
    assert [row["id"] for row in obi.get("initiatives?state=draft").body["results"]] == [draft.pk]
    owned = obi.get(f"initiatives?owner={cast.olu.pk}").body["results"]
    assert [row["id"] for row in owned] == [cast.pipeline.pk]
    pending = obi.get("ownerships?state=pending").body["results"]
    assert [row["id"] for row in pending] == [offer.pk]
    assert len(obi.get("ownerships?state=ended").body["results"]) == 0


def test_what_nobody_answers_for(cast: Cast, api: Api) -> None:
    cast.reading(50)
    orphan = cast.initiative("Referrals")
    (row,) = api(cast.obi).get("ownership/orphans").body["results"]
    assert row["initiative"] == {"id": orphan.pk, "name": "Referrals"}
    assert (row["reasons"], row["acting"]["name"]) == (["never_offered"], "Dana")
    assert (row["pending"], row["previous_owner"]) == (None, None)


def test_the_ledger_from_where_one_left_off(cast: Cast, api: Api) -> None:
    for _ in range(3):
        append(organization=cast.acme, event="tests.ran", actor=None, at=AT, subject=cast.demos)
    rows = api(cast.obi).get("ledger?after=1").body["results"]
    assert [row["sequence"] for row in rows] == [2, 3]
    assert rows[0]["subject"] == {"type": "metric", "id": cast.demos.pk}
    assert rows[1]["previous_hash"] == rows[0]["hash"]


def test_a_metric_shows_its_open_breach_before_one_that_recovered(cast: Cast, api: Api) -> None:
    cast.breach(recovered_at=AT, opened_at=AT - timedelta(days=7))
    opened = cast.breach()
    newer = cast.breach(recovered_at=AT, opened_at=AT - timedelta(days=14))
    assert newer.pk > opened.pk
    assert api(cast.olu).get(f"metrics/{cast.demos.pk}").body["state"]["breach"] == opened.pk
