"""Charts as pure geometry: figures in, places on a drawing and the table beside it out."""

from analytics.charts.bars import BarChart, bar_chart
from analytics.charts.columns import ColumnChart, column_chart
from analytics.charts.lines import LineChart, Series, line_chart
from analytics.charts.spark import Sparkline, sparkline

__all__ = [
    "BarChart",
    "ColumnChart",
    "LineChart",
    "Series",
    "Sparkline",
    "bar_chart",
    "column_chart",
    "line_chart",
    "sparkline",
]
