"""When things happen: everything is counted back from the moment at which the demo is built."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cadence.calendar.periods import MONTH, WEEK, last_ended, period_start, shift
from cadence.calendar.recurrence import CODES
from cadence.calendar.workdays import WorkingCalendar

# The company was founded in this week; its first readings are of the week after.
FOUNDED = 27
# What happens in the room before the story ends.
ROOM = timedelta(minutes=20)
FIRST_HOUR, LAST_HOUR = time(9), time(16, 30)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Timeline:
    """``now`` is aware; ``zone`` and ``calendar`` are those of the company."""

    now: datetime
    zone: ZoneInfo
    calendar: WorkingCalendar

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def review_at(self) -> datetime:
        """When the review that is due now began: the last half hour of a working day, so that it
        is still being held whenever the demo is built."""
        local = (self.now - ROOM).astimezone(self.zone)
        begun = local.time().replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
        day = local.date()
        if begun < FIRST_HOUR:
            day, begun = day - _ONE_DAY, LAST_HOUR
        if not self.calendar.is_working_day(day):
            begun = LAST_HOUR
        while not self.calendar.is_working_day(day):
            day -= _ONE_DAY
        begun = min(begun, LAST_HOUR)
        return datetime.combine(day, begun.replace(tzinfo=None, fold=0), self.zone)

    @property
    def review_day(self) -> date:
        return self.review_at.date()

    def monday(self, week: int) -> date:
        """The first day of the week that is so many weeks ago. Negative is ahead."""
        return shift(WEEK, period_start(WEEK, self.review_day, 0), -week)

    def month(self, ago: int) -> date:
        """The first day of a month: 1 is the latest that had ended when the running week began."""
        return shift(MONTH, last_ended(MONTH, self.monday(0), 0), 1 - ago)

    def at(self, week: int, weekday: int, hour: int, minute: int = 0) -> datetime:
        day = self.monday(week) + timedelta(days=weekday)
        return datetime.combine(day, time(hour, minute), self.zone)

    def desk_day(self, week: int) -> int:
        """The weekday on which figures are entered: Monday, or the first working day after it."""
        day = self.calendar.next_working_day(self.monday(week))
        return min((day - self.monday(week)).days, 4)

    @property
    def is_last_week_due(self) -> bool:
        """Whether the readings of last week are those that are due today. Not on an early Monday,
        before the first review of the week: then it is those of the week that just ended."""
        return last_ended(WEEK, self.today, 0) == self.monday(1)

    @property
    def short_grace(self) -> int:
        """Working days after which a reading of the week before last is missed this Monday."""
        last_but_one_ends = self.monday(1) - _ONE_DAY
        return self.calendar.working_days_between(last_but_one_ends, self.monday(0) - _ONE_DAY)

    @property
    def weekly_rule(self) -> str:
        """The rhythm of the review that is due now."""
        return f"FREQ=WEEKLY;BYDAY={CODES[self.review_day.weekday()]}"

    @property
    def other_weekly_rule(self) -> str:
        """A working day earlier, so that its last review is over."""
        return f"FREQ=WEEKLY;BYDAY={CODES[(self.review_day.weekday() - 1) % 5]}"

    @property
    def monthly_rule(self) -> str:
        """A weekday of each month whose next one is in about ten days."""
        day = self.review_day + timedelta(days=9)
        while day.weekday() > 4:
            day += _ONE_DAY
        nth = (day.day - 1) // 7 + 1
        return f"FREQ=MONTHLY;BYDAY={nth if nth < 5 else -1}{CODES[day.weekday()]}"
