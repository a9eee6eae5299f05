"""The form in which a decision is typed: in the review room, beside a breach, to replace one.

It checks shapes. Whether the decision can be taken is judged by `record_decision`, and what it
says is put beside the fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django import forms

from accounts.models import Membership, Role
from accounts.tree import Tree
from cadence.breaches.models import Breach, Kind
from cadence.calendar.periods import PeriodKind, label, period_end, period_start, shift
from cadence.charts.scale import number, with_unit
from cadence.decisions.actions import record_decision
from cadence.decisions.checks import Draft, agreed_response, check_dates
from cadence.decisions.models import Decision, DecisionKind
from cadence.decisions.queries import may_go_up_to, next_above, stands_above_work
from cadence.initiatives.models import Initiative
from cadence.ownership.queries import answers_for
from cadence.reviews.models import Review
from cadence.web.fields import JudgedDay, JudgedText, PersonField, date_input
from cadence.web.shell import PageRequest, try_action

_HINTS = {
    DecisionKind.AGREED: "the response set in advance",
    DecisionKind.REALLOCATE: "move money or people",
    DecisionKind.ADJUST: "change how it is done",
    DecisionKind.ESCALATE: "to somebody above",
    DecisionKind.STOP: "end the initiative",
    DecisionKind.HOLD_COURSE: "needs evidence and a second person",
    DecisionKind.MOVE_THRESHOLD: "needs a reason and a second person",
    DecisionKind.RECOVERED: "it came back; say why",
}
# The parts of the form that belong to a kind, by the ids of their fieldsets.
_SHOWS = {
    DecisionKind.AGREED: "kind-check",
    DecisionKind.REALLOCATE: "kind-reallocate kind-check",
    DecisionKind.ADJUST: "kind-check",
    DecisionKind.ESCALATE: "kind-escalate",
    DecisionKind.STOP: "kind-stop",
    DecisionKind.HOLD_COURSE: "kind-approval kind-check",
    DecisionKind.MOVE_THRESHOLD: "kind-move kind-approval kind-check",
}
# How many periods a decision is given by default: room to work, and still in sight.
USUAL_PERIODS = 2


@dataclass(frozen=True)
class Matter:
    """What is decided about, and the people it concerns."""

    breaches: list[Breach]
    others: list[Breach]  # undecided, of the same initiative: can be decided with it
    answers: Membership | None  # who answers now: the owner, or who acts for them
    owner: Membership | None  # also one on leave
    deciders: list[Membership]
    approvers: list[Membership]
    next_above: Membership | None
    # To whom it can be escalated, nearest first.
    above: list[Membership]
    people: list[Membership]
    today: date

    @property
    def breach(self) -> Breach:
        return self.breaches[0]

    @property
    def initiative(self) -> Initiative:
        return self.breach.metric.initiative

    @property
    def agreed(self) -> str:
        """What was agreed for all of them before it happened; empty where nothing was."""
        texts = [agreed_response(breach) for breach in self.breaches]
        return " · ".join(dict.fromkeys(texts)) if all(texts) else ""


def matter_of(breaches: Sequence[Breach], at: datetime) -> Matter:
    """Who can decide about these breaches, and who carries it out. A constant number of queries."""
    organization = breaches[0].organization
    initiatives = list({b.metric.initiative_id: b.metric.initiative for b in breaches}.values())
    members = Membership.objects.current().people().filter(organization=organization)
    people = list(members.exclude(role=Role.OBSERVER))
    tree = Tree(organization)
    answers = answers_for(initiatives)[initiatives[0].pk]
    # The lead who acts stands among those with a say anyway.
    own = [one for one in answers.people if one is not None and answers.because != "lead"]
    own += [answers.owner] if answers.because == "lead" and answers.owner else []
    say = _say_over(initiatives, people, tree)
    others = Breach.objects.undecided().filter(metric__initiative__in=initiatives)
    others = others.exclude(pk__in=[breach.pk for breach in breaches]).select_related("metric")
    return Matter(
        breaches=list(breaches),
        others=list(others) if len(breaches) == 1 else [],
        answers=answers.member,
        owner=answers.owner,
        deciders=list(dict.fromkeys([*own, *say] if len(initiatives) == 1 else say)),
        approvers=[one for one in say if stands_above_work(one, initiatives[0], answers, tree)],
        next_above=next_above(breaches[0], tree),
        above=may_go_up_to(say, breaches, tree),
        people=people,
        today=at.astimezone(organization.zone).date(),
    )


def _say_over(
    initiatives: Sequence[Initiative], people: Sequence[Membership], tree: Tree
) -> list[Membership]:
    """Who may decide about all of these initiatives besides their owner, nearest first."""
    above = [{team.lead_id for team in tree.upwards(one.team_id)} for one in initiatives]
    leads = set.intersection(*above)
    rank = {person.pk: i for i, person in enumerate(tree.path(initiatives[0].team_id))}
    found = [p for p in people if p.pk in leads or p.role == Role.EXECUTIVE]
    return sorted(found, key=lambda person: rank.get(person.pk, len(rank)))


@dataclass(frozen=True)
class Choice:
    """A kind of decision as a card, and the parts of the form that it opens."""

    value: str
    title: str
    hint: str
    shows: str
    checked: bool


class DecisionForm(forms.Form):
    """Every field there is; `kinds` says which parts belong to which kind."""

    # A part that is hidden would keep the form from being sent, and say nothing.
    use_required_attribute = False

    kind = forms.ChoiceField(label="What do we do about it?", widget=forms.RadioSelect)
    what = JudgedText(label="What changes, in words", widget=forms.Textarea(attrs={"rows": 2}))
    moved_from = JudgedText(label="From")
    moved_to = JudgedText(label="To")
    amount = JudgedText(label="How much")
    escalated_to = PersonField(label="To whom")
    decide_by = JudgedDay(label="Decides by", widget=date_input())
    new_floor = forms.CharField(label="New floor", required=False)
    new_ceiling = forms.CharField(label="New ceiling", required=False)
    new_from = forms.DateField(label="From", required=False, widget=date_input())
    check_on = JudgedDay(label="Back inside by", widget=date_input())
    expected = forms.CharField(label="What else we expect", required=False)
    also = forms.MultipleChoiceField(
        label="Decides these too", required=False, widget=forms.CheckboxSelectMultiple
    )
    decided_by = PersonField(label="Decided by")
    carried_out_by = PersonField(label="Carried out by")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        matter: Matter,
        decider: Membership | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(matter, decider))
        self.matter = matter
        kinds = [kind for kind in DecisionKind if _is_offered(kind, matter)]
        self._choose("kind", [(kind.value, kind.label) for kind in kinds])
        self._choose("also", [(str(b.pk), b.metric.name) for b in matter.others])
        self._people("decided_by").offer(matter.deciders)
        self._people("escalated_to").offer(
            matter.above,
            empty="Choose a person",
        )
        self._people("carried_out_by").offer(matter.people, empty="Nobody in particular")
        earliest, latest = check_dates(matter.breaches, matter.today)
        check = self._within("check_on", earliest, latest)
        check.label = _back(matter)
        check.help_text = (
            f"From {label('day', earliest)} to {label('day', latest, with_year=True)}, "
            f"at most six {matter.breach.metric.judged_per}s ahead."
        )
        self._within("decide_by", matter.today, latest)
        if matter.agreed:
            self.fields["what"].help_text = "May stay empty where what was agreed is done."

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def _people(self, name: str) -> PersonField:
        return cast(PersonField, self.fields[name])

    def _within(self, name: str, first: date, last: date) -> forms.Field:
        field = self.fields[name]
        field.widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        return field

    def add_error(self, field: str | None, error: Any) -> None:
        # The day by which the other person decides is the check date of an escalation.
        if field == "check_on" and self.data.get("kind") == DecisionKind.ESCALATE:
            field = "decide_by"
        super().add_error(field, error)

    def kinds(self) -> list[Choice]:
        """The kinds that can be chosen, as cards."""
        chosen, above = self["kind"].value(), self.matter.next_above
        found = []
        for kind in DecisionKind:
            if _is_offered(kind, self.matter):
                hint = _HINTS[kind]
                if kind == DecisionKind.ESCALATE:
                    hint = f"to {above.name}" if above else "nobody stands above"
                shows = _SHOWS.get(kind, "")
                found.append(Choice(kind.value, str(kind.label), hint, shows, kind.value == chosen))
        return found

    def offers(self) -> set[str]:
        """The kinds that can be chosen, by their values."""
        return {choice.value for choice in self.kinds()}

    def draft(self) -> Draft:
        values = self.cleaned_data
        escalates = values["kind"] == DecisionKind.ESCALATE
        names = set(Draft.__dataclass_fields__) - {"check_on"}
        return Draft(
            check_on=values["decide_by" if escalates else "check_on"],
            **{name: values[name] for name in names},
        )

    def breaches(self) -> list[Breach]:
        """Those it is about, and those that were ticked besides."""
        ticked = set(self.cleaned_data["also"])
        return [*self.matter.breaches, *(b for b in self.matter.others if str(b.pk) in ticked)]


def take_decision(
    request: PageRequest,
    form: DecisionForm,
    *,
    review: Review | None = None,
    replaces: Decision | None = None,
) -> Decision | None:
    """Record what was typed. None when it was refused: the form then says why."""
    if not form.is_valid():
        return None
    decision: Decision | None = try_action(
        form,
        record_decision,
        actor=request.actor,
        breaches=form.breaches(),
        draft=form.draft(),
        decided_by=form.cleaned_data["decided_by"],
        review=review,
        replaces=replaces,
    )
    return decision


def _is_offered(kind: DecisionKind, matter: Matter) -> bool:
    if kind == DecisionKind.AGREED:
        return bool(matter.agreed)
    if kind == DecisionKind.MOVE_THRESHOLD:
        return len(matter.breaches) == 1 and matter.breach.kind == Kind.THRESHOLD
    if kind == DecisionKind.RECOVERED:
        return all(breach.recovered_at is not None for breach in matter.breaches)
    return True


def _initial(matter: Matter, decider: Membership | None) -> dict[str, Any]:
    """What is filled in before anybody typed: the agreed response, a usual date, who answers."""
    breach = matter.breach
    kind = cast(PeriodKind, breach.metric.judged_per)
    running = period_start(kind, matter.today, breach.organization.week_start)
    usual = period_end(kind, shift(kind, running, USUAL_PERIODS))
    first = matter.deciders[0] if matter.deciders else None
    chosen = decider if decider in matter.deciders else first
    return {
        "kind": DecisionKind.AGREED.value if matter.agreed else None,
        "check_on": usual,
        "new_from": running,
        "decided_by": chosen.pk if chosen else None,
        "carried_out_by": matter.answers.pk if matter.answers else None,
        "escalated_to": matter.next_above.pk if matter.next_above else None,
        "decide_by": min(usual, period_end(kind, shift(kind, running, 1))),
    }


def _back(matter: Matter) -> str:
    """``Back above 45 by``: what a check date says of this breach."""
    breach = matter.breach
    if len(matter.breaches) > 1:
        return "Back inside by"
    if breach.kind == Kind.MISSING:
        return "A reading again by"
    if breach.limit is None:
        return "Back inside by"
    metric = breach.metric
    limit = with_unit(number(breach.limit, metric.decimals), metric.unit)
    return f"Back {'above' if breach.side == 'below' else 'below'} {limit} by"
