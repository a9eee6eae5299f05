"""Arranging the deck of a series, annotating that of a review, and freezing it as a pre-read."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Membership, Organization
from cadence.decks.compose import compose
from cadence.decks.models import Annotation, Arrangement, PreRead
from cadence.decks.queries import arranged, to_freeze
from cadence.errors import Conflict, NotFound
from cadence.inputs import Inputs
from cadence.ledger.actions import append
from cadence.ledger.rules import digest
from cadence.permissions import Act, require
from cadence.reviews.access import lock_review, standing
from cadence.reviews.models import Review, ReviewSeries

MOST_KEYS = 1000
_KEY = re.compile(r"[a-z]{2,20}(:[0-9]{1,18})?")


@transaction.atomic
def arrange_deck(
    *,
    actor: Membership,
    at: datetime,
    series: ReviewSeries,
    keys: object,
    left_out: object = (),
) -> Arrangement:
    """Remember the order of the blocks of a deck, and which are left out, for all its reviews."""
    found = (
        ReviewSeries.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=series.pk, organization_id=actor.organization_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such series.")
    require(actor, Act.RUN_REVIEW, team=found.team_id, facilitator=found.facilitator_id)
    inputs = Inputs()
    order = _keys(inputs, "keys", keys)
    absent = _keys(inputs, "left_out", left_out)
    inputs.done()
    if found.ended_at is not None:
        raise Conflict("The series has ended.", code="series_ended")
    arrangement, _ = Arrangement.objects.update_or_create(
        series=found,
        defaults={
            "organization_id": found.organization_id,
            "keys": order,
            "left_out": absent,
            "arranged_by": actor,
            "arranged_at": at,
        },
    )
    append(
        organization=found.organization_id,
        event="deck.arranged",
        actor=actor,
        at=at,
        subject=found,
        data={"keys": order, "left_out": absent},
    )
    return arrangement


@transaction.atomic
def annotate(
    *, actor: Membership, at: datetime, review: Review, key: object, text: object
) -> Annotation:
    """Say something of a block of the deck of a review that is not over."""
    review = lock_review(actor, review)
    require(actor, Act.TAKE_PART)
    inputs = Inputs()
    block = inputs.text("key", key, longest=60)
    if block and not _KEY.fullmatch(block):
        inputs.refuse("key", "There is no such block.")
    words = inputs.text("text", text, longest=1000)
    inputs.done()
    if review.closed_at is not None or review.missed_at is not None:
        raise Conflict("The review is over.", code="review_over")
    annotation = Annotation.objects.create(
        organization_id=review.organization_id,
        review=review,
        key=block,
        text=words,
        written_by=actor,
        written_at=at,
    )
    append(
        organization=review.organization_id,
        event="deck.annotated",
        actor=actor,
        at=at,
        subject=review,
        data={"key": block, "text": words},
    )
    return annotation


@transaction.atomic
def withdraw_annotation(*, actor: Membership, at: datetime, annotation: Annotation) -> Annotation:
    """By whoever wrote it, or who runs the review. It stays on record."""
    review = lock_review(actor, annotation.review)
    annotation = Annotation.objects.select_for_update(no_key=True).get(pk=annotation.pk)
    if annotation.written_by_id != actor.pk:
        require(actor, Act.RUN_REVIEW, **standing(review))
    if annotation.withdrawn_at is not None:
        raise Conflict("It was withdrawn already.", code="annotation_withdrawn")
    annotation.withdrawn_at = at
    annotation.save(update_fields=["withdrawn_at"])
    append(
        organization=review.organization_id,
        event="deck.annotation_withdrawn",
        actor=actor,
        at=at,
        subject=review,
        data={"key": annotation.key, "text": annotation.text},
    )
    return annotation


def freeze_due(*, at: datetime, organization: Organization) -> int:
    """Freeze the pre-read of every monthly review whose hour has come, and count them."""
    return sum(_freeze(at, review) for review in to_freeze(organization, at))


@transaction.atomic
def _freeze(at: datetime, review: Review) -> bool:
    review = lock_review(None, review)
    # Two ticks at once: the second one waited here.
    if PreRead.objects.filter(review=review).exists() or review.closed_at is not None:
        return False
    content = {
        "series": review.series.name,
        "team": review.team.name,
        "starts_at": review.starts_at.isoformat(),
        "frozen_at": at.isoformat(),
        "blocks": arranged(review.series, compose(review, at)),
    }
    sealed = digest(content)
    PreRead.objects.create(
        organization_id=review.organization_id,
        review=review,
        frozen_at=at,
        content=content,
        digest=sealed,
    )
    append(
        organization=review.organization_id,
        event="pre_read.frozen",
        actor=None,
        at=at,
        subject=review,
        data={"sha256": sealed, "blocks": len(content["blocks"])},
    )
    return True


def _keys(inputs: Inputs, field: str, given: object) -> list[str]:
    """Keys of blocks, each once; those that nobody knows are kept for when they are there again."""
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > MOST_KEYS:
        inputs.refuse(field, f"This is a list of at most {MOST_KEYS:,} keys of blocks.")
        return []
    if not all(isinstance(one, str) and _KEY.fullmatch(one) for one in given):
        inputs.refuse(field, "A key is a word, perhaps with a colon and a number: graph:12.")
        return []
    return list(dict.fromkeys(given))
