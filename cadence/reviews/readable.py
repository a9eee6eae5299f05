"""Sealed minutes as people read them: on the page and in the mail. Nothing else is looked up."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cadence.breaches.models import Kind
from cadence.calendar.periods import label
from cadence.charts.scale import number, with_unit
from cadence.decisions.models import DecisionKind, VerdictResult


def readable(sealed: dict[str, Any]) -> dict[str, Any]:
    """The sealed minutes with dates, moments, numbers and kinds as people read them."""
    zone = ZoneInfo(sealed["time_zone"])
    decided = {row["number"]: row for row in sealed["decisions"]}
    scorecard = [_line(row) for row in sealed["scorecard"]]
    return {
        **sealed,
        "starts_at": _moment(sealed["starts_at"], zone),
        "opened_at": _moment(sealed["opened_at"], zone),
        "closed_at": _moment(sealed["closed_at"], zone),
        "present": [row["person"]["name"] for row in sealed["attendance"] if row["present"]],
        "absent": [row["person"]["name"] for row in sealed["attendance"] if not row["present"]],
        "loud": [row for row in scorecard if row["result"] != "inside"],
        "quiet": [row for row in scorecard if row["result"] == "inside"],
        "scorecard": scorecard,
        "breaches": [_breach(row, decided) for row in sealed["breaches"]],
        "decisions": [_decision(row, zone) for row in sealed["decisions"]],
        "verdicts": [_verdict(row, zone) for row in sealed["verdicts"]],
        "commitments": [{**row, "due_on": _day(row["due_on"])} for row in sealed["commitments"]],
    }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    sides = [("≥", row["floor"]), ("≤", row["ceiling"])]
    return {
        **row,
        "period": _day(row["period"]),
        "value": _value(row["value"], row["unit"]),
        "limits": " and ".join(f"{sign} {_figure(text)}" for sign, text in sides if text),
        "beyond": row["result"] in {"below", "above"},
    }


def _breach(row: dict[str, Any], decided: dict[int, Any]) -> dict[str, Any]:
    if row["kind"] == Kind.MISSING:
        what = f"no reading for {_day(row['period'])}"
    else:
        limit = "floor" if row["side"] == "below" else "ceiling"
        value, bound = _value(row["value"], row["unit"]), _figure(row["limit"])
        what = f"{value} on {_day(row['period'])}, {limit} {bound}"
    kind = row["kind_of_decision"]
    return {
        **row,
        "what": what,
        "decided_as": DecisionKind(kind).label if kind else "",
        "here": row["decision"] in decided,
    }


def _decision(row: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {
        **row,
        "kind": DecisionKind(row["kind"]).label,
        "check_on": _day(row["check_on"]),
        "decided_at": _moment(row["decided_at"], zone),
    }


_SHAPES = {"worked": "ok", "did_not_work": "breach"}


def _verdict(row: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {
        **row,
        "shape": _SHAPES.get(row["result"], "watch"),
        "result": VerdictResult(row["result"]).label,
        "acknowledged_at": _moment(row["acknowledged_at"], zone),
    }


def _day(text: str | None) -> str:
    return label("day", date.fromisoformat(text), with_year=True) if text else ""


def _moment(text: str | None, zone: ZoneInfo) -> str:
    if not text:
        return ""
    at = datetime.fromisoformat(text).astimezone(zone)
    return f"{label('day', at.date(), with_year=True)}, {at:%H:%M %Z}"


def _figure(text: str) -> str:
    """All of its decimals: what was sealed is not rounded."""
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    return number(value, -exponent if isinstance(exponent, int) and exponent < 0 else 0)


def _value(text: str | None, unit: str) -> str:
    return with_unit(_figure(text), unit) if text else ""
