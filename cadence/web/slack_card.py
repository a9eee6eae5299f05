"""What the page of a team says of its Slack channel."""

from typing import Any

from django import forms

from accounts.models import Team
from cadence.notices.addresses import LONGEST_URL, without_path
from cadence.notices.models import SlackHook
from cadence.permissions import Act, may
from cadence.web.shell import PageRequest


class SlackForm(forms.Form):
    url = forms.CharField(
        max_length=LONGEST_URL,
        label="Incoming webhook",
        help_text="From Slack, under Apps: begins with https://hooks.slack.com/services/.",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )


def slack_of(request: PageRequest, team: Team, form: SlackForm | None = None) -> dict[str, Any]:
    hook = SlackHook.objects.filter(team=team).order_by("-created_at", "-pk").first()
    connected = hook is not None and hook.ended_at is None
    last = hook.deliveries.exclude(attempts=0).order_by("-pk").first() if hook else None
    return {
        "slack": hook,
        "slack_connected": connected,
        # Slack said that the channel or the connection is no more.
        "slack_lost": not connected and last is not None and last.failed_at is not None,
        "slack_host": without_path(hook.url) if hook else "",
        "slack_last": last,
        "slack_form": form or SlackForm(),
        "may_slack": may(request.actor, Act.CONNECT_SLACK, team=team.pk),
    }
