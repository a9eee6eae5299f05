"""The log of decisions: searched, filtered, a page at a time."""

import re
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.models import Membership, Team
from accounts.tree import Tree
from cadence.decisions.models import Decision, DecisionKind, VerdictResult
from cadence.web.fields import date_input
from cadence.web.shell import PageRequest

_NUMBER = re.compile(r"\s*[dD]?-?([0-9]{1,9})\s*")
_FIRST = ("q", "kind", "verdict")
_WAITING = [
    ("approval", "Waits for approval"),
    ("awaited", "Waits for its check date"),
    ("unacknowledged", "Verdict not acknowledged"),
]


class LogForm(forms.Form):
    """What to look for in the log. What makes no sense is passed over, not refused."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "D-112, a metric, an initiative, words"}
        ),
    )
    kind = forms.ChoiceField(
        label="Kind", required=False, choices=[("", "All kinds"), *DecisionKind.choices]
    )
    verdict = forms.ChoiceField(
        label="What came of it",
        required=False,
        choices=[("", "Anything"), *VerdictResult.choices, *_WAITING],
    )
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    decided_by = forms.ModelChoiceField(
        Membership.objects.none(), required=False, empty_label="Anybody"
    )
    since = forms.DateField(label="From", required=False, widget=date_input())
    until = forms.DateField(label="To", required=False, widget=date_input())

    def __init__(self, request: PageRequest) -> None:
        super().__init__(request.GET)
        self.request = request
        deciders = Decision.objects.visible_to(request.actor).values("decided_by")
        for name, rows in (
            ("team", Team.objects.filter(organization=request.organization)),
            ("decided_by", Membership.objects.filter(pk__in=deciders)),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows

    @property
    def is_used(self) -> bool:
        return any(self.request.GET.get(name) for name in self.fields)

    def first(self) -> list[forms.BoundField]:
        return [self[name] for name in _FIRST]

    def rest(self) -> list[forms.BoundField]:
        """What is asked for less often, and stands behind a fold."""
        return [self[name] for name in self.fields if name not in _FIRST]

    @property
    def is_narrowed(self) -> bool:
        return any(self.request.GET.get(field.name) for field in self.rest())

    def found(self) -> "QuerySet[Decision]":
        """The decisions that match, the latest first."""
        self.full_clean()
        wanted = self.cleaned_data
        rows = Decision.objects.visible_to(self.request.actor).filter(self._conditions(wanted))
        if team := wanted.get("team"):
            below = Tree(self.request.organization).below(team.pk)
            rows = rows.filter(breaches__metric__initiative__team__in=below)
        if words := wanted.get("q"):
            rows = rows.filter(_mentions(words))
        return rows.distinct().order_by("-number")

    def _conditions(self, wanted: dict[str, Any]) -> Q:
        condition = Q()
        if kind := wanted.get("kind"):
            condition &= Q(kind=kind)
        if decider := wanted.get("decided_by"):
            condition &= Q(decided_by=decider)
        if since := wanted.get("since"):
            condition &= Q(decided_at__date__gte=since)
        if until := wanted.get("until"):
            condition &= Q(decided_at__date__lte=until)
        return condition & _came_of_it(wanted.get("verdict") or "")


def _came_of_it(verdict: str) -> Q:
    if verdict in VerdictResult.values:
        return Q(verdict__result=verdict)
    if verdict == "approval":
        return Q(needs_approval=True, approval__isnull=True)
    if verdict == "awaited":
        answered = Q(needs_approval=False) | Q(approval__approved=True)
        return Q(check_on__isnull=False, verdict__isnull=True) & answered
    if verdict == "unacknowledged":
        return Q(verdict__isnull=False, verdict__acknowledged_at__isnull=True)
    return Q()


def _mentions(words: str) -> Q:
    if match := _NUMBER.fullmatch(words):
        return Q(number=int(match[1]))
    return (
        Q(what__icontains=words)
        | Q(breaches__metric__name__icontains=words)
        | Q(breaches__metric__initiative__name__icontains=words)
    )
