"""The deck of a review: its blocks as shown, how they are arranged, what is said of them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cadence.api.endpoint import Endpoint, existing
from cadence.api.fields import Input, NamedSerializer, Told, text
from cadence.api.schema import describe
from cadence.decks.actions import MOST_KEYS, annotate, arrange_deck, withdraw_annotation
from cadence.decks.models import Annotation, Arrangement
from cadence.decks.queries import deck_of
from cadence.reviews.models import Review, ReviewSeries

_KEYS = {
    "type": "array",
    "maxItems": MOST_KEYS,
    "items": {"type": "string", "maxLength": 60, "pattern": "^[a-z]{2,20}(:[0-9]{1,18})?$"},
}
_BLOCK = {
    "type": "object",
    "description": "What else it has hangs on its kind: see the documentation of decks.",
    "properties": {
        "key": {"type": "string"},
        "kind": {"type": "string", "enum": ["graph", "table", "behaviour", "list", "section"]},
        "title": {"type": "string"},
    },
    "required": ["key", "kind", "title"],
    "additionalProperties": True,
}


class DeckSerializer(serializers.Serializer[Any]):
    review = serializers.IntegerField()
    frozen_at = serializers.DateTimeField(
        allow_null=True, help_text="When it froze as a pre-read; null while it moves."
    )
    sha256 = serializers.CharField(
        allow_null=True, help_text="Of the pre-read, as in the entry of the ledger."
    )
    is_verified = serializers.BooleanField(help_text="Whether the pre-read has that hash.")
    blocks = serializers.SerializerMethodField()

    @extend_schema_field({"type": "array", "items": _BLOCK})
    def get_blocks(self, told: dict[str, Any]) -> Any:
        return told["blocks"]


class AnnotationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    review = serializers.IntegerField(source="review_id")
    key = serializers.CharField(help_text="Of the block that it is about.")
    text = serializers.CharField()
    written_by = NamedSerializer()
    written_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class AnnotationInput(Input):
    key = text(60)
    text = text(1000)


class ArrangementSerializer(serializers.Serializer[Any]):
    series = serializers.IntegerField(source="series_id")
    keys = serializers.ListField(child=serializers.CharField())
    left_out = serializers.ListField(child=serializers.CharField())
    arranged_by = NamedSerializer()
    arranged_at = serializers.DateTimeField()


class ArrangementInput(Input):
    keys = Told(_KEYS)
    left_out = Told(_KEYS, required=False)


class DeckOfReview(Endpoint):
    queryset = Review.objects.select_related("organization", "series", "team")
    serializer_class = DeckSerializer

    @describe(
        gives=DeckSerializer,
        parameters=[
            OpenApiParameter(
                "now",
                {"type": "string", "enum": ["true"]},
                description="As it is now, also where it froze.",
            )
        ],
    )
    def get(self, request: Request, pk: int) -> Response:
        """The blocks that the review looks at, arranged: as they froze, where they did."""
        review = self.found(pk)
        found = deck_of(review, self.at, now=request.query_params.get("now") == "true")
        told = {
            "review": review.pk,
            "frozen_at": found.frozen.frozen_at if found.frozen else None,
            "sha256": found.frozen.digest if found.frozen else None,
            "is_verified": found.is_verified,
            "blocks": found.blocks,
        }
        return Response(DeckSerializer(told).data)


class AnnotationEndpoint(Endpoint):
    queryset = Annotation.objects.select_related("written_by", "review").order_by("pk")
    serializer_class = AnnotationSerializer


class AnnotationsOfReview(AnnotationEndpoint):
    @describe(gives=AnnotationSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """What was said of the deck of a review, also what was withdrawn."""
        return self.page(self.get_queryset().filter(review=self.review(pk)))

    @describe(
        takes=AnnotationInput, gives=AnnotationSerializer, status=201, conflicts=["review_over"]
    )
    def post(self, request: Request, pk: int) -> Response:
        """Say something of a block."""
        review = self.review(pk)
        taken = self.take(AnnotationInput)
        return self.answer(annotate(actor=self.actor, at=self.at, review=review, **taken), 201)

    def review(self, pk: int) -> Any:
        return existing(Review.objects.filter(organization=self.actor.organization_id), pk)


class AnnotationWithdrawal(AnnotationEndpoint):
    @describe(gives=AnnotationSerializer, conflicts=["annotation_withdrawn"])
    def post(self, request: Request, pk: int) -> Response:
        """By whoever wrote it, or who runs the review. It stays on record."""
        annotation = self.found(pk)
        return self.answer(withdraw_annotation(actor=self.actor, at=self.at, annotation=annotation))


class ArrangementOfSeries(Endpoint):
    queryset = Arrangement.objects.select_related("arranged_by")
    serializer_class = ArrangementSerializer

    @describe(takes=ArrangementInput, gives=ArrangementSerializer, conflicts=["series_ended"])
    def post(self, request: Request, pk: int) -> Response:
        """Arrange the deck of all reviews of a series: the order of its blocks, and what is left
        out."""
        series: QuerySet[ReviewSeries] = ReviewSeries.objects.filter(
            organization=self.actor.organization_id
        )
        found = existing(series, pk)
        taken = self.take(ArrangementInput)
        return self.answer(arrange_deck(actor=self.actor, at=self.at, series=found, **taken))
