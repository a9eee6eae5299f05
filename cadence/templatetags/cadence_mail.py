"""Mails as mail programs understand them."""

from css_inline import CSSInliner
from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.tag
def styled(parser: Parser, token: Token) -> "StyledNode":
    """``{% styled "mail/style.css" %}…{% endstyled %}``: a document with the rules of a style sheet
    as attributes of its elements, and what is inside a media query in its head."""
    _, sheet = token.split_contents()
    nodelist = parser.parse(("endstyled",))
    parser.delete_first_token()
    return StyledNode(nodelist, sheet.strip("\"'"))


class StyledNode(template.Node):
    def __init__(self, nodelist: NodeList, sheet: str) -> None:
        self.nodelist, self.sheet = nodelist, sheet

    def render(self, context: Context) -> SafeString:
        rules = get_template(self.sheet).render()
        inliner = CSSInliner(extra_css=rules, keep_at_rules=True, load_remote_stylesheets=False)
        return mark_safe(inliner.inline(self.nodelist.render(context)))  # noqa: S308 - is escaped
