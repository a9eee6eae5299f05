"""Before somebody leaves, the page shows what hangs on them and asks who takes it on."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from cadence.ownership.models import Ownership
from tests.cast import Cast

SignedIn = Callable[[Membership], Client]
LEAVES = {"reason": "New job", "confirmed": "on"}


def path(member: Membership) -> str:
    return f"/o/acme/people/{member.pk}/leaving"


def test_ada_sees_what_hangs_on_olu_and_names_successors(cast: Cast, signed_in: SignedIn) -> None:
    cast.breach()
    second = cast.initiative("Reseller portal", owner=cast.olu)
    ada = signed_in(cast.ada)
    page = ada.get(path(cast.olu)).text
    for word in ("Fill the pipeline", "Reseller portal", "Qualified demos", "1 undecided"):
        assert word in page
    one, two = f"successors.{cast.pipeline.pk}", f"successors.{second.pk}"
    refused = ada.post(path(cast.olu), LEAVES | {one: cast.nils.pk})
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {two}
    # What was chosen is still chosen.
    assert f'<option value="{cast.nils.pk}" selected>' in refused.text
    answer = ada.post(path(cast.olu), LEAVES | {one: cast.nils.pk, two: "nobody"}, follow=True)
    assert "Everything stays on record" in answer.text
    cast.olu.refresh_from_db()
    assert cast.olu.ended_at is not None
    assert Ownership.objects.pending().get(initiative=cast.pipeline).owner == cast.nils
    assert not Ownership.objects.filter(initiative=second, ended_at=None).exists()
    assert ada.post(path(cast.olu), LEAVES).status_code == 422


@pytest.mark.parametrize("left_out", ["reason", "confirmed"])
def test_nobody_leaves_without_a_reason_or_by_mistake(
    cast: Cast, signed_in: SignedIn, left_out: str
) -> None:
    answer = signed_in(cast.ada).post(path(cast.nils), LEAVES | {left_out: ""})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {left_out}


def test_the_same_for_all_fills_the_open_rows_and_no_other(cast: Cast, signed_in: SignedIn) -> None:
    rows = [cast.pipeline, *(cast.initiative(owner=cast.olu) for _ in range(3))]
    form = {
        "fill": "1",
        "for_all": str(cast.nils.pk),
        f"successors.{rows[1].pk}": str(cast.fay.pk),
        f"successors.{rows[2].pk}": "nobody",
        "reason": "New job",
    }
    answer = signed_in(cast.ada).post(path(cast.olu), form)
    assert answer.status_code == 200
    fields = answer.context["form"].rows("successors")
    assert [fields[row.pk].value() for row in rows] == [
        str(cast.nils.pk),
        str(cast.fay.pk),
        "nobody",
        str(cast.nils.pk),
    ]
    assert 'value="New job"' in answer.text
    assert answer.context["form"].errors == {}
    cast.olu.refresh_from_db()
    assert cast.olu.is_current


def test_a_new_lead_is_named_beside_the_team(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    assert "Lars" in ada.get(path(cast.dana)).text
    lead = f"leads.{cast.demand.pk}"
    assert ada.post(path(cast.dana), LEAVES | {lead: cast.sven.pk}).status_code == 422
    assert ada.post(path(cast.dana), LEAVES | {lead: cast.nils.pk}).status_code == 302
    cast.demand.refresh_from_db()
    assert cast.demand.lead == cast.nils


def test_where_somebody_is_asked_already_nobody_else_is(cast: Cast, signed_in: SignedIn) -> None:
    cast.owned_by(cast.fay, cast.pipeline, accepted=False)
    ada = signed_in(cast.ada)
    assert "Fay was asked" in ada.get(path(cast.olu)).text
    assert ada.post(path(cast.olu), LEAVES).status_code == 302
    assert Ownership.objects.pending().get().owner == cast.fay


def test_nobody_who_cannot_answer_is_a_successor(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    for nobody in (cast.sven, cast.robo, cast.obi, cast.olu):
        form = LEAVES | {f"successors.{cast.pipeline.pk}": nobody.pk}
        answer = ada.post(path(cast.olu), form)
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {f"successors.{cast.pipeline.pk}"}
    cast.olu.refresh_from_db()
    assert cast.olu.ended_at is None


def test_the_last_administrator_stays(cast: Cast, signed_in: SignedIn) -> None:
    answer = signed_in(cast.ada).post(path(cast.ada), LEAVES)
    assert answer.status_code == 422
    assert "An organization has an administrator." in answer.text


def test_only_administrators_see_the_page(cast: Cast, signed_in: SignedIn) -> None:
    for member in (cast.elena, cast.lars, cast.olu, cast.obi):
        assert signed_in(member).get(path(cast.olu)).status_code == 403
    assert signed_in(cast.sven).get(path(cast.olu)).status_code == 404


def test_thirty_rows_take_as_many_queries_as_three(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)

    def taken() -> int:
        ada.get(path(cast.olu))
        with CaptureQueriesContext(connection) as queries:
            assert ada.get(path(cast.olu)).status_code == 200
        return len(queries)

    few = taken()
    for _ in range(29):
        cast.initiative(owner=cast.olu)
    assert taken() == few


def test_the_page_of_who_left_shows_what_they_owned(cast: Cast, signed_in: SignedIn) -> None:
    ada = signed_in(cast.ada)
    ada.post(path(cast.olu), LEAVES | {f"successors.{cast.pipeline.pk}": "nobody"})
    page = ada.get(f"/o/acme/people/{cast.olu.pk}").text
    assert "Owned before" in page
    assert "Fill the pipeline" in page
