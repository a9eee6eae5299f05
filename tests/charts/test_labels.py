import itertools

from cadence.charts.labels import in_lanes, shorten, spread, width_of


def test_labels_never_lie_on_one_another() -> None:
    wanted = [(100.0 + 9 * i, f"decision D-{i}: moved two people") for i in range(12)]
    placed = [each for each in in_lanes(wanted, left=30, right=630, lanes=3) if each]
    assert placed
    for lane in range(3):
        row = sorted(
            (each.x, each.x + width_of(each.words)) for each in placed if each.lane == lane
        )
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(row))


def test_a_label_stays_inside_the_chart() -> None:
    first, last = in_lanes(
        [(31, "at the very left"), (629, "at the very right")], left=30, right=630, lanes=1
    )
    assert first is not None
    assert last is not None
    assert first.x == 30
    assert last.x + width_of(last.words) == 630


def test_the_first_and_last_dates_are_always_there() -> None:
    for count in (1, 2, 3, 13, 26, 53, 366):
        xs = [40 + 580 * i / max(count - 1, 1) for i in range(count)]
        chosen = spread(xs, ["16 Nov 2026"] * count, left=30, right=630)
        assert chosen[0] == 0
        assert chosen[-1] == count - 1
        assert len(chosen) <= 8


def test_long_words_end_in_an_ellipsis() -> None:
    assert shorten("moved two people", 8) == "moved t…"
    assert shorten("moved", 8) == "moved"
