from datetime import date, timedelta
from decimal import Decimal

from cadence.charts import Limits, Mark, Point, history_chart
from tests.charts.reading_svg import names, of_class, parsed, words

MONDAY = date(2026, 8, 31)


def weeks(*values: str | None, floor: str | None = "45", ceiling: str | None = None) -> list[Point]:
    points = []
    for i, value in enumerate(values):
        day = MONDAY + timedelta(weeks=i)
        number, low = (None if each is None else Decimal(each) for each in (value, floor))
        high = None if ceiling is None else Decimal(ceiling)
        beyond = number is not None and (
            (low is not None and number < low) or (high is not None and number > high)
        )
        points.append(Point(day, f"{day.day} {day:%b %Y}", number, low, high, beyond))
    return points


def draw(points: list[Point], marks: tuple[Mark, ...] = (), unit: str = "demos") -> str:
    return history_chart(points, marks=marks, unit=unit, decimals=0, label="Demos booked")


def test_every_point_says_what_it_is_and_takes_focus() -> None:
    points = of_class(parsed(draw(weeks("52", None, "31"))), "point")
    assert list(names(points)) == [
        "31 Aug 2026: 52 demos",
        "7 Sep 2026: no reading",
        "14 Sep 2026: 31 demos, below the floor of 45",
    ]
    assert {each.get("tabindex") for each in points} == {"0"}
    assert {each.get("role") for each in points} == {"img"}


def test_the_chart_is_a_named_group_so_that_its_points_are_reachable() -> None:
    root = parsed(draw(weeks("52", "31")))
    assert root.get("role") == "group"
    assert list(names([root])) == ["Demos booked"]


def test_the_line_has_a_gap_where_a_reading_is_missing() -> None:
    root = parsed(draw(weeks("52", "50", None, "51", "49")))
    assert len(of_class(root, "line")) == 2
    assert len(of_class(root, "gap")) == 1


def test_below_and_above_have_shapes_of_their_own() -> None:
    (below,) = of_class(parsed(draw(weeks("52", "31"))), "beyond")
    (above,) = of_class(parsed(draw(weeks("20", "31", floor=None, ceiling="24"))), "beyond")
    shapes = [
        next(part.get("d", "") for part in g if part.get("class") == "shape")
        for g in (below, above)
    ]
    for shape, tip_is_lowest in zip(shapes, (True, False), strict=True):
        ys = [float(pair.split()[1]) for pair in shape.strip("MZ").split("L")]
        assert (ys[2] == max(ys)) is tip_is_lowest
    assert next(names([above])).endswith("31 demos, above the ceiling of 24")


def test_each_version_of_a_threshold_is_a_step_with_its_label() -> None:
    points = weeks("52", "50", "51", floor="40") + [
        Point(p.starts_on + timedelta(weeks=3), p.label, p.value, p.floor, p.ceiling)
        for p in weeks("52", "50", "51", floor="45")
    ]
    root = parsed(draw(points))
    assert len(of_class(root, "threshold")) == 2
    assert {"floor 40", "floor 45"} <= set(words(root))


def test_a_target_that_moves_every_week_does_not_drown_the_chart_in_labels() -> None:
    points = [
        Point(MONDAY + timedelta(weeks=i), f"week {i}", Decimal(100 + i), Decimal(90 + i))
        for i in range(52)
    ]
    labels = [each for each in words(parsed(draw(points))) if each.startswith("floor")]
    assert "floor 141" in labels
    assert len(labels) == 2


def test_decisions_are_dashed_verticals_with_their_words() -> None:
    marks = (
        Mark(MONDAY + timedelta(days=8), "D-112: moved two SDRs", "decision"),
        Mark(MONDAY + timedelta(days=9), "floor moved from 40 to 45", "threshold"),
        Mark(MONDAY - timedelta(days=9), "before the chart begins", "decision"),
    )
    root = parsed(draw(weeks("52", "50", "51"), marks))
    drawn = of_class(root, "mark")
    assert list(names(drawn)) == [
        "8 Sep 2026: D-112: moved two SDRs",
        "9 Sep 2026: floor moved from 40 to 45",
    ]
    assert "D-112: moved two SDRs" in words(root)


def test_all_decisions_stay_reachable_when_there_is_no_room_for_their_words() -> None:
    marks = tuple(
        Mark(MONDAY + timedelta(days=i), f"D-{i}: a decision of some length", "decision")
        for i in range(20)
    )
    root = parsed(draw(weeks("52", "50", "51", "49"), marks))
    assert len(of_class(root, "mark")) == 20


def test_the_axis_carries_the_unit() -> None:
    assert "demos" in words(parsed(draw(weeks("52", "31"))))
    assert "40%" in words(parsed(draw(weeks("52", "31"), unit="%")))
    assert "€40" in words(parsed(draw(weeks("52", "31"), unit="€")))


def test_first_and_last_dates_are_written() -> None:
    said = words(parsed(draw(weeks(*["50"] * 13))))
    assert {"31 Aug 2026", "23 Nov 2026"} <= set(said)


def test_without_a_single_reading_the_chart_says_so() -> None:
    root = parsed(draw(weeks(None, None, None)))
    assert words(root) == ["No readings in this span: 31 Aug 2026 to 14 Sep 2026"]
    assert not of_class(root, "line")
    assert words(parsed(draw([]))) == ["No readings yet"]


def test_one_point_and_equal_values_can_be_drawn() -> None:
    assert len(of_class(parsed(draw(weeks("50"))), "point")) == 1
    assert len(of_class(parsed(draw(weeks("45", "45", "45"))), "point")) == 3
    assert len(of_class(parsed(draw(weeks("0", "0", floor="0"))), "point")) == 2
    same_day = [Point(MONDAY, "31 Aug 2026", Decimal(i), None, None) for i in range(3)]
    assert len(of_class(parsed(draw(same_day, (Mark(MONDAY, "x", "decision"),))), "point")) == 3


def test_the_smallest_and_the_largest_stand_in_one_chart() -> None:
    root = parsed(draw(weeks("0.000000000001", "1e15", "-1e15", floor="1e-12")))
    said = list(names(of_class(root, "point")))
    assert said[0] == "31 Aug 2026: 1×10⁻¹² demos"
    assert said[1] == "7 Sep 2026: 1,000,000,000,000,000 demos"


def test_what_is_no_number_is_a_gap() -> None:
    root = parsed(draw([Point(MONDAY, "a", Decimal("NaN")), Point(MONDAY, "b", Decimal(1))]))
    assert len(of_class(root, "gap")) == 1


def test_hostile_words_stay_words() -> None:
    hostile = "<script>alert('x')</script>\x00\x1b\ud800&\"]]>"
    svg = history_chart(
        [Point(MONDAY, hostile, Decimal(1), Decimal(2), None, beyond=True)],
        marks=[Mark(MONDAY, hostile, "decision")],
        unit=hostile,
        decimals=0,
        label=hostile,
    )
    root = parsed(svg)
    assert root.get("aria-label") == "<script>alert('x')</script>&\"]]>"
    assert "\x00" not in svg


def test_natural_limits_are_a_band() -> None:
    svg = history_chart(
        weeks("52", "50"),
        unit="demos",
        decimals=0,
        label="Demos",
        limits=Limits(Decimal(33), Decimal(67)),
    )
    root = parsed(svg)
    assert len(of_class(root, "limits")) == 1
    assert "limits 33 to 67" in words(root)


def test_a_template_prints_a_chart_without_escaping_it() -> None:
    svg = history_chart(weeks("52"), unit="demos", decimals=0, label="Demos")
    assert svg.__html__() == svg
