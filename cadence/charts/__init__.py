"""Charts as SVG text: drawn by the server, coloured by the style sheet; for page, print, mail."""

from cadence.charts.history import history_chart
from cadence.charts.parts import Limits, Mark, Point
from cadence.charts.sparkline import sparkline
from cadence.charts.svg import Svg

__all__ = ["Limits", "Mark", "Point", "Svg", "history_chart", "sparkline"]
