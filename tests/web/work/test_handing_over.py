"""Many initiatives handed over in one table, and many offers answered on one page."""

from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.initiatives.models import Initiative
from cadence.ownership.models import Ending, Ownership
from cadence.ownership.queries import owner_of
from tests.cast import AT, Cast

SignedIn = Callable[[Membership], Client]
HAND_OVER, OFFERS = "/o/acme/ownership/hand-over", "/o/acme/my-week/offers"


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(AT, tick=False):
        yield


def orphans(cast: Cast, number: int = 3) -> list[Initiative]:
    return [cast.initiative() for _ in range(number)]


def test_one_submit_asks_each_successor(cast: Cast, signed_in: SignedIn) -> None:
    one, two, three = orphans(cast)
    dana = signed_in(cast.dana)
    page = dana.get(HAND_OVER).text
    assert "Initiative 1" in page
    assert "Fill the pipeline" not in page
    form = {
        f"offers.{one.pk}": cast.nils.pk,
        f"offers.{two.pk}": cast.fay.pk,
        f"offers.{three.pk}": "",
        "note": "Until spring.",
    }
    answer = dana.post(HAND_OVER, form, follow=True)
    assert "2 people are asked for 2 initiatives." in answer.text
    assert {row.initiative: row.owner for row in Ownership.objects.pending()} == {
        one: cast.nils,
        two: cast.fay,
    }
    # The third is still open, the others are shown and skipped.
    again = dana.get(HAND_OVER)
    assert set(again.context["form"].rows("offers")) == {three.pk}
    assert "Nils was asked" in again.text


def test_the_work_of_one_owner_or_of_a_team(cast: Cast, signed_in: SignedIn) -> None:
    mine = cast.initiative("Reseller portal", owner=cast.nils, team=cast.partners)
    dana = signed_in(cast.dana)

    def listed(query: str) -> set[Initiative]:
        return {row.initiative for row in dana.get(f"{HAND_OVER}?{query}").context["rows"]}

    assert listed(f"owner={cast.nils.pk}") == {mine}
    assert listed(f"team={cast.partners.pk}&show=all") == {mine}
    assert listed("show=all") == {mine, cast.pipeline}
    draft = cast.initiative("Trade fair", owner=cast.nils, draft=True)
    assert listed(f"owner={cast.nils.pk}") == {mine, draft}
    for nonsense in ("owner=x", "team=999999", "show=x", f"owner={cast.sven.pk}", "page=x"):
        assert listed(nonsense) == set()


def test_the_same_for_all_keeps_what_was_chosen(cast: Cast, signed_in: SignedIn) -> None:
    one, two, _ = orphans(cast)
    form = {"fill": "1", "for_all": cast.nils.pk, f"offers.{two.pk}": cast.fay.pk}
    answer = signed_in(cast.dana).post(HAND_OVER, form)
    fields = answer.context["form"].rows("offers")
    assert (fields[one.pk].value(), fields[two.pk].value()) == (str(cast.nils.pk), str(cast.fay.pk))
    assert not Ownership.objects.pending().exists()


def test_what_is_wrong_stands_beside_its_row(cast: Cast, signed_in: SignedIn) -> None:
    one, two, _ = orphans(cast)
    dana = signed_in(cast.dana)
    for nobody in (cast.sven, cast.robo, cast.obi):
        form = {f"offers.{one.pk}": cast.nils.pk, f"offers.{two.pk}": nobody.pk}
        answer = dana.post(HAND_OVER, form)
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {f"offers.{two.pk}"}
        assert f'<option value="{cast.nils.pk}" selected>' in answer.text
    assert not Ownership.objects.pending().exists()
    assert "at least one" in dana.post(HAND_OVER, {}).text


def test_who_may_not_offer_gets_no_choice(cast: Cast, signed_in: SignedIn) -> None:
    one, *_ = orphans(cast)
    for member in (cast.fay, cast.obi, cast.ada):
        answer = signed_in(member).get(HAND_OVER)
        assert answer.context["form"].rows("offers") == {}
        assert "not yours to offer" in answer.text
        refused = signed_in(member).post(HAND_OVER, {f"offers.{one.pk}": cast.nils.pk})
        assert refused.status_code == 422
    assert not Ownership.objects.pending().exists()


def test_the_load_stands_beside_a_name(cast: Cast, signed_in: SignedIn) -> None:
    orphans(cast)
    for _ in range(6):
        cast.initiative(owner=cast.fay)
    page = signed_in(cast.dana).get(HAND_OVER).text
    assert "Fay · 6 now, over the limit of 5" in page
    assert "Olu · 1 of 5" in page
    assert "Nils · nothing yet" in page


def test_many_rows_take_as_many_queries_as_few(cast: Cast, signed_in: SignedIn) -> None:
    dana = signed_in(cast.dana)
    orphans(cast, 2)

    def taken(path: str) -> int:
        dana.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert dana.get(path).status_code == 200
        return len(queries)

    for offer in orphans(cast, 2):
        cast.owned_by(cast.dana, offer, accepted=False)
    few = taken(HAND_OVER), taken(OFFERS)
    orphans(cast, 10)
    for offer in orphans(cast, 10):
        cast.owned_by(cast.dana, offer, accepted=False)
    assert (taken(HAND_OVER), taken(OFFERS)) == few


def offered(cast: Cast) -> list[Ownership]:
    return [cast.owned_by(cast.nils, one, accepted=False) for one in orphans(cast)]


def test_what_is_chosen_is_accepted_at_once(cast: Cast, signed_in: SignedIn) -> None:
    one, two, three = offered(cast)
    nils = signed_in(cast.nils)
    assert "3 initiatives are offered to you" in nils.get("/o/acme/my-week").text
    page = nils.get(OFFERS).text
    assert page.count('name="offers" value=') == 3
    form = {"offers": [one.pk, two.pk], "answer": "accept"}
    answer = nils.post(OFFERS, form, follow=True)
    assert "You answer for 2 initiatives from now on." in answer.text
    assert {owner_of(offer.initiative) for offer in (one, two)} == {cast.nils}
    assert owner_of(three.initiative) is None
    assert "Answer them together" not in nils.get("/o/acme/my-week").text


def test_what_is_chosen_is_declined_for_one_reason(cast: Cast, signed_in: SignedIn) -> None:
    offers = offered(cast)
    nils = signed_in(cast.nils)
    form = {"offers": [one.pk for one in offers], "answer": "decline"}
    refused = nils.post(OFFERS, form)
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"reason"}
    nils.post(OFFERS, form | {"reason": "Full."})
    assert Ownership.objects.filter(ending=Ending.DECLINED, reason="Full.").count() == 3


def test_an_offer_that_is_gone_is_named_and_nothing_is_answered(
    cast: Cast, signed_in: SignedIn
) -> None:
    one, two, _ = offered(cast)
    nils = signed_in(cast.nils)
    Ownership.objects.filter(pk=one.pk).update(ended_at=AT, ending=Ending.WITHDRAWN)
    answer = nils.post(OFFERS, {"offers": [one.pk, two.pk], "answer": "accept"})
    assert answer.status_code == 422
    assert "no longer waits for you" in answer.text
    assert nils.post(OFFERS, {"answer": "accept"}).status_code == 422
    fay = signed_in(cast.fay)
    assert fay.post(OFFERS, {"offers": [two.pk], "answer": "accept"}).status_code == 422
    assert owner_of(two.initiative) is None


def test_pages_lead_to_the_table(cast: Cast, signed_in: SignedIn) -> None:
    dana = signed_in(cast.dana)
    assert 'href="/o/acme/ownership/hand-over"' in dana.get("/o/acme/ownership").text
    link = f'href="/o/acme/ownership/hand-over?owner={cast.olu.pk}"'
    assert link in dana.get(f"/o/acme/people/{cast.olu.pk}").text
    assert link in dana.get(f"/o/acme/initiatives?owner={cast.olu.pk}").text
