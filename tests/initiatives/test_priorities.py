"""Priorities are few, ranked, and set by executives."""

from datetime import date

import pytest

from cadence.errors import Forbidden, Invalid, NotFound
from cadence.initiatives.actions import change_priority, create_priority, rank_priorities
from cadence.initiatives.models import Priority
from cadence.ledger.models import Entry
from tests.cast import AT, Cast

YEAR = {"starts_on": "2027-01-01", "ends_on": "2027-12-31"}


def test_a_new_priority_is_ranked_last(cast: Cast) -> None:
    priority = create_priority(actor=cast.elena, at=AT, name="  Keep customers ", **YEAR)
    assert (priority.name, priority.rank) == ("Keep customers", cast.growth.rank + 1)
    assert (priority.starts_on, priority.ends_on) == (date(2027, 1, 1), date(2027, 12, 31))
    entry = Entry.objects.get()
    assert (entry.event, entry.actor) == ("priority.created", cast.elena)


@pytest.mark.parametrize("name", ["ada", "lars", "dana", "olu", "obi", "robo"])
def test_only_executives_set_priorities(cast: Cast, name: str) -> None:
    somebody = getattr(cast, name)
    with pytest.raises(Forbidden):
        create_priority(actor=somebody, at=AT, name="Mine", **YEAR)
    with pytest.raises(Forbidden):
        rank_priorities(actor=somebody, at=AT, order=[cast.growth.pk])
    with pytest.raises(Forbidden):
        change_priority(
            actor=somebody, at=AT, priority=cast.growth, name="Mine", description="", **YEAR
        )
    assert Entry.objects.count() == 0


def test_the_ledger_says_what_was_changed_from_and_to(cast: Cast) -> None:
    growth = cast.growth
    same = {
        "description": growth.description,
        "starts_on": growth.starts_on,
        "ends_on": growth.ends_on,
    }
    for _ in range(2):  # a double click
        change_priority(actor=cast.elena, at=AT, priority=growth, name="Grow in Spain", **same)
    assert Entry.objects.get().data == {"changed": {"name": [growth.name, "Grow in Spain"]}}
    assert Priority.objects.get(pk=growth.pk).name == "Grow in Spain"


def test_priorities_are_ranked_all_at_once(cast: Cast) -> None:
    second = create_priority(actor=cast.elena, at=AT, name="Second", **YEAR)
    third = create_priority(actor=cast.elena, at=AT, name="Third", **YEAR)
    order = [third.pk, cast.growth.pk, second.pk]
    rank_priorities(actor=cast.elena, at=AT, order=order)
    assert list(Priority.objects.visible_to(cast.elena).values_list("pk", flat=True)) == order
    before = Entry.objects.count()
    wrong = (order[:2], [*order, order[0]], [*order[:2], cast.betas_priority.pk], [])
    for one in wrong:
        with pytest.raises(Invalid) as refused:
            rank_priorities(actor=cast.elena, at=AT, order=one)
        assert refused.value.problems[0].field == "order"
    assert Entry.objects.count() == before


def test_a_priority_of_another_organization_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        change_priority(
            actor=cast.elena, at=AT, priority=cast.betas_priority, name="X", description="", **YEAR
        )


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": "   "}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"name": "nul \x00"}, "name"),
        ({"name": "half \ud800"}, "name"),
        ({"name": "\u200b\u2060"}, "name"),
        ({"name": None}, "name"),
        ({"description": "x" * 4001}, "description"),
        ({"starts_on": "9999-01-01"}, "starts_on"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"ends_on": "2026-12-31"}, "ends_on"),
        ({"ends_on": None}, "ends_on"),
    ],
)
def test_a_priority_that_makes_no_sense_is_refused_by_name(
    cast: Cast, facts: dict[str, object], field: str
) -> None:
    before = Priority.objects.count()
    with pytest.raises(Invalid) as refused:
        create_priority(**{"actor": cast.elena, "at": AT, "name": "Good", **YEAR, **facts})
    assert [problem.field for problem in refused.value.problems] == [field]
    assert (Priority.objects.count(), Entry.objects.count()) == (before, 0)
