"""What waits for the person of the token: their week, as on the page of that name."""

from datetime import timedelta
from typing import Any

from django.db.models import prefetch_related_objects
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.breaches import BreachSerializer
from cadence.api.commitments import CommitmentSerializer
from cadence.api.endpoint import Endpoint
from cadence.api.fields import Exact, NamedMetricSerializer, NamedSerializer, NumberedSerializer
from cadence.api.reviews import SeriesNameSerializer
from cadence.api.schema import describe
from cadence.breaches.queries import to_decide
from cadence.calendar.periods import WEEK, last_ended
from cadence.decisions.models import Commitment
from cadence.decisions.queries import open_commitments
from cadence.escalations.queries import steps
from cadence.evaluation.breaching import Surroundings
from cadence.evaluation.entries import entries_of_week
from cadence.evaluation.queries import to_acknowledge, to_approve, work_of
from cadence.initiatives.models import Initiative
from cadence.ownership.queries import offered_to
from cadence.reviews.queries import being_held, upcoming

DAYS_AHEAD = 14


class AskedReadingSerializer(serializers.Serializer[Any]):
    """A reading that was given or is owed."""

    metric = NamedMetricSerializer()
    period = serializers.DateField(source="starts_on", help_text="Its first day.")
    value = Exact(source="reading.value", allow_null=True, default=None)
    due_on = serializers.DateField(
        allow_null=True, help_text="The last day on which it is in time; null when it is not owed."
    )
    is_late = serializers.BooleanField()


class AskedOfferSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    initiative = NamedSerializer()
    due_at = serializers.DateTimeField(help_text="Until when an answer is awaited.")


class ToSeeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    decision = NumberedSerializer()
    result = serializers.CharField()
    given_at = serializers.DateTimeField()


class NextReviewSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    series = SeriesNameSerializer()
    state = serializers.CharField()
    starts_at = serializers.DateTimeField()


class MyWeekSerializer(serializers.Serializer[Any]):
    week = serializers.DateField(help_text="The first day of the week that ended last.")
    readings = AskedReadingSerializer(many=True)
    breaches = BreachSerializer(many=True, help_text="That wait for your decision.")
    approvals = NumberedSerializer(many=True, help_text="Decisions that wait for your approval.")
    verdicts = ToSeeSerializer(many=True, help_text="That you should acknowledge.")
    offers = AskedOfferSerializer(many=True, help_text="Initiatives that you are asked to own.")
    commitments = CommitmentSerializer(many=True, help_text="Yours, due within two weeks.")
    reviews = NextReviewSerializer(many=True, help_text="Open now, or within two weeks.")


class MyWeek(Endpoint):
    queryset = Commitment.objects.none()
    serializer_class = MyWeekSerializer

    @describe(gives=MyWeekSerializer)
    def get(self, request: Request) -> Response:
        """What waits for you: readings, breaches, approvals, verdicts, offers, commitments."""
        actor, organization = self.actor, self.actor.organization
        around = Surroundings(organization, self.at)
        work: list[Initiative] = list(
            work_of(actor, around.tree).select_related("team", "organization")
        )
        week = last_ended(WEEK, around.today, organization.week_start)
        until = around.today + timedelta(days=DAYS_AHEAD)
        commitments = [one for one in open_commitments(actor) if one.due_on <= until]
        breaches = to_decide(actor)
        for things in (breaches, commitments):
            prefetch_related_objects(things, steps())
        soon = upcoming(organization, self.at, self.at + timedelta(days=DAYS_AHEAD))
        now = {
            "week": week,
            "readings": entries_of_week(around, work, week),
            "breaches": breaches,
            "approvals": to_approve(actor),
            "verdicts": to_acknowledge(actor),
            "offers": list(offered_to(actor, self.at)),
            "commitments": commitments,
            "reviews": [*being_held(organization), *soon.filter(opened_at__isnull=True)],
        }
        return Response(MyWeekSerializer(now, context=self.get_serializer_context()).data)
