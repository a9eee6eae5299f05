from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Organization
from cadence.decks.compose import compose
from cadence.decks.drawing import Block
from cadence.decks.models import Annotation, Arrangement, PreRead
from cadence.ledger.rules import digest
from cadence.reviews.models import Review, ReviewSeries, SeriesKind

# A monthly review is read before it is held: what is read stands still from then on.
FROZEN_BEFORE = timedelta(days=1)


@dataclass(frozen=True)
class Deck:
    """The blocks of a deck in their order. ``frozen`` is set where they are those of the
    pre-read, ``is_verified`` says whether these are the ones whose hash is in the ledger."""

    blocks: list[Block]
    frozen: PreRead | None = None
    is_verified: bool = True


def deck_of(review: Review, at: datetime, *, now: bool = False) -> Deck:
    """The deck of a review: as it froze, where it did, unless it is asked as it is ``now``."""
    frozen = None if now else PreRead.objects.filter(review=review).first()
    if frozen is None:
        return Deck(arranged(review.series, compose(review, at)))
    verified = digest(frozen.content) == frozen.digest
    return Deck(frozen.content["blocks"], frozen, verified)


def arranged(series: ReviewSeries, blocks: Sequence[Block]) -> list[Block]:
    """The blocks as the series has them arranged, without those that are left out. What the
    arrangement does not know stands after what stands before it by default."""
    row = Arrangement.objects.filter(series=series).first()
    if row is None:
        return list(blocks)
    return [block for block in in_order(blocks, row.keys) if block["key"] not in set(row.left_out)]


def in_order(blocks: Sequence[Block], keys: Sequence[str]) -> list[Block]:
    """The blocks by their place among the keys; a new one follows its neighbour."""
    place = {key: at for at, key in enumerate(keys)}
    ranked, last = [], -1
    for at, block in enumerate(blocks):
        last = place.get(block["key"], last)
        ranked.append(((last, block["key"] not in place, at), block))
    return [block for _, block in sorted(ranked, key=lambda pair: pair[0])]


def annotations_of(review: Review) -> dict[str, list[Annotation]]:
    """Those that were not withdrawn, the earliest first, by the key of their block."""
    rows = Annotation.objects.filter(review=review, withdrawn_at__isnull=True)
    found: dict[str, list[Annotation]] = {}
    for row in rows.select_related("written_by"):
        found.setdefault(row.key, []).append(row)
    return found


def to_freeze(organization: Organization, at: datetime) -> list[Review]:
    """Monthly reviews that begin within a day, or have begun, and have no pre-read."""
    rows = Review.objects.planned() | Review.objects.open()
    return list(
        rows.filter(
            organization=organization,
            series__kind=SeriesKind.MONTHLY,
            starts_at__lte=at + FROZEN_BEFORE,
            pre_read__isnull=True,
        ).order_by("starts_at", "pk")
    )
