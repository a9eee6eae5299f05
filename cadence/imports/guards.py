"""What must hold for imports: a file stays the one that was brought, and lands once."""

from cadence.guards import Guard, fixed, never_deleted

GUARDS = (
    never_deleted(
        "cadence.Import", "an_import_is_never_deleted", "An import stays on record, also dropped."
    ),
    fixed(
        "cadence.Import",
        "an_import_keeps_its_file",
        "An import is of one file, and of who brought it.",
        ("started_by_id", "name", "kind", "digest", "size", "uploaded_at"),
    ),
    fixed(
        "cadence.Import",
        "a_landed_import_stays_as_it_was",
        "What an import recorded, and how its file was read, is not changed afterwards.",
        (
            "choices",
            "counts",
            "opened",
            "recovered",
            "reason",
            "mapped_at",
            "checked_at",
            "committed_at",
            "landed_at",
        ),
        when="OLD.landed_at IS NOT NULL",
    ),
    fixed(
        "cadence.Import",
        "a_dropped_import_stays_dropped",
        "A dropped import stays as it was; the file can be brought again.",
        ("choices", "mapped_at", "checked_at", "committed_at", "dropped_at"),
        when="OLD.dropped_at IS NOT NULL",
    ),
    fixed(
        "cadence.ImportedTable",
        "an_imported_table_keeps_its_cells",
        "The cells of an import stay as they were brought.",
        ("of_id", "cells"),
    ),
    Guard(
        "an_imported_table_is_kept_until_the_end",
        "cadence.ImportedTable",
        "The cells of an import are forgotten once it has landed or was dropped.",
        ("DELETE",),
        "EXISTS (SELECT 1 FROM cadence_import i WHERE i.id = OLD.of_id "
        "AND i.landed_at IS NULL AND i.dropped_at IS NULL)",
    ),
    never_deleted(
        "cadence.Mapping", "a_mapping_is_never_deleted", "A mapping is replaced by the next one."
    ),
)
