"""What administrators, executives, leads and facilitators set up, done by token: the same acts as
on the pages, under the same permissions."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import ApiToken, Invitation, Membership
from cadence.ledger.models import Entry
from tests.api.conftest import Caller
from tests.cast import AT, Cast

Api = Callable[..., Caller]


def events(count: int) -> list[str]:
    rows = Entry.objects.order_by("-sequence").values_list("event", flat=True)
    return list(rows[:count])


def test_a_machine_is_added_and_works_with_its_token(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    machine = ada.post("machines", {"name": "Warehouse"}).body
    assert machine["role"] == "machine"
    path = f"machines/{machine['id']}/tokens"
    told = ada.post(path, {"name": "Night", "scopes": ["read"], "days": 30})
    assert (told.status, told.body["scopes"]) == (201, ["read"])
    robot = Caller(ada.client, told.body["secret"])
    assert robot.get("me").body["member"]["name"] == "Warehouse"
    assert ada.post(f"tokens/{told.body['id']}/revocation").body["revoked_at"]
    assert robot.get("me").status == 401
    assert ada.post(f"tokens/{told.body['id']}/revocation").code == "token_revoked"
    for scopes in (None, [], "read", ["all"], [1], [["read"]]):
        assert "scopes" in ada.post(path, {"name": "x", "scopes": scopes}).problems


def test_tokens_are_ones_own(cast: Cast, api: Api) -> None:
    olu, obi, ada = api(cast.olu), api(cast.obi), api(cast.ada)
    made = olu.post("tokens", {"name": "Export"}).body
    assert made["secret"].startswith("cad_")
    assert Caller(olu.client, made["secret"]).get("me").status == 200
    assert {row["member"]["name"] for row in olu.get("tokens").body["results"]} == {"Olu"}
    assert obi.post(f"tokens/{made['id']}/revocation").status == 404
    assert olu.post(f"machines/{cast.robo.pk}/tokens", {"name": "x", "scopes": []}).status == 403
    assert {row["member"]["name"] for row in ada.get("tokens").body["results"]} > {"Olu"}
    assert ApiToken.objects.get(pk=made["id"]).digest not in olu.get("tokens").text


def test_somebody_is_invited_and_uninvited(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    made = ada.post("invitations", {"email": "nora@acme.example", "name": "Nora"})
    assert (made.status, made.body["mailed"]) == (201, True)
    assert "/invitation/cad_" in made.body["link"]
    assert [row["name"] for row in ada.get("invitations").body["results"]] == ["Nora"]
    gone = ada.post(f"invitations/{made.body['id']}/revocation")
    assert gone.body["revoked_at"] and ada.get("invitations").body["results"] == []
    assert ada.post("invitations", {"email": "no", "name": ""}).status == 422
    assert api(cast.dana).post("invitations", {"email": "x@y.example", "name": "X"}).status == 403
    assert Invitation.objects.count() == 1


def test_a_person_changes_place_leaves_and_returns(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    path = f"people/{cast.nils.pk}"
    changed = ada.patch(path, {"team": cast.partners.pk})
    assert (changed.body["team"]["id"], changed.body["name"]) == (cast.partners.pk, "Nils")
    assert ada.patch(path, {"role": "machine"}).status == 422
    assert ada.patch(f"people/{cast.ada.pk}", {"role": "member"}).code == "last_administrator"
    assert ada.post(f"{path}/return").code == "member_is_current"
    Membership.objects.filter(pk=cast.nils.pk).update(ended_at=AT)
    assert ada.post(f"{path}/return").body["is_current"] is True
    assert api(cast.dana).patch(path, {"name": "N"}).status == 403


def test_a_team_is_made_and_moved(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    made = ada.post("teams", {"name": "Field", "parent": cast.demand.pk, "lead": cast.nils.pk})
    assert (made.status, made.body["lead"]["name"]) == (201, "Nils")
    path = f"teams/{made.body['id']}"
    moved = ada.patch(path, {"parent": cast.partners.pk}).body
    assert (moved["parent"]["id"], moved["lead"]["name"]) == (cast.partners.pk, "Nils")
    assert ada.patch(f"teams/{cast.partners.pk}", {"parent": made.body["id"]}).status == 409
    assert api(cast.dana).post("teams", {"name": "X"}).status == 403


def test_settings_are_changed_one_by_one(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    before = ada.get("settings").body
    after = ada.patch("settings", {"decision_days": 3}).body
    assert after == before | {"decision_days": 3}
    assert ada.patch("settings", {"decision_days": 31, "time_zone": "Mars"}).problems.keys() == {
        "decision_days",
        "time_zone",
    }
    assert api(cast.elena).patch("settings", {"decision_days": 4}).status == 403
    tag = ada.get("settings").headers["ETag"]
    assert ada.patch("settings", {"offer_days": 2}).status == 200
    late = ada.ask("PATCH", "settings", {"offer_days": 9}, **{"if-match": tag})
    assert (late.status, ada.get("settings").body["offer_days"]) == (412, 2)


def test_closing_days_are_added_and_removed(cast: Cast, api: Api) -> None:
    ada = api(cast.ada)
    made = ada.post("closing-days", {"day": "2026-12-24", "name": "Christmas Eve"})
    assert made.status == 201
    assert ada.post("closing-days", {"day": "2026-12-24"}).code == "closing_day_exists"
    path = f"closing-days/{made.body['id']}"
    assert api(cast.obi).ask("DELETE", path).status == 403
    gone = ada.ask("DELETE", path)
    assert (gone.status, gone.body) == (200, made.body)
    assert ada.get(path).status == 404 and ada.ask("DELETE", path).status == 404
    assert events(2) == ["closing_day.removed", "closing_day.added"]


def test_priorities_are_stated_changed_and_ranked(cast: Cast, api: Api) -> None:
    elena = api(cast.elena)
    body = {"name": "Churn", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    made = elena.post("priorities", body).body
    assert elena.patch(f"priorities/{made['id']}", {"name": "Keep"}).body["name"] == "Keep"
    ids = [row["id"] for row in elena.get("priorities").body["results"]]
    ranked = elena.post("priorities/order", {"order": ids[::-1]}).body["priorities"]
    assert [row["id"] for row in ranked] == ids[::-1]
    assert "order" in elena.post("priorities/order", {"order": ids[:1] * 2}).problems
    assert api(cast.dana).post("priorities", body).status == 403


def test_a_series_is_set_up_changed_and_ended(cast: Cast, api: Api) -> None:
    dana = api(cast.dana)
    body = {
        "team": cast.demand.pk,
        "name": "Weekly",
        "kind": "weekly",
        "rule": "FREQ=WEEKLY;BYDAY=MO",
        "starts_on": "2026-11-23",
        "time_of_day": "09:30",
        "facilitator": cast.dana.pk,
    }
    made = dana.post("series", body)
    assert made.status == 201, made.body
    path = f"series/{made.body['id']}"
    assert dana.get(f"reviews?series={made.body['id']}").body["results"]
    changed = dana.patch(path, {"minutes": 45, "facilitator": cast.nils.pk}).body
    assert (changed["minutes"], changed["facilitator"]["name"]) == (45, "Nils")
    assert (changed["name"], changed["time_of_day"]) == ("Weekly", "09:30")
    assert dana.patch(path, {"rule": "FREQ=WEEKLY;BYDAY=TU"}).problems.keys() == {"rule"}
    assert dana.post(f"{path}/ending", {"reason": "Merged."}).body["ended_at"]
    assert dana.patch(path, {"minutes": 50}).code == "series_ended"
    assert dana.post("series", body | {"time_of_day": 9, "rule": None}).problems.keys() == {
        "rule",
        "time_of_day",
    }


def test_a_review_is_run_by_token(cast: Cast, api: Api) -> None:
    review = cast.open_review()
    path = f"reviews/{review.pk}"
    nils = api(cast.nils)
    assert nils.post(f"{path}/facilitation").body["facilitator"]["name"] == "Nils"
    present = {str(cast.nils.pk): True, str(cast.olu.pk): False}
    noted = nils.post(f"{path}/attendance", {"present": present}).body["attendance"]
    assert {row["member"]["name"]: row["present"] for row in noted} == {"Nils": True, "Olu": False}
    assert nils.post(f"{path}/notes", {"notes": "First."}).body["notes"] == "First."
    late = nils.post(f"{path}/notes", {"notes": "Other.", "seen": ""})
    assert (late.code, late.body["notes"]) == ("notes_changed", "First.")
    assert nils.post(f"{path}/note", {"text": "Second."}).body["notes"] == "First.\n\nSecond."
    assert (
        nils.post(f"{path}/move", {"starts_at": "2026-11-18T10:00:00Z", "reason": "x"}).status
        == 409
    )
    assert api(cast.obi).post(f"{path}/note", {"text": "x"}).status == 403


BROKEN: list[tuple[str, Any]] = [
    ("move", {"starts_at": moment, "reason": "x"})
    for moment in (None, "", 5, "tomorrow", "2026-11-18", "2026-11-18T10:00", "9" * 300)
] + [
    ("attendance", {"present": present})
    for present in (None, [], {"x": True}, {"0": True}, {"9" * 19: True}, {"1": 1}, {"1": None})
]


@pytest.mark.parametrize(("act", "body"), BROKEN)
def test_what_a_review_cannot_take(cast: Cast, api: Api, act: str, body: Any) -> None:
    review = cast.planned_review() if act == "move" else cast.open_review()
    answer = api(cast.elena).post(f"reviews/{review.pk}/{act}", body)
    assert (answer.status, answer.code) == (422, "invalid"), answer.body


def test_a_planned_review_is_moved_within_its_week(cast: Cast, api: Api) -> None:
    review = cast.planned_review()
    moved = review.starts_at.replace(hour=15).isoformat()
    answer = api(cast.elena).post(f"reviews/{review.pk}/move", {"starts_at": moved, "reason": "x"})
    if answer.status == 422:
        assert list(answer.problems) == ["starts_at"]
    else:
        assert answer.body["moved_reason"] == "x"


def test_my_week_is_that_of_the_page(cast: Cast, api: Api) -> None:
    breach = cast.breach()
    week = api(cast.olu).get("my-week").body
    assert [row["id"] for row in week["breaches"]] == [breach.pk]
    assert {row["metric"]["name"] for row in week["readings"]} >= {"Qualified demos"}
    assert api(cast.robo, "read").get("my-week").body["breaches"] == []


def test_the_scorecard_and_the_judged_periods_of_a_metric(cast: Cast, api: Api) -> None:
    obi = api(cast.obi)
    (row,) = obi.get("scorecard?search=demos").body["results"]
    assert (row["metric"]["id"], len(row["cells"])) == (cast.demos.pk, 13)
    assert obi.get(f"scorecard?team={cast.partners.pk}").body["results"] == []
    assert obi.get("scorecard?per=year").problems.keys() == {"per"}
    api(cast.olu).post("readings", {"metric": cast.demos.pk, "period": "2026-11-09", "value": 31})
    judged = obi.get(f"metrics/{cast.demos.pk}/judgements").body["results"]
    assert [(one["period"], one["value"]) for one in judged] == [("2026-11-09", "31")]
    assert obi.get(f"metrics/{cast.betas_metric.pk}/judgements").status == 404


def test_the_ledger_is_computed_again(cast: Cast, api: Api) -> None:
    api(cast.ada).post("closing-days", {"day": "2026-12-24"})
    found = api(cast.obi).get("ledger/verification").body
    assert (found["entries"], found["intact"], found["fault"]) == (1, True, None)
    assert len(found["head"]) == 64
