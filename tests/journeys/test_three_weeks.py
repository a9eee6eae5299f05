"""Three weeks of one team, told through the API: the numbers, the meetings, the second thoughts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.evaluation.tick import tick
from cadence.ledger.queries import verify
from cadence.people.tokens import issue_token
from cadence.reviews.models import Review
from cadence.reviews.queries import verify_minutes
from cadence.reviews.series import create_series
from tests.cast import Cast

FRIDAY = datetime(2026, 11, 13, 9, tzinfo=UTC)


@dataclass
class Answer:
    status: int
    body: Any


@dataclass
class Api:
    """Somebody's client."""

    token: str

    def get(self, path: str) -> Any:
        answer = self._answer(Client().get(f"/api/v1/{path}", headers=self._headers))
        assert answer.status == 200, answer
        return answer.body

    def post(self, path: str, **body: Any) -> Answer:
        return self._answer(
            Client().post(
                f"/api/v1/{path}", body, content_type="application/json", headers=self._headers
            )
        )

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _answer(self, response: Any) -> Answer:
        return Answer(response.status_code, response.json())


@pytest.fixture
def api(cast: Cast) -> Callable[[Membership], Api]:
    def sign_in(member: Membership) -> Api:
        return Api(issue_token(actor=member, at=FRIDAY, membership=member, name="Story")[1])

    return sign_in


@contextmanager
def on(day: int, hour: int, month: int = 11) -> Iterator[None]:
    """A moment of November 2026, in UTC; the worker looked a second before."""
    moment = datetime(2026, month, day, hour, tzinfo=UTC)
    tick(at=moment)
    with time_machine.travel(moment, tick=False):
        yield


def test_three_weeks_of_demand(cast: Cast, api: Callable[[Membership], Api]) -> None:
    calls = cast.metric("Calls", checked_to=date(2026, 11, 9))
    cast.threshold(calls)
    create_series(
        actor=cast.dana,
        at=FRIDAY,
        team=cast.demand,
        name="Weekly",
        kind="weekly",
        rule="FREQ=WEEKLY;BYDAY=MO",
        starts_on=date(2026, 11, 16),
        time_of_day="11:00",
        facilitator=cast.fay,
    )
    olu, dana, fay = api(cast.olu), api(cast.dana), api(cast.fay)
    first, second, third = Review.objects.order_by("starts_at")[:3]

    # Monday morning. Olu reads last week's demos, below their floor.
    with on(16, 8):
        read = olu.post("readings", metric=cast.demos.key, period="2026-W46", value="31")
        assert read.status == 201 and read.body["opened"] is True
        demos = f"breaches/{read.body['breach']['id']}"
        assert read.body["breach"]["answerable"]["name"] == "Olu"

    # The weekly opens by itself, with the breach on its agenda. Another one joins it.
    with on(16, 10):
        assert fay.get(f"reviews/{first.pk}")["state"] == "open"
        assert held_by(fay, first) == ["Qualified demos"]
        joined = olu.post("readings", metric=calls.key, period="2026-W46", value="12").body
        assert held_by(fay, first) == ["Calls", "Qualified demos"]
        refused = fay.post(f"reviews/{first.pk}/close")
        assert (refused.status, refused.body["code"]) == (409, "review_held_open")

        # Olu changes what is done about the calls, and wants to hold course on the demos.
        more = {"what": "Two people on calls.", "check_on": "2026-12-13", "review": first.pk}
        adjusted = olu.post(f"breaches/{joined['breach']['id']}/decisions", kind="adjust", **more)
        assert adjusted.status == 201
        why = {"what": "The fair is in two weeks.", "check_on": "2026-11-29", "review": first.pk}
        course = olu.post(f"{demos}/decisions", kind="hold_course", **why)
        assert course.status == 201

        # That takes a second person, above Olu. Until then it holds the review open.
        approval = f"decisions/{course.body['id']}/approval"
        assert held_by(fay, first) == ["Qualified demos"]
        assert olu.post(approval, approved=True).status == 403
        assert fay.post(approval, approved=True).status == 403
        assert fay.post(f"reviews/{first.pk}/close").status == 409
        assert dana.post(approval, approved=True).status == 200

        # Now it closes, once, and its minutes are sealed.
        closed = fay.post(f"reviews/{first.pk}/close")
        assert (closed.status, closed.body["state"]) == (200, "closed")
        assert fay.post(f"reviews/{first.pk}/close").body["code"] == "review_already_closed"
        assert [row["kind"] for row in closed.body["minutes"]["decisions"]] == [
            "adjust",
            "hold_course",
        ]

    # A week later nothing is undecided: the demos are below, and that is decided.
    with on(23, 10):
        olu.post("readings", metric=cast.demos.key, period="2026-W47", value="30")
        olu.post("readings", metric=calls.key, period="2026-W47", value="50")
        assert fay.post(f"reviews/{second.pk}/close").status == 200

    # Two weeks later the readings say that holding course did not work.
    with on(30, 8):
        olu.post("readings", metric=cast.demos.key, period="2026-W48", value="33")
        olu.post("readings", metric=calls.key, period="2026-W48", value="51")
    with on(30, 9):
        verdict = olu.get(f"decisions/{course.body['id']}")["verdict"]
        assert verdict["result"] == "did_not_work"
        again = olu.get(demos)
        assert again["decision"] is None
        assert (again["level"], again["answerable"]["name"]) == (1, "Dana")

    # So the next weekly is held open twice: by the duty that is Dana's now, and by the verdict.
    with on(30, 10):
        holds = fay.post(f"reviews/{third.pk}/close").body["held_open_by"]
        assert sorted(hold["kind"] for hold in holds) == ["breach", "verdict"]
        seen = f"decisions/{course.body['id']}/acknowledgement"
        assert dana.post(seen, review=third.pk).status == 200
        assert dana.post(seen, review=third.pk).body["code"] == "verdict_acknowledged"
        assert fay.post(f"reviews/{third.pk}/close").body["code"] == "review_held_open"
        moved = {"moved_from": "Events", "moved_to": "Calls", "amount": "8,000 EUR"}
        decided = dana.post(
            f"{demos}/decisions",
            kind="reallocate",
            what="The budget of the fair pays for calls.",
            check_on="2026-12-20",
            review=third.pk,
            **moved,
        )
        assert decided.status == 201
        assert fay.post(f"reviews/{third.pk}/close").status == 200

    # What was sealed is still what it was, and so is the ledger.
    for review in (first, second, third):
        review.refresh_from_db()
        assert verify_minutes(review)
    assert verify(cast.acme).fault is None


def held_by(somebody: Api, review: Review) -> list[str]:
    """The metrics that hold it open, by name."""
    holds = somebody.get(f"reviews/{review.pk}")["held_open_by"]
    return sorted(hold["metric"] for hold in holds)
