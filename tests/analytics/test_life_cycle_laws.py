from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics.predictive import cadence, life_cycle

# Every start date in four years, a leap year among them.
STARTS = np.arange(date(2023, 1, 1).toordinal(), date(2023, 1, 1).toordinal() + 1461)
STAGES = np.array(["just ordered", "active", "slipping away", "lost"])


def add_months(days: np.ndarray, months: int) -> np.ndarray:
    """The same day of the month later, or the last day of that month."""
    result = []
    for ordinal in days:
        day = date.fromordinal(int(ordinal))
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        for last in (day.day, 30, 29, 28):
            try:
                result.append(date(year, month + 1, min(day.day, last)).toordinal())
                break
            except ValueError:
                continue
    return np.array(result)


def stage_after(*, every_months: int, orders: int, silent_months: int) -> np.ndarray:
    """The stages of customers with every start date, `silent_months` after their last order."""
    columns = [add_months(STARTS, every_months * number) for number in range(orders)]
    table = np.stack(columns, axis=1)
    customer = np.repeat(np.arange(len(STARTS)), orders)
    days = cadence.order_days(customer, table.ravel())
    merged = cadence.occasions(days, merge_days=3)
    own = cadence.cadence(cadence.last_gaps(merged, count=len(STARTS)))
    limits = cadence.patience(
        own, floor_few=30, floor=14, lost_floor=90, one_time_slip=180, one_time_lost=365
    )
    today = add_months(columns[-1], silent_months)
    result = [
        life_cycle.stages(
            columns[-1][[i]],
            cadence.Patience(limits.slip[[i]], limits.lost[[i]]),
            today=int(today[i]),
        ).stage[0]
        for i in range(len(STARTS))
    ]
    return STAGES[np.array(result)]


@pytest.mark.parametrize("orders", [2, 3, 4, 6, 12])
@pytest.mark.parametrize(
    ("every", "silent", "stage"),
    [
        (3, 0, "just ordered"),
        (3, 3, "active"),
        (3, 4, "slipping away"),
        (3, 8, "lost"),
        (12, 9, "active"),
        (12, 12, "active"),
    ],
)
def test_the_stage_follows_from_the_customers_own_rhythm(
    orders: int, every: int, silent: int, stage: str
):
    found = stage_after(every_months=every, orders=orders, silent_months=silent)
    assert set(found) == {stage}


@pytest.mark.parametrize("orders", [3, 4, 6, 12])
def test_a_monthly_buyer_slips_away_within_two_months(orders: int):
    after_one = stage_after(every_months=1, orders=orders, silent_months=1)
    assert set(after_one) <= {"just ordered", "active"}
    after_two = stage_after(every_months=1, orders=orders, silent_months=2)
    assert set(after_two) == {"slipping away"}


def gaps_of(*gaps: float) -> np.ndarray:
    row = np.full((1, cadence.GAPS_USED), np.nan)
    row[0, : len(gaps)] = gaps
    return row


def limits(*gaps: float) -> tuple[float, float]:
    own = cadence.cadence(gaps_of(*gaps))
    found = cadence.patience(
        own, floor_few=30, floor=14, lost_floor=90, one_time_slip=200, one_time_lost=400
    )
    return float(found.slip[0]), float(found.lost[0])


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ((91, 91, 91), (113.75, 227.5)),  # quarterly: slipping from day 114, lost from day 228
        ((365,), (456.25, 912.5)),  # yearly: 457 and 913
        ((7, 7, 7, 7), (14, 90)),  # weekly: the floors
        ((7, 7), (30, 90)),  # fewer than four gaps: a longer floor
        ((30, 30, 30, 30), (37.5, 90)),
        ((900, 900, 900), (675, 1350)),  # the cadence is capped at 540 days
        ((10, 10, 1000, 1000), (1010.0, 2020.0)),  # wild: tolerance at most 2
        ((), (200, 400)),  # one-time buyers: the shop's figures
        ((29,), (200, 400)),  # a single short gap is no rhythm
        ((30,), (37.5, 90)),
        ((29, 29), (36.25, 90)),
    ],
)
def test_patience(gaps: tuple[float, ...], expected: tuple[float, float]):
    assert limits(*gaps) == pytest.approx(expected)


def test_only_the_last_eight_gaps_count():
    days = np.cumsum([0, *([200] * 5), *([20] * 8)]) + 700_000
    table = cadence.last_gaps(cadence.Days(np.zeros(len(days), np.int64), days), count=2)
    assert table[0].tolist() == [20.0] * 8
    assert np.isnan(table[1]).all()


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([0, 3, 6], [0, 6]),  # the third day is six days after the occasion, not three
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], [0, 4, 8]),
        ([0, 4, 8], [0, 4, 8]),
        ([0], [0]),
    ],
)
def test_days_merge_into_the_occasion_they_follow(days: list[int], expected: list[int]):
    customer = np.zeros(len(days), np.int64)
    found = cadence.occasions(
        cadence.Days(customer, np.array(days) + 700_000), merge_days=cadence.MERGE_DAYS
    )
    assert (found.day - 700_000).tolist() == expected


def test_occasions_do_not_reach_across_customers():
    days = cadence.Days(np.array([0, 0, 1, 1]), np.array([10, 11, 12, 13]))
    found = cadence.occasions(days, merge_days=3)
    assert found.day.tolist() == [10, 12]
    assert cadence.occasions(days, merge_days=0) is days


def test_stage_dates_are_the_days_on_which_the_stage_changes():
    patience = cadence.Patience(np.full(1, 113.75), np.full(1, 227.5))
    last = np.array([1000])
    history = {day: life_cycle.stages(last, patience, today=1000 + day) for day in range(300)}
    changes = [d for d in range(1, 300) if history[d].stage[0] != history[d - 1].stage[0]]
    assert changes == [31, 114, 228]
    for day, found in history.items():
        begun = max([0, *(change for change in changes if change <= day)])
        following = [change for change in changes if change > day]
        assert found.since[0] == 1000 + begun
        assert bool(found.has_next[0]) == bool(following)
        if following:
            assert found.next_on[0] == 1000 + following[0]


def test_who_slips_early_never_passes_through_active():
    patience = cadence.Patience(np.full(1, 14.0), np.full(1, 90.0))
    codes = [life_cycle.stages(np.array([0]), patience, today=day).stage[0] for day in range(100)]
    assert set(codes) == {life_cycle.JUST_ORDERED, life_cycle.SLIPPING_AWAY, life_cycle.LOST}
