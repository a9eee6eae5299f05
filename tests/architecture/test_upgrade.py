"""What was there before an upgrade is not all overdue on the day after it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from cadence import guards

BEFORE = ("cadence", "0003_minutes_sent")
LONG_AGO = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def earlier(transactional_db: None) -> Any:
    """The models as they were before anything climbed; the database is in that state."""
    guards.lift(connection)
    try:
        # What was added to accounts goes too, and with it all that was built on it.
        call_command("migrate", "accounts", "0001_initial", interactive=False, verbosity=0)
        guards.lift(connection)
        yield MigrationExecutor(connection).loader.project_state([BEFORE]).apps
    finally:
        call_command("migrate", interactive=False, verbosity=0)


def upgrade() -> tuple[datetime, datetime]:
    """Between which moments it took place."""
    before = timezone.now()
    call_command("migrate", interactive=False, verbosity=0)
    return before, timezone.now()


class Old:
    """Rows as an installation of the version before has them."""

    def __init__(self, models: Any) -> None:
        self.models = models
        self.acme = self.put("accounts.Organization", name="Acme", slug="acme", time_zone="UTC")
        user = self.put("accounts.User", email="olu@acme.example", name="Olu", password="!")
        row = {"user": user, "name": "Olu", "role": "member", "joined_at": LONG_AGO}
        self.olu = self.put("accounts.Membership", **row, **self.of)
        team = self.put("accounts.Team", name="Demand", created_at=LONG_AGO, **self.of)
        growth = self.put(
            "cadence.Priority",
            name="Growth",
            rank=1,
            starts_on=LONG_AGO.date(),
            ends_on=date(2027, 12, 31),
            created_at=LONG_AGO,
            **self.of,
        )
        self.work = {"team": team, "priority": growth, "created_at": LONG_AGO}

    @property
    def of(self) -> dict[str, Any]:
        return {"organization": self.acme}

    def put(self, model: str, **facts: Any) -> Any:
        rows = self.models.get_model(model)._default_manager
        stamped = {"created_at": LONG_AGO} if model == "accounts.Organization" else {}
        return rows.create(**stamped, **facts)

    def initiative(self, name: str, **facts: Any) -> Any:
        facts = {"activated_at": LONG_AGO, **facts}
        return self.put("cadence.Initiative", name=name, **self.work, **self.of, **facts)

    def ownership(self, initiative: Any, ending: str = "left", **facts: Any) -> int:
        facts = {"accepted_at": LONG_AGO, **facts}
        if ending:
            facts |= {"ended_at": facts["accepted_at"] + 9 * DAY, "ending": ending}
        dates = {"offered_at": LONG_AGO, "due_at": LONG_AGO + 3 * DAY}
        row = {"initiative": initiative, "owner": self.olu, **dates, **facts}
        key: int = self.put("cadence.Ownership", **row, **self.of).pk
        return key

    def commitment(self, due_on: date, **facts: Any) -> int:
        key: int = self.put(
            "cadence.Commitment",
            initiative=self.initiative(f"Of {due_on}, {len(facts)}"),
            text="Call them.",
            person=self.olu,
            due_on=due_on,
            created_by=self.olu,
            created_at=LONG_AGO,
            **self.of,
            **facts,
        ).pk
        return key

    def verdict(self, number: int, **facts: Any) -> int:
        decision = self.put(
            "cadence.Decision",
            number=number,
            kind="adjust",
            what="More calls.",
            decided_by=self.olu,
            recorded_by=self.olu,
            decided_at=LONG_AGO,
            check_on=LONG_AGO.date(),
            **self.of,
        )
        given = {"result": "worked", "grounds": "52, floor 45.", "given_at": LONG_AGO}
        key: int = self.put("cadence.Verdict", decision=decision, **given, **self.of, **facts).pk
        return key


def now(model: str, field: str) -> dict[int, Any]:
    rows = apps.get_model("cadence", model)._default_manager
    return dict(rows.values_list("pk", field))


def test_what_was_owed_before_an_upgrade_has_time_after_it(earlier: Any) -> None:
    old = Old(earlier)
    late, done, ahead = (
        old.commitment(date(2026, 3, 9)),
        old.commitment(date(2026, 3, 9), kept_at=LONG_AGO),
        old.commitment(date(2099, 3, 9)),
    )
    waits = old.verdict(1)
    seen = old.verdict(2, acknowledged_at=LONG_AGO, acknowledged_by=old.olu)
    orphan = old.initiative("Orphan")
    before = old.ownership(orphan)
    wanted = old.ownership(orphan, accepted_at=LONG_AGO + 20 * DAY)
    owned = old.initiative("Owned")
    settled = [old.ownership(owned), old.ownership(owned, "", accepted_at=LONG_AGO + 20 * DAY)]
    over = {"ended_at": LONG_AGO + 30 * DAY, "ended_as": "stopped", "ended_reason": "Over."}
    settled.append(old.ownership(old.initiative("Over", **over)))
    first, last = upgrade()
    promises, verdicts = now("Commitment", "due_at"), now("Verdict", "due_at")
    assert first + 7 * DAY <= promises[late] <= last + 7 * DAY
    assert promises[done] == datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC)
    assert promises[ahead] == datetime(2099, 3, 9, 23, 59, 59, tzinfo=UTC)
    assert first + 7 * DAY <= verdicts[waits] <= last + 7 * DAY
    assert verdicts[seen] == LONG_AGO + 7 * DAY
    # A successor of the last owner, where nobody followed and the work goes on.
    owed = now("Ownership", "successor_due_at")
    assert first + 4 * DAY <= owed.pop(wanted) <= last + 4 * DAY
    assert owed == dict.fromkeys([before, *settled])
