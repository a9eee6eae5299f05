"""People, machines, invitations and teams."""

from cadence.web.exports import Column, moment

PEOPLE = (
    Column("Name", lambda row: row.name),
    Column("E-mail", lambda row: row.user.email),
    Column("Role", lambda row: row.get_role_display()),
    Column("Team", lambda row: row.team and row.team.name),
    Column("Leads", lambda row: "; ".join(team.name for team in row.leads.all())),
    moment("Joined", lambda row: row.joined_at),
    moment("Left", lambda row: row.ended_at),
)

MACHINES = (
    Column("Name", lambda row: row.name),
    Column("Team", lambda row: row.team and row.team.name),
    Column("Tokens", lambda row: len(row.api_tokens.all())),
    moment("Added", lambda row: row.joined_at),
    moment("Switched off", lambda row: row.ended_at),
)

INVITATIONS = (
    Column("Name", lambda row: row.name),
    Column("E-mail", lambda row: row.email),
    Column("Role", lambda row: row.get_role_display()),
    Column("Team", lambda row: row.team and row.team.name),
    Column("Invited by", lambda row: row.invited_by.name),
    moment("Invited", lambda row: row.invited_at),
    moment("Expires", lambda row: row.expires_at),
)

# Of the lines of the page: a dict for each team.
TEAMS = (
    Column("Team", lambda row: row["team"].name),
    Column("Below", lambda row: row["parent"] and row["parent"].name),
    Column("Lead", lambda row: row["team"].lead and row["team"].lead.name),
    Column("Acting meanwhile", lambda row: row["acting"] and row["acting"].name),
    Column("People", lambda row: row["people"]),
    Column("Initiatives", lambda row: row["initiatives"]),
)
