"""What is typed about a metric and its threshold. The shape only; the actions judge."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.models import Organization
from cadence.metrics.models import (
    Aggregation,
    Comparison,
    Formula,
    Kind,
    Metric,
    Period,
    Threshold,
)

DATE = forms.DateInput({"type": "date"}, "%Y-%m-%d")
NUMBER = {"inputmode": "decimal", "class": "num"}


class MetricForm(forms.Form):
    """What may change of a metric, always."""

    name = forms.CharField(max_length=160, help_text="What is counted: Qualified demos booked.")
    unit = forms.CharField(
        required=False, max_length=30, help_text="demos, hours, %, €. Every number carries it."
    )
    decimals = forms.CharField(
        max_length=2, initial="0", widget=forms.TextInput({"inputmode": "numeric"})
    )
    kind = forms.ChoiceField(choices=Kind.choices, widget=forms.RadioSelect, initial=Kind.LEADING)
    comparison = forms.ChoiceField(
        label="Changes are said",
        choices=Comparison.choices,
        initial=Comparison.PERCENT,
        help_text="A share that grows from 25 % to 26 % grows by 4 %, or by 100 basis points.",
    )
    leads_to = forms.ModelChoiceField(
        Metric.objects.none(),
        required=False,
        label="Should move",
        empty_label="Nothing named",
        help_text="The outcome that this input should move.",
    )
    grace_days = forms.CharField(
        label="Grace",
        required=False,
        max_length=2,
        widget=forms.TextInput({"inputmode": "numeric"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        organization: Organization,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        outcomes = Metric.objects.live().filter(organization=organization, kind=Kind.LAGGING)
        self.fields["leads_to"].queryset = outcomes.order_by("name")  # type: ignore[attr-defined]
        self.fields["grace_days"].help_text = (
            "Working days after the end of a period until its reading is missing. "
            f"Empty: {organization.grace_days}, as everywhere."
        )


READ = "read"


class Shows(forms.RadioSelect):
    """Radios that show the part of the form which belongs to them."""

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().create_option(name, value, *args, **options)
        found["attrs"]["data-shows"] = "read" if value == READ else "computed"
        return found


class NewMetricForm(MetricForm):
    """And what may not change afterwards: the values there are would mean something else."""

    formula = forms.ChoiceField(
        label="Where its values come from",
        choices=[(READ, "It is read: typed in, or sent by a machine"), *Formula.choices],
        widget=Shows,
        initial=READ,
    )
    operands = forms.ModelChoiceField(
        Metric.objects.none(), label="First metric", empty_label="Choose one"
    )
    second = forms.ModelChoiceField(
        Metric.objects.none(), label="Second metric", empty_label="Choose one"
    )
    others = forms.ModelMultipleChoiceField(
        Metric.objects.none(),
        required=False,
        label="More metrics",
        help_text="Of a sum only, ten in all.",
    )
    read_per = forms.ChoiceField(label="Read once a", choices=Period.choices, initial=Period.WEEK)
    judged_per = forms.ChoiceField(
        label="Judged once a",
        required=False,
        choices=[("", "the same"), *Period.choices],
        help_text="A longer period adds its readings up.",
    )
    aggregation = forms.ChoiceField(
        label="By their", choices=Aggregation.choices, initial=Aggregation.SUM
    )
    key = forms.SlugField(
        required=False,
        max_length=80,
        help_text="A name for machines and imports. Empty: made from the name.",
    )

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, organization=organization, **options)
        there = Metric.objects.live().filter(
            organization=organization, initiative__ended_at__isnull=True
        )
        for name in ("operands", "second", "others"):
            self.fields[name].queryset = there.order_by("name")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The operands in their order. What the chosen part does not hold was not sent."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        is_read = found.get("formula") == READ
        for name in ("operands", "second", "others") if is_read else ("read_per", "aggregation"):
            self.errors.pop(name, None)
            found.pop(name, None)
        if is_read:
            found["formula"] = ""
        else:
            others = (found.pop("second", None), *(found.pop("others", None) or ()))
            named = (found.get("operands"), *others)
            found["operands"] = [one for one in named if one is not None]
        return found


class RebaseForm(forms.Form):
    """From when on natural limits are computed anew, and why."""

    starts_on = forms.DateField(
        label="From", widget=DATE, help_text="The period that holds this day is the first."
    )
    reason = forms.CharField(
        label="Why",
        max_length=500,
        help_text="What was changed in the way the work is done.",
    )


def as_typed(metric: Metric) -> dict[str, Any]:
    """A metric as its form shows it."""
    return {
        name: getattr(metric, name)
        for name in ("name", "unit", "decimals", "kind", "comparison", "grace_days")
    } | {"leads_to": metric.leads_to_id}


class ThresholdForm(forms.Form):
    """A floor, a ceiling or both, each a number or another metric, and what will be done."""

    floor = forms.CharField(
        label="Floor", required=False, max_length=60, widget=forms.TextInput(NUMBER)
    )
    floor_metric = forms.ModelChoiceField(
        Metric.objects.none(), required=False, label="or a metric", empty_label="None"
    )
    ceiling = forms.CharField(
        label="Ceiling", required=False, max_length=60, widget=forms.TextInput(NUMBER)
    )
    ceiling_metric = forms.ModelChoiceField(
        Metric.objects.none(), required=False, label="or a metric", empty_label="None"
    )
    periods_in_a_row = forms.CharField(
        label="Periods in a row",
        max_length=2,
        initial="1",
        widget=forms.TextInput({"inputmode": "numeric"}),
        help_text="How many have to be beyond it before somebody must act.",
    )
    starts_on = forms.DateField(label="Holds from", required=False, widget=DATE)
    agreed_response = forms.CharField(
        label="Agreed response",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What we will do if it is crossed, agreed before it happens.",
    )
    reason = forms.CharField(label="Why it is set so", required=False, max_length=500)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, metric: Metric, **options: Any
    ) -> None:
        super().__init__(data, **options)
        others = Metric.objects.live().filter(
            organization=metric.organization_id, judged_per=metric.judged_per
        )
        others = others.exclude(pk=metric.pk).order_by("name")
        for name in ("floor_metric", "ceiling_metric"):
            self.fields[name].queryset = others  # type: ignore[attr-defined]
        self.fields["starts_on"].help_text = f"Empty: from the running {metric.judged_per}."

    @property
    def wanted(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


def as_set(threshold: Threshold | None) -> dict[str, Any]:
    """The threshold that holds, as the form for the next one begins."""
    if threshold is None:
        return {}
    return {
        "floor": _digits(threshold.floor),
        "ceiling": _digits(threshold.ceiling),
        "floor_metric": threshold.floor_metric_id,
        "ceiling_metric": threshold.ceiling_metric_id,
        "periods_in_a_row": threshold.periods_in_a_row,
        "agreed_response": threshold.agreed_response,
    }


def _digits(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"
