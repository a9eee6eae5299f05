"""Places of decks: ``{% load cadence_decks %}``."""

from django import template
from django.urls import reverse

from accounts.models import Organization

register = template.Library()


@register.filter
def anchor(key: str) -> str:
    """``graph-12``: where a block with this key stands on its page."""
    return key.replace(":", "-")


@register.filter
def home(organization: Organization) -> str:
    """``/o/acme/``: what the paths of a deck stand below."""
    return reverse("web:my-week", args=[organization.slug]).removesuffix("my-week")
