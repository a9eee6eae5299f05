"""The deck of a review as a page, to present from, on paper, and arranging it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from cadence.decks.actions import freeze_due
from cadence.decks.models import Annotation, Arrangement, PreRead
from cadence.guards import Guard
from tests.architecture.attack import by_name, without
from tests.cast import AT, Cast

SignIn = Callable[[Membership], Client]


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def html_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_everybody_reads_the_deck_and_who_runs_the_review_arranges_it(
    cast: Cast, signed_in: SignIn
) -> None:
    cast.reading(52)
    cast.breach()
    path = f"/o/acme/reviews/{cast.open_review().pk}/deck"
    seen = html_of(signed_in(cast.obi), path)
    assert "Beyond their thresholds" in seen
    assert "chart-six-twelve" in seen
    assert f'href="/o/acme/initiatives/{cast.pipeline.pk}"' in seen
    assert "Arrange" not in seen and "Say something of it" not in seen
    assert "Arrange" in html_of(signed_in(cast.fay), path)


def test_it_is_presented_a_slide_at_a_time(cast: Cast, signed_in: SignIn) -> None:
    path = f"/o/acme/reviews/{cast.open_review().pk}/deck/present"
    html = html_of(signed_in(cast.fay), path)
    assert html.count('class="slide"') > 5
    assert "present.js" in html and 'class="side"' not in html


def test_it_is_printed_as_a_pdf(cast: Cast, signed_in: SignIn) -> None:
    cast.reading(52)
    answer = signed_in(cast.obi).get(f"/o/acme/reviews/{cast.open_review().pk}/deck/paper")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith('inline; filename="acme-2026-')
    assert answer.content.startswith(b"%PDF-")


def test_blocks_are_put_in_another_order_and_left_out(cast: Cast, signed_in: SignIn) -> None:
    review = cast.open_review()
    client, path = signed_in(cast.fay), f"/o/acme/reviews/{review.pk}/deck"
    form = html_of(client, f"{path}/arrangement")
    keys = ["direction", "weeks", "months", "below", "decisions", "ownership", "commitments"]
    assert all(f'name="place-{key}"' in form for key in keys)
    places = {f"place-{key}": str(len(keys) - at) for at, key in enumerate(keys)}
    posted = places | {"shown": [key for key in keys if key != "months"]}
    answer = client.post(f"{path}/arrangement", posted)
    # What was not on the form has no place: it is refused, and nothing is lost of what was typed.
    assert answer.status_code == 422
    assert "A place is a whole number." in answer.content.decode()
    initiative = f"initiative:{cast.pipeline.pk}"
    graphs = [f"graph:{cast.demos.pk}", f"graph:{cast.revenue.pk}"]
    posted |= {f"place-{key}": "9" for key in [initiative, *graphs]}
    assert client.post(f"{path}/arrangement", posted).status_code == 302
    arrangement = Arrangement.objects.get()
    assert arrangement.keys[:2] == ["commitments", "ownership"]
    assert "months" in arrangement.left_out
    html = html_of(client, path)
    assert html.index('id="commitments"') < html.index('id="direction"')
    assert 'id="months"' not in html


def test_an_owner_does_not_arrange_it(cast: Cast, signed_in: SignIn) -> None:
    path = f"/o/acme/reviews/{cast.open_review().pk}/deck/arrangement"
    assert signed_in(cast.olu).get(path).status_code == 403
    assert signed_in(cast.olu).post(path).status_code == 403


def test_somebody_says_something_of_a_block(cast: Cast, signed_in: SignIn) -> None:
    review = cast.open_review()
    client, path = signed_in(cast.olu), f"/o/acme/reviews/{review.pk}/deck"
    answer = client.post(f"{path}/annotations", {"key": "below", "text": ""})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    answer = client.post(f"{path}/annotations", {"key": "below", "text": "One cause, <b>two</b>."})
    assert (answer.status_code, answer["Location"]) == (302, f"{path}#below")
    html = html_of(client, path)
    assert "One cause, &lt;b&gt;two&lt;/b&gt;." in html
    row = Annotation.objects.get()
    assert client.post(f"/o/acme/annotations/{row.pk}/withdrawal").status_code == 302
    assert "One cause" not in html_of(client, path)


def frozen(cast: Cast) -> PreRead:
    series = cast.series(kind="monthly")
    cast.planned_review(series, starts_at=AT + timedelta(hours=3))
    freeze_due(at=AT, organization=cast.acme)
    return PreRead.objects.get()


def test_a_pre_read_is_shown_as_it_froze(cast: Cast, signed_in: SignIn) -> None:
    row = frozen(cast)
    cast.demos.name = "Something else"
    cast.demos.save(update_fields=["name"])
    path = f"/o/acme/reviews/{row.review_id}/deck"
    client = signed_in(cast.olu)
    html = html_of(client, path)
    assert "The pre-read, as it was" in html and row.digest[:12] in html
    assert "Something else" not in html
    now = html_of(client, f"{path}?now")
    assert "Something else" in now and "Back to the pre-read" in now


def test_a_pre_read_that_was_tampered_with_says_so(cast: Cast, signed_in: SignIn) -> None:
    row = frozen(cast)
    guard: Guard = by_name()["a_pre_read_stays_as_it_is"]
    client = signed_in(cast.olu)
    with without([guard]):
        row.content["blocks"] = row.content["blocks"][:1]
        row.save(update_fields=["content"])
        html = html_of(client, f"/o/acme/reviews/{row.review_id}/deck")
    assert "it was changed" in html and "The pre-read, as it was" not in html


def test_a_stranger_finds_nothing(cast: Cast, signed_in: SignIn) -> None:
    review = cast.open_review()
    for path in ("", "/present", "/paper", "/arrangement"):
        assert (
            signed_in(cast.sven).get(f"/o/beta/reviews/{review.pk}/deck{path}").status_code == 404
        )
