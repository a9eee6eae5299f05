"""The demo: half a year of a company that does not exist, told through the actions of everybody.

`plot` says what a story is made of, `people` who is in it, and `growth`, `sales`, `customers` and
`delivery` what they do. `timeline` and `figures` are pure: when, and how much. `world` founds the
company; `weeks`, `rooms`, `promises` and `events` let the time pass; `ending` opens the review that
is due now. `telling` does all of it in one transaction, and `report` counts what it came to.
"""
