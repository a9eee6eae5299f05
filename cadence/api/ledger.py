from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.api.fields import NamedSerializer
from cadence.api.filters import LARGEST_ID, Id
from cadence.api.schema import describe
from cadence.ledger.models import Entry
from cadence.ledger.queries import verify


class SubjectSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(source="subject_type")
    id = serializers.IntegerField(source="subject_id")


class EntrySerializer(serializers.Serializer[Any]):
    """One thing that happened, chained to the one before by its hash."""

    sequence = serializers.IntegerField()
    event = serializers.CharField()
    actor = NamedSerializer(allow_null=True, help_text="Null is the system itself.")
    at = serializers.DateTimeField()
    subject = SubjectSerializer(source="*")
    data = serializers.DictField()  # type: ignore[assignment]
    previous_hash = serializers.CharField()
    hash = serializers.CharField()


class EntryFilters(filters.FilterSet):
    after = filters.NumberFilter("sequence", lookup_expr="gt", min_value=0, max_value=LARGEST_ID)
    event = filters.CharFilter("event", max_length=60)
    subject_type = filters.CharFilter("subject_type", max_length=40)
    subject_id = Id("subject_id")


class Ledger(Endpoint):
    queryset = Entry.objects.select_related("actor").order_by("sequence")
    serializer_class = EntrySerializer
    filterset_class = EntryFilters
    orders = {"sequence": "sequence"}
    unique = ("sequence",)

    @describe(gives=EntrySerializer(many=True))
    def get(self, request: Request) -> Response:
        """What happened, in order. `after` the last sequence that you know is what is new."""
        return self.page()


class LedgerFaultSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    reason = serializers.CharField()


class VerificationSerializer(serializers.Serializer[Any]):
    entries = serializers.IntegerField(help_text="How many were computed again.")
    head = serializers.CharField(help_text="The last hash: note it elsewhere, as a checkpoint.")
    intact = serializers.BooleanField()
    fault = LedgerFaultSerializer(allow_null=True, help_text="The first one, where there is any.")


class LedgerVerification(Endpoint):
    queryset = Entry.objects.none()
    serializer_class = VerificationSerializer

    @describe(gives=VerificationSerializer)
    def get(self, request: Request) -> Response:
        """Compute the whole chain again and say whether it is as it was written."""
        found = verify(self.actor.organization)
        told = {
            "entries": found.entries,
            "head": found.head,
            "intact": found.fault is None,
            "fault": found.fault,
        }
        return Response(VerificationSerializer(told).data)
