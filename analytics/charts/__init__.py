"""Charts as pure geometry: figures in, places on a drawing and the table beside it out."""

from analytics.charts.bars import BarChart, bar_chart
from analytics.charts.columns import ColumnChart, column_chart
from analytics.charts.lift import LiftChart, lift_chart
from analytics.charts.lines import LineChart, Series, line_chart
from analytics.charts.reliability import ReliabilityChart, Said, reliability_chart
from analytics.charts.spark import Sparkline, sparkline

__all__ = [
    "BarChart",
    "ColumnChart",
    "LiftChart",
    "LineChart",
    "ReliabilityChart",
    "Said",
    "Series",
    "Sparkline",
    "bar_chart",
    "column_chart",
    "lift_chart",
    "line_chart",
    "reliability_chart",
    "sparkline",
]
