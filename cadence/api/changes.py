"""What happened since: the ledger in order, for whoever follows along.

The number of an entry is given under the lock of the ledger's head, which is held until the entry
is written for good. So numbers become visible in their order and without gaps, however many write
at once: whoever asks for what comes after the last number they know misses nothing.
"""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint
from cadence.api.fields import NamedSerializer
from cadence.api.filters import LARGEST_ID
from cadence.api.ledger import SubjectSerializer
from cadence.api.schema import describe
from cadence.ledger.models import Entry

PER_PAGE = 100
MOST = 1000


class ChangeSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(source="sequence", help_text="One more than the one before.")
    event = serializers.CharField(help_text="Such as `decision.recorded`.")
    subject = SubjectSerializer(source="*")
    actor = NamedSerializer(allow_null=True, help_text="Null is the system itself.")
    at = serializers.DateTimeField()


class ChangesSerializer(serializers.Serializer[Any]):
    results = ChangeSerializer(many=True)
    after = serializers.IntegerField(help_text="The last number here: ask for what is after it.")
    more = serializers.BooleanField(help_text="Whether there is more already.")
    next = serializers.CharField(help_text="Where to go on, now or later.")


def _whole(name: str, least: int, most: int, default: int, words: str) -> OpenApiParameter:
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=words)


AFTER = _whole("after", 0, LARGEST_ID, 0, "The last number that you know; 0 is the beginning.")
LIMIT = _whole("limit", 1, MOST, PER_PAGE, "How many at most.")


class Changes(Endpoint):
    queryset = Entry.objects.select_related("actor").order_by("sequence")
    serializer_class = ChangesSerializer
    filterset_class: type[filters.FilterSet] | None = None

    @describe(gives=ChangesSerializer, parameters=[AFTER, LIMIT])
    def get(self, request: Request) -> Response:
        """What happened after a number, in order and without gaps. `next` is where to go on."""
        after = self._asked("after", 0, LARGEST_ID, 0)
        limit = self._asked("limit", 1, MOST, PER_PAGE)
        found = list(self.get_queryset().filter(sequence__gt=after)[: limit + 1])
        shown = found[:limit]
        last = shown[-1].sequence if shown else after
        address = request.build_absolute_uri(request.path)
        changes = {
            "results": shown,
            "after": last,
            "more": len(found) > limit,
            "next": f"{address}?after={last}&limit={limit}",
        }
        return Response(ChangesSerializer(changes).data)

    def _asked(self, name: str, least: int, most: int, default: int) -> int:
        text = self.request.query_params.get(name, str(default))
        if text.isascii() and text.isdigit() and len(text) <= 19 and least <= int(text) <= most:
            return int(text)
        raise ValidationError({name: f"This is a whole number from {least} to {most}."})
