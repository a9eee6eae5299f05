"""Decks: how they are arranged, what is said of them, what was frozen."""

from datetime import timedelta
from typing import Any

from cadence.decks.models import Annotation, Arrangement, PreRead
from tests.architecture.attack import Attempt, attack, never_deleted, update
from tests.architecture.rows import rule
from tests.cast import AT, Cast

LATER = AT + timedelta(days=1)


def arrangement(cast: Cast, **facts: Any) -> Arrangement:
    return Arrangement.objects.create(
        **{
            "organization": cast.acme,
            "series": cast.series(),
            "keys": ["below", "direction"],
            "left_out": ["months"],
            "arranged_by": cast.fay,
            "arranged_at": AT,
            **facts,
        }
    )


def annotation(cast: Cast, **facts: Any) -> Annotation:
    return Annotation.objects.create(
        **{
            "organization": cast.acme,
            "review": cast.open_review(),
            "key": "below",
            "text": "Two of these are one cause.",
            "written_by": cast.olu,
            "written_at": AT,
            **facts,
        }
    )


def pre_read(cast: Cast, **facts: Any) -> PreRead:
    return PreRead.objects.create(
        **{
            "organization": cast.acme,
            "review": cast.open_review(),
            "frozen_at": AT,
            "content": {"blocks": []},
            "digest": "d" * 64,
            **facts,
        }
    )


def pre_read_of_another(cast: Cast) -> PreRead:
    """Not saved: a review has one."""
    row = pre_read(cast)
    row.pk, row.review = None, cast.open_review()
    return row


never_deleted("an_arrangement_is_never_deleted", arrangement)
never_deleted("an_annotation_is_never_deleted", annotation)


@attack("an_arrangement_stays_with_its_series")
def stays_with_its_series(cast: Cast, attempt: Attempt) -> None:
    attempt.keeps(arrangement(cast), series_id=cast.series().pk)


@attack("an_annotation_is_only_withdrawn")
def only_withdrawn(cast: Cast, attempt: Attempt) -> None:
    attempt.keeps(
        annotation(cast),
        review_id=cast.open_review().pk,
        key="months",
        text="Something else",
        written_by_id=cast.nils.pk,
        written_at=LATER,
    )


@attack("a_withdrawn_annotation_stays_withdrawn")
def stays_withdrawn(cast: Cast, attempt: Attempt) -> None:
    attempt.keeps(annotation(cast, withdrawn_at=AT), withdrawn_at=LATER)


@attack("a_pre_read_stays_as_it_is")
def stays_as_it_is(cast: Cast, attempt: Attempt) -> None:
    row = pre_read(cast)
    attempt.refused(update(row, content={"blocks": ["another"]}))
    attempt.refused(update(row, digest="e" * 64))
    attempt.refused(update(row, frozen_at=LATER))


rule("an_annotation_says_something", annotation, {}, {"text": ""}, {"key": ""})
rule("a_pre_read_has_its_hash", pre_read_of_another, {}, {"digest": ""})
