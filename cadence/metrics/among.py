"""``metric__among=ids``: what ``metric__in=ids`` asks, for thousands of them.

Django looks at each id of a list several times and writes it into the statement, where the
database reads it again. Here the list is one value.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import AutoField, BigAutoField, ForeignKey, Lookup


class Among(Lookup):
    lookup_name = "among"

    def get_prep_lookup(self) -> str:
        ids: Iterable[int] = self.rhs
        return ",".join(map(str, ids))

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "%s", [f"{{{value}}}" if connection.vendor == "postgresql" else f"[{value}]"]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, of_left = self.process_lhs(compiler, connection)
        right, of_right = self.process_rhs(compiler, connection)
        values = [*of_left, *of_right]
        listed = (
            f"= ANY({right}::bigint[])"
            if connection.vendor == "postgresql"
            else f"IN (SELECT value FROM json_each({right}))"  # noqa: S608, no text of anybody
        )
        return f"{left} {listed}", values


ForeignKey.register_lookup(Among)
BigAutoField.register_lookup(Among)
AutoField.register_lookup(Among)
