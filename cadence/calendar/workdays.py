"""Working days: weekends, public holidays, the days an organization is closed, and deadlines.

Weekends and public holidays come from the `holidays` library, by country and subdivision
(ISO 3166). Without a country the weekend is Saturday and Sunday and there are no public holidays.
Dates outside the years of `periods` raise PeriodError, which is a ValueError.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from unicodedata import normalize
from zoneinfo import ZoneInfo

from holidays import country_holidays
from holidays.registry import COUNTRIES

from cadence.calendar.periods import check_year, within_years

ONE_DAY = timedelta(days=1)

_NAMES = {
    code: key.replace("_", " ").title().replace(" And ", " and ").replace(" Of ", " of ")
    for key, (_, code, *_) in COUNTRIES.items()
} | {
    # The names the library spells as identifiers.
    "BL": "Saint Barthélemy",
    "BQ": "Bonaire, Sint Eustatius and Saba",
    "CD": "DR Congo",
    "CW": "Curaçao",
    "GS": "South Georgia and the South Sandwich Islands",
    "GW": "Guinea-Bissau",
    "HK": "Hong Kong",
    "HM": "Heard Island and McDonald Islands",
    "RE": "Réunion",
    "SH": "Saint Helena, Ascension and Tristan da Cunha",
    "ST": "São Tomé and Príncipe",
    "TL": "Timor-Leste",
    "VC": "Saint Vincent and the Grenadines",
}


class CalendarError(ValueError):
    """No calendar for this country or subdivision. The message is a sentence for a person."""


@dataclass(frozen=True)
class WorkingCalendar:
    """The days on which an organization works.

    `country` is an ISO 3166-1 code ("DE") or empty, `subdivision` the part after the dash of an
    ISO 3166-2 code ("BY") or empty. Raise CalendarError for one that the library does not know.
    """

    country: str = ""
    subdivision: str = ""
    closing_days: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        _check_place(self.country, self.subdivision)

    def is_working_day(self, day: date) -> bool:
        """Say whether the day is neither weekend nor public holiday nor closing day."""
        days_off, _ = _year(self.country, self.subdivision, within_years(day).year)
        return day not in days_off and day not in self.closing_days

    def next_working_day(self, day: date) -> date:
        """Return the day itself when it is a working day, otherwise the first one after it."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day after the day, which itself is not counted.

        With n = 0, the day itself or the next working day. A count from a Saturday is therefore
        the same as from the Friday before: one working day later is Monday.
        """
        if n < 0:
            raise ValueError("Working days are counted forward only.")
        if n == 0:
            return self.next_working_day(day)
        for _ in range(n):
            day = self.next_working_day(day + ONE_DAY)
        return day

    def working_days_between(self, a: date, b: date) -> int:
        """Return how many working days there are after `a` up to and including `b`.

        Negative when b is the earlier one. For n > 0, `add_working_days(a, n)` is n days from `a`.
        """
        if b < a:
            return -self.working_days_between(b, a)
        within_years(a)
        return sum(self.is_working_day(a + ONE_DAY * i) for i in range(1, (b - a).days + 1))

    def holiday_name(self, day: date) -> str | None:
        """Return the English name of the public holiday, where there is one; None on other days."""
        _, names = _year(self.country, self.subdivision, within_years(day).year)
        return names.get(day)

    def deadline(self, at: datetime, days: int, zone: ZoneInfo) -> datetime:
        """Return the last second of the local day that is `days` working days after `at`, in UTC.

        `at` is aware. Counted like add_working_days, from the date that `at` has in the zone.
        """
        if at.tzinfo is None:
            raise ValueError("A deadline is counted from a time with a zone.")
        check_year(at.year)
        return end_of_day(self.add_working_days(at.astimezone(zone).date(), days), zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the last second of the day in the zone, as a time in UTC."""
    midnight = datetime.combine(within_years(day) + ONE_DAY, time.min, zone)
    # Where the clock goes back near midnight, a day can have two midnights after it, or one that
    # is repeated within the next day; fold=0 is also the moment of a gap that swallows midnight.
    ends = [midnight.replace(fold=fold).astimezone(UTC) - timedelta(seconds=1) for fold in (0, 1)]
    return max((end for end in ends if end.astimezone(zone).date() == day), default=ends[0])


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which the day is over in the zone, in UTC."""
    return end_of_day(day, zone) + timedelta(seconds=1)


def country_choices() -> list[tuple[str, str]]:
    """Return (code, English name) of every country with a calendar, by name."""
    return sorted(_NAMES.items(), key=lambda choice: normalize("NFKD", choice[1]))


def is_country(code: str) -> bool:
    """Say whether there is a calendar for this ISO 3166-1 alpha-2 code, in capitals."""
    return code in _NAMES


@lru_cache(maxsize=1024)
def _check_place(country: str, subdivision: str) -> None:
    if not country and not subdivision:
        return
    if not is_country(country):
        raise CalendarError(f"There is no calendar for the country {country[:20]!a}.")
    try:
        country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        raise CalendarError(
            f"There is no calendar for {subdivision[:20]!a} in {_NAMES[country]}."
        ) from None


@lru_cache(maxsize=4096)
def _year(country: str, subdivision: str, year: int) -> tuple[frozenset[date], dict[date, str]]:
    """Return the days off of one year, weekends among them, and the names of its holidays.

    One object a year and never one that grows: the library's own lazy calendar marks a year as
    known before it has filled it, so a second thread would find no holidays there.
    """
    january = date(year, 1, 1)
    days = [january + ONE_DAY * i for i in range((date(year + 1, 1, 1) - january).days)]
    if not country:
        return frozenset(day for day in days if day.weekday() >= 5), {}
    calendar = country_holidays(
        country, subdiv=subdivision or None, years=year, expand=False, language="en_US"
    )
    return frozenset(day for day in days if not calendar.is_working_day(day)), dict(calendar)
