"""Charts as SVG text: drawn by the server, coloured by the style sheet; for page, print, mail."""

from cadence.charts.behaviour import Stretch, behaviour_chart
from cadence.charts.history import history_chart
from cadence.charts.parts import Limits, Mark, Point
from cadence.charts.six_twelve import Line, six_twelve_chart
from cadence.charts.sparkline import sparkline
from cadence.charts.svg import Svg

__all__ = [
    "Limits",
    "Line",
    "Mark",
    "Point",
    "Stretch",
    "Svg",
    "behaviour_chart",
    "history_chart",
    "six_twelve_chart",
    "sparkline",
]
