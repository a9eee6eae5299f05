"""What a workbook of structure holds: its sheets and their columns, in the words of people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.models import Role
from cadence.metrics.models import Aggregation, Kind, Period
from cadence.people.members import PERSON_ROLES

TEAMS, PEOPLE, PRIORITIES = "Teams", "People", "Priorities"
INITIATIVES, METRICS = "Initiatives", "Metrics"


@dataclass(frozen=True)
class Column:
    """``name`` is the argument of the action, ``head`` what people read. ``kind`` says how a cell
    is read: text, lines, email, number, whole, day, or choice of ``choices`` (a word for each
    value). ``refers`` names the sheet whose first column it takes its words from."""

    name: str
    head: str
    explained: str
    example: str = ""
    kind: str = "text"
    needed: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    refers: str = ""


@dataclass(frozen=True)
class SheetKind:
    """One sheet: a row is one ``thing``."""

    name: str
    thing: str
    columns: tuple[Column, ...]

    def head(self, name: str) -> str:
        """The head of a column; of what no column is, that of the first."""
        return next((one.head for one in self.columns if one.name == name), self.columns[0].head)


_ROLES = {Role(role).value: str(Role(role).label) for role in PERSON_ROLES}
_PERIODS = {value: str(label) for value, label in Period.choices}
_KINDS = {Kind.LEADING.value: "Leading", Kind.LAGGING.value: "Lagging"}
_AGGREGATIONS = {value: str(label) for value, label in Aggregation.choices}
_STATES = {
    "draft": "Draft",
    "active": "Active",
    "paused": "Paused",
}
_LIMIT = "A number, or the key of another metric of the same period. On the limit is inside."

SHEETS = (
    SheetKind(
        TEAMS,
        "team",
        (
            Column("name", "Name", "No two teams have the same.", "Demand", needed=True),
            Column(
                "parent",
                "Below",
                "The team above it; empty at the top.",
                "Commercial",
                refers=TEAMS,
            ),
            Column(
                "lead",
                "Lead",
                "E-mail address of one person, who has joined.",
                "dana@example.com",
                "email",
            ),
        ),
    ),
    SheetKind(
        PEOPLE,
        "person",
        (
            Column("name", "Name", "As colleagues know them.", "Dana Brandt", needed=True),
            Column(
                "email",
                "E-mail",
                "Tells one person from another. Who is new is invited.",
                "dana@example.com",
                "email",
                needed=True,
            ),
            Column("role", "Role", "Member unless said.", "Member", "choice", choices=_ROLES),
            Column("team", "Team", "Where the person belongs.", "Demand", refers=TEAMS),
        ),
    ),
    SheetKind(
        PRIORITIES,
        "priority",
        (
            Column("name", "Name", "What matters most.", "Grow with partners", needed=True),
            Column("rank", "Rank", "1 stands first. After the others unless said.", "1", "whole"),
            Column("starts_on", "From", "First day of its period.", "2026-01-01", "day"),
            Column("ends_on", "To", "Last day of its period.", "2026-12-31", "day"),
            Column("description", "Description", "In a few sentences.", "", "lines"),
        ),
    ),
    SheetKind(
        INITIATIVES,
        "initiative",
        (
            Column("name", "Name", "What the work is called.", "Partner webinars", needed=True),
            Column(
                "priority",
                "Priority",
                "The one it serves.",
                "Grow with partners",
                refers=PRIORITIES,
            ),
            Column("team", "Team", "Where it is done.", "Demand", refers=TEAMS),
            Column(
                "owner",
                "Owner",
                "E-mail address. The person is asked, and owns it when they have accepted.",
                "olu@example.com",
                "email",
            ),
            Column(
                "budget_at_stake",
                "At stake",
                "Money, in the currency of the organization.",
                "120000",
                "number",
            ),
            Column(
                "state",
                "State",
                "New work is a draft. Active begins it, where somebody has accepted to own it.",
                "Draft",
                "choice",
                choices=_STATES,
            ),
            Column("description", "Description", "In a few sentences.", "", "lines"),
        ),
    ),
    SheetKind(
        METRICS,
        "metric",
        (
            Column("name", "Name", "What is counted.", "Qualified demos booked", needed=True),
            Column("key", "Key", "Short name for machines; made from the name.", "demos"),
            Column(
                "initiative", "Initiative", "Whose it is.", "Partner webinars", refers=INITIATIVES
            ),
            Column("unit", "Unit", "Demos, €, %, hours.", "demos"),
            Column("decimals", "Decimals", "How many are shown, 0 to 9.", "0", "whole"),
            Column(
                "kind",
                "Kind",
                "Leading: an input the team controls. Lagging: an outcome it hopes for.",
                "Leading",
                "choice",
                choices=_KINDS,
            ),
            Column("read_per", "Read per", "How often.", "Week", "choice", choices=_PERIODS),
            Column(
                "judged_per",
                "Judged per",
                "The same unless said, or a longer period.",
                "Week",
                "choice",
                choices=_PERIODS,
            ),
            Column(
                "aggregation",
                "Aggregation",
                "How readings become the value that is judged; the sum unless said.",
                "Sum",
                "choice",
                choices=_AGGREGATIONS,
            ),
            Column(
                "leads_to",
                "Leads to",
                "Key or name of the lagging metric that a leading one should move.",
                "revenue",
            ),
            Column("grace_days", "Grace", "Working days until it is missing.", "2", "whole"),
            Column("floor", "Floor", _LIMIT, "45", "limit"),
            Column("ceiling", "Ceiling", _LIMIT, "", "limit"),
            Column(
                "starts_on",
                "Limits from",
                "First day; the running period unless said.",
                "2026-01-05",
                "day",
            ),
            Column(
                "periods_in_a_row",
                "Periods in a row",
                "How many beyond the limit open a breach; 1 unless said.",
                "2",
                "whole",
            ),
            Column(
                "agreed_response",
                "Agreed response",
                "What will be done when the limit is crossed. Needed with a floor or ceiling.",
                "Move two people to outbound for four weeks.",
                "lines",
            ),
        ),
    ),
)
BY_NAME = {sheet.name: sheet for sheet in SHEETS}
# Beside them in the workbook to fill in, for people.
EXPLAINED, EXAMPLE = "Explained", "Example"
