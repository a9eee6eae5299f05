"""Imports, their cells and their mappings."""

from datetime import timedelta

from tests.architecture.attack import Attempt, attack, delete, never_deleted, update
from tests.architecture.rows import changed, rule
from tests.cast import AT, Cast
from tests.imports.rows import brought, checked, mapping, recorded, table_of

LATER = AT + timedelta(hours=1)

never_deleted("an_import_is_never_deleted", lambda cast: brought(cast))
never_deleted("a_mapping_is_never_deleted", lambda cast: mapping(cast))
rule(
    "an_import_is_of_a_known_kind", lambda cast: brought(cast), {"kind": "workbook"}, {"kind": "x"}
)
changed(
    "an_import_lands_once_it_was_committed",
    lambda cast: checked(cast),
    {"committed_at": AT, "landed_at": AT},
    {"landed_at": AT},
    {"committed_at": AT, "landed_at": AT, "dropped_at": AT},
    {"committed_at": AT, "landed_at": AT, "failed_at": AT},
    {"committed_at": AT, "landed_at": AT, "owed_at": AT},
    {"committed_at": AT, "landed_at": AT, "checked_at": None},
)
changed(
    "an_import_is_checked_once_it_was_mapped",
    lambda cast: brought(cast),
    {"mapped_at": AT, "checked_at": AT},
    {"checked_at": AT},
)
changed(
    "a_dropped_import_owes_nothing",
    lambda cast: brought(cast),
    {"dropped_at": AT},
    {"dropped_at": AT, "owed_at": AT},
)
changed(
    "an_import_is_never_more_than_done",
    lambda cast: brought(cast, total=3),
    {"done": 3},
    {"done": 4},
)
rule("one_mapping_per_header", lambda cast: mapping(cast), {"signature": "1" * 64}, {})


@attack("an_import_keeps_its_file")
def another_file_put_in_its_place(cast: Cast, attempt: Attempt) -> None:
    one = brought(cast)
    attempt.allowed(update(one, done=0, total=5))
    attempt.keeps(
        one,
        started_by_id=cast.dana.pk,
        name="other.csv",
        kind="workbook",
        digest="1" * 64,
        size=61,
        uploaded_at=LATER,
    )


@attack("a_landed_import_stays_as_it_was")
def a_landed_import_told_otherwise(cast: Cast, attempt: Attempt) -> None:
    one = recorded(cast)
    attempt.allowed(update(one, tries=2))
    attempt.keeps(
        one,
        choices={"choices": {"roles": []}},
        counts={"counts": {"new": 2}},
        opened={"opened": [1]},
        recovered=1,
        reason="Another reason",
        mapped_at=LATER,
        checked_at=LATER,
        committed_at=LATER,
        landed_at=LATER,
    )


@attack("a_dropped_import_stays_dropped")
def a_dropped_import_taken_up(cast: Cast, attempt: Attempt) -> None:
    one = checked(cast, dropped_at=AT)
    attempt.allowed(update(one, tries=2))
    attempt.keeps(
        one,
        choices={"choices": {"roles": []}},
        mapped_at=LATER,
        checked_at=LATER,
        committed_at=LATER,
        dropped_at=None,
    )


@attack("an_imported_table_keeps_its_cells")
def other_cells_put_in_their_place(cast: Cast, attempt: Attempt) -> None:
    table = table_of(brought(cast))
    attempt.allowed(update(table, findings=b"found"))
    attempt.keeps(table, of_id=brought(cast).pk, cells=b"others")


@attack("an_imported_table_is_kept_until_the_end")
def cells_forgotten_too_early(cast: Cast, attempt: Attempt) -> None:
    attempt.refused(delete(table_of(brought(cast))))
    attempt.allowed(delete(table_of(recorded(cast))))
    attempt.allowed(delete(table_of(brought(cast, dropped_at=AT))))
