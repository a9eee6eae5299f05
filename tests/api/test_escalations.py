"""Where things stand on the escalation path, and how they came there."""

from collections.abc import Callable
from datetime import timedelta

from cadence.decisions.models import Commitment
from cadence.evaluation.escalating import escalate_overdue
from cadence.initiatives.models import Initiative
from tests.api.conftest import Caller
from tests.cast import AT, Cast

Api = Callable[..., Caller]
# Friday before the Monday on which the clock stands.
PAST = AT - timedelta(days=3)


def climb(cast: Cast) -> None:
    escalate_overdue(at=AT, organization=cast.acme)


def test_a_thing_says_how_far_up_it_is_and_how_it_came_there(cast: Cast, api: Api) -> None:
    breach = cast.breach(due_at=PAST)
    path = f"breaches/{breach.pk}"
    before = api(cast.obi).get(path).body
    assert (before["level"], before["overdue"], before["escalations"]) == (0, True, [])
    climb(cast)
    after = api(cast.obi).get(path).body
    assert (after["level"], after["overdue"]) == (1, False)
    assert after["answerable"] == {"id": cast.dana.pk, "name": "Dana"}
    assert after["escalations"] == [
        {
            "level": 1,
            "because": "overdue",
            "from": {"id": cast.olu.pk, "name": "Olu"},
            "to": {"id": cast.dana.pk, "name": "Dana"},
            "at": "2026-11-16T10:00:00Z",
            "was_due_at": "2026-11-13T10:00:00Z",
            "due_at": "2026-11-20T22:59:59Z",
        }
    ]


def test_verdicts_commitments_and_reviews_say_it_too(cast: Cast, api: Api) -> None:
    decision = cast.decision(cast.breach())
    verdict = cast.verdict(decision, due_at=PAST)
    promise = Commitment.objects.create(
        organization=cast.acme,
        initiative=cast.pipeline,
        text="Call them.",
        person=cast.nils,
        due_on=PAST.date(),
        due_at=PAST,
        created_by=cast.olu,
        created_at=PAST,
    )
    review = cast.planned_review(missed_at=PAST, due_at=PAST)
    climb(cast)
    obi = api(cast.obi)
    shown = [
        obi.get(f"decisions/{decision.pk}").body["verdict"],
        obi.get(f"commitments/{promise.pk}").body,
        obi.get(f"reviews/{review.pk}").body,
    ]
    for one in shown:
        assert (one["level"], one["overdue"]) == (1, False)
        assert one["escalated_to"] == {"id": cast.dana.pk, "name": "Dana"}
        assert [step["because"] for step in one["escalations"]] == ["overdue"]
    rows = obi.get("escalations").body["results"]
    assert {row["kind"] for row in rows} == {"verdict", "commitment", "review"}
    (row,) = obi.get("escalations?kind=verdict").body["results"]
    assert row["decision"] == {"id": decision.pk, "number": decision.number}
    assert (row["breach"], row["initiative"]) == (None, None)
    (row,) = obi.get(f"escalations?commitment={promise.pk}").body["results"]
    assert row["initiative"] == {"id": cast.pipeline.pk, "name": "Fill the pipeline"}
    assert verdict.pk


def test_the_list_says_what_stands_with_whom_now(cast: Cast, api: Api) -> None:
    breach = cast.breach(due_at=PAST)
    climb(cast)
    cast.step(cast.breach(cast.betas_metric, recovered_at=None), cast.sven)
    obi = api(cast.obi)
    (row,) = obi.get("escalations").body["results"]
    assert (row["breach"], row["metric"]["name"]) == (breach.pk, "Qualified demos")

    def count(query: str) -> int:
        return len(obi.get(f"escalations?{query}").body["results"])

    assert count("open=true") == count(f"to_person={cast.dana.pk}") == 1
    assert count("open=false") == count(f"to_person={cast.lars.pk}") == 0
    breach.refresh_from_db()
    cast.decision(breach)
    assert (count("open=true"), count("open=false")) == (0, 1)
    assert obi.get("escalations?kind=feeling").status == 422


def test_what_is_paused_is_not_overdue(cast: Cast, api: Api) -> None:
    breach = cast.breach(due_at=PAST)
    Initiative.objects.filter(pk=cast.pipeline.pk).update(paused_at=AT)
    assert api(cast.obi).get(f"breaches/{breach.pk}").body["overdue"] is False
