"""The chart of the metric that a notice is about, for its mail."""

import re
from email.mime.image import MIMEImage
from typing import cast

from cadence.breaches.models import Breach
from cadence.calendar.periods import PeriodKind, label, shift
from cadence.charts import Point, history_chart
from cadence.charts.png import png_of
from cadence.metrics.models import Judgement
from cadence.metrics.queries import judgements_of
from cadence.notices.models import Notice

# Half a year of weeks.
SHOWN = 26
CID = "chart"
_BREACH = re.compile(r"/breaches/([0-9]{1,18})$")


def picture_for(notice: Notice) -> MIMEImage | None:
    """Named ``cid:chart``. None where the notice leads to no breach, or nothing was read yet."""
    leads_to = _BREACH.search(notice.path)
    if leads_to is None:
        return None
    rows = Breach.objects.filter(organization=notice.organization_id, pk=int(leads_to[1]))
    breach = rows.select_related("metric").first()
    if breach is None:
        return None
    metric = breach.metric
    kind = cast(PeriodKind, metric.judged_per)
    first = shift(kind, breach.opening_period, -SHOWN)
    judged = judgements_of([metric.pk], first).get(metric.pk, [])[-SHOWN:]
    if not judged:
        return None
    chart = history_chart(
        [_point(kind, row) for row in judged],
        unit=metric.unit,
        decimals=metric.decimals,
        label=metric.name,
    )
    picture = MIMEImage(png_of(chart), "png")
    picture.add_header("Content-ID", f"<{CID}>")
    picture.add_header("Content-Disposition", "inline", filename=f"{metric.key}.png")
    return picture


def _point(kind: PeriodKind, row: Judgement) -> Point:
    return Point(
        row.starts_on,
        label(kind, row.starts_on),
        row.value,
        row.floor,
        row.ceiling,
        row.is_beyond,
    )
