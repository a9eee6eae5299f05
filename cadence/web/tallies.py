"""Many small counts by one query."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery

from accounts.models import Organization


class _Tally(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS tallied)"


def tallies(organization: Organization, **rows: "QuerySet[Any]") -> dict[str, int]:
    """How many rows each of these has, by its name: one query for all of them."""
    # A column may not be named like a field of the table that it is asked of.
    columns = {
        f"tally_{name}": _Tally(each.order_by().values("pk"), output_field=IntegerField())
        for name, each in rows.items()
    }
    found: Any = Organization.objects.filter(pk=organization.pk).values(**columns).get()
    return {name: found[f"tally_{name}"] for name in rows}
