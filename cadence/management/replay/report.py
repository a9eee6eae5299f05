"""What a replay came to, as plain values for --json and as a table for people."""

from collections import Counter
from datetime import date
from typing import Any

from accounts.models import Organization
from cadence.breaches.models import Breach
from cadence.calendar.periods import DAY, WEEK, label, last_ended, period_start, shift
from cadence.decisions.models import Decision, Verdict
from cadence.ledger.queries import verify
from cadence.management.replay.founding import World
from cadence.management.replay.run import Counts
from cadence.metrics.models import Judgement, Metric, Reading
from cadence.reviews.models import Review


def report(world: World, first_day: date, last_day: date, counts: Counts) -> dict[str, Any]:
    """Everything that the table says, in plain JSON values; dates are starts of weeks."""
    organization = world.organization
    weeks = _weeks(organization, first_day, last_day)
    checked = verify(organization)
    reviews = Review.objects.filter(organization=organization)
    decisions = Decision.objects.filter(organization=organization)
    return {
        "organization": organization.slug,
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
        "weeks": len(weeks),
        "metrics": [_metric(metric, weeks) for metric in world.shown],
        "decisions": {
            "recorded": decisions.count(),
            "by_kind": dict(sorted(Counter(decisions.values_list("kind", flat=True)).items())),
            "verdicts": dict(
                sorted(
                    Counter(
                        Verdict.objects.filter(organization=organization).values_list(
                            "result", flat=True
                        )
                    ).items()
                )
            ),
        },
        "reviews": {
            "opened": reviews.filter(opened_at__isnull=False).count(),
            "closed": reviews.closed().count(),
            "refused": counts.refused,
            "still_open": reviews.open().count(),
            "missed": reviews.filter(missed_at__isnull=False).count(),
        },
        "ledger": {
            "entries": checked.entries,
            "head": checked.head,
            "verified": checked.fault is None,
            "fault": checked.fault.reason if checked.fault else None,
        },
    }


def _weeks(organization: Organization, first_day: date, last_day: date) -> list[date]:
    """Starts of the whole weeks from the first day to the last."""
    start = period_start(WEEK, first_day, organization.week_start)
    if start < first_day:
        start = shift(WEEK, start, 1)
    weeks = []
    final = last_ended(WEEK, shift(DAY, last_day, 1), organization.week_start)
    while start <= final:
        weeks.append(start)
        start = shift(WEEK, start, 1)
    return weeks


def _metric(metric: Metric, weeks: list[date]) -> dict[str, Any]:
    judged = dict(Judgement.objects.filter(metric=metric).values_list("starts_on", "result"))
    breaches = Breach.objects.filter(metric=metric).order_by("opened_at", "pk")
    return {
        "key": metric.key,
        "name": metric.name,
        "readings": Reading.objects.filter(metric=metric).count(),
        "weeks_judged": len(judged),
        "weeks_below": _starts(judged, "below"),
        "weeks_above": _starts(judged, "above"),
        "weeks_without_reading": [day.isoformat() for day in weeks if day not in judged],
        "breaches": [_breach(breach) for breach in breaches.prefetch_related("decisions")],
    }


def _starts(judged: dict[date, str], result: str) -> list[str]:
    return [day.isoformat() for day, came_to in sorted(judged.items()) if came_to == result]


def _breach(breach: Breach) -> dict[str, Any]:
    return {
        "kind": breach.kind,
        "side": breach.side,
        "from": breach.first_period.isoformat(),
        "opened_at": breach.opened_at.isoformat(),
        "recovered": breach.recovered_period.isoformat() if breach.recovered_period else None,
        "decisions": sorted(decision.number for decision in breach.decisions.all()),
    }


def table(found: dict[str, Any]) -> str:
    """The report in words, for a terminal."""
    lines = [
        f"{found['weeks']} weeks, {found['first_day']} to {found['last_day']}",
        "",
        f"{'Metric':<34}{'Readings':>9}{'Below':>7}{'Above':>7}{'Missing':>9}{'Breaches':>10}",
    ]
    for metric in found["metrics"]:
        lines.append(
            f"{metric['name'][:33]:<34}{metric['readings']:>9,}{len(metric['weeks_below']):>7}"
            f"{len(metric['weeks_above']):>7}{len(metric['weeks_without_reading']):>9}"
            f"{len(metric['breaches']):>10}"
        )
    lines.append("         (below, above and missing count weeks)")
    for metric in found["metrics"]:
        if metric["breaches"]:
            lines += ["", f"Breaches of {metric['name']}"]
            lines += [f"  {_sentence(breach)}" for breach in metric["breaches"]]
    decisions, reviews, ledger = found["decisions"], found["reviews"], found["ledger"]
    lines += [
        "",
        f"Decisions  {decisions['recorded']} recorded: {_counted(decisions['by_kind'])}",
        f"           verdicts: {_counted(decisions['verdicts'])}",
        f"Reviews    {reviews['opened']} opened, {reviews['closed']} closed, "
        f"{reviews['refused']} refused to close until decided, "
        f"{reviews['still_open']} still open, {reviews['missed']} missed",
        f"Ledger     {ledger['entries']} entries, "
        + ("verified" if ledger["verified"] else f"BROKEN: {ledger['fault']}"),
    ]
    return "\n".join(lines)


def _sentence(breach: dict[str, Any]) -> str:
    start = label(WEEK, date.fromisoformat(breach["from"]), True)
    what = "no reading" if breach["kind"] == "missing" else breach["side"]
    end = (
        f"back in the week of {label(WEEK, date.fromisoformat(breach['recovered']), True)}"
        if breach["recovered"]
        else "not back"
    )
    numbers = ", ".join(f"D-{number}" for number in breach["decisions"]) or "undecided"
    return f"{what:<10} week of {start:<12} {end:<34} {numbers}"


def _counted(counts: dict[str, int]) -> str:
    return (
        ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()) or "none"
    )
