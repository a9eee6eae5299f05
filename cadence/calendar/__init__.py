"""Time as an organization counts it: periods, working days, recurring dates.

Pure: no database, no clock. Today, the time zone and the first day of the week are arguments.

- `periods`: days, weeks and months, each named by the date on which it starts.
- `workdays`: weekends, public holidays, closing days, and deadlines counted in working days.
- `recurrence`: the weekly and monthly rules of RFC 5545 that a review series may follow.

In every module a weekday is an int, 0 for Monday to 6 for Sunday.
"""
