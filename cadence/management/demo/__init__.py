"""The demo: half a year of a company that does not exist, told through the actions of everybody.

`plot` says what a story is made of; `people`, `growth`, `customers` and `delivery` are the story as
data; `timeline` and `figures` are pure; `world` founds the company, `weeks`, `rooms` and `events`
let the time pass; `telling` does it all in one transaction.
"""
