from cadence.guards import Guard, fixed, never_changed, never_deleted

GUARDS = (
    never_deleted(
        "cadence.Metric", "a_metric_is_never_deleted", "A metric is retired, never deleted."
    ),
    # Else its breaches would leave the scope of a review with it.
    fixed(
        "cadence.Metric",
        "a_metric_stays_with_its_initiative",
        "A metric stays with its initiative; another initiative gets one of its own.",
        ("initiative_id",),
    ),
    never_deleted(
        "cadence.Reading", "a_reading_is_never_deleted", "A reading is corrected, never deleted."
    ),
    fixed(
        "cadence.Reading",
        "a_reading_keeps_its_metric_and_period",
        "A reading stays the reading of its metric and its period.",
        ("metric_id", "starts_on"),
    ),
    # The correction is written first, the reading after it.
    Guard(
        "a_changed_reading_has_its_correction",
        "cadence.Reading",
        "A reading changes only together with a correction, which keeps the old value.",
        ("UPDATE",),
        "NEW.value {differs} OLD.value AND NOT EXISTS (SELECT 1 FROM cadence_correction c "
        "WHERE c.old_value = OLD.value AND c.new_value = NEW.value AND c.id = "
        "(SELECT MAX(id) FROM cadence_correction WHERE reading_id = NEW.id))",
    ),
    Guard(
        "a_correction_keeps_the_value_that_was",
        "cadence.Correction",
        "A correction keeps the value that the reading had.",
        ("INSERT",),
        "NEW.old_value {differs} (SELECT value FROM cadence_reading WHERE id = NEW.reading_id)",
    ),
    never_changed(
        "cadence.Correction", "a_correction_stays_as_it_is", "A correction is never changed."
    ),
    never_deleted(
        "cadence.Threshold",
        "a_threshold_is_never_deleted",
        "A threshold version is never deleted.",
    ),
    fixed(
        "cadence.Threshold",
        "a_threshold_version_is_only_ended",
        "A threshold version is not changed, only ended; a change makes a new version.",
        (
            "metric_id",
            "floor",
            "ceiling",
            "floor_metric_id",
            "ceiling_metric_id",
            "starts_on",
            "periods_in_a_row",
            "agreed_response",
            "reason",
            "set_by_id",
            "set_at",
            "is_moved_goalpost",
            "approved_by_id",
        ),
    ),
    fixed(
        "cadence.Threshold",
        "an_ended_threshold_stays_as_it_is",
        "A threshold version that ended stays as it is.",
        ("ends_on",),
        when="OLD.ends_on IS NOT NULL",
    ),
    Guard(
        "threshold_versions_do_not_overlap",
        "cadence.Threshold",
        "Two versions of a threshold never hold on the same day.",
        ("INSERT", "UPDATE"),
        "EXISTS (SELECT 1 FROM cadence_threshold t WHERE t.metric_id = NEW.metric_id "
        "AND t.id {differs} NEW.id AND (NEW.ends_on IS NULL OR t.starts_on < NEW.ends_on) "
        "AND (t.ends_on IS NULL OR NEW.starts_on < t.ends_on))",
        # Two inserts at once must not miss each other.
        touch="UPDATE cadence_metric SET id = id WHERE id = NEW.metric_id",
    ),
)
