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
    # Its readings, its judgements and what is computed from it would mean something else.
    fixed(
        "cadence.Metric",
        "a_metric_stays_read_or_computed",
        "A metric stays read or computed as it is, and judged per the same period.",
        ("formula", "judged_per"),
    ),
    Guard(
        "a_ratio_stays_in_percent_or_not",
        "cadence.Metric",
        "A ratio in percent is a hundred times as large: it stays in percent, or out of it.",
        ("UPDATE",),
        "NEW.formula = 'ratio' AND NEW.unit {differs} OLD.unit AND '%' IN (NEW.unit, OLD.unit)",
    ),
    Guard(
        "what_is_computed_from_is_not_retired",
        "cadence.Metric",
        "A metric is not retired while another one is computed from it.",
        ("UPDATE",),
        "NEW.retired_at IS NOT NULL AND OLD.retired_at IS NULL AND EXISTS (SELECT 1 "
        "FROM cadence_operand o JOIN cadence_metric m ON m.id = o.metric_id "
        "WHERE o.operand_id = NEW.id AND m.retired_at IS NULL)",
    ),
    never_changed(
        "cadence.Operand",
        "an_operand_stays_as_it_is",
        "What a metric is computed from stays; make another metric.",
    ),
    Guard(
        "only_a_derived_metric_has_operands",
        "cadence.Operand",
        "Only a derived metric has operands: two, or for a sum up to ten.",
        ("INSERT",),
        "NOT EXISTS (SELECT 1 FROM cadence_metric m WHERE m.id = NEW.metric_id "
        "AND (m.formula = 'sum' OR (m.formula <> '' AND NEW.position <= 2)))",
    ),
    Guard(
        "an_operand_is_judged_per_the_same_period",
        "cadence.Operand",
        "A derived metric is judged per the period of what it is computed from.",
        ("INSERT",),
        "(SELECT judged_per FROM cadence_metric WHERE id = NEW.metric_id) {differs} "
        "(SELECT judged_per FROM cadence_metric WHERE id = NEW.operand_id)",
    ),
    Guard(
        "a_computed_metric_keeps_its_operands",
        "cadence.Operand",
        "What a metric is computed from is named before it is computed.",
        ("INSERT",),
        "EXISTS (SELECT 1 FROM cadence_judgement j WHERE j.metric_id = NEW.metric_id)",
    ),
    Guard(
        "a_derived_metric_has_no_readings",
        "cadence.Reading",
        "A derived metric is computed from others and has no readings.",
        ("INSERT",),
        "(SELECT formula FROM cadence_metric WHERE id = NEW.metric_id) <> ''",
        together=True,
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
