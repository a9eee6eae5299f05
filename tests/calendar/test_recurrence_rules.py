"""The recurrence rules that are accepted, the ones that are refused, and how they read."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.calendar.periods import MONTH, WEEK, period_end, period_start, shift
from cadence.calendar.recurrence import CODES, Rule, RuleError

weekly = st.builds(
    lambda interval, days, week_start: Rule.parse(
        f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={','.join(days)};WKST={week_start}"
    ),
    st.integers(1, 8),
    st.lists(st.sampled_from(CODES), min_size=1, unique=True),
    st.sampled_from(CODES),
)
monthly = st.builds(
    lambda interval, part: Rule.parse(f"FREQ=MONTHLY;INTERVAL={interval};{part}"),
    st.integers(1, 12),
    st.one_of(
        st.builds("BYDAY={}{}".format, st.sampled_from([1, 2, 3, 4, -1]), st.sampled_from(CODES)),
        st.builds("BYMONTHDAY={}".format, st.sampled_from([*range(1, 29), -1])),
    ),
)
rules = st.one_of(weekly, monthly)

PIECES = ("FREQ", "WEEKLY", "MONTHLY", "BYDAY", "INTERVAL", "MO")


@pytest.mark.parametrize(
    ("text", "canonical", "english"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO", "every Monday"),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=MO", "every Monday"),
        ("rrule:byday=th,mo;freq=weekly", "FREQ=WEEKLY;BYDAY=MO,TH", "every Monday and Thursday"),
        (
            "FREQ=WEEKLY;BYDAY=FR,MO,WE;INTERVAL=1;WKST=SU",
            "FREQ=WEEKLY;BYDAY=MO,WE,FR",
            "every Monday, Wednesday and Friday",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;WKST=SU",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;WKST=SU",
            "every 2 weeks on Thursday",
        ),
        ("FREQ=MONTHLY;BYDAY=+1MO", "FREQ=MONTHLY;BYDAY=1MO", "the first Monday of each month"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYDAY=-1FR", "the last Friday of each month"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "FREQ=MONTHLY;BYMONTHDAY=15", "day 15 of each month"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYMONTHDAY=-1", "the last day of each month"),
        (
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU",
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU",
            "every 3 months on the second Tuesday",
        ),
    ],
)
def test_a_rule_has_one_canonical_text_and_reads_as_english(
    text: str, canonical: str, english: str
) -> None:
    assert str(Rule.parse(text)) == canonical
    assert Rule.parse(text).describe() == english


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("RRULE:", "empty"),
        ("RRULE:RRULE:FREQ=WEEKLY;BYDAY=MO", "not a part of a weekly rule|FREQ is missing"),
        ("every Monday", "KEY=VALUE"),
        ("BYDAY=MO", "FREQ is missing"),
        ("FREQ=SECONDLY", "FREQ is 'SECONDLY'"),
        ("FREQ=DAILY", "FREQ is 'DAILY'"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "FREQ is 'YEARLY'"),
        ("FREQ=", "KEY=VALUE"),
        ("FREQ=WEEKLY;FREQ=WEEKLY;BYDAY=MO", "FREQ is given twice"),
        ("FREQ=WEEKLY", "BYDAY is missing"),
        ("FREQ=WEEKLY;BYDAY=MO;", "KEY=VALUE"),
        ("FREQ=WEEKLY;BYDAY=MO\n", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=MO\x00", "BYDAY"),
        ("\x00", "KEY=VALUE"),
        ("\ud800", "not ASCII"),
        ("FREQ=WEEKLY;BYDAY=\u017fu", "not ASCII"),
        ("FREQ=WEEKLY;INTERVAL=\uff12;BYDAY=MO", "not ASCII"),
        ("FREQ=WEEKLY;BYDAY=MO,MO", "BYDAY names a day twice"),
        ("FREQ=WEEKLY;BYDAY=MO,", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=MO;INTERVAL=0", "INTERVAL is 0"),
        ("FREQ=WEEKLY;BYDAY=MO;INTERVAL=9", "INTERVAL is 9"),
        ("FREQ=WEEKLY;BYDAY=MO;INTERVAL=-1", "INTERVAL"),
        ("FREQ=WEEKLY;BYDAY=MO;INTERVAL=1.5", "INTERVAL"),
        ("FREQ=WEEKLY;BYDAY=MO;INTERVAL=" + "9" * 150, "INTERVAL"),
        ("FREQ=WEEKLY;BYDAY=MO;WKST=XX", "WKST"),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=3", "COUNT"),
        ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20270101", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", "BYHOUR"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
        ("FREQ=WEEKLY;BYDAY=MO;X-OWN=1", "X-OWN"),
        ("FREQ=WEEKLY;BYDAY=MO;=1", "KEY=VALUE"),
        ("FREQ=MONTHLY", "one of BYDAY and BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=1", "one of BYDAY and BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=1MO,2MO", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=5MO", "BYDAY is number 5"),
        ("FREQ=MONTHLY;BYDAY=-2MO", "BYDAY is number -2"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY is number 0"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY is 0"),
        ("FREQ=MONTHLY;BYMONTHDAY=29", "BYMONTHDAY is 29"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "BYMONTHDAY is -2"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;INTERVAL=13", "INTERVAL is 13"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;WKST=MO", "WKST"),
        ("FREQ=WEEKLY;BYDAY=" + "MO," * 4000, "too long"),
    ],
)
def test_a_rule_off_the_list_is_refused_with_the_part_and_the_reason(
    text: str, reason: str
) -> None:
    with pytest.raises(RuleError, match=reason) as refusal:
        Rule.parse(text)
    message = str(refusal.value)
    assert message.isascii()
    assert message.isprintable()
    assert len(message) < 250


@pytest.mark.parametrize(
    "make",
    [
        lambda: Rule(WEEK),
        lambda: Rule(WEEK, interval=0, weekdays=(0,)),
        lambda: Rule(WEEK, weekdays=(7,)),
        lambda: Rule(WEEK, weekdays=(0,), nth=1),
        lambda: Rule(WEEK, weekdays=(0,), week_start=9),
        lambda: Rule(MONTH),
        lambda: Rule(MONTH, weekdays=(0,)),
        lambda: Rule(MONTH, weekdays=(0,), nth=1, month_day=1),
    ],
)
def test_no_rule_off_the_list_can_be_made_in_code_either(make: type[Rule]) -> None:
    with pytest.raises(RuleError):
        make()  # type: ignore[call-arg]


@given(rules)
def test_the_canonical_text_is_read_back_as_the_same_rule(rule: Rule) -> None:
    assert Rule.parse(str(rule)) == rule
    assert str(Rule.parse(str(rule).lower())) == str(rule)
    assert rule.describe().isprintable()


@given(st.text())
def test_any_text_is_a_rule_or_refused_and_nothing_else(text: str) -> None:
    try:
        Rule.parse(text)
    except RuleError as refusal:
        assert str(refusal).isascii()


@given(st.lists(st.sampled_from([*PIECES, *"=;,10-", "\x00"])))
def test_any_pieces_of_rules_are_a_rule_or_refused(pieces: list[str]) -> None:
    try:
        Rule.parse("".join(pieces))
    except RuleError as refusal:
        assert str(refusal).isprintable()


@given(rules, st.dates(date(2010, 1, 1), date(2040, 12, 31)))
def test_a_rule_gives_at_least_one_date_inside_every_period(rule: Rule, day: date) -> None:
    start = period_start(rule.kind, day, rule.week_start)
    dates = rule.dates_in(start)
    assert dates
    assert dates == sorted(set(dates))
    assert start <= dates[0] <= dates[-1] <= period_end(rule.kind, start)
    assert dates[-1] < rule.dates_in(shift(rule.kind, start, 1))[0]
