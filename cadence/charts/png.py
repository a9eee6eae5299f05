"""A chart as a picture, for mail programs: they show no SVG."""

import resvg_py

from cadence.charts.svg import Svg


def png_of(chart: Svg, *, zoom: float = 2) -> bytes:
    """On white, as it looks by day. ``zoom`` is pixels for each user unit.

    Words need fonts of the system; without any the lines are drawn alone.
    """
    return bytes(resvg_py.svg_to_bytes(svg_string=str(chart), zoom=zoom, background="#ffffff"))
