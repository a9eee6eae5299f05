"""What must hold for where numbers come from: one live source, of a live connection."""

from cadence.guards import Guard, fixed, never_deleted

GUARDS = (
    never_deleted(
        "cadence.Connection",
        "a_connection_is_never_deleted",
        "A connection ends; what was read from it stays.",
    ),
    fixed(
        "cadence.Connection",
        "a_connection_keeps_its_kind",
        "A connection keeps its kind, its machine and who made it.",
        ("kind", "machine_id", "created_by_id", "created_at"),
    ),
    fixed(
        "cadence.Connection",
        "an_ended_connection_stays_ended",
        "A connection that has ended stays as it was then.",
        ("name", "host", "port", "database", "username", "file", "url", "secret", "ended_at"),
        when="OLD.ended_at IS NOT NULL",
    ),
    Guard(
        "a_connection_in_use_does_not_end",
        "cadence.Connection",
        "A connection ends after the sources that read from it.",
        ("UPDATE",),
        "NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL AND EXISTS (SELECT 1 FROM "
        "cadence_source s WHERE s.connection_id = NEW.id AND s.ended_at IS NULL)",
    ),
    never_deleted(
        "cadence.Source", "a_source_is_never_deleted", "A source ends; what it brought stays."
    ),
    fixed(
        "cadence.Source",
        "a_source_keeps_its_metric",
        "A source is of one metric for good.",
        ("metric_id", "set_up_by_id", "set_up_at"),
    ),
    fixed(
        "cadence.Source",
        "an_ended_source_stays_ended",
        "A source that has ended stays as it was then.",
        ("connection_id", "query", "extract", "period_column", "value_column", "ended_at"),
        when="OLD.ended_at IS NOT NULL",
    ),
    Guard(
        "a_source_reads_from_a_live_connection",
        "cadence.Source",
        "A source reads from a connection that has not ended.",
        ("INSERT", "UPDATE"),
        "NEW.ended_at IS NULL AND EXISTS (SELECT 1 FROM cadence_connection c "
        "WHERE c.id = NEW.connection_id AND c.ended_at IS NOT NULL)",
    ),
    # Said of the metric first, so that nobody is told that a number comes by itself when it does
    # not.
    Guard(
        "a_pulled_metric_has_a_source",
        "cadence.Metric",
        "A metric that is pulled has a source.",
        ("INSERT", "UPDATE"),
        "NEW.comes_from = 'pulled' AND NOT EXISTS (SELECT 1 FROM cadence_source s "
        "WHERE s.metric_id = NEW.id AND s.ended_at IS NULL)",
    ),
    Guard(
        "a_source_ends_after_its_metric_let_go",
        "cadence.Source",
        "A source ends after its metric is no longer said to be pulled.",
        ("UPDATE",),
        "NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL AND EXISTS (SELECT 1 FROM "
        "cadence_metric m WHERE m.id = NEW.metric_id AND m.comes_from = 'pulled')",
    ),
    Guard(
        "a_run_stays_as_it_was",
        "cadence.Run",
        "What came of a run stays on record as it was.",
        ("UPDATE",),
        "{true}",
    ),
)
