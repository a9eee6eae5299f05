"""Whether anything hangs on a metric: what is computed from it, and what it limits."""

from collections.abc import Collection

from django.db import connection


def are_linked(metrics: Collection[int]) -> bool:
    """Whether any of these metrics is an operand of another, or a limit of one. One query.

    Most are neither, and then nothing else has to be asked about them.
    """
    postgresql = connection.vendor == "postgresql"
    listed = ",".join(map(str, metrics))
    given = f"{{{listed}}}" if postgresql else f"[{listed}]"
    with connection.cursor() as cursor:
        cursor.execute(_ON_POSTGRESQL if postgresql else _ON_SQLITE, [given] * 3)
        (found,) = cursor.fetchone()
    return bool(found)


_LINKED = """
SELECT EXISTS (SELECT 1 FROM cadence_operand WHERE operand_id {among})
    OR EXISTS (SELECT 1 FROM cadence_threshold WHERE floor_metric_id {among})
    OR EXISTS (SELECT 1 FROM cadence_threshold WHERE ceiling_metric_id {among})
"""
_ON_POSTGRESQL = _LINKED.format(among="= ANY(%s::bigint[])")
_ON_SQLITE = _LINKED.format(among="IN (SELECT value FROM json_each(%s))")
