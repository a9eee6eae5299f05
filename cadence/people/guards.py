from cadence.guards import Guard, fixed, never_deleted

GUARDS = (
    Guard(
        "a_team_tree_has_no_circle",
        "accounts.Team",
        "A team does not lie below itself.",
        ("INSERT", "UPDATE"),
        "NEW.parent_id IS NOT NULL AND NEW.id IN (WITH RECURSIVE up(id) AS ("
        "SELECT NEW.parent_id UNION SELECT t.parent_id FROM accounts_team t "
        "JOIN up ON t.id = up.id WHERE t.parent_id IS NOT NULL) SELECT id FROM up)",
        # Two halves of a circle, drawn at once, must not miss each other.
        touch="UPDATE accounts_organization SET id = id "
        "WHERE id = NEW.organization_id AND NEW.parent_id IS NOT NULL",
    ),
    # A foreign key says so too, but not in the shell of SQLite, nor in a PostgreSQL session that
    # takes itself for a replica; and no review sees the breaches of a team that is gone.
    Guard(
        "a_team_with_work_stays",
        "accounts.Team",
        "A team that has work, teams below it or reviews is not deleted.",
        ("DELETE",),
        "EXISTS (SELECT 1 FROM cadence_initiative WHERE team_id = OLD.id) "
        "OR EXISTS (SELECT 1 FROM accounts_team WHERE parent_id = OLD.id) "
        "OR EXISTS (SELECT 1 FROM cadence_review WHERE team_id = OLD.id)",
    ),
    fixed(
        "accounts.Membership",
        "a_membership_stays_one_persons",
        "A membership stays that of its person, and a machine stays a machine.",
        ("user_id",),
    ),
    Guard(
        "nobody_leaves_while_they_own",
        "accounts.Membership",
        "Nobody leaves while they own work or are asked to: what they own is orphaned or handed "
        "over first.",
        ("UPDATE",),
        "NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL AND EXISTS (SELECT 1 FROM "
        "cadence_ownership o WHERE o.owner_id = NEW.id AND o.ended_at IS NULL)",
    ),
    never_deleted(
        "accounts.Membership",
        "a_membership_is_never_deleted",
        "A membership ends; what somebody did keeps their name.",
    ),
    Guard(
        "a_sponsor_is_of_the_organization",
        "accounts.Organization",
        "The executive sponsor belongs to the organization.",
        ("INSERT", "UPDATE"),
        "NEW.sponsor_id IS NOT NULL AND NEW.id {differs} "
        "(SELECT organization_id FROM accounts_membership WHERE id = NEW.sponsor_id)",
    ),
    fixed(
        "accounts.CalendarLink",
        "a_calendar_link_stays_one_persons",
        "A calendar link keeps its person, its calendar and its secret; another one is made.",
        ("membership_id", "team_id", "digest", "created_at"),
    ),
    fixed(
        "accounts.CalendarLink",
        "a_revoked_calendar_link_stays_revoked",
        "A calendar link that was revoked opens nothing again.",
        ("revoked_at",),
        when="OLD.revoked_at IS NOT NULL",
    ),
)
