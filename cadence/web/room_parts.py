"""What each part of the review room shows in the middle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects

from accounts.tree import Tree
from cadence.breaches.models import Breach
from cadence.breaches.queries import with_work
from cadence.calendar.periods import PeriodKind, last_ended
from cadence.decisions.models import Commitment, Decision
from cadence.escalations.queries import with_steps
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.scorecards import Cell, Score, breaches_that_matter, scores
from cadence.initiatives.models import Initiative
from cadence.metrics.models import Metric
from cadence.ownership.orphans import Orphan, orphans
from cadence.ownership.queries import Answerable, answers_for, standings
from cadence.permissions import Act, may
from cadence.reviews.agenda import latest_judgements, metrics_in
from cadence.reviews.models import AgendaItem, AgendaKind
from cadence.reviews.queries import silent_owners
from cadence.web.breach_facts import facts_of
from cadence.web.breaches import may_record
from cadence.web.commitments import CommitmentForm
from cadence.web.decision_forms import DecisionForm, matter_of
from cadence.web.fields import JudgedText
from cadence.web.hand_over import InterimForm, OfferForm
from cadence.web.shell import PageRequest

if TYPE_CHECKING:
    from cadence.web.room import Room

Typed = Mapping[str, Any]
ROWS = 100


class NoteForm(forms.Form):
    """A line that is put after the notes."""

    # Its own id: commitments are written down on the same page, in a field of the same name.
    text = JudgedText(label="Add to the notes", widget=forms.TextInput(attrs={"id": "id_note"}))


class NotesForm(forms.Form):
    """The notes of the review, and the text that the writer started from.

    ``theirs`` is what somebody else has saved meanwhile.
    """

    theirs = ""

    notes = JudgedText(label="Notes", strip=False, widget=forms.Textarea(attrs={"rows": 6}))
    seen = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)


def context_of(request: PageRequest, room: "Room", typed: Typed) -> dict[str, Any]:
    """The context of the part that is looked at. A constant number of queries for each."""
    name = room.part.name
    template = f"cadence/reviews/_{_TEMPLATES.get(name, name)}.html"
    return {"part_template": template, **_PARTS[name](request, room, typed)}


def _breach(request: PageRequest, room: "Room", typed: Typed) -> dict[str, Any]:
    """One breach a screen: its facts, the others of the part, and the form where one may."""
    items = [item.breach for item in room.part.items if item.breach is not None]
    if room.item is None or room.item.breach is None:
        return {"facts": None}
    breach = with_organization(room.item.breach, room)
    here = next(i for i, one in enumerate(items) if one.pk == breach.pk)
    facts = facts_of(breach, room.at)
    team = breach.metric.initiative.team_id
    lead = room.review.facilitator_id if team in room.teams else None
    allowed = may_record(request.actor, facts, facilitator=lead)
    form = typed.get("decision")
    if form is None and allowed and (not breach.is_decided or breach.is_escalated):
        form = DecisionForm(matter=matter_of([breach], room.at), decider=breach.answerable)
    return {
        "facts": facts,
        "breach": breach,
        "items": items,
        "number": here + 1,
        "previous_item": items[here - 1] if here else None,
        "next_item": items[here + 1] if here + 1 < len(items) else None,
        "form": form,
        "who_may": "" if allowed else Act.RECORD_DECISION.sentence,
    }


def with_organization(breach: Breach, room: "Room") -> Breach:
    """The organization is known: asking for it again would cost a query at each step."""
    organization = room.review.organization
    breach.organization = breach.metric.organization = organization
    breach.metric.initiative.organization = organization
    return breach


@dataclass(frozen=True)
class VerdictRow:
    """A decision whose verdict the review looks at."""

    decision: Decision
    may_acknowledge: bool


@dataclass(frozen=True)
class CommitmentRow:
    commitment: Commitment
    may_settle: bool
    form: forms.Form | None


def _follow_through(request: PageRequest, room: "Room", typed: Typed) -> dict[str, Any]:
    decisions = [item.decision for item in _of(room, AgendaKind.VERDICT) if item.decision]
    commitments = [item.commitment for item in _of(room, AgendaKind.COMMITMENT) if item.commitment]
    prefetch_related_objects(decisions, with_work("breaches"))
    with_steps(commitments, (one.verdict for one in decisions))
    about = {one.pk: [b.metric.initiative for b in one.breaches.all()] for one in decisions}
    work = [initiative for listed in about.values() for initiative in listed]
    places = standings([*work, *(one.initiative for one in commitments)])

    def allowed(act: Act, initiative: Initiative, facilitator: int | None = None) -> bool:
        return may(request.actor, act, **places[initiative.pk], facilitator=facilitator)

    lead = room.review.facilitator_id
    refused = typed.get("drop", {})
    return {
        "verdicts": [
            VerdictRow(one, all(allowed(Act.RECORD_DECISION, each, lead) for each in about[one.pk]))
            for one in decisions
        ],
        "commitments": [
            CommitmentRow(
                one,
                room.takes_part
                and (one.person_id == request.actor.pk or allowed(Act.COMMIT, one.initiative)),
                refused.get(one.pk),
            )
            for one in commitments
        ],
    }


@dataclass(frozen=True)
class Line:
    """A row of the scorecard: the period that ended last, and the breach that waits there."""

    score: Score
    cell: Cell
    breach: Breach | None

    @property
    def is_silent(self) -> bool:
        """Green is silence."""
        return self.score.state.kind == "ok"


def _scorecard(request: PageRequest, room: "Room", typed: Typed) -> dict[str, Any]:
    """Inputs before outcomes. As many queries for many rows as for one of each kind of period."""
    around = Surroundings(room.review.organization, room.at)
    metrics = metrics_in(room.teams)
    judged = latest_judgements(room.review, metrics, around.today)
    listed = Paginator(metrics, ROWS).get_page(request.GET.get("page"))
    by_kind: dict[str, list[Metric]] = {}
    for metric in listed:
        by_kind.setdefault(metric.judged_per, []).append(metric)
    found: dict[int, Score] = {}
    for kind, members in by_kind.items():
        ended = last_ended(cast(PeriodKind, kind), around.today, around.organization.week_start)
        found |= {score.metric.pk: score for score in scores(around, members, ended)}
    breaches = breaches_that_matter(list(found))
    lines = []
    for metric in listed:
        undecided = [one for one in breaches.get(metric.pk, ()) if not one.is_decided]
        score = found[metric.pk]
        lines.append(Line(score, score.cells[-1], next(iter(undecided), None)))
    return {
        "page": listed,
        "lines": lines,
        "total": len(metrics),
        "readings_in": len(judged),
        "beyond": sum(row.is_beyond for row in judged),
        "missing": [item.metric for item in room.part.items if item.metric is not None],
    }


@dataclass(frozen=True)
class OrphanRow:
    """An initiative that was orphaned when the review opened, and how it stands now."""

    item: AgendaItem
    orphan: Orphan | None
    may_offer: bool
    form: OfferForm | None
    interim: InterimForm | None
    answers: Answerable
    holds: bool


def _ownership(request: PageRequest, room: "Room", typed: Typed) -> dict[str, Any]:
    organization = room.review.organization
    silent = silent_owners(organization, room.at, teams=room.teams)
    live = orphans(organization, room.at, team_ids=room.teams, silent=silent)
    with_steps(one.previous for one in live if one.previous)
    now = {orphan.initiative.pk: orphan for orphan in live}
    items = _of(room, AgendaKind.ORPHAN)
    work = [item.initiative for item in items if item.initiative is not None]
    places, answers = standings(work), answers_for(work, Tree(organization))
    chosen = request.GET.get("item", "")
    offer: OfferForm | None = typed.get("offer")
    meanwhile: InterimForm | None = typed.get("interim")
    if refused := offer or meanwhile:
        chosen = str(refused.initiative.pk)
    holding = {link.hold.id for link in room.holds if link.hold.kind == "orphan"}
    rows = []
    for item in items:
        initiative = item.initiative
        assert initiative is not None
        may_offer = may(request.actor, Act.OFFER_OWNERSHIP, **places[initiative.pk])
        form, interim = None, None
        if may_offer and str(initiative.pk) == chosen:
            initiative.organization = organization
            form = offer or OfferForm(initiative=initiative)
            interim = meanwhile or InterimForm(initiative=initiative)
        one, who, held = now.get(initiative.pk), answers[initiative.pk], initiative.pk in holding
        rows.append(OrphanRow(item, one, may_offer, form, interim, who, held))
    return {"rows": rows}


def _read_back(request: PageRequest, room: "Room", typed: Typed) -> dict[str, Any]:
    review = room.review
    made = review.commitments.select_related("person", "initiative").order_by("due_on", "pk")
    initial = {"notes": review.notes, "seen": review.notes}
    return {
        "made": list(made),
        "commitment_form": typed.get("commitment")
        or CommitmentForm(None, request.actor, initiatives_in(room.teams), room.at),
        "notes_form": typed.get("notes") or NotesForm(initial=initial),
    }


def initiatives_in(teams: set[int]) -> Any:
    return Initiative.objects.going().filter(team__in=teams)


def _close(request: PageRequest, room: "Room", typed: Typed) -> dict[str, Any]:
    return {}


def _of(room: "Room", kind: AgendaKind) -> list[AgendaItem]:
    return [item for item in room.part.items if item.kind == kind]


_PARTS: dict[str, Callable[[PageRequest, "Room", Typed], dict[str, Any]]] = {
    "follow_through": _follow_through,
    "scorecard": _scorecard,
    "ownership": _ownership,
    "escalations": _breach,
    "breaches": _breach,
    "read_back": _read_back,
    "close": _close,
}
_TEMPLATES = {"escalations": "breach", "breaches": "breach"}
