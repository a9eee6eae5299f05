"""Every guard is declared, installed, written down and attacked; no attack gets through."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from tests.architecture import (
    attacks_on_calendar_links,
    attacks_on_constraints,
    attacks_on_decisions,
    attacks_on_decks,
    attacks_on_deliveries,
    attacks_on_derived,
    attacks_on_escalations,
    attacks_on_going_back,
    attacks_on_imports,
    attacks_on_leaves,
    attacks_on_more_constraints,
    attacks_on_notices,
    attacks_on_orphans,
    attacks_on_rebasings,
    attacks_on_reviews,
    attacks_on_sources,
    attacks_on_work,
)
from tests.architecture.attack import ATTACKS, Attempt, Story, all_faults, by_name
from tests.cast import Cast

# Importing them registers their stories.
STAGES = (
    attacks_on_calendar_links,
    attacks_on_constraints,
    attacks_on_decisions,
    attacks_on_decks,
    attacks_on_deliveries,
    attacks_on_derived,
    attacks_on_leaves,
    attacks_on_escalations,
    attacks_on_going_back,
    attacks_on_imports,
    attacks_on_more_constraints,
    attacks_on_notices,
    attacks_on_orphans,
    attacks_on_rebasings,
    attacks_on_reviews,
    attacks_on_sources,
    attacks_on_work,
)
INVARIANTS = Path(settings.BASE_DIR) / "docs" / "invariants.md"
# Made for every model alike, and attacked alike: see test_tenancy.
GENERATED = ("_stays_in_one_organization", "_keeps_its_organization")
# They refuse nothing, but make two transactions collide: see tests/races.
MEETINGS = {
    "a_breach_meets_the_reviews_that_are_open",
    "a_leave_meets_open_reviews",
    "a_verdict_meets_the_reviews_that_are_open",
    "an_ended_interim_meets_open_reviews",
    "an_ended_ownership_meets_open_reviews",
    "work_that_goes_on_meets_open_reviews",
}


def constraints() -> dict[str, models.BaseConstraint]:
    return {
        constraint.name: constraint
        for label in ("accounts", "cadence")
        for model in apps.get_app_config(label).get_models()
        for constraint in model._meta.constraints
    }


STORIES = [(clause, story) for clause, stories in sorted(ATTACKS.items()) for story in stories]


@pytest.mark.parametrize(
    ("clause", "story"),
    STORIES,
    ids=[f"{clause}-{number}" for number, (clause, _) in enumerate(STORIES)],
)
def test_no_attack_gets_through(
    clause: str, story: Story, cast: Cast, counted: Callable[[str, int], None]
) -> None:
    guard = by_name().get(clause)
    attempt = Attempt(clause, guard)
    story(cast, attempt)
    assert attempt.refused_count, "an attack attacks"
    assert guard or attempt.allowed_count, "the same is allowed when nothing stands against it"
    counted("attacks on the database refused", attempt.refused_count)
    counted("the same or like it allowed", attempt.allowed_count)


def test_every_guard_is_attacked() -> None:
    guards = {name for name in by_name() if not name.endswith(GENERATED)}
    assert sorted(guards - ATTACKS.keys() - MEETINGS) == []
    on_nothing = ATTACKS.keys() - by_name().keys() - constraints().keys()
    assert sorted(on_nothing) == []


def test_every_constraint_is_attacked() -> None:
    assert sorted(constraints().keys() - ATTACKS.keys()) == []


def test_every_guard_is_installed(db: None, counted: Callable[[str, int], None]) -> None:
    assert all_faults() == []
    counted("guards installed", len(by_name()))
    counted("constraints declared", len(constraints()))


def test_no_name_is_cut_short_by_postgresql() -> None:
    names = [
        statement.split()[2]
        for guard in by_name().values()
        for statement in guard.statements("postgresql")
        if statement.startswith("CREATE TRIGGER ")
    ]
    assert [name for name in names if len(name) > 63] == []
    assert len(set(names)) == len(names)


def test_every_guard_and_constraint_is_listed_in_the_docs() -> None:
    written = INVARIANTS.read_text().splitlines()
    lines = [
        f"- `{name}`: {guard.sentence}"
        for name, guard in sorted(by_name().items())
        if not name.endswith(GENERATED)
    ]
    missing = [line for line in lines if line not in written]
    missing += [
        f"- `{name}`: …"
        for name in sorted(constraints())
        if not any(line.startswith(f"- `{name}`: ") for line in written)
    ]
    assert missing == [], "Add to docs/invariants.md:\n" + "\n".join(missing)


def test_the_docs_list_nothing_that_is_not_there() -> None:
    there = by_name().keys() | constraints().keys()
    listed = {
        line.split("`")[1] for line in INVARIANTS.read_text().splitlines() if line[:3] == "- `"
    }
    assert sorted(listed - there) == []
