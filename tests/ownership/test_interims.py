"""Who answers for orphaned work until an owner accepts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.evaluation.leaving import deactivate_member
from cadence.initiatives.models import Initiative
from cadence.ledger.models import Entry
from cadence.ownership.actions import accept_ownership, end_initiative, offer_ownership
from cadence.ownership.interims import end_interims, name_interim, withdraw_interim
from cadence.ownership.leaves import end_leave, plan_leave
from cadence.ownership.models import Interim
from cadence.ownership.orphans import orphans
from cadence.ownership.queries import answers_for, standing
from cadence.permissions import Act, may
from tests.cast import AT, BEGINNING, Cast

TODAY = AT.date()
DAY = timedelta(days=1)
UNTIL = date(2026, 12, 4)
OVER = datetime(2026, 12, 4, 23, tzinfo=UTC)


@pytest.fixture
def orphan(cast: Cast) -> Initiative:
    return cast.initiative("Referrals")


def name(cast: Cast, initiative: Initiative, **facts: Any) -> Interim:
    given = {"actor": cast.dana, "at": AT, "person": cast.nils, "until": UNTIL}
    return name_interim(**{**given, "initiative": initiative, **facts})


def words(initiative: Initiative) -> str:
    return answers_for([initiative])[initiative.pk].words


def test_an_interim_owner_acts_as_owner_of_what_stays_orphaned(
    cast: Cast, orphan: Initiative
) -> None:
    interim = name(cast, orphan)
    assert words(orphan) == "Nils, interim owner until 4 December"
    assert standing(orphan) == {"team": cast.demand.pk, "owner": None, "acting": cast.nils.pk}
    assert may(cast.nils, Act.DECIDE, **standing(orphan))
    (found,) = orphans(cast.acme, AT)
    assert (found.interim, found.acting) == (interim, cast.nils)
    entry = Entry.objects.get()
    assert (entry.event, entry.data) == (
        "interim.named",
        {
            "initiative": orphan.pk,
            "person": cast.nils.pk,
            "until": "2026-12-04",
            "ending": "",
            "owner": None,
            "because": None,
        },
    )


def test_it_is_over_after_its_last_day(cast: Cast, orphan: Initiative) -> None:
    interim = name(cast, orphan)
    assert end_interims(at=OVER - timedelta(seconds=1)) == 0
    assert end_interims(at=OVER + 3 * DAY, organization=cast.acme) == 1
    assert end_interims(at=OVER + 3 * DAY) == 0
    interim.refresh_from_db()
    assert (interim.ended_at, interim.ending) == (OVER, "over")
    assert words(orphan) == "Dana, acting"


@pytest.mark.parametrize(
    ("facts", "field", "said"),
    [
        ({"until": ""}, "until", "This date is needed."),
        ({"until": TODAY - DAY}, "until", "This date has passed."),
        (
            {"until": TODAY + 93 * DAY},
            "until",
            "At most 92 days ahead: 16 February or earlier.",
        ),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    cast: Cast, orphan: Initiative, facts: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        name(cast, orphan, **facts)
    assert [(one.field, one.message) for one in refused.value.problems] == [(field, said)]
    assert name(cast, orphan, until=TODAY + 92 * DAY).until == date(2027, 2, 16)


def test_who_does_not_answer_in_the_interim(cast: Cast, orphan: Initiative) -> None:
    plan_leave(
        actor=cast.fay,
        at=AT,
        member=cast.fay,
        stand_in=None,
        starts_on=UNTIL,
        ends_on=UNTIL,
    )
    cast.lars.ended_at = AT
    cast.lars.save()
    expected = {
        "obi": "Obi is an observer; observers answer for nothing.",
        "robo": "Robo is a machine; a person answers by name.",
        "lars": "Lars has left.",
        "fay": "Fay is on leave on 4 December.",
    }
    for who, said in expected.items():
        with pytest.raises(Invalid) as refused:
            name(cast, orphan, person=getattr(cast, who))
        assert refused.value.problems[0].message == said
    with pytest.raises(NotFound):
        name(cast, orphan, person=cast.sven)
    with pytest.raises(NotFound):
        name(cast, orphan, actor=cast.sven, person=cast.sven)
    with pytest.raises(Forbidden):
        name(cast, orphan, actor=cast.nils)


def test_only_orphaned_work_has_an_interim_owner(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        name(cast, cast.pipeline)
    assert refused.value.code == "initiative_not_orphaned"
    with pytest.raises(Conflict) as refused:
        name(cast, cast.initiative(draft=True))
    assert refused.value.code == "initiative_not_orphaned"
    silent = {cast.pipeline.pk: BEGINNING}
    with pytest.raises(Invalid) as invalid:
        name(cast, cast.pipeline, person=cast.olu, silent=silent)
    assert invalid.value.problems[0].message == "Olu owns it already."
    name(cast, cast.pipeline, silent=silent)
    answers = answers_for([cast.pipeline])[cast.pipeline.pk]
    assert (answers.member, answers.owner) == (cast.nils, cast.olu)


def test_one_at_a_time(cast: Cast, orphan: Initiative) -> None:
    known = name(cast, orphan)
    with pytest.raises(Conflict) as refused:
        name(cast, orphan, person=cast.fay)
    assert refused.value.code == "interim_named"
    assert refused.value.details == {"interim": known.pk}
    # One whose last day is over is in nobody's way, also before a tick saw it.
    assert name(cast, orphan, at=OVER + DAY, person=cast.fay, until=UNTIL + 9 * DAY)
    known.refresh_from_db()
    assert known.ending == "over"


def test_it_is_withdrawn_by_a_lead_or_by_themselves(cast: Cast, orphan: Initiative) -> None:
    interim = name(cast, orphan)
    with pytest.raises(Forbidden):
        withdraw_interim(actor=cast.fay, at=AT, interim=interim)
    with pytest.raises(NotFound):
        withdraw_interim(actor=cast.sven, at=AT, interim=interim)
    assert withdraw_interim(actor=cast.nils, at=AT, interim=interim).ending == "withdrawn"
    with pytest.raises(Conflict) as refused:
        withdraw_interim(actor=cast.dana, at=AT, interim=interim)
    assert refused.value.code == "interim_over"
    assert withdraw_interim(actor=cast.lars, at=AT, interim=name(cast, orphan)).ended_at == AT


def test_it_ends_when_an_owner_accepts(cast: Cast, orphan: Initiative) -> None:
    interim = name(cast, orphan)
    offer = offer_ownership(actor=cast.dana, at=AT, initiative=orphan, owner=cast.fay)
    accept_ownership(actor=cast.fay, at=AT + DAY, ownership=offer)
    interim.refresh_from_db()
    assert (interim.ended_at, interim.ending) == (AT + DAY, "owned")
    assert words(orphan) == "Fay"
    assert Entry.objects.order_by("sequence").last().event == "interim.ended"  # type: ignore[union-attr]


def test_it_ends_with_the_initiative(cast: Cast, orphan: Initiative) -> None:
    interim = name(cast, orphan)
    end_initiative(
        actor=cast.dana, at=AT, initiative=orphan, ended_as="stopped", reason="Not needed."
    )
    interim.refresh_from_db()
    assert interim.ending == "initiative_ended"


def test_it_ends_when_the_person_leaves(cast: Cast, orphan: Initiative) -> None:
    interim = name(cast, orphan)
    deactivate_member(actor=cast.ada, at=AT + DAY, member=cast.nils, reason="A new job.")
    interim.refresh_from_db()
    assert (interim.ended_at, interim.ending) == (AT + DAY, "left")
    assert words(orphan) == "Dana, acting"


def test_it_ends_when_the_owner_is_back(cast: Cast) -> None:
    leave = plan_leave(
        actor=cast.olu, at=AT, member=cast.olu, stand_in=None, starts_on=TODAY, ends_on=UNTIL
    )
    interim = name(cast, cast.pipeline)
    assert words(cast.pipeline) == "Nils, interim owner until 4 December"
    end_leave(actor=cast.olu, at=AT + DAY, leave=leave)
    interim.refresh_from_db()
    assert (interim.ended_at, interim.ending) == (AT + DAY, "returned")
    assert words(cast.pipeline) == "Olu"


def test_who_goes_on_leave_answers_for_nothing_in_the_interim(
    cast: Cast, orphan: Initiative
) -> None:
    name(cast, orphan)
    plan_leave(
        actor=cast.nils, at=AT, member=cast.nils, stand_in=cast.fay, starts_on=TODAY, ends_on=UNTIL
    )
    assert words(orphan) == "Dana, acting"
    assert standing(orphan)["acting"] is None
