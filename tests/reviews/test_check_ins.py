from datetime import UTC, date, datetime, timedelta

import pytest

from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.reviews.check_ins import check_in
from cadence.reviews.models import CheckIn
from tests.cast import AT, Cast


def test_an_owner_checks_in_for_the_week_as_it_is_where_the_organization_is(cast: Cast) -> None:
    late_on_sunday = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)  # Monday in Berlin
    made = check_in(
        actor=cast.olu,
        at=late_on_sunday,
        initiative=cast.pipeline,
        confidence="at_risk",
        helped="Two new partners.",
        in_the_way="The fair.\r\nTwo are ill.",
        needed="",
    )
    assert made.starts_on == date(2026, 11, 16)
    assert made.in_the_way == "The fair.\nTwo are ill."
    entry = Entry.objects.about(made).get()
    assert (entry.event, entry.data["confidence"]) == ("check_in.written", "at_risk")


def test_who_may_check_in(cast: Cast) -> None:
    for person in (cast.olu, cast.dana, cast.lars, cast.elena):
        check_in(actor=person, at=AT, initiative=cast.pipeline, confidence="on_track")
    for person in (cast.nils, cast.fay, cast.ada, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            check_in(actor=person, at=AT, initiative=cast.pipeline, confidence="on_track")
    with pytest.raises(NotFound):
        check_in(actor=cast.sven, at=AT, initiative=cast.pipeline, confidence="on_track")


def test_a_double_click_is_one_check_in_and_a_second_thought_another(cast: Cast) -> None:
    first = check_in(actor=cast.olu, at=AT, initiative=cast.pipeline, confidence="on_track")
    again = check_in(actor=cast.olu, at=AT, initiative=cast.pipeline, confidence="on_track")
    assert again == first
    check_in(actor=cast.olu, at=AT, initiative=cast.pipeline, confidence="at_risk")
    next_week = AT + timedelta(weeks=1)
    check_in(actor=cast.olu, at=next_week, initiative=cast.pipeline, confidence="at_risk")
    assert CheckIn.objects.count() == Entry.objects.count() == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("confidence", "green"),
        ("confidence", None),
        ("helped", "h" * 1_001),
        ("in_the_way", "a\x00b"),
        ("needed", "\udfff"),
    ],
)
def test_what_cannot_be_a_check_in_is_refused_by_field(
    cast: Cast, field: str, value: object
) -> None:
    with pytest.raises(Invalid) as refused:
        check_in(
            actor=cast.olu,
            at=AT,
            initiative=cast.pipeline,
            **{"confidence": "on_track", field: value},
        )
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not CheckIn.objects.exists()


def test_there_is_a_check_in_while_an_initiative_is_going(cast: Cast) -> None:
    for initiative in (cast.initiative(owner=cast.olu, draft=True), _stopped(cast)):
        with pytest.raises(Conflict) as refused:
            check_in(actor=cast.dana, at=AT, initiative=initiative, confidence="on_track")
        assert refused.value.code == "initiative_not_active"


def _stopped(cast: Cast) -> Initiative:
    initiative = cast.initiative()
    initiative.ended_at, initiative.ended_as = AT, "stopped"
    initiative.save()
    return initiative
