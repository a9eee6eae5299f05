"""Review series: set up, changed, ended, and their reviews planned ahead."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Membership, Organization, Role, Team
from cadence.calendar.recurrence import Rule, RuleError
from cadence.errors import Conflict, NotFound
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.changes import put
from cadence.people.queries import locked_member
from cadence.permissions import Act, require
from cadence.reviews.models import OnHoliday, ReviewSeries, SeriesKind, SeriesQuerySet
from cadence.reviews.planning import horizon_of, plan, plan_again

WEEKS_AHEAD = 6
# A series begins near the day on which somebody sets it up.
REACH = timedelta(days=2 * 366)


@transaction.atomic
def create_series(
    *,
    actor: Membership | None,
    at: datetime,
    team: Team,
    name: object,
    kind: object,
    rule: object,
    starts_on: object,
    time_of_day: object,
    facilitator: Membership,
    minutes: object = 30,
    on_holiday: object = OnHoliday.MOVE,
) -> ReviewSeries:
    """A rhythm for a team and those below it; its reviews of the next weeks are planned at once.

    ``rule`` is RFC 5545 as `calendar.recurrence` takes it: FREQ=WEEKLY for a weekly series,
    FREQ=MONTHLY for a monthly one.
    """
    facilitator = _locked_person(actor, facilitator)
    team = _locked_team(actor, team)
    require(actor, Act.CHANGE_SERIES, team=team.pk)
    inputs = Inputs()
    values: dict[str, Any] = {
        "kind": inputs.choice("kind", kind, SeriesKind.values),
        "starts_on": _near(inputs, at, inputs.day("starts_on", starts_on)),
        **_read(inputs, team.organization, name, time_of_day, minutes, on_holiday, facilitator),
    }
    values["rule"] = _rule(inputs, rule, values["kind"])
    inputs.done()
    series = ReviewSeries.objects.create(
        organization=team.organization, team=team, planned_to=at, created_at=at, **values
    )
    planned = plan(series, horizon_of(at, WEEKS_AHEAD))
    _append("series.created", actor, at, series, {**values, "team": team, "planned": planned})
    return series


@transaction.atomic
def change_series(
    *,
    actor: Membership | None,
    at: datetime,
    series: ReviewSeries,
    name: object,
    time_of_day: object,
    minutes: object,
    on_holiday: object,
    facilitator: Membership,
) -> ReviewSeries:
    """What may change of a series, for the reviews that are still to come and were not moved.

    The rhythm may not: end the series and begin another. A review that was planned stays planned,
    also on a day that the series would skip now.
    """
    facilitator = _locked_person(actor, facilitator)
    series = _lock(actor, series)
    require(actor, Act.CHANGE_SERIES, team=series.team_id)
    inputs = Inputs()
    values = _read(inputs, series.organization, name, time_of_day, minutes, on_holiday, facilitator)
    inputs.done()
    _check_live(series)
    facilitator_before = series.facilitator_id
    changes = put(series, **values)
    if changes:
        series.save(update_fields=[*changes])
        plan_again(series, at, facilitator_before)
        _append("series.changed", actor, at, series, changes)
    return series


@transaction.atomic
def end_series(
    *, actor: Membership | None, at: datetime, series: ReviewSeries, reason: object
) -> ReviewSeries:
    """No review of it takes place any more after this moment.

    Refused with ``review_open`` while one is being held or is due: that is not a way out.
    """
    series = _lock(actor, series)
    require(actor, Act.CHANGE_SERIES, team=series.team_id)
    inputs = Inputs()
    words = inputs.text("reason", reason, longest=500)
    inputs.done()
    _check_live(series)
    due = series.reviews.planned().filter(starts_at__lte=at)
    if series.reviews.open().exists() or due.exists():
        raise Conflict(
            "A review of this series is being held or due: close it first.", code="review_open"
        )
    skipped = series.reviews.planned().count()
    series.ended_at = at
    series.save(update_fields=["ended_at"])
    _append("series.ended", actor, at, series, {"reason": words, "skipped": skipped})
    return series


def plan_reviews(
    *, at: datetime, organization: Organization | None = None, weeks: int = WEEKS_AHEAD
) -> int:
    """Write a review for every occurrence of every series until so many weeks from now.

    Gives back how many were new. Each series has its own transaction. Nothing hangs on when this
    runs: occurrences are counted from where planning stopped, however long ago that was.
    """
    horizon = horizon_of(at, weeks)
    planned = 0
    for key in unplanned(at, organization, weeks).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            series = (
                unplanned(at, organization, weeks)
                .select_for_update(of=("self",), no_key=True, skip_locked=True)
                .select_related("organization")
                .filter(pk=key)
                .first()
            )
            if series is None:
                continue
            created = plan(series, horizon)
            if created:
                data = {"planned": created, "to": series.planned_to}
                _append("series.planned", None, at, series, data)
            planned += created
    return planned


def unplanned(
    at: datetime, organization: Organization | None = None, weeks: int = WEEKS_AHEAD
) -> SeriesQuerySet:
    """The series whose reviews are not planned until so many weeks from now."""
    rows = ReviewSeries.objects.live().filter(planned_to__lt=horizon_of(at, weeks))
    return rows if organization is None else rows.filter(organization=organization)


def _read(
    inputs: Inputs,
    organization: Organization,
    name: object,
    time_of_day: object,
    minutes: object,
    on_holiday: object,
    facilitator: Membership,
) -> dict[str, Any]:
    if facilitator.organization_id != organization.pk:
        raise NotFound("There is no such member.")
    if not facilitator.is_person or not facilitator.is_current or facilitator.role == Role.OBSERVER:
        inputs.refuse("facilitator", "A review is facilitated by somebody who takes part.")
    return {
        "name": inputs.text("name", name, longest=120),
        "time_of_day": _time(inputs, time_of_day),
        "minutes": inputs.whole("minutes", minutes, least=5, most=480),
        "on_holiday": inputs.choice("on_holiday", on_holiday, OnHoliday.values),
        "facilitator": facilitator,
    }


def _rule(inputs: Inputs, rule: object, kind: str) -> str:
    """The rule in its canonical form."""
    if not isinstance(rule, str):
        inputs.refuse("rule", "This must be a rule such as FREQ=WEEKLY;BYDAY=MO.")
        return ""
    try:
        parsed = Rule.parse(rule.strip())
    except RuleError as error:
        inputs.refuse("rule", str(error))
        return ""
    if parsed.kind != ("week" if kind == SeriesKind.WEEKLY else "month"):
        inputs.refuse("rule", f"FREQ: a {kind} series has a rule with FREQ={kind.upper()}.")
    return str(parsed)


def _time(inputs: Inputs, value: object) -> time:
    """A time of day, given as one or as HH:MM; to the minute."""
    read = value
    if isinstance(value, str):
        try:
            read = time.fromisoformat(value) if len(value) <= 8 and value.isascii() else None
        except ValueError:
            read = None
    if not isinstance(read, time) or read.tzinfo is not None:
        inputs.refuse("time_of_day", "This must be a time of day such as 09:30.")
        return time()
    return read.replace(second=0, microsecond=0, fold=0)


def _near(inputs: Inputs, at: datetime, day: date | None) -> date | None:
    if day is not None and abs(day - at.date()) > REACH:
        inputs.refuse("starts_on", "A series starts at most two years before or after today.")
    return day


def _locked_person(actor: Membership | None, person: Membership) -> Membership:
    """Locked before team and series: somebody who leaves meanwhile is not given a review."""
    return locked_member(person if actor is None else actor, person)


def _locked_team(actor: Membership | None, team: Team) -> Team:
    rows = Team.objects.select_for_update(of=("self",), no_key=True).select_related("organization")
    found = rows.filter(pk=team.pk).first()
    if found is None or (actor is not None and found.organization_id != actor.organization_id):
        raise NotFound("There is no such team.")
    return found


def _lock(actor: Membership | None, series: ReviewSeries) -> ReviewSeries:
    rows = ReviewSeries.objects.select_for_update(of=("self",), no_key=True).filter(pk=series.pk)
    if actor is not None:
        rows = rows.visible_to(actor)
    found = rows.select_related("organization", "team", "facilitator").first()
    if found is None:
        raise NotFound("There is no such review series.")
    return found


def _check_live(series: ReviewSeries) -> None:
    if series.ended_at is not None:
        raise Conflict("This series has ended.", code="series_ended")


def _append(
    event: str,
    actor: Membership | None,
    at: datetime,
    series: ReviewSeries,
    data: Mapping[str, object],
) -> None:
    append(
        organization=series.organization_id,
        event=event,
        actor=actor,
        at=at,
        subject=series,
        data={key: _told(value) for key, value in data.items()},
    )


def _told(value: object) -> object:
    """The ledger knows dates and moments, but no times of day."""
    if isinstance(value, list):
        return [_told(item) for item in value]
    return value.isoformat("minutes") if isinstance(value, time) else value
