"""Connections, what reads from them, and what came of it. No secret is in any of them."""

from cadence.web.exports import Column, moment

CONNECTIONS = (
    Column("Connection", lambda row: row.name),
    Column("Kind", lambda row: row.get_kind_display()),
    Column("Host", lambda row: row.host),
    Column("Database", lambda row: row.database),
    Column("File", lambda row: row.file),
    Column("Address", lambda row: row.url),
    Column("Sources", lambda row: row.used),
    Column("Machine", lambda row: row.machine.name),
    Column("Made by", lambda row: row.created_by.name),
    moment("Made", lambda row: row.created_at),
    moment("Ended", lambda row: row.ended_at),
)

# What reads from one connection.
SOURCES = (
    Column("Metric", lambda row: row.metric.name),
    Column("Initiative", lambda row: row.metric.initiative.name),
    Column("Query", lambda row: row.query),
    Column("Path", lambda row: row.extract),
    Column("Every", lambda row: row.get_every_display()),
    Column("At", lambda row: f"{row.time_of_day:%H:%M}"),
    Column("State", lambda row: row.state),
    moment("Last run", lambda row: row.last_run_at),
    Column("Last error", lambda row: row.last_error),
    Column("Set up by", lambda row: row.set_up_by.name),
    moment("Set up", lambda row: row.set_up_at),
)

# Of one source.
RUNS = (
    moment("When", lambda row: row.started_at),
    Column("Error", lambda row: row.error),
    Column("New", lambda row: row.new_count),
    Column("Corrected", lambda row: row.corrected_count),
    Column("Same", lambda row: row.unchanged_count),
    Column("Left out", lambda row: row.skipped_count),
    Column("Took (ms)", lambda row: row.took_ms),
)
