"""`cadence demo` where it is refused, and where it fails."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership, Organization
from cadence.management.demo.plot import Work
from cadence.management.demo.telling import tell
from cadence.management.demo.world import World
from cadence.people.queries import locked_organization

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 13, tzinfo=UTC)


def test_a_second_demo_is_refused_and_changes_nothing() -> None:
    Organization.objects.create(slug="larkmoor", name="Larkmoor", is_demo=True, created_at=NOW)
    with pytest.raises(CommandError, match="There is a demo already: Larkmoor"):
        call_command("demo", stdout=StringIO())
    assert not Membership.objects.exists()


def test_half_a_demo_never_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(world: World, work: Work) -> None:
        assert locked_organization(world.organization.pk)
        raise KeyboardInterrupt

    monkeypatch.setattr("cadence.management.demo.telling.plan_ahead", power_cut)
    with pytest.raises(KeyboardInterrupt):
        tell(at=NOW)
    assert not Organization.objects.exists()
