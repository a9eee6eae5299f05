"""Founding an organization, its settings, the days on which it is closed."""

from datetime import date
from typing import Any

import pytest

from accounts.models import ClosingDay, Membership, Organization, Role, User
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.people.actions import (
    add_closing_day,
    change_settings,
    found_organization,
    remove_closing_day,
)
from cadence.people.queries import working_calendar
from tests.cast import AT, PASSWORD, Cast

FOUNDING = {
    "at": AT,
    "name": "Gamma",
    "slug": "gamma",
    "time_zone": "Europe/Madrid",
    "administrator_email": "Gus@Gamma.example",
    "administrator_name": "Gus",
}


def as_it_is(organization: Organization, **facts: Any) -> dict[str, Any]:
    """What `change_settings` takes to change nothing but these facts."""
    names = [
        "name",
        "time_zone",
        "week_start",
        "country",
        "subdivision",
        "currency",
        "decision_days",
        "offer_days",
        "grace_days",
        "load_limit",
        "sponsor",
    ]
    return {name: getattr(organization, name) for name in names} | facts


@pytest.mark.django_db
def test_a_new_organization_has_an_administrator_and_a_ledger() -> None:
    organization, gus = found_organization(
        **FOUNDING, password=PASSWORD, country="ES", subdivision="CT", week_start=6, currency="USD"
    )
    assert (organization.slug, organization.country) == ("gamma", "ES")
    assert (gus.role, gus.organization, gus.name) == (Role.ADMINISTRATOR, organization, "Gus")
    assert gus.user is not None
    assert gus.user.email == "gus@gamma.example"
    assert gus.user.check_password(PASSWORD)
    entry = Entry.objects.get()
    assert (entry.sequence, entry.event, entry.actor) == (1, "organization.founded", gus)
    assert "email" not in str(entry.data)


def test_somebody_with_an_account_founds_with_it(cast: Cast) -> None:
    assert cast.sven.user is not None
    facts = FOUNDING | {"administrator_email": cast.sven.user.email.upper()}
    with pytest.raises(Invalid) as refused:
        found_organization(**facts, password="another long password")
    assert refused.value.problems[0].field == "password"
    organization, member = found_organization(**facts)
    assert (member.user, member.name) == (cast.sven.user, "Sven")
    assert member.organization == organization
    assert User.objects.get(pk=cast.sven.user.pk).check_password(PASSWORD)


def test_a_slug_is_given_once(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        found_organization(**FOUNDING | {"slug": "acme"})
    assert (refused.value.code, refused.value.problems[0].field) == ("slug_taken", "slug")
    assert not User.objects.filter(email="gus@gamma.example").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"slug": "Gamma"}, "slug"),
        ({"slug": "-gamma"}, "slug"),
        ({"slug": "a b"}, "slug"),
        ({"slug": "γάμμα"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "Europe"}, "time_zone"),
        ({"time_zone": "localtime"}, "time_zone"),
        ({"time_zone": "UTC\x00"}, "time_zone"),
        ({"country": "ZZ"}, "country"),
        ({"country": "de"}, "country"),
        ({"country": "Germany"}, "country"),
        ({"country": "DE", "subdivision": "CA"}, "subdivision"),
        ({"subdivision": "BY"}, "subdivision"),
        ({"currency": "euro"}, "currency"),
        ({"currency": "€"}, "currency"),
        ({"week_start": 7}, "week_start"),
        ({"week_start": "x"}, "week_start"),
        ({"administrator_email": "gus"}, "administrator_email"),
        ({"administrator_email": "gus@gamma\x00.example"}, "administrator_email"),
        ({"administrator_email": "\ud800@gamma.example"}, "administrator_email"),
        ({"administrator_name": "\u200b"}, "administrator_name"),
        ({"password": ""}, "password"),
        ({"password": "short"}, "password"),
        ({"password": "password1234"}, "password"),
        ({"password": "gus@gamma.example"}, "password"),
        ({"password": "half a character \ud800"}, "password"),
        ({"password": "x" * 10_000}, "password"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(facts: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        found_organization(**FOUNDING | {"password": PASSWORD} | facts)
    assert {problem.field for problem in refused.value.problems} == {field}
    assert not Organization.objects.exists()
    assert not User.objects.exists()
    assert not Entry.objects.exists()


def test_settings_are_changed_by_an_administrator(cast: Cast) -> None:
    facts = as_it_is(cast.acme, decision_days="7", sponsor=None, country="ES", subdivision="")
    changed = change_settings(actor=cast.ada, at=AT, **facts)
    assert (changed.decision_days, changed.sponsor, changed.country) == (7, None, "ES")
    data = Entry.objects.get().data["changed"]
    assert data["decision_days"] == [cast.acme.decision_days, 7]
    assert "name" not in data
    for somebody in (cast.elena, cast.lars, cast.olu, cast.obi, cast.robo):
        with pytest.raises(Forbidden):
            change_settings(actor=somebody, at=AT, **facts)


def test_the_week_keeps_its_first_day_once_there_are_metrics(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        change_settings(
            actor=cast.ada, at=AT, **as_it_is(cast.acme, week_start=6 - cast.acme.week_start)
        )
    assert refused.value.code == "week_start_in_use"
    gamma, gus = found_organization(**FOUNDING)
    assert change_settings(actor=gus, at=AT, **as_it_is(gamma, week_start=6)).week_start == 6


def test_the_sponsor_is_an_executive_of_the_organization(cast: Cast) -> None:
    for nobody in (cast.olu, cast.obi, cast.robo):
        with pytest.raises(Invalid) as refused:
            change_settings(actor=cast.ada, at=AT, **as_it_is(cast.acme, sponsor=nobody))
        assert {problem.field for problem in refused.value.problems} == {"sponsor"}
    with pytest.raises(NotFound):
        change_settings(actor=cast.ada, at=AT, **as_it_is(cast.acme, sponsor=cast.sven))


@pytest.mark.parametrize("field", ["decision_days", "offer_days", "grace_days"])
@pytest.mark.parametrize("value", [-1, 31, "x", None, "1.5", 10**40])
def test_a_limit_is_a_number_of_working_days(cast: Cast, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        change_settings(actor=cast.ada, at=AT, **as_it_is(cast.acme, **{field: value}))
    assert [problem.field for problem in refused.value.problems] == [field]


@pytest.mark.parametrize("value", [0, 101, "many", None])
def test_a_load_limit_is_one_to_a_hundred_initiatives(cast: Cast, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        change_settings(actor=cast.ada, at=AT, **as_it_is(cast.acme, load_limit=value))
    assert [problem.field for problem in refused.value.problems] == ["load_limit"]
    changed = change_settings(actor=cast.ada, at=AT, **as_it_is(cast.acme, load_limit="100"))
    assert changed.load_limit == 100


def test_a_closing_day_is_no_working_day(cast: Cast) -> None:
    day = date(2026, 11, 17)
    assert working_calendar(cast.acme).is_working_day(day)
    closing_day = add_closing_day(actor=cast.ada, at=AT, day="2026-11-17", name="Summer party")
    assert not working_calendar(cast.acme).is_working_day(day)
    with pytest.raises(Conflict) as refused:
        add_closing_day(actor=cast.ada, at=AT, day=day)
    assert refused.value.code == "closing_day_exists"
    remove_closing_day(actor=cast.ada, at=AT, closing_day=closing_day)
    assert working_calendar(cast.acme).is_working_day(day)
    with pytest.raises(NotFound):
        remove_closing_day(actor=cast.ada, at=AT, closing_day=closing_day)
    events = Entry.objects.values_list("event", "subject_id")
    assert list(events) == [
        ("closing_day.added", closing_day.pk),
        ("closing_day.removed", closing_day.pk),
    ]


def test_closing_days_are_set_by_administrators_of_the_organization(cast: Cast) -> None:
    betas = ClosingDay.objects.create(organization=cast.beta, day=date(2026, 12, 24))
    with pytest.raises(NotFound):
        remove_closing_day(actor=cast.ada, at=AT, closing_day=betas)
    with pytest.raises(Forbidden):
        add_closing_day(actor=cast.elena, at=AT, day="2026-12-24")
    for day in ("9999-01-01", "tomorrow", None):
        with pytest.raises(Invalid) as refused:
            add_closing_day(actor=cast.ada, at=AT, day=day)
        assert refused.value.problems[0].field == "day"
    assert Entry.objects.count() == 0


def test_a_sponsor_who_left_a_moment_ago_is_not_named(cast: Cast) -> None:
    other = cast.member("Vera", Role.EXECUTIVE)
    Membership.objects.filter(pk=other.pk).update(ended_at=AT)
    with pytest.raises(Invalid):
        change_settings(actor=cast.ada, at=AT, **as_it_is(cast.acme, sponsor=other))
