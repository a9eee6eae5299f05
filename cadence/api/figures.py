"""What a metric comes to over weeks, months and to date, beside the year before."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint, existing
from cadence.api.fields import Exact, NamedMetricSerializer
from cadence.api.schema import describe
from cadence.calendar.spans import Span
from cadence.metrics.figures import figures_of, frame_of
from cadence.metrics.models import Comparison, Metric

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Between these there is a year before every span.
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
NAMES = ("week", "month", "quarter", "year")
ON = OpenApiParameter(
    "on",
    {"type": "string", "format": "date"},
    description="The latest week is the one that ended before this day; today unless said.",
)


class FigureSerializer(serializers.Serializer[Any]):
    first = serializers.DateField()
    last = serializers.DateField()
    value = Exact(allow_null=True)
    year_before = Exact(allow_null=True, help_text="The same span of the year before.")


class ToDateSerializer(serializers.Serializer[Any]):
    span = serializers.ChoiceField([(name, name) for name in NAMES])
    first = serializers.DateField()
    last = serializers.DateField()
    value = Exact(allow_null=True)
    change_to_year_before = Exact(allow_null=True, help_text="In what `comparison` says.")


class FiguresSerializer(serializers.Serializer[Any]):
    """A figure is null where a reading of its span is missing, and a change where there is nothing
    to compare with."""

    metric = NamedMetricSerializer()
    comparison = serializers.ChoiceField(
        Comparison.choices,
        help_text="What changes are told in: percent of the earlier value, or basis points.",
    )
    week_ending = serializers.DateField(help_text="The last day of the latest week.")
    weeks = FigureSerializer(many=True, help_text="Six, the oldest first.")
    months = FigureSerializer(many=True, help_text="Twelve that have ended, the oldest first.")
    change_to_week_before = Exact(allow_null=True, help_text="Of the latest week.")
    to_date = ToDateSerializer(
        many=True, help_text="The latest week; then month, fiscal quarter and year up to its end."
    )


class FiguresOfMetric(Endpoint):
    queryset = Metric.objects.all()
    serializer_class = FiguresSerializer

    @describe(gives=FiguresSerializer, parameters=[ON])
    def get(self, request: Request, pk: int) -> Response:
        """What a metric came to over six weeks, twelve months, and month, quarter and year to date,
        each with the year before."""
        metric = existing(Metric.objects.visible_to(self.actor), pk)
        frame = frame_of(self.actor.organization, self._day())
        (found,) = figures_of(self.actor.organization, [metric], frame)
        value, to_week_before, *compared = found.totals
        # The week's own change, then value and change of each span to date.
        pairs = [(value, compared[0]), *zip(compared[1::2], compared[2::2], strict=True)]
        spans = zip(NAMES, (frame.weeks[-1], *frame.to_date), pairs, strict=True)
        told = {
            "metric": metric,
            "comparison": metric.comparison,
            "week_ending": frame.week_ending,
            "weeks": _rows(frame.weeks, found.weeks, found.prior_weeks),
            "months": _rows(frame.months, found.months, found.prior_months),
            "change_to_week_before": to_week_before,
            "to_date": [
                {
                    "span": name,
                    "first": span.first,
                    "last": span.last,
                    "value": value,
                    "change_to_year_before": change,
                }
                for name, span, (value, change) in spans
            ],
        }
        return Response(FiguresSerializer(told, context=self.get_serializer_context()).data)

    def _day(self) -> date:
        text = self.request.query_params.get("on")
        if text is None:
            return self.today
        try:
            day = date.fromisoformat(text) if DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None or not EARLIEST <= day <= LATEST:
            raise ValidationError({"on": "This is a day such as 2026-11-16, from 1900 to 2199."})
        return day


def _rows(
    spans: Sequence[Span], values: Sequence[Any], before: Sequence[Any]
) -> list[dict[str, Any]]:
    return [
        {"first": span.first, "last": span.last, "value": value, "year_before": earlier}
        for span, value, earlier in zip(spans, values, before, strict=True)
    ]
