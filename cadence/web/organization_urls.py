"""Below ``/o/<slug>/``: the organization's own pages and one's own account."""

from django.urls import URLPattern, path

from cadence.web import (
    account,
    calendar_links,
    closing_days,
    invitations,
    leaving,
    ledger,
    machines,
    notices,
    people,
    priorities,
    series,
    settings_pages,
    teams,
    tokens,
)

urlpatterns: list[URLPattern] = [
    path("account", account.account, name="account"),
    path("account/notices", notices.preferences, name="notice-preferences"),
    path("notices", notices.notices, name="notices"),
    path("notices/reading", notices.read_all, name="notices-read"),
    path("notices/<int:pk>/opening", notices.opening, name="notice-opening"),
    path("account/tokens", tokens.issue_own, name="token-new"),
    path("tokens/<int:token>/revocation", tokens.revoke, name="token-revoke"),
    path("account/calendar", calendar_links.create_own, name="calendar-link-new"),
    path("calendar-links/<int:link>/renewal", calendar_links.renew, name="calendar-link-renew"),
    path(
        "calendar-links/<int:link>/revocation", calendar_links.revoke, name="calendar-link-revoke"
    ),
    path("people", people.people, name="people"),
    path("people/invitations", invitations.invitations, name="invitations"),
    path(
        "people/invitations/<int:invitation>/revocation",
        invitations.revoke,
        name="invitation-revoke",
    ),
    path("people/machines", machines.machines, name="machines"),
    path("people/machines/<int:member>/tokens", tokens.issue_for_machine, name="machine-token-new"),
    path("people/<int:member>", people.person, name="person"),
    path("people/<int:member>/leaving", leaving.leaving, name="person-leave"),
    path("people/<int:member>/return", people.come_back, name="person-return"),
    path("teams", teams.teams, name="teams"),
    path("teams/new", teams.new, name="team-new"),
    path("teams/<int:team>", teams.team, name="team"),
    path("teams/<int:team>/calendar", calendar_links.create_for_team, name="calendar-link-team"),
    path("priorities", priorities.priorities, name="priorities"),
    path("priorities/new", priorities.new, name="priority-new"),
    path("priorities/order", priorities.order, name="priorities-order"),
    path("priorities/<int:priority>", priorities.priority, name="priority"),
    path("series", series.series_list, name="series"),
    path("series/new", series.new, name="series-new"),
    path("series/<int:series>", series.change, name="series-change"),
    path("series/<int:series>/end", series.end, name="series-end"),
    path("series/<int:series>/review", calendar_links.current_review, name="series-review"),
    path("settings", settings_pages.settings_page, name="settings"),
    path("settings/closing-days", closing_days.add, name="closing-day-new"),
    path(
        "settings/closing-days/<int:closing_day>/removal",
        closing_days.remove,
        name="closing-day-remove",
    ),
    path("ledger", ledger.ledger, name="ledger"),
]
