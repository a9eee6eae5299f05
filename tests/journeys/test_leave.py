"""An owner goes on leave: somebody stands in, everything says so, and duties come back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.evaluation.tick import tick
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify
from cadence.metrics.models import Reading
from cadence.ownership.models import Leave
from tests.cast import AT, LAST_WEEK, Cast

SignIn = Callable[[Membership], Client]
LEAVES = "/o/acme/people/{}/leaves"
# Tuesday to Friday, in Berlin.
FIRST, LAST = date(2026, 11, 17), date(2026, 11, 20)
BEGINS = datetime(2026, 11, 16, 23, 1, tzinfo=UTC)
DURING = datetime(2026, 11, 18, 9, tzinfo=UTC)
ENDS = datetime(2026, 11, 20, 23, 1, tzinfo=UTC)
WORDS = "for Olu until 20 November"


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def plan(cast: Cast, client: Client, stand_in: Membership | None) -> None:
    answer = client.post(
        LEAVES.format(cast.olu.pk),
        {
            "starts_on": FIRST.isoformat(),
            "ends_on": LAST.isoformat(),
            "stand_in": stand_in.pk if stand_in else "",
            "note": "",
        },
    )
    assert answer.status_code == 302, answer.content.decode()


@pytest.fixture
def below(cast: Cast) -> Breach:
    """Something of Olu's that wants a decision by Thursday."""
    cast.reading(31, starts_on=date(2026, 11, 2))
    return cast.breach(
        first_period=date(2026, 11, 2),
        opening_period=date(2026, 11, 2),
        due_at=AT + timedelta(days=9),
    )


def test_a_stand_in_does_what_the_owner_would_and_everything_says_so(
    cast: Cast, below: Breach, signed_in: SignIn
) -> None:
    with time_machine.travel(AT, tick=False):
        plan(cast, signed_in(cast.olu), cast.nils)
        assert "Planned" in read(signed_in(cast.nils), LEAVES.format(cast.nils.pk))
    with time_machine.travel(BEGINS, tick=False):
        assert tick(at=BEGINS)["leaves"] == 1
        assert tick(at=BEGINS)["leaves"] == 0
    below.refresh_from_db()
    assert below.answerable == cast.nils

    with time_machine.travel(DURING, tick=False):
        nils = signed_in(cast.nils)
        week = read(nils, "/o/acme/my-week")
        assert "Qualified demos" in week
        assert week.count(WORDS) >= 2, "the reading and the breach say for whom"
        for path in (
            f"initiatives/{cast.pipeline.pk}",
            "initiatives",
            "scorecard",
            "ownership",
            f"breaches/{below.pk}",
            f"metrics/{cast.demos.pk}",
            "priorities",
        ):
            assert WORDS in read(nils, f"/o/acme/{path}"), path
        row = f"/o/acme/metrics/{cast.demos.pk}/readings/{LAST_WEEK}"
        assert nils.post(row, {"value": "33"}).status_code == 302
        assert Reading.objects.get(starts_on=LAST_WEEK).recorded_by == cast.nils
        decided = nils.post(
            f"/o/acme/breaches/{below.pk}",
            {
                "kind": "adjust",
                "what": "Two people call until Friday.",
                "check_on": "2026-12-07",
                "decided_by": cast.nils.pk,
            },
        )
        assert decided.status_code == 302, decided.content.decode()
        assert Decision.objects.get().decided_by == cast.nils
        away = read(signed_in(cast.olu), "/o/acme/my-week")
        assert "You are on leave until 20 Nov" in away
        assert "<b>Nils</b> stands in for you" in away

    second = cast.breach(cast.metric(), answerable=cast.nils, due_at=AT + timedelta(days=9))
    with time_machine.travel(ENDS, tick=False):
        tick(at=ENDS)
        second.refresh_from_db()
        assert second.answerable == cast.olu
        assert WORDS not in read(signed_in(cast.nils), f"/o/acme/initiatives/{cast.pipeline.pk}")
        assert nils.post(row, {"value": "34", "note": "Late."}).status_code in {403, 404, 422}
    told = Entry.objects.filter(event__startswith="leave.").order_by("sequence")
    assert [entry.event for entry in told] == ["leave.planned", "leave.began", "leave.ended"]
    assert verify(cast.acme).fault is None


def test_without_a_stand_in_the_work_is_orphaned_and_the_lead_acts(
    cast: Cast, below: Breach, signed_in: SignIn
) -> None:
    with time_machine.travel(AT, tick=False):
        plan(cast, signed_in(cast.olu), None)
    tick(at=BEGINS)
    below.refresh_from_db()
    assert below.answerable == cast.dana
    with time_machine.travel(DURING, tick=False):
        dana = signed_in(cast.dana)
        assert "The owner is on leave and nobody stands in" in read(dana, "/o/acme/ownership")
        assert "Qualified demos" in read(dana, "/o/acme/my-week")
        named = dana.post(
            f"/o/acme/initiatives/{cast.pipeline.pk}/interim",
            {"person": cast.nils.pk, "until": "2026-12-01"},
        )
        assert named.status_code == 302, named.content.decode()
        page = read(dana, f"/o/acme/initiatives/{cast.pipeline.pk}")
        assert "interim owner until 1 December" in page
        tick(at=DURING)
        below.refresh_from_db()
        assert below.answerable == cast.nils
    with time_machine.travel(ENDS, tick=False):
        back = signed_in(cast.olu).post(f"/o/acme/leaves/{Leave.objects.get().pk}/end")
        assert back.status_code == 302
        tick(at=ENDS)
    below.refresh_from_db()
    assert below.answerable == cast.olu
    assert cast.pipeline.interims.get().ending == "returned"
