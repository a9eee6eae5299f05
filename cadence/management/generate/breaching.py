"""Breaches of the past, what was decided about them, and what came of it: in bulk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from accounts.models import Membership, Organization
from cadence.breaches.models import Breach, Kind
from cadence.calendar.periods import label, period_end
from cadence.calendar.workdays import WorkingCalendar
from cadence.decisions.models import (
    Commitment,
    Decision,
    DecisionBreach,
    DecisionKind,
    Verdict,
    VerdictResult,
)
from cadence.management.generate.history import Case
from cadence.management.generate.recording import Record
from cadence.management.generate.values import Timeline
from cadence.management.generate.work import RESPONSE, Work
from cadence.people.queries import working_calendar
from cadence.reviews.models import Review

DECIDED, SEEN = time(10), time(11)


@dataclass
class Past:
    """Writes what became of cases. Decisions are numbered in the order they are written."""

    organization: Organization
    work: Work
    timeline: Timeline
    record: Record
    decisions: int = 0

    def __post_init__(self) -> None:
        self.calendar: WorkingCalendar = working_calendar(self.organization)

    def opened_at(self, case: Case) -> datetime:
        return self.timeline.read_at(case.plan.judged_per, case.episode.opening_period)

    def decided_at(self, case: Case) -> datetime:
        """Two days later: what opens on a Monday is decided on the Wednesday."""
        return self._later(self.opened_at(case), 2, DECIDED)

    def open(self, cases: Sequence[Case]) -> list[tuple[Case, Breach]]:
        """Their breaches, undecided, as the readings opened them."""
        rows = [self._breach(case) for case in cases]
        breaches = Breach.objects.bulk_create(rows, batch_size=500)
        for breach in breaches:
            self.record.batch(breach.opened_at).opened.append(breach.pk)
            if breach.recovered_at is not None:
                self.record.batch(breach.recovered_at).recovered.append(breach.pk)
        return list(zip(cases, breaches, strict=True))

    def _breach(self, case: Case) -> Breach:
        plan, opening = case.plan, case.opening
        opened_at = self.opened_at(case)
        recovered = case.episode.recovered_period
        limits, is_below = opening.limits, opening.result == "below"
        version = opening.version
        assert version is not None
        return Breach(
            organization=self.organization,
            metric=self.work.metrics[plan.number],
            threshold=self.work.thresholds[plan.number][version],
            kind=Kind.THRESHOLD,
            side=opening.result,
            first_period=case.episode.first_period,
            opening_period=case.episode.opening_period,
            value=opening.value,
            limit=limits.floor if is_below else limits.ceiling,
            opened_at=opened_at,
            recovered_at=recovered and self.timeline.read_at(plan.judged_per, recovered),
            recovered_period=recovered,
            undecided_since=opened_at,
            due_at=self.calendar.deadline(
                opened_at, self.organization.decision_days, self.timeline.zone
            ),
            answerable=self._owner(case),
        )

    def decide(
        self, opened: Sequence[tuple[Case, Breach]], reviews: dict[int, Review] | None = None
    ) -> None:
        """The owner's decision about each, two days later; in the open review of its team, if any.

        Its verdict too, where the check date has passed and the readings are in.
        """
        rows = [self._decision(case, breach, reviews or {}) for case, breach in opened]
        decisions = Decision.objects.bulk_create(rows, batch_size=500)
        DecisionBreach.objects.bulk_create(
            [
                DecisionBreach(organization=self.organization, decision=decision, breach=breach)
                for decision, (_, breach) in zip(decisions, opened, strict=True)
            ],
            batch_size=500,
        )
        for decision, (_, breach) in zip(decisions, opened, strict=True):
            breach.decision = decision
            data = {
                "number": decision.number,
                "breaches": [breach.pk],
                "decided_by": decision.decided_by,
                "review": decision.review,
                "replaces": None,
                "kind": decision.kind,
                "what": decision.what,
                "check_on": decision.check_on,
            }
            self.record.note(
                "decision.recorded", decision.recorded_by, decision.decided_at, decision, data
            )
        Breach.objects.bulk_update([breach for _, breach in opened], ["decision"], batch_size=500)
        self._commit(opened, decisions)
        self._judge(opened, decisions)

    def _decision(self, case: Case, breach: Breach, reviews: dict[int, Review]) -> Decision:
        self.decisions += 1
        owner = self._owner(case)
        agreed = self.decisions % 3 != 0
        return Decision(
            organization=self.organization,
            number=self.decisions,
            kind=DecisionKind.AGREED if agreed else DecisionKind.ADJUST,
            what=RESPONSE if agreed else "Change the order of work until it is back.",
            decided_by=owner,
            recorded_by=owner,
            decided_at=self.decided_at(case),
            review=reviews.get(breach.metric.initiative.team_id),
            carried_out_by=owner,
            expected="Back inside its threshold.",
            check_on=period_end(case.plan.judged_per, case.check_start),
        )

    def _commit(self, opened: Sequence[tuple[Case, Breach]], decisions: Iterable[Decision]) -> None:
        """Every fourth decision has a commitment, kept on its day."""
        rows = []
        for decision, (case, breach) in zip(decisions, opened, strict=True):
            if decision.number % 4 == 0:
                due = self._later(decision.decided_at, 7, time(23, 59, 59))
                rows.append(
                    Commitment(
                        organization=self.organization,
                        initiative=breach.metric.initiative,
                        decision=decision,
                        review=decision.review,
                        text="Say what was changed, and what it brought.",
                        person=self._owner(case),
                        due_on=due.date(),
                        due_at=due,
                        created_by=decision.decided_by,
                        created_at=decision.decided_at,
                        kept_at=self._kept(decision),
                    )
                )
        for row in Commitment.objects.bulk_create(rows, batch_size=500):
            data = {
                "text": row.text,
                "person": row.person_id,
                "due_on": row.due_on,
                "initiative": row.initiative_id,
                "reason": "",
            }
            self.record.note("commitment.made", row.created_by, row.created_at, row, data)
            if row.kept_at is not None:
                self.record.note("commitment.kept", row.person, row.kept_at, row, data)

    def _kept(self, decision: Decision) -> datetime | None:
        kept = self._later(decision.decided_at, 6, SEEN)
        return kept if kept <= self.timeline.at else None

    def _judge(self, opened: Sequence[tuple[Case, Breach]], decisions: Iterable[Decision]) -> None:
        """The verdicts, given first and acknowledged by the owner two days later.

        One that nobody has seen yet is left to the sweep, which gives it like any other.
        """
        rows = []
        for decision, (case, _) in zip(decisions, opened, strict=True):
            if case.checked is None:
                continue
            given_at = self.timeline.read_at(case.plan.judged_per, case.checked.starts_on)
            given_at += timedelta(minutes=1)
            if self._later(given_at, 2, SEEN) > self.timeline.at:
                continue
            rows.append(
                Verdict(
                    organization=self.organization,
                    decision=decision,
                    result=VerdictResult.WORKED,
                    grounds=_grounds(case),
                    given_at=given_at,
                    due_at=self.calendar.deadline(
                        given_at, self.organization.decision_days, self.timeline.zone
                    ),
                )
            )
        verdicts = Verdict.objects.bulk_create(rows, batch_size=500)
        for verdict in verdicts:
            decision, owner = verdict.decision, verdict.decision.decided_by
            said = {"number": decision.number, "result": verdict.result}
            data = said | {"grounds": verdict.grounds, "undecided_again": []}
            self.record.note("verdict.given", None, verdict.given_at, decision, data)
            verdict.acknowledged_at = self._later(verdict.given_at, 2, SEEN)
            verdict.acknowledged_by = owner
            self.record.note("verdict.acknowledged", owner, verdict.acknowledged_at, decision, said)
        # The database takes none that is acknowledged from the start.
        Verdict.objects.bulk_update(
            verdicts, ["acknowledged_at", "acknowledged_by"], batch_size=500
        )

    def _owner(self, case: Case) -> Membership:
        return self.work.owners[case.plan.initiative]

    def _later(self, at: datetime, days: int, when: time) -> datetime:
        day: date = at.astimezone(self.timeline.zone).date() + timedelta(days=days)
        return datetime.combine(day, when, self.timeline.zone)


def _grounds(case: Case) -> str:
    """As the sweep words it: value, period and limits."""
    judged = case.checked
    assert judged is not None
    kind = case.plan.judged_per
    period = label(kind, judged.starts_on, True)
    when = f"in the week of {period}" if kind == "week" else f"in {period}"
    limits = [
        f"{side} {limit.normalize():f}"
        for side, limit in (("floor", judged.limits.floor), ("ceiling", judged.limits.ceiling))
        if limit is not None
    ]
    return f"{case.plan.name}: {judged.value.normalize():f} {when} ({', '.join(limits)})"
