"""What must hold for the bell and the digests: nobody is told twice, and nothing is untold."""

from cadence.guards import Guard, fixed, never_deleted

GUARDS = (
    never_deleted("cadence.Notice", "a_notice_stays", "What somebody was told stays on record."),
    fixed(
        "cadence.Notice",
        "a_notice_keeps_its_words",
        "A notice keeps its person and its words.",
        ("member_id", "entry_id", "kind", "title", "detail", "path", "created_at"),
    ),
    fixed(
        "cadence.Notice",
        "a_read_notice_stays_read",
        "A notice that was read stays read.",
        ("read_at",),
        when="OLD.read_at IS NOT NULL",
    ),
    Guard(
        "a_notice_is_for_a_person",
        "cadence.Notice",
        "People are told, never machines.",
        ("INSERT",),
        "EXISTS (SELECT 1 FROM accounts_membership m WHERE m.id = NEW.member_id "
        "AND m.role = 'machine')",
    ),
    never_deleted(
        "cadence.Cursor",
        "a_cursor_is_never_deleted",
        "Up to where people were told is never forgotten: they would be told everything again.",
    ),
    Guard(
        "a_cursor_goes_forward",
        "cadence.Cursor",
        "What was told is not told again.",
        ("UPDATE",),
        "NEW.sequence < OLD.sequence",
    ),
    Guard(
        "a_cursor_stays_behind_the_head",
        "cadence.Cursor",
        "Nothing is taken as told that has not happened.",
        ("INSERT", "UPDATE"),
        "NEW.sequence > COALESCE((SELECT h.sequence FROM cadence_head h "
        "WHERE h.organization_id = NEW.organization_id), 0)",
    ),
    never_deleted(
        "cadence.Postbox",
        "a_postbox_is_never_deleted",
        "A postbox remembers for which day a digest was written, and stays.",
    ),
    Guard(
        "a_postbox_goes_forward",
        "cadence.Postbox",
        "A digest is written once for a day, and never for a day before.",
        ("UPDATE",),
        "NEW.daily_on < OLD.daily_on OR (NEW.daily_on IS NULL AND OLD.daily_on IS NOT NULL) "
        "OR NEW.monday_on < OLD.monday_on "
        "OR (NEW.monday_on IS NULL AND OLD.monday_on IS NOT NULL)",
    ),
    fixed(
        "cadence.Postbox",
        "a_postbox_keeps_its_person",
        "A postbox is one person's for good.",
        ("member_id",),
    ),
    fixed(
        "cadence.Preference",
        "a_preference_keeps_its_person",
        "How somebody is told is for them to say: a preference keeps its person and its kind.",
        ("member_id", "kind"),
    ),
)
