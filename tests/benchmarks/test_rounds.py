"""The figures of `make bench` are ratios of rounds; here it is only asked whether it can count."""

from collections.abc import Iterator

from benchmarks.context import NO_TARGET, at_least, at_most
from benchmarks.rounds import Ratio, interleave
from benchmarks.table import Line, printed


def of(*values: float) -> Iterator[float]:
    return iter(values)


def test_the_ratio_is_the_median_of_the_rounds_and_has_its_spread() -> None:
    ours, reference = of(99, 10, 30, 20), of(99, 10, 10, 10)
    ratio = interleave(lambda: next(ours), lambda: next(reference), rounds=3, unit="rows/s")
    assert (ratio.median, ratio.least, ratio.most) == (2, 1, 3)
    assert (ratio.ours, ratio.reference) == (20, 10)


def test_how_many_times_faster_is_the_reference_divided_by_ours() -> None:
    ratio = interleave(lambda: 2.0, lambda: 100.0, rounds=5, unit="rows/s", inverse=True)
    assert ratio.median == 50


def test_the_shorter_of_two_times_is_taken_as_often_as_fits_into_the_longer() -> None:
    calls = {"ours": 0, "reference": 0}

    def timed(name: str, took: float) -> float:
        calls[name] += 1
        return took

    ratio = interleave(
        lambda: timed("ours", 50), lambda: timed("reference", 10), rounds=4, unit="ms"
    )
    assert ratio.median == 5
    # Two to warm up and to compare, then four rounds.
    assert calls == {"ours": 2 + 4, "reference": 2 + 4 * 5}


def test_a_verdict_says_which_target_is_reached() -> None:
    assert [at_most(4, 2).verdict(ratio) for ratio in (2, 4, 5)] == ["good", "enough", "SHORT"]
    assert [at_least(4, 8).verdict(ratio) for ratio in (8, 4, 3)] == ["good", "enough", "SHORT"]


def test_the_table_has_what_was_skipped_and_what_has_no_target() -> None:
    ratio = Ratio(2, 1, 3, 20, 10, "ms", 5)
    shown = printed(
        [
            Line("1", "One", "SQLite", "bare", ratio, at_most(4, 2)),
            Line("2", "Two", "", "bare", ratio, NO_TARGET),
            Line("3", "Three", "SQLite", "", None, None, "failed"),
        ]
    ).splitlines()
    assert "≤ 4" in shown[2]
    assert "good" in shown[2]
    assert "≤" not in shown[3]
    assert "failed" in shown[4]
