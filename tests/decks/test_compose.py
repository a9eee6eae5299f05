"""The deck of a review from its scope: what is in it, in which order, and the same when frozen."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cadence.behaviour.actions import rebase
from cadence.decks.actions import annotate, arrange_deck, freeze_due, withdraw_annotation
from cadence.decks.compose import compose
from cadence.decks.drawing import drawn
from cadence.decks.models import Annotation, Arrangement, PreRead
from cadence.decks.queries import annotations_of, deck_of, in_order
from cadence.errors import Conflict, Forbidden, Invalid, NotFound
from cadence.ledger.models import Entry
from cadence.ledger.rules import digest
from cadence.metrics.models import Judgement, Metric
from tests.cast import AT, LAST_WEEK, Cast

HOUR = timedelta(hours=1)


def keys(blocks: list[Any]) -> list[str]:
    return [block["key"] for block in blocks]


def by_key(blocks: list[Any]) -> dict[str, Any]:
    return {block["key"]: block for block in blocks}


def read(cast: Cast, values: list[int], metric: Metric | None = None) -> None:
    """Weeks up to the last one, as readings and as what they are judged."""
    metric = metric or cast.demos
    for at, value in enumerate(values):
        day = LAST_WEEK - timedelta(weeks=len(values) - 1 - at)
        cast.reading(value, starts_on=day, metric=metric)
        Judgement.objects.create(
            organization=cast.acme,
            metric=metric,
            starts_on=day,
            value=Decimal(value),
            floor=Decimal(45),
            result="below" if value < 45 else "inside",
        )


def test_inputs_stand_before_outcomes_and_all_parts_are_there(cast: Cast) -> None:
    read(cast, [50, 52, 48])
    blocks = compose(cast.open_review(), AT)
    found = keys(blocks)
    demos, revenue = f"graph:{cast.demos.pk}", f"graph:{cast.revenue.pk}"
    assert found[0] == "direction"
    assert found.index(f"initiative:{cast.pipeline.pk}") < found.index(demos) < found.index(revenue)
    assert found[-6:] == ["weeks", "months", "below", "decisions", "ownership", "commitments"]
    assert len(set(found)) == len(found)


def test_a_graph_has_six_weeks_and_the_threshold_beside_them(cast: Cast) -> None:
    read(cast, [50, 52, 48])
    graph = by_key(compose(cast.open_review(), AT))[f"graph:{cast.demos.pk}"]
    main, target = graph["lines"]
    assert main["weeks"] == [None, None, None, "50", "52", "48"]
    assert (target["style"], target["weeks"]) == ("target", ["45"] * 6)
    assert len(graph["axis"]) == 18
    assert graph["totals"][0]["values"][:2] == ["48", "-7.692307692"]


def test_a_signal_brings_its_chart_of_process_behaviour(cast: Cast) -> None:
    read(cast, [50, 51, 50, 51, 50, 51, 50, 51, 50, 51, 50, 20])
    review = cast.open_review()
    block = by_key(compose(review, AT))[f"behaviour:{cast.demos.pk}"]
    assert block["words"] == "Signal. It is beyond the natural limits."
    assert "chart-behaviour" in str(drawn(block).chart)
    rebase(
        actor=cast.dana,
        at=AT,
        metric=cast.demos,
        starts_on=LAST_WEEK,
        reason="Another team books them.",
    )
    assert f"behaviour:{cast.demos.pk}" not in keys(compose(review, AT))


def test_what_is_beyond_decided_orphaned_and_promised_is_listed(cast: Cast) -> None:
    decision = cast.decision(cast.breach())
    cast.breach(cast.metric())
    found = by_key(compose(cast.open_review(), AT + 2 * HOUR))
    assert [row["path"].split("/")[0] for row in found["below"]["rows"]] == ["breaches"] * 2
    assert found["decisions"]["rows"][0]["path"] == f"decisions/{decision.number}"
    assert found["ownership"]["kind"] == found["commitments"]["kind"] == "list"


def test_nothing_of_others_is_in_it(cast: Cast) -> None:
    blocks = compose(cast.open_review(cast.series(cast.demand)), AT)
    assert cast.pipeline.name in str(blocks)
    assert cast.betas_metric.name not in str(blocks)


def test_every_block_can_be_drawn(cast: Cast) -> None:
    read(cast, [50, 51, 50, 51, 50, 51, 50, 51, 50, 51, 50, 20])
    cast.decision(cast.breach())
    for block in compose(cast.open_review(), AT):
        assert drawn(block).title


def test_a_deck_of_many_metrics_asks_no_more_than_that_of_few(cast: Cast) -> None:
    read(cast, [50, 52])
    review = cast.open_review()
    with CaptureQueriesContext(
        connection,
    ) as few:
        compose(review, AT)
    for _ in range(4):
        metric = cast.metric(initiative=cast.pipeline)
        read(cast, [50, 52], metric)
        cast.breach(metric)
    with CaptureQueriesContext(connection) as many:
        compose(review, AT)
    assert len(many) == len(few)


def test_an_arrangement_is_remembered_for_the_series(cast: Cast) -> None:
    series = cast.series()
    review = cast.open_review(series)
    arrangement = arrange_deck(
        actor=cast.fay, at=AT, series=series, keys=["commitments", "below"], left_out=["months"]
    )
    found = keys(deck_of(review, AT).blocks)
    assert found.index("commitments") < found.index("below")
    assert "months" not in found
    again = arrange_deck(actor=cast.fay, at=AT, series=series, keys=["below", "commitments"])
    assert again.pk == arrangement.pk
    assert Entry.objects.filter(event="deck.arranged").count() == 2
    assert Arrangement.objects.get().arranged_by == cast.fay


def test_what_the_arrangement_does_not_know_follows_its_neighbour() -> None:
    blocks = [{"key": key} for key in ("a", "new", "b", "c")]
    assert keys(in_order(blocks, ["c", "a", "b"])) == ["c", "a", "new", "b"]
    assert keys(in_order(blocks, [])) == ["a", "new", "b", "c"]


def test_only_who_runs_the_review_arranges_its_deck(cast: Cast) -> None:
    series = cast.series()
    with pytest.raises(Forbidden):
        arrange_deck(actor=cast.olu, at=AT, series=series, keys=[])
    with pytest.raises(NotFound):
        arrange_deck(actor=cast.sven, at=AT, series=series, keys=[])


@pytest.mark.parametrize(
    "given", ["below", None, [1], ["below; drop"], ["x" * 80], ["below"] * 1001, {"a": 1}]
)
def test_keys_that_are_none_are_refused(cast: Cast, given: object) -> None:
    with pytest.raises(Invalid) as caught:
        arrange_deck(actor=cast.fay, at=AT, series=cast.series(), keys=given)
    assert [problem.field for problem in caught.value.problems] == ["keys"]


def test_somebody_says_something_of_a_block_and_withdraws_it(cast: Cast) -> None:
    review = cast.open_review()
    said = annotate(actor=cast.olu, at=AT, review=review, key="below", text="One cause.")
    assert annotations_of(review) == {"below": [said]}
    with pytest.raises(Forbidden):
        withdraw_annotation(actor=cast.nils, at=AT, annotation=said)
    withdraw_annotation(actor=cast.olu, at=AT, annotation=said)
    assert annotations_of(review) == {}
    assert Annotation.objects.count() == 1
    with pytest.raises(Conflict):
        withdraw_annotation(actor=cast.olu, at=AT, annotation=said)


def test_observers_and_strangers_say_nothing(cast: Cast) -> None:
    review = cast.open_review()
    with pytest.raises(Forbidden):
        annotate(actor=cast.obi, at=AT, review=review, key="below", text="x")
    with pytest.raises(NotFound):
        annotate(actor=cast.sven, at=AT, review=review, key="below", text="x")


def monthly(cast: Cast, starts_in: timedelta) -> Any:
    series = cast.series(kind="monthly")
    return cast.planned_review(series, starts_at=AT + starts_in, occurs_on=date(2026, 11, 17))


def test_a_monthly_pre_read_freezes_a_day_before(cast: Cast) -> None:
    read(cast, [50, 52, 48])
    review = monthly(cast, 25 * HOUR)
    assert freeze_due(at=AT, organization=cast.acme) == 0
    assert freeze_due(at=AT + HOUR, organization=cast.acme) == 1
    assert freeze_due(at=AT + 2 * HOUR, organization=cast.acme) == 0
    frozen = PreRead.objects.get(review=review)
    assert frozen.digest == digest(frozen.content)
    entry = Entry.objects.get(event="pre_read.frozen")
    assert entry.data["sha256"] == frozen.digest


def test_what_was_shown_stays_as_it_was(cast: Cast) -> None:
    read(cast, [50, 52, 48])
    review = monthly(cast, HOUR)
    freeze_due(at=AT, organization=cast.acme)
    before = deck_of(review, AT).blocks
    cast.demos.name = "Something else"
    cast.demos.save(update_fields=["name"])
    cast.breach()
    after = deck_of(review, AT + HOUR)
    assert after.blocks == before
    assert after.frozen is not None and after.is_verified
    assert deck_of(review, AT + HOUR, now=True).blocks != before


def test_weekly_reviews_and_those_that_are_over_do_not_freeze(cast: Cast) -> None:
    cast.planned_review(cast.series(), starts_at=AT + HOUR)
    over = monthly(cast, HOUR)
    over.missed_at = AT
    over.save(update_fields=["missed_at"])
    assert freeze_due(at=AT, organization=cast.acme) == 0
