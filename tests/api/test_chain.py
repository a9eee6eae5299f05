"""From a reading to a review that closes, as a program sees it."""

from collections.abc import Callable

from cadence.ledger.models import Entry
from tests.api.conftest import Caller
from tests.cast import Cast

Api = Callable[..., Caller]


def test_a_reading_below_its_threshold_holds_the_review_open_until_it_is_decided(
    cast: Cast, api: Api
) -> None:
    review = cast.open_review()
    machine, olu, fay = api(cast.robo, "readings"), api(cast.olu), api(cast.fay)

    recorded = machine.post(
        "readings", {"metric": "qualified-demos", "period": "2026-W46", "value": 31}
    )
    assert recorded.status == 201
    assert (recorded.body["status"], recorded.body["opened"]) == ("new", True)
    assert recorded.body["reading"]["value"] == "31"
    assert recorded.body["judgement"] == {
        "period": "2026-11-09",
        "value": "31",
        "floor": "45",
        "ceiling": None,
        "result": "below",
    }
    breach = recorded.body["breach"]
    assert (breach["kind"], breach["limit"], breach["decision"]) == ("threshold", "45", None)
    assert breach["answerable"] == {"id": cast.olu.pk, "name": "Olu"}

    refused = fay.post(f"reviews/{review.pk}/close")
    assert (refused.status, refused.code) == (409, "review_held_open")
    assert refused.body["type"] == "urn:cadence:problem:review_held_open"
    assert refused.headers["Content-Type"] == "application/problem+json"
    (hold,) = refused.body["held_open_by"]
    assert (hold["kind"], hold["id"], hold["metric"]) == ("breach", breach["id"], "Qualified demos")
    assert fay.get(f"reviews/{review.pk}").body["held_open_by"] == [hold]

    decided = olu.post(
        f"breaches/{breach['id']}/decisions",
        {
            "kind": "adjust",
            "what": "Two more people call.",
            "check_on": "2026-12-06",
            "review": review.pk,
        },
    )
    assert decided.status == 201, decided.body
    assert decided.body["in_force"] is True
    assert olu.get(f"breaches/{breach['id']}").body["decision"]["id"] == decided.body["id"]

    closed = fay.post(f"reviews/{review.pk}/close")
    assert (closed.status, closed.body["state"]) == (200, "closed")
    assert closed.body["minutes"]["decisions"][0]["number"] == decided.body["number"]
    assert closed.body["minutes_intact"] is True
    again = fay.post(f"reviews/{review.pk}/close")
    assert (again.status, again.code) == (409, "review_already_closed")

    events = [entry["event"] for entry in api(cast.obi).get("ledger").body["results"]]
    assert events == ["readings.recorded", "decision.recorded", "review.closed"]
    assert Entry.objects.count() == 3


def test_a_correction_keeps_the_old_value(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    reading = {"metric": cast.demos.pk, "period": "2026-11-09", "value": "50"}
    assert olu.post("readings", reading).status == 201
    same = olu.post("readings", reading)
    assert (same.status, same.body["status"]) == (200, "unchanged")
    corrected = olu.post("readings", reading | {"value": "0.200521381", "note": "Miscounted."})
    assert (corrected.status, corrected.body["status"]) == (200, "corrected")
    assert corrected.body["reading"]["value"] == "0.200521381"
    (correction,) = corrected.body["reading"]["corrections"]
    assert (correction["old_value"], correction["reason"]) == ("50", "Miscounted.")


def test_an_initiative_from_its_draft_to_its_end(cast: Cast, api: Api) -> None:
    dana, nils = api(cast.dana), api(cast.nils)
    draft = {"name": "Referrals", "priority": cast.growth.pk, "team": cast.demand.pk}
    made = dana.post("initiatives", draft | {"budget_at_stake": "12000.50"})
    assert (made.status, made.body["state"]) == (201, "draft")
    assert made.body["budget_at_stake"] == "12000.5"
    assert made.body["acting_owner"] == {"id": cast.dana.pk, "name": "Dana"}
    at = f"initiatives/{made.body['id']}"
    assert dana.post(f"{at}/activation").code == "initiative_without_owner"
    offer = dana.post(f"{at}/offers", {"owner": cast.nils.pk, "note": "You know them."})
    assert (offer.status, offer.body["accepted_at"]) == (201, None)
    assert nils.post(f"ownerships/{offer.body['id']}/acceptance").status == 200
    active = dana.post(f"{at}/activation").body
    assert (active["state"], active["owner"]["name"]) == ("active", "Nils")
    changed = dana.patch(at, {"name": "Referrals of partners"}).body
    assert changed["name"] == "Referrals of partners"
    assert changed["budget_at_stake"] == "12000.5"
    assert nils.post(f"{at}/check-ins", {"confidence": "at_risk"}).status == 201
    assert dana.post(f"{at}/pause", {"reason": "Summer."}).body["state"] == "paused"
    assert dana.post(f"{at}/resumption").body["state"] == "active"
    ended = dana.post(f"{at}/ending", {"ended_as": "completed", "reason": "Done."})
    assert (ended.body["state"], ended.body["owner"]) == ("completed", None)
    record = dana.get(f"{at}/ownerships").body["results"]
    assert [row["ending"] for row in record] == ["initiative_ended"]


def test_an_offer_is_declined_or_taken_back(cast: Cast, api: Api) -> None:
    dana, nils = api(cast.dana), api(cast.nils)
    at = f"initiatives/{cast.pipeline.pk}/offers"
    first = dana.post(at, {"owner": cast.nils.pk}).body["id"]
    assert dana.post(at, {"owner": cast.fay.pk}).code == "offer_pending"
    assert dana.post(f"ownerships/{first}/acceptance").status == 403
    declined = nils.post(f"ownerships/{first}/decline", {"reason": "No time."})
    assert (declined.body["ending"], declined.body["reason"]) == ("declined", "No time.")
    second = dana.post(at, {"owner": cast.nils.pk}).body["id"]
    assert dana.post(f"ownerships/{second}/withdrawal").body["ending"] == "withdrawn"


def test_a_metric_with_its_threshold_and_where_it_stands(cast: Cast, api: Api) -> None:
    dana = api(cast.dana)
    made = dana.post(
        "metrics",
        {
            "initiative": cast.pipeline.pk,
            "name": "Answer time",
            "kind": "leading",
            "read_per": "week",
            "unit": "h",
            "leads_to": cast.revenue.pk,
        },
    )
    assert made.status == 201, made.body
    assert (made.body["key"], made.body["threshold"]) == ("answer-time", None)
    assert made.body["state"]["result"] == "missing"
    at = f"metrics/{made.body['id']}"
    dana.post("readings", {"metric": "answer-time", "period": "2026-11-09", "value": 5})
    assert dana.get(at).body["state"]["result"] == "unknown"
    limit = {"ceiling": "4.50", "agreed_response": "We add a shift.", "starts_on": "2026-11-02"}
    threshold = dana.post(f"{at}/thresholds", limit)
    assert (threshold.status, threshold.body["ceiling"]) == (201, "4.5")
    now = dana.get(at).body
    assert now["threshold"]["id"] == threshold.body["id"]
    assert (now["state"]["result"], now["state"]["value"]) == ("above", "5")
    assert now["state"]["breach"] is not None
    assert dana.patch(at, {"unit": "hours"}).body["unit"] == "hours"
    assert dana.get(at).body["leads_to"]["key"] == "closed-revenue"
    assert dana.post(f"{at}/retirement", {"reason": "Unused."}).code == "metric_in_breach"


def test_a_decision_of_two_people(cast: Cast, api: Api) -> None:
    breach = cast.breach()
    made = api(cast.olu).post(
        f"breaches/{breach.pk}/decisions",
        {"kind": "hold_course", "what": "A holiday week.", "check_on": "2026-12-06"},
    )
    assert (made.body["in_force"], made.body["approval"]) == (False, None)
    at = f"decisions/{made.body['id']}/approval"
    assert api(cast.olu).post(at, {"approved": True}).status == 403
    assert "reason" in api(cast.dana).post(at, {"approved": False}).problems
    approved = api(cast.dana).post(at, {"approved": True})
    assert (approved.status, approved.body["in_force"]) == (200, True)
    assert api(cast.dana).post(at, {"approved": True}).code == "decision_answered"


def test_a_verdict_is_acknowledged_and_decisions_are_found(cast: Cast, api: Api) -> None:
    decision = cast.decision(cast.breach())
    cast.verdict(decision, "worked")
    olu = api(cast.olu)
    assert (
        len(olu.get("decisions?unacknowledged=true&verdict=worked&search=calls").body["results"])
        == 1
    )
    assert len(olu.get(f"decisions?search=D-{decision.number}").body["results"]) == 1
    assert len(olu.get("decisions?search=nothing").body["results"]) == 0
    seen = olu.post(f"decisions/{decision.pk}/acknowledgement")
    assert seen.body["verdict"]["acknowledged_by"]["name"] == "Olu"
    assert len(olu.get("decisions?unacknowledged=true").body["results"]) == 0


def test_a_commitment_is_kept_or_dropped(cast: Cast, api: Api) -> None:
    olu = api(cast.olu)
    body = {
        "initiative": cast.pipeline.pk,
        "text": "Call them.",
        "person": cast.nils.pk,
        "due_on": "2026-11-20",
    }
    first, second = (olu.post("commitments", body).body["id"] for _ in range(2))
    assert (
        api(cast.nils).post(f"commitments/{first}/kept").body["kept_at"] == "2026-11-16T10:00:00Z"
    )
    dropped = olu.post(f"commitments/{second}/dropped", {"reason": "Overtaken."})
    assert dropped.body["dropped_reason"] == "Overtaken."
    assert len(olu.get("commitments?open=true").body["results"]) == 0
    assert olu.post(f"commitments/{first}/kept").code == "commitment_settled"


def test_a_review_is_opened_with_its_agenda(cast: Cast, api: Api) -> None:
    breach, review = cast.breach(), cast.planned_review()
    opened = api(cast.fay).post(f"reviews/{review.pk}/opening")
    assert (opened.status, opened.body["state"]) == (200, "open")
    parts = {part["name"]: part["items"] for part in opened.body["agenda"]}
    assert [item["breach"] for item in parts["breaches"]] == [breach.pk]
    assert api(cast.fay).post(f"reviews/{review.pk}/opening").code == "review_already_open"
