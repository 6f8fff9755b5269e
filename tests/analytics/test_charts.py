"""Charts hold every figure, survive missing ones, and speak the reader's language only in text."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from analytics.charts import (
    Said,
    Series,
    bar_chart,
    column_chart,
    lift_chart,
    line_chart,
    reliability_chart,
    sparkline,
)
from analytics.charts.scale import MAX_POINTS, axis, named_days, thinned

DAY = date(2026, 11, 1)


def days(*values: int | float | Decimal | None) -> list[tuple[date, int | float | Decimal | None]]:
    return [(DAY + timedelta(days=number), value) for number, value in enumerate(values)]


def drawn(name: str, chart: object, *, key: str = "chart") -> str:
    return render_to_string(f"components/{name}.html", {key: chart})


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([0, 10], 0, 10),
        ([3], 2, 4),
        ([0], 0, 1),
        ([980, 1020], 980, 1020),
        ([400, 1020], 0, 1250),
        ([-5, 7], -5, 10),
        ([-7, -6.5], -7, -6.5),
        ([1_234_567], 1_234_566, 1_234_568),
        ([0.004, 0.01], 0, 0.01),
    ],
)
def test_an_axis_ends_at_round_figures_around_all_values(
    values: list[float], low: float, high: float
) -> None:
    scale = axis(values)
    assert (round(scale.low, 6), round(scale.high, 6)) == (low, high)
    assert 2 <= len(scale.values) <= 8
    assert all(0 <= scale.part(value) <= 1 for value in values)


def test_whole_figures_are_never_named_in_between() -> None:
    assert all(value.is_integer() for value in axis([0, 1]).values)
    assert all(value.is_integer() for value in axis([0, 3]).values)
    assert not all(value.is_integer() for value in axis([0, 0.5]).values)


@pytest.mark.parametrize("span", [0, 1, 3, 6, 9, 30, 59, 120, 365, 800, 4000])
@pytest.mark.parametrize("count", [3, 7])
def test_days_of_any_span_are_named_evenly_and_not_too_often(span: int, count: int) -> None:
    last = DAY + timedelta(days=span)
    named = [day for day, _name in named_days(DAY, last, count=count)]
    assert 1 <= len(named) <= count + 1
    assert all(DAY <= day <= last for day in named)
    gaps = {(later - earlier).days for earlier, later in pairwise(named)}
    assert len(gaps) <= 1 or max(gaps) - min(gaps) <= 4


def test_thinning_keeps_ends_and_extremes() -> None:
    values: list[int | None] = [5] * 3000
    values[1234], values[2000], values[0], values[-1] = 99, -1, 7, 8
    points = thinned(days(*values))
    kept = [value for _day, value in points]
    assert len(points) <= MAX_POINTS
    assert (kept[0], kept[-1]) == (7, 8)
    assert {99, -1} <= set(kept)
    assert [day for day, _value in points] == sorted(day for day, _value in points)


def test_thinning_survives_stretches_without_figures() -> None:
    assert len(thinned(days(*[None] * 1000))) <= MAX_POINTS


@pytest.mark.parametrize("series", [[], [Series("a", [])], [Series("a", days(None, None))]])
def test_a_chart_without_figures_says_so(series: list[Series]) -> None:
    chart = line_chart(series, title="Members")
    assert chart.is_empty
    assert "There are no figures yet." in drawn("line_chart", chart)


def test_one_figure_is_a_dot_in_the_middle() -> None:
    chart = line_chart([Series("a", days(42))], title="Members")
    assert chart.wide is not None
    (line,) = chart.wide.lines
    assert len(line.dots) == 1
    assert float(line.dots[0].x) == pytest.approx(
        (chart.wide.frame.left + chart.wide.frame.right) / 2, abs=0.1
    )


def test_a_missing_figure_interrupts_the_line_and_a_lone_one_is_marked() -> None:
    many = [1, 2, None, 3, None, *range(100)]
    chart = line_chart([Series("a", days(*many))], title="Members")
    assert chart.wide is not None
    (line,) = chart.wide.lines
    assert line.path.count("M") == 3
    assert [dot.label for dot in line.dots] == ["11/04/2026: 3"]


def test_lines_are_told_apart_by_more_than_colour_and_are_at_most_six() -> None:
    series = [Series(str(number), days(number, 2)) for number in range(6)]
    html = drawn("line_chart", line_chart(series, title="Members"))
    assert all(f"cdp-line-{style}" in html for style in range(1, 7))
    with pytest.raises(ValueError, match="at most 6"):
        line_chart([*series, series[0]], title="Members")


def test_coordinates_are_for_machines_and_figures_for_people() -> None:
    chart = line_chart([Series("Anzahl", days(1000.5, 250_000.25, None))], title="Größe")
    with translation.override("de"):
        chart = line_chart([Series("Anzahl", days(1000.5, 250_000.25, None))], title="Größe")
        html = drawn("line_chart", chart)
    assert "250.000,25" in html
    for path in re.findall(r' d="([^"]+)"', html):
        assert re.fullmatch(r"[MLH0-9. -]+", path), path
    assert re.findall(r'viewBox="([^"]+)"', html)[0] == "0 0 760 260"


def test_the_table_holds_every_day_the_newest_first() -> None:
    chart = line_chart([Series("a", days(1, 2)), Series("b", days(3))], title="Members")
    assert chart.rows == (("11/02/2026", "2", "–"), ("11/01/2026", "1", "3"))


def test_what_the_lines_do_is_said_in_words() -> None:
    chart = line_chart([Series("All", days(1, 5))], title="Members")
    assert chart.description == "All: from 1 on 11/01/2026 to 5 on 11/02/2026."


def test_names_from_the_shop_stay_text() -> None:
    hostile = "<script>alert(1)</script>{{7*7}}"
    html = drawn(
        "line_chart", line_chart([Series(hostile, days(1)), Series("b", [])], title=hostile)
    )
    html += drawn("bar_chart", bar_chart([(hostile, 1)], title=hostile))
    html += drawn("sparkline", sparkline([1, 2], label=hostile), key="spark")
    assert "<script" not in html
    assert "{{7*7}}" in html


def test_bars_share_one_scale_and_one_zero() -> None:
    chart = bar_chart([("a", 10), ("b", -10), ("c", None), ("d", Decimal(5))], title="Change")
    assert [(bar.start, bar.length) for bar in chart.bars] == [
        ("50", "50"),
        ("0", "50"),
        ("50", "0"),
        ("50", "25"),
    ]
    assert [bar.value for bar in chart.bars] == ["10", "-10", "–", "5"]
    assert bar_chart([], title="Nothing").is_empty
    assert [bar.length for bar in bar_chart([("a", 0)], title="Zero").bars] == ["0"]


def test_columns_stand_on_one_line_and_days_share_one_where_there_are_many() -> None:
    flows = [(DAY + timedelta(days=number), 2, 1) for number in range(150)]
    chart = column_chart(flows, title="Changes", above="entered", below="left")
    assert chart.wide is not None
    assert len(chart.wide.above) == len(chart.wide.below) == 23
    assert sum(int(row[1]) for row in chart.rows) == 300
    assert sum(int(row[2]) for row in chart.rows) == 150
    zero = float(chart.wide.zero)
    assert all(float(column.y) + float(column.height) <= zero + 0.2 for column in chart.wide.above)
    assert all(float(column.y) >= zero - 0.2 for column in chart.wide.below)
    assert "entered: 300 in all" in chart.description


def test_a_week_has_one_place_whether_it_was_looked_at_once_or_daily() -> None:
    sunday = DAY - timedelta(weeks=9)
    weekly = [(sunday + timedelta(weeks=number), 7, 0) for number in range(5)]
    daily = [(weekly[-1][0] + timedelta(days=number), 1, 0) for number in range(1, 36)]
    chart = column_chart([*weekly, *daily], title="Changes", above="entered", below="left")
    assert {row[1] for row in chart.rows} == {"7"}
    assert len(chart.rows) == 10
    assert chart.wide is not None
    places = [float(column.x) for column in chart.wide.above]
    steps = [later - earlier for earlier, later in pairwise(places)]
    assert max(steps) - min(steps) < 0.3


def test_columns_stay_within_the_drawing() -> None:
    for count in (1, 2, 59, 61, 400):
        flows = [(DAY + timedelta(days=number), 1, 1) for number in range(count)]
        chart = column_chart(flows, title="Changes", above="entered", below="left")
        assert chart.narrow is not None
        box = chart.narrow.frame
        for column in chart.narrow.above:
            assert float(column.x) >= box.left - 1
            assert float(column.x) + float(column.width) <= box.right + 1


def test_nothing_came_and_nothing_went() -> None:
    assert column_chart([], title="Changes", above="a", below="b").is_empty
    assert column_chart([(DAY, 0, 0)], title="Changes", above="a", below="b").is_empty


def test_a_sparkline_fills_its_height_and_speaks() -> None:
    spark = sparkline([1, 3, 2], label="from 1 to 2")
    assert spark.points == "3,21 50,3 97,12"
    assert 'aria-label="from 1 to 2"' in drawn("sparkline", spark, key="spark")
    assert sparkline([5, 5], label="").points == "3,12 97,12"
    assert sparkline([0, 0], label="").points == "3,12 97,12"
    heights = [point.split(",")[1] for point in sparkline([1000, 1001], label="").points.split()]
    assert 0 < float(heights[0]) - float(heights[1]) < 1
    assert sparkline([5], label="").points == "97,12"
    assert "–" in drawn("sparkline", sparkline([], label=""), key="spark")


SAID = [Said(100, 0.01 * place, 0.012 * place) for place in range(1, 11)]


def test_the_reliability_diagram_lies_on_its_diagonal_when_all_came_true() -> None:
    chart = reliability_chart([Said(10, 0.1, 0.1), Said(1000, 0.4, 0.4)], title="T")
    assert chart.wide is not None
    box = chart.wide.frame
    for dot in chart.wide.dots:
        across = (float(dot.x) - box.left) / (box.right - box.left)
        upward = (box.bottom - float(dot.y)) / (box.bottom - box.top)
        assert across == pytest.approx(upward, abs=0.001)
    small, large = chart.wide.dots
    assert float(small.radius) < float(large.radius)


def test_the_reliability_diagram_shows_too_large_promises_below_the_diagonal() -> None:
    chart = reliability_chart([Said(10, 0.4, 0.1)], title="T")
    assert chart.narrow is not None
    box, [dot] = chart.narrow.frame, chart.narrow.dots
    assert (float(dot.x) - box.left) > (box.bottom - float(dot.y))


def test_the_lift_chart_begins_with_the_best_and_its_average_is_one() -> None:
    chart = lift_chart(SAID, title="T")
    assert chart.wide is not None
    heights = [float(column.height) for column in chart.wide.columns]
    assert heights == sorted(heights, reverse=True)
    one = float(chart.wide.columns[0].y) + heights[0] - float(chart.wide.average)
    assert sum(heights) / 10 == pytest.approx(one, abs=0.1)
    assert chart.rows[0] == ("1", "100", "12", "1.8")


@pytest.mark.parametrize("groups", [[], [Said(0, 0.0, 0.0)], [Said(5, 0.0, 0.0)]])
def test_charts_of_tests_survive_nothing(groups: list[Said]) -> None:
    assert lift_chart(groups, title="T").is_empty
    assert "There are no figures yet." in drawn("lift_chart", lift_chart(groups, title="T"))
    html = drawn("reliability_chart", reliability_chart(groups, title="T"))
    assert "nan" not in html.lower()


def test_charts_of_tests_leave_out_what_is_no_number() -> None:
    groups = [Said(5, float("nan"), 0.1), Said(5, 0.2, float("inf")), *SAID]
    for name, chart in (
        ("reliability_chart", reliability_chart(groups, title="T")),
        ("lift_chart", lift_chart([Said(5, 0.2, float("nan")), *SAID], title="T")),
    ):
        assert not re.search(r"\b(nan|inf)\b", drawn(name, chart))
        assert len(chart.rows) == len(SAID)


def test_charts_of_tests_speak_the_readers_language_only_in_text() -> None:
    with translation.override("de"):
        reliability = reliability_chart(SAID, title="T")
        lift = lift_chart(SAID, title="T")
        html = drawn("reliability_chart", reliability) + drawn("lift_chart", lift)
    assert "1,8" in html
    assert not re.search(r'\b(?:x|y|cx|cy|r|d|width|height)="[^"]*,', html)
