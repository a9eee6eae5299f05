"""Files of readings that were brought."""

from cadence.web.exports import Column, moment

IMPORTS = (
    Column("File", lambda row: row.name),
    Column("Brought by", lambda row: row.started_by.name),
    moment("Brought", lambda row: row.uploaded_at),
    Column("State", lambda row: row.state),
    Column("New", lambda row: row.counts.get("new")),
    Column("Corrected", lambda row: row.counts.get("corrected")),
    Column("Unchanged", lambda row: row.counts.get("unchanged")),
    Column("Problems", lambda row: row.counts.get("problems")),
    moment("Recorded", lambda row: row.landed_at),
    Column("Of the file (SHA-256)", lambda row: row.digest),
)
