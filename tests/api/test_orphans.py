"""What nobody answers for and how much everybody does, as JSON and as a table."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

from cadence.initiatives.models import Initiative
from tests.api.conftest import Caller
from tests.cast import AT, Cast
from tests.reviews.test_orphans_hold import interim
from tests.reviews.things import written

Api = Callable[..., Caller]


def portal(cast: Cast) -> Initiative:
    written(cast, AT)
    found = cast.initiative("-Reseller portal")
    Initiative.objects.filter(pk=found.pk).update(budget_at_stake="120000.50")
    cast.owned_by(cast.fay, found, ended_at=AT - timedelta(days=11), ending="left")
    return found


def table(caller: Caller, path: str) -> list[dict[str, str]]:
    answer = caller.get(path)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_an_orphan_with_all_that_hangs_on_it(cast: Cast, api: Api) -> None:
    found = portal(cast)
    cast.decision(cast.breach(cast.metric(initiative=found)), what="Call them.")
    cast.breach(cast.metric(initiative=found))
    named = interim(cast, found)
    (row,) = api(cast.obi).get("ownership/orphans").body["results"]
    since = "2026-11-05T10:00:00Z"
    assert row["causes"] == [{"reason": "owner_left", "since": since}]
    assert (row["since"], row["at_stake"], row["currency"]) == (since, "120000.5", "EUR")
    assert (row["undecided_breaches"], row["last_decision"]["what"]) == (1, "Call them.")
    assert (row["escalation"], row["pending"]) == (None, None)
    assert row["interim"]["id"] == named.pk
    assert row["answers"] == "Nils, interim owner until 16 December"
    assert row["previous_owner"]["name"] == "Fay"


def test_orphans_are_narrowed_sorted_and_paged(cast: Cast, api: Api) -> None:
    found, other = portal(cast), cast.initiative("Events", team=cast.partners)
    obi = api(cast.obi)

    def listed(query: str) -> list[int]:
        rows = obi.get(f"ownership/orphans{query}").body["results"]
        return [row["initiative"]["id"] for row in rows]

    assert listed("") == [other.pk, found.pk]
    assert listed("?ordering=-at_stake") == [found.pk, other.pk]
    assert listed("?reason=owner_left") == [found.pk]
    assert listed(f"?team={cast.partners.pk}") == [other.pk]
    assert listed(f"?team={cast.betas_team.pk}") == []
    first = obi.get("ownership/orphans?limit=1").body
    second = obi.get(first["next"].partition("/api/v1/")[2]).body
    assert [row["initiative"]["id"] for row in second["results"]] == [found.pk]
    assert (first["previous"], second["next"]) == (None, None)
    back = obi.get(second["previous"].partition("/api/v1/")[2]).body
    assert back["results"] == first["results"]
    for query in ("?reason=bored", "?ordering=name", "?team=x"):
        assert obi.get(f"ownership/orphans{query}").status == 422
    assert api(cast.sven).get("ownership/orphans").body["results"] != listed("")


def test_orphans_as_a_table(cast: Cast, api: Api) -> None:
    portal(cast)
    (line,) = table(api(cast.obi), "ownership/orphans?format=csv")
    # A spreadsheet would run it.
    assert line["initiative.name"] == "'-Reseller portal"
    assert (line["reasons"], line["at_stake"], line["currency"]) == (
        "owner_left",
        "120000.5",
        "EUR",
    )
    assert line["last_decision.number"] == ""


def test_loads(cast: Cast, api: Api) -> None:
    cast.breach()
    (row,) = api(cast.obi).get("ownership/loads").body["results"]
    assert row == {
        "person": {"id": cast.olu.pk, "name": "Olu"},
        "team": {"id": cast.demand.pk, "name": "Demand"} if cast.olu.team_id else None,
        "initiatives": 1,
        "interim": 0,
        "limit": 5,
        "is_over": False,
        "metrics": 2,
        "undecided_breaches": 1,
        "overdue_commitments": 0,
    }
    (line,) = table(api(cast.obi), "ownership/loads?format=csv")
    assert (line["person.name"], line["is_over"], line["limit"]) == ("Olu", "false", "5")
