"""Decisions as they are typed: each kind, what each lacks, and who may."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.breaches.models import Breach
from cadence.decisions.models import Decision
from cadence.initiatives.models import State
from cadence.reviews.models import Review
from tests.cast import AT, Cast

SignIn = Callable[[Membership], Client]
NOW = AT + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def breach(cast: Cast) -> Breach:
    return cast.breach()


def typed(cast: Cast, kind: str, **fields: object) -> dict[str, object]:
    return {
        "kind": kind,
        "what": "Two more people on calls.",
        "check_on": "2026-12-06",
        "decided_by": cast.olu.pk,
        "carried_out_by": cast.nils.pk,
        **fields,
    }


KINDS = {
    "agreed": {},
    "reallocate": {"moved_from": "Events", "moved_to": "Calls", "amount": "€8,000"},
    "adjust": {},
    "escalate": {"escalated_to": "dana", "decide_by": "2026-11-20"},
    "stop": {},
    "hold_course": {},
    "move_threshold": {"new_floor": "40", "new_from": "2026-11-16"},
}


def with_people(cast: Cast, fields: dict[str, str]) -> dict[str, object]:
    return {
        name: getattr(cast, value).pk if name == "escalated_to" else value
        for name, value in fields.items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_recorded_from_the_page_of_the_breach(
    cast: Cast, breach: Breach, signed_in: SignIn, kind: str
) -> None:
    fields = typed(cast, kind, **with_people(cast, KINDS[kind]))
    answer = signed_in(cast.olu).post(f"/o/acme/breaches/{breach.pk}", fields)
    assert answer.status_code == 302, answer.content.decode()
    decision = Decision.objects.get()
    assert answer.headers["Location"] == f"/o/acme/decisions/{decision.number}"
    assert decision.kind == kind
    breach.refresh_from_db()
    assert breach.is_decided is (kind not in {"hold_course", "move_threshold"})
    cast.pipeline.refresh_from_db()
    assert (cast.pipeline.state == State.STOPPED) is (kind == "stop")


MISSING = [
    ("agreed", {"check_on": ""}, "check_on", "This date is needed."),
    ("reallocate", {"moved_from": "", "moved_to": "Calls", "amount": "x"}, "moved_from", "blank"),
    ("reallocate", {"moved_from": "E", "moved_to": "", "amount": "x"}, "moved_to", "blank"),
    ("reallocate", {"moved_from": "E", "moved_to": "C", "amount": ""}, "amount", "blank"),
    ("adjust", {"what": ""}, "what", "This cannot be blank."),
    ("adjust", {"check_on": "2026-11-15"}, "check_on", "This date has passed."),
    ("adjust", {"check_on": "2027-03-01"}, "check_on", "At most six periods ahead"),
    ("adjust", {"check_on": "soon"}, "check_on", "Enter a valid date."),
    ("escalate", {"decide_by": "2026-11-20"}, "escalated_to", "Say to whom this goes."),
    ("escalate", {"escalated_to": "dana"}, "decide_by", "This date is needed."),
    ("stop", {"what": ""}, "what", "This cannot be blank."),
    ("hold_course", {"what": ""}, "what", "This cannot be blank."),
    ("move_threshold", {"new_floor": ""}, "new_floor", "Say where the threshold moves"),
    ("move_threshold", {"new_floor": "NaN"}, "new_floor", "This must be a finite number."),
]


@pytest.mark.parametrize(("kind", "fields", "field", "reason"), MISSING)
def test_what_a_kind_lacks_is_said_beside_the_field_and_what_was_typed_is_kept(
    cast: Cast,
    breach: Breach,
    signed_in: SignIn,
    kind: str,
    fields: dict[str, str],
    field: str,
    reason: str,
) -> None:
    sent = typed(cast, kind, expected="Fewer complaints", **with_people(cast, fields))
    answer = signed_in(cast.olu).post(f"/o/acme/breaches/{breach.pk}", sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    error = page.split(f'id="id_{field}_error"')[1].split("</div>")[0]
    assert reason in error
    assert "Fewer complaints" in page
    assert not Decision.objects.exists()


def test_a_kind_has_to_be_chosen(cast: Cast, breach: Breach, signed_in: SignIn) -> None:
    answer = signed_in(cast.olu).post(f"/o/acme/breaches/{breach.pk}", typed(cast, ""))
    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()


def test_recovered_by_itself_is_offered_only_when_it_did(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    client = signed_in(cast.olu)
    url = f"/o/acme/breaches/{breach.pk}"
    assert "Recovered by itself" not in client.get(url).content.decode()
    assert client.post(url, typed(cast, "recovered")).status_code == 422
    breach.recovered_at, breach.recovered_period = AT, AT.date()
    breach.save(update_fields=["recovered_at", "recovered_period"])
    assert "Recovered by itself" in client.get(url).content.decode()
    assert client.post(url, typed(cast, "recovered")).status_code == 302


def test_a_missing_reading_has_no_threshold_to_move(cast: Cast, signed_in: SignIn) -> None:
    breach = cast.missing()
    page = signed_in(cast.olu).get(f"/o/acme/breaches/{breach.pk}").content.decode()
    assert "Move the threshold" not in page
    assert "Do what was agreed" not in page
    assert "A reading again by" in page


def test_a_facilitator_records_what_the_owner_decides_and_goes_to_the_next_breach(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    review = cast.open_review()
    other = cast.breach(cast.metric("Partner reply time"), value=Decimal(44))
    cast.on_agenda(review, breach, other)
    client = signed_in(cast.fay)
    url = f"/o/acme/reviews/{review.pk}/breaches/{breach.pk}/decision"
    answer = client.post(url, typed(cast, "adjust"))
    assert answer.headers["Location"].endswith(f"?part=breaches&item={other.pk}")
    decision = Decision.objects.get()
    assert (decision.decided_by, decision.recorded_by) == (cast.olu, cast.fay)
    assert decision.review == review
    url = f"/o/acme/reviews/{review.pk}/breaches/{other.pk}/decision"
    answer = client.post(url, typed(cast, "adjust"))
    assert answer.headers["Location"].endswith("?part=read_back")


def test_a_refused_decision_comes_back_in_the_room(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    review = cast.open_review()
    cast.on_agenda(review, breach)
    url = f"/o/acme/reviews/{review.pk}/breaches/{breach.pk}/decision"
    answer = signed_in(cast.fay).post(url, typed(cast, "adjust", what="", expected="Calm"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "you are here" in page
    assert "Calm" in page


def test_the_second_of_two_decisions_hears_of_the_first(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    cast.decision(breach, decided_at=NOW)
    answer = signed_in(cast.dana).post(
        f"/o/acme/breaches/{breach.pk}", typed(cast, "adjust", decided_by=cast.dana.pk)
    )
    assert answer.status_code == 422
    assert "This breach is decided already, by D-1." in answer.content.decode()


def test_one_decision_decides_several_breaches_of_an_initiative(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    other = cast.breach(cast.metric("Partner reply time"))
    sent = typed(cast, "stop", also=[other.pk])
    assert signed_in(cast.olu).post(f"/o/acme/breaches/{breach.pk}", sent).status_code == 302
    assert not Breach.objects.undecided().exists()


def test_a_member_without_a_say_reads_why_and_cannot_record(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    client = signed_in(cast.nils)
    url = f"/o/acme/breaches/{breach.pk}"
    page = client.get(url).content.decode()
    assert "Record decision" not in page
    assert "Decisions are recorded by who may take them" in page
    assert client.post(url, typed(cast, "adjust")).status_code == 403


def test_a_stranger_finds_neither_breach_nor_decision(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    decision = cast.decision(breach)
    client = signed_in(cast.sven)
    for url in (f"breaches/{breach.pk}", f"decisions/{decision.number}", "decisions"):
        assert client.get(f"/o/acme/{url}").status_code == 404
    assert client.get(f"/o/beta/breaches/{breach.pk}").status_code == 404
    assert client.get(f"/o/beta/decisions/{decision.number}").status_code == 404


def test_holding_course_is_approved_by_somebody_above_and_by_nobody_else(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    decision = cast.decision(breach, kind="hold_course", decided_at=NOW)
    url = f"/o/acme/decisions/{decision.number}"
    client = signed_in(cast.olu)
    assert "Refuse" not in client.get(url).content.decode()
    assert client.post(f"{url}/answer", {"answer": "approved"}).status_code == 422
    client = signed_in(cast.dana)
    assert "Refuse" in client.get(url).content.decode()
    answer = client.post(f"{url}/answer", {"answer": "refused", "reason": ""})
    assert answer.status_code == 422
    assert "This cannot be blank." in answer.content.decode()
    assert client.post(f"{url}/answer", {"answer": "approved"}).status_code == 302
    breach.refresh_from_db()
    assert breach.decision == decision


def test_a_verdict_is_acknowledged_on_the_page_of_the_decision(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    decision = cast.decision(breach)
    cast.verdict(decision, "did_not_work")
    client = signed_in(cast.olu)
    page = client.get(f"/o/acme/decisions/{decision.number}").content.decode()
    assert "Did not work" in page
    url = f"/o/acme/decisions/{decision.number}/acknowledgement"
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 409


def test_a_later_decision_replaces_an_earlier_one(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    old = cast.decision(breach, decided_at=NOW)
    url = f"/o/acme/decisions/{old.number}/replacement"
    assert signed_in(cast.nils).get(url).status_code == 403
    client = signed_in(cast.olu)
    assert "Replace D-1" in client.get(url).content.decode()
    assert client.post(url, typed(cast, "adjust", what="")).status_code == 422
    assert client.post(url, typed(cast, "adjust", what="Call at noon.")).status_code == 302
    new = Decision.objects.get(number=2)
    assert new.replaces == old
    assert "Replaced by" in client.get(f"/o/acme/decisions/{old.number}").content.decode()
    # The old one is no longer in force: there is nothing to replace.
    assert client.get(url).status_code == 302


def test_a_commitment_is_written_down_with_a_decision(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    decision = cast.decision(breach)
    client = signed_in(cast.olu)
    url = f"/o/acme/decisions/{decision.number}/commitments"
    sent = {
        "text": "Brief three partners",
        "initiative": cast.pipeline.pk,
        "person": cast.nils.pk,
        "due_on": "2026-11-20",
    }
    assert client.post(url, {**sent, "text": ""}).status_code == 422
    assert client.post(url, sent).status_code == 302
    commitment = decision.commitments.get()
    assert client.post(f"{url}/{commitment.pk}", {"answer": "dropped"}).status_code == 422
    assert client.post(f"{url}/{commitment.pk}", {"answer": "kept"}).status_code == 302


def test_a_decision_in_a_closed_review_is_refused_with_a_clear_answer(
    cast: Cast, breach: Breach, signed_in: SignIn
) -> None:
    cast.decision(breach, decided_at=NOW)
    review = cast.open_review()
    client = signed_in(cast.fay)
    client.post(f"/o/acme/reviews/{review.pk}/closing")
    assert Review.objects.closed().count() == 1
    url = f"/o/acme/reviews/{review.pk}/breaches/{breach.pk}/decision"
    answer = client.post(url, typed(cast, "adjust"))
    assert answer.status_code == 409
    assert "its minutes stay as they are" in answer.content.decode()
