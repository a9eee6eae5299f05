"""What is said of one value, to people who have to decide."""

from decimal import Decimal

from cadence.analysis.reading import Verdict, read_signal


def numbers(*values: int) -> list[Decimal | None]:
    return [Decimal(value) for value in values]


def test_a_value_beyond_the_limits_is_a_signal_that_has_a_cause() -> None:
    found = read_signal(numbers(*[48, 54] * 12, 20), [24], floor=Decimal(45))
    assert (found.verdict, found.title) == (Verdict.SIGNAL, "Signal")
    assert found.why == "It is beyond the natural limits."
    assert "caused" in found.question
    # An ordinary value of the same series is none.
    assert read_signal(numbers(*[48, 54] * 12, 20), [3]).verdict == Verdict.ROUTINE


def test_a_low_value_of_a_wide_process_is_routine() -> None:
    found = read_signal(numbers(*[40, 60, 44, 58] * 4), [0], floor=Decimal(45))
    assert (found.verdict, found.title) == (Verdict.ROUTINE, "Routine variation")
    assert found.assurance == "will do either, by chance"
    assert found.limits is not None and found.limits[0] < 40 < 60 < found.limits[1]
    assert "the way the work is done" in found.question


def test_runs_and_values_near_a_limit_are_signals_too() -> None:
    run = read_signal(numbers(*[1, 2] * 4, *[-1, -2] * 4), [12, 15])
    assert "run of eight" in run.why
    near = read_signal(numbers(0, 1, -1, 1, -1, 1, -1, 0, 3, 3, 0, 3, -3, -1, -3, -2), [11])
    assert "three are nearer a limit" in near.why


def test_five_values_say_nothing_yet() -> None:
    found = read_signal(numbers(1, 2, 3, 2, 1), [4], floor=Decimal(3))
    assert (found.verdict, found.assurance) == (Verdict.UNKNOWN, "")
    assert found.why == "There are 5 readings; 6 are needed to tell a signal from chance."
