"""The review room: what holds it open, how it is left, and who may do what in it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.decisions.models import Commitment, Decision
from cadence.reviews.models import Review
from tests.cast import AT, Cast

SignIn = Callable[[Membership], Client]
NOW = AT + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def review(cast: Cast) -> Review:
    """Open, with a breach of Olu's initiative on its agenda."""
    review = cast.open_review()
    cast.on_agenda(review, cast.breach())
    return review


def room(review: Review, **query: object) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"/o/acme/reviews/{review.pk}?{asked}"


def test_the_room_shows_the_breach_and_what_holds_it_open(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    page = signed_in(cast.fay).get(room(review, part="breaches")).content.decode()
    assert "Two people call every open lead on Tuesday." in page
    assert "1 item holds it open" in page
    assert "you are here" in page
    assert "Record decision" in page


@pytest.mark.parametrize(
    "part", ["follow_through", "scorecard", "ownership", "breaches", "read_back", "close"]
)
def test_every_part_of_a_weekly_can_be_looked_at(
    cast: Cast, review: Review, signed_in: SignIn, part: str
) -> None:
    cast.reading(31)
    cast.initiative("Reseller portal")
    assert signed_in(cast.fay).get(room(review, part=part)).status_code == 200


def test_a_monthly_shows_what_was_escalated_in_a_part_of_its_own(
    cast: Cast, signed_in: SignIn
) -> None:
    review = cast.open_review(cast.series(cast.commercial, kind="monthly"))
    breach = cast.breach(level=1, answerable=cast.dana)
    cast.on_agenda(review, breach)
    client = signed_in(cast.lars)
    page = client.get(room(review, part="breaches", item=breach.pk)).content.decode()
    assert "step up the path" in page
    assert "Record decision" in page


def test_a_review_that_is_held_open_refuses_to_close_and_names_what_holds_it(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    answer = signed_in(cast.fay).post(f"/o/acme/reviews/{review.pk}/closing")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "This review is held open by one breach." in page
    assert "Qualified demos (Fill the pipeline) is below its threshold" in page
    assert f"part=breaches&amp;item={review.agenda.get().breach_id}" in page
    review.refresh_from_db()
    assert review.closed_at is None


def test_a_review_closes_into_its_minutes(cast: Cast, signed_in: SignIn) -> None:
    review = cast.open_review(notes="All is well.")
    client = signed_in(cast.fay)
    answer = client.post(f"/o/acme/reviews/{review.pk}/closing", follow=True)
    assert answer.redirect_chain == [(f"/o/acme/reviews/{review.pk}/minutes", 302)]
    page = answer.content.decode()
    assert "seal verified" in page
    assert "All is well." in page
    review.refresh_from_db()
    assert review.minutes_hash in page


def test_closing_a_second_time_shows_the_minutes_and_says_so(cast: Cast, signed_in: SignIn) -> None:
    review = cast.open_review()
    client = signed_in(cast.fay)
    client.post(f"/o/acme/reviews/{review.pk}/closing")
    answer = client.post(f"/o/acme/reviews/{review.pk}/closing")
    assert answer.status_code == 409
    assert "This review was closed already. These are its minutes." in answer.content.decode()


def test_minutes_show_the_names_of_then(cast: Cast, signed_in: SignIn) -> None:
    review = cast.open_review()
    client = signed_in(cast.fay)
    client.post(f"/o/acme/reviews/{review.pk}/closing")
    cast.fay.name = "Fay Married"
    cast.fay.save(update_fields=["name"])
    page = client.get(f"/o/acme/reviews/{review.pk}/minutes").content.decode()
    main = page.split("<main")[1]
    assert "by Fay</span>" in main
    assert "Married" not in main
    assert "seal verified" in main


def test_an_observer_sees_the_room_without_forms_and_cannot_act(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    client = signed_in(cast.obi)
    breach = review.agenda.get().breach
    assert breach is not None
    page = client.get(room(review, part="breaches")).content.decode()
    assert "Qualified demos" in page
    assert "Record decision" not in page
    assert "Close review" not in page
    base = f"/o/acme/reviews/{review.pk}"
    for url in (
        f"{base}/closing",
        f"{base}/attendance",
        f"{base}/notes",
        f"{base}/note",
        f"{base}/facilitation",
        f"{base}/commitments",
        f"{base}/breaches/{breach.pk}/decision",
        f"{base}/initiatives/{cast.pipeline.pk}/offer",
    ):
        assert client.post(url, {"kind": "adjust", "what": "No."}).status_code == 403, url
    assert not Decision.objects.exists()


def test_a_stranger_finds_no_room(cast: Cast, review: Review, signed_in: SignIn) -> None:
    client = signed_in(cast.sven)
    assert client.get(room(review)).status_code == 404
    assert client.get(f"/o/beta/reviews/{review.pk}").status_code == 404
    assert client.post(f"/o/beta/reviews/{review.pk}/closing").status_code == 404


def test_the_room_costs_the_same_with_one_breach_and_with_thirty(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    client = signed_in(cast.fay)
    url = room(review, part="breaches")
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(url)
    for _ in range(29):
        cast.on_agenda(review, cast.breach(cast.metric(), answerable=cast.olu))
    with CaptureQueriesContext(connection) as thirty:
        answer = client.get(url)
    assert "30 items hold it open" in answer.content.decode()
    assert len(thirty) == len(one)


def test_the_live_column_answers_only_when_something_changed(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    client = signed_in(cast.nils)
    url = f"/o/acme/reviews/{review.pk}/live"
    page = client.get(f"{url}?part=breaches").content.decode()
    seen = page.split("seen=")[1].split('"')[0]
    assert client.get(f"{url}?part=breaches&seen={seen}").status_code == 204
    cast.on_agenda(review, cast.breach(cast.metric("Partner reply time")))
    assert "Partner reply time" in client.get(f"{url}?part=breaches&seen={seen}").content.decode()


def test_the_live_column_of_a_closed_review_loads_the_page_again(
    cast: Cast, signed_in: SignIn
) -> None:
    review = cast.open_review()
    client = signed_in(cast.fay)
    client.post(f"/o/acme/reviews/{review.pk}/closing")
    answer = client.get(f"/o/acme/reviews/{review.pk}/live")
    assert answer.headers["HX-Refresh"] == "true"


def test_attendance_keeps_what_somebody_else_noted_meanwhile(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    client = signed_in(cast.fay)
    url = f"/o/acme/reviews/{review.pk}/attendance"
    client.post(url, {"present": [cast.olu.pk]})
    # Looked at the page before Olu was noted, and ticks Dana only.
    client.post(url, {"present": [cast.dana.pk]})
    noted = dict(review.attendances.values_list("member__name", "present"))
    assert (noted["Olu"], noted["Dana"], noted["Nils"]) == (True, True, False)
    client.post(url, {"present": [cast.dana.pk], "shown": [cast.dana.pk, cast.olu.pk]})
    assert not review.attendances.get(member=cast.olu).present


def test_attendance_of_nobody_known_is_passed_over(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    url = f"/o/acme/reviews/{review.pk}/attendance"
    answer = signed_in(cast.fay).post(url, {"present": ["x", "9" * 40, cast.sven.pk]})
    assert answer.status_code == 302
    assert not review.attendances.filter(present=True).exists()


def test_notes_are_not_overwritten_by_somebody_who_has_not_seen_them(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    client = signed_in(cast.fay)
    url = f"/o/acme/reviews/{review.pk}/notes"
    assert client.post(url, {"notes": "Mine.", "seen": ""}).status_code == 302
    answer = client.post(url, {"notes": "Theirs.", "seen": ""})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Somebody else has changed the notes since you began." in page
    assert "Theirs." in page
    assert "Mine." in page
    assert client.post(url, {"notes": "Both.", "seen": "Mine."}).status_code == 302
    review.refresh_from_db()
    assert review.notes == "Both."


def test_anybody_who_takes_part_adds_a_line_to_the_notes(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    client = signed_in(cast.nils)
    url = f"/o/acme/reviews/{review.pk}/note"
    assert client.post(url, {"text": "Two partners cancelled."}).status_code == 302
    answer = client.post(url, {"text": " ", "part": "breaches"})
    assert answer.status_code == 422
    review.refresh_from_db()
    assert review.notes == "Two partners cancelled."


def test_somebody_else_takes_over_facilitation(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    signed_in(cast.nils).post(f"/o/acme/reviews/{review.pk}/facilitation")
    review.refresh_from_db()
    assert review.facilitator == cast.nils


def test_a_verdict_is_acknowledged_in_the_room(cast: Cast, signed_in: SignIn) -> None:
    breach = cast.breach()
    decision = cast.decision(breach)
    review = cast.open_review()
    cast.verdict(decision)
    client = signed_in(cast.fay)
    page = client.get(room(review, part="follow_through")).content.decode()
    assert "Acknowledge" in page
    assert f"#decision-{decision.number}" in page
    url = f"/o/acme/reviews/{review.pk}/decisions/{decision.number}/acknowledgement"
    assert client.post(url).status_code == 302
    decision.verdict.refresh_from_db()
    assert decision.verdict.acknowledged_by == cast.fay


def test_a_commitment_is_made_kept_and_dropped_with_a_reason(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    client = signed_in(cast.fay)
    base = f"/o/acme/reviews/{review.pk}/commitments"
    typed = {
        "text": "Brief three partners",
        "initiative": cast.pipeline.pk,
        "person": cast.olu.pk,
        "due_on": "2026-11-16",
    }
    answer = client.post(base, {**typed, "due_on": "2026-11-01"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This date has passed." in page
    assert "Brief three partners" in page
    assert client.post(base, typed).status_code == 302
    commitment = Commitment.objects.get()
    assert commitment.review == review

    olu = Client()
    assert cast.olu.user is not None
    olu.force_login(cast.olu.user, "django.contrib.auth.backends.ModelBackend")
    cast_item = review.agenda.create(
        organization=cast.acme, kind="commitment", commitment=commitment, added_at=AT
    )
    assert cast_item.pk
    answer = olu.post(f"{base}/{commitment.pk}", {"answer": "dropped", "reason": ""})
    assert answer.status_code == 422
    assert "This cannot be blank." in answer.content.decode()
    assert olu.post(f"{base}/{commitment.pk}", {"answer": "kept"}).status_code == 302
    commitment.refresh_from_db()
    assert commitment.kept_at == NOW


def test_an_orphan_is_offered_without_leaving_the_room(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    orphan = cast.initiative("Reseller portal")
    review.agenda.create(
        organization=cast.acme,
        kind="orphan",
        initiative=orphan,
        text="Nobody was asked",
        added_at=AT,
    )
    client = signed_in(cast.dana)
    page = client.get(room(review, part="ownership", item=orphan.pk)).content.decode()
    assert "Reseller portal" in page
    assert "Offer it to" in page
    url = f"/o/acme/reviews/{review.pk}/initiatives/{orphan.pk}/offer"
    answer = client.post(url, {"owner": "", "note": "Yours?"})
    assert answer.status_code == 422
    assert "Yours?" in answer.content.decode()
    assert client.post(url, {"owner": cast.nils.pk}).status_code == 302
    assert orphan.ownerships.get().owner == cast.nils


def test_the_scorecard_is_silent_where_all_is_well(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    metric = cast.metric("Webinars held")
    threshold = cast.threshold(metric, floor=Decimal(2))
    metric.judgements.create(
        organization=cast.acme,
        starts_on="2026-11-09",
        value=3,
        floor=2,
        threshold=threshold,
        result="inside",
    )
    page = signed_in(cast.fay).get(room(review, part="scorecard")).content.decode()
    row = page.split("Webinars held")[1].split("</tr>")[0]
    assert "tag" not in row
    assert "inside" in row


def test_a_link_on_a_refused_form_leads_back_into_the_room(
    cast: Cast, review: Review, signed_in: SignIn
) -> None:
    client = signed_in(cast.fay)
    answer = client.get(f"/o/acme/reviews/{review.pk}/closing?part=scorecard")
    assert answer.headers["Location"] == f"/o/acme/reviews/{review.pk}?part=scorecard"
    review.refresh_from_db()
    assert review.closed_at is None
