"""Notices, the ledger, what is told outside, closing days."""

import json

from cadence.notices.models import Channel
from cadence.web.exports import Column, moment

NOTICES = (
    Column("Kind", lambda row: row.get_kind_display()),
    Column("Notice", lambda row: row.title),
    Column("More", lambda row: row.detail),
    moment("When", lambda row: row.created_at),
    moment("Read", lambda row: row.read_at),
    Column("Page", lambda row: row.path),
)

# Of the lines of the page: a dict for each entry.
LEDGER = (
    Column("Number", lambda row: row["entry"].sequence),
    Column("Event", lambda row: row["entry"].event),
    Column("By", lambda row: row["entry"].actor.name if row["entry"].actor else "Cadence"),
    moment("At", lambda row: row["entry"].at),
    Column("About", lambda row: row["kind"]),
    Column("Name", lambda row: row["name"]),
    Column("Data", lambda row: json.dumps(row["entry"].data, ensure_ascii=False, sort_keys=True)),
    Column("Hash", lambda row: row["entry"].hash),
    Column("Fits its hash", lambda row: row["intact"]),
)

WEBHOOKS = (
    Column("Address", lambda row: row.url),
    Column("What for", lambda row: row.description),
    Column("Events", lambda row: ", ".join(row.events) or "all"),
    moment("Created", lambda row: row.created_at),
    moment("Last delivered", lambda row: row.last_sent),
    moment("Paused", lambda row: row.paused_at),
    moment("Ended", lambda row: row.ended_at),
)

# Of the lines of the page: a dict for each delivery.
DELIVERIES = (
    Column("Event", lambda row: row["delivery"].event),
    Column("By", lambda row: Channel(row["delivery"].channel).label),
    Column("To", lambda row: row["to"]),
    Column("State", lambda row: row["word"]),
    Column("Tries", lambda row: len(row["tries"])),
    Column("Last answer", lambda row: row["tries"][-1].status if row["tries"] else None),
    Column("Last error", lambda row: row["tries"][-1].error if row["tries"] else None),
    moment("Created", lambda row: row["delivery"].created_at),
    moment("Delivered", lambda row: row["delivery"].sent_at),
    moment("Given up", lambda row: row["delivery"].failed_at),
    moment("Not sent", lambda row: row["delivery"].dropped_at),
)

CLOSING_DAYS = (
    Column("Day", lambda row: row.day),
    Column("Name", lambda row: row.name),
)
