"""What must hold for the bell, the digests and what goes outside: told once, never untold."""

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
    fixed(
        "cadence.Delivery",
        "a_delivery_keeps_its_message",
        "A delivery keeps its message, its id and its receiver.",
        (
            "channel",
            "message_id",
            "event",
            "entry_id",
            "member_id",
            "slack_id",
            "webhook_id",
            "body",
        ),
    ),
    fixed(
        "cadence.Delivery",
        "a_sent_delivery_stays_sent",
        "A delivery that was sent stays sent.",
        ("sent_at", "failed_at", "dropped_at"),
        when="OLD.sent_at IS NOT NULL",
    ),
    Guard(
        "a_delivery_ends_in_one_way",
        "cadence.Delivery",
        "A delivery is sent, or given up, or dropped.",
        ("INSERT", "UPDATE"),
        "(NEW.sent_at IS NOT NULL AND NEW.failed_at IS NOT NULL) "
        "OR (NEW.sent_at IS NOT NULL AND NEW.dropped_at IS NOT NULL) "
        "OR (NEW.failed_at IS NOT NULL AND NEW.dropped_at IS NOT NULL)",
    ),
    Guard(
        "a_delivery_that_waits_is_not_forgotten",
        "cadence.Delivery",
        "A delivery is deleted only when it was sent, given up or dropped.",
        ("DELETE",),
        "OLD.sent_at IS NULL AND OLD.failed_at IS NULL AND OLD.dropped_at IS NULL",
    ),
    fixed(
        "cadence.Attempt",
        "a_try_stays_as_it_was",
        "What came of trying to deliver stays on record as it was.",
        ("delivery_id", "at", "took_ms", "status", "error", "put_off_until"),
    ),
    never_deleted(
        "cadence.Webhook", "a_webhook_is_never_deleted", "A webhook ends; what it was told stays."
    ),
    fixed(
        "cadence.Webhook",
        "an_ended_webhook_stays_ended",
        "A webhook that has ended stays as it was then.",
        (
            "url",
            "description",
            "events",
            "secret",
            "old_secret",
            "old_secret_until",
            "paused_at",
            "ended_at",
        ),
        when="OLD.ended_at IS NOT NULL",
    ),
    Guard(
        "a_webhook_has_a_secret",
        "cadence.Webhook",
        "A webhook that has not ended has a secret to sign with.",
        ("INSERT", "UPDATE"),
        "NEW.ended_at IS NULL AND NEW.secret = ''",
    ),
    never_deleted(
        "cadence.SlackHook",
        "a_slack_channel_is_never_deleted",
        "A Slack channel is disconnected; what it was told stays.",
    ),
    fixed(
        "cadence.SlackHook",
        "a_slack_channel_keeps_its_team",
        "A connected Slack channel keeps its team and who connected it.",
        ("team_id", "created_by_id", "created_at"),
    ),
    fixed(
        "cadence.SlackHook",
        "a_disconnected_slack_channel_stays_so",
        "A Slack channel that was disconnected stays as it was then.",
        ("url", "ended_at"),
        when="OLD.ended_at IS NOT NULL",
    ),
)
