"""Forecasts come true on simulated shops, never look ahead, and bend for nothing extreme."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.predictive import forecast
from analytics.predictive.forecast import Forecast
from analytics.predictive.order_days import OrderDays
from analytics.predictive.regression import NotEnoughDataError
from tests.analytics.predictive.histories import TODAY, history, simulated

FIGURES = tuple(Forecast.__dataclass_fields__)


@pytest.fixture(scope="module")
def shop() -> OrderDays:
    return simulated(customers=1_500, days=800, after=90)


def forecasts(days: OrderDays) -> Forecast:
    return forecast.predict(forecast.fit(days, today=TODAY), days, today=TODAY)


def with_more(days: OrderDays, rows: list[tuple[int, int, float]]) -> OrderDays:
    old = zip(days.customer.tolist(), (TODAY - days.day).tolist(), days.value.tolist(), strict=True)
    count = max(days.customer_count, 1 + max(row[0] for row in rows))
    return history([*old, *rows], customers=count)


def same(one: Forecast, other: Forecast) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in FIGURES)


def holds_together(found: Forecast) -> None:
    for name in FIGURES:
        assert np.isfinite(getattr(found, name)).all(), name
        assert (getattr(found, name) >= 0).all(), name
    assert (found.probability <= 1).all()
    assert (np.diff(found.probability, axis=1) >= 0).all()
    assert (np.diff(found.orders, axis=1) >= 0).all()
    assert (found.orders >= found.probability).all()
    assert (found.low <= found.high).all()
    assert (found.lifetime_low <= found.lifetime_high).all()


def test_a_simulated_future_comes_true(shop):
    found = forecasts(shop)
    holds_together(found)
    for place, days in enumerate((30, 90)):
        window = shop.within(TODAY, TODAY + days)
        count, paid = window.counts()[found.customer], window.values()[found.customer]
        assert found.probability[:, place].mean() == pytest.approx((count > 0).mean(), abs=0.03)
        assert found.orders[:, place].sum() == pytest.approx(count.sum(), rel=0.12)
        assert found.revenue[:, place].sum() == pytest.approx(paid.sum(), rel=0.2)
        inside = (paid >= found.low[:, place]) & (paid <= found.high[:, place])
        assert inside.mean() > 0.78
        best = np.argsort(-found.probability[:, place])[: count.size // 10]
        assert (count[best] > 0).mean() > 2.5 * (count > 0).mean()


def test_what_happens_later_changes_nothing(shop):
    later = with_more(shop, [(customer, -5, 1e6) for customer in range(500)])
    assert same(forecasts(later), forecasts(shop.before(TODAY)))


def test_a_chunk_is_forecast_like_the_whole(shop):
    model = forecast.fit(shop, today=TODAY)
    whole = forecast.predict(model, shop, today=TODAY)
    chosen = shop.where(shop.customer < 400)
    chunk = OrderDays(chosen.customer, chosen.day, chosen.value, 400)
    part = forecast.predict(model, chunk, today=TODAY)
    inside = whole.customer < 400
    for name in FIGURES:
        assert getattr(part, name) == pytest.approx(getattr(whole, name)[inside], rel=1e-9), name


def test_one_huge_order_does_not_bend_the_shop(shop):
    plain = forecasts(shop)
    bent = forecasts(with_more(shop, [(1_500, 40, 168_469.60)]))
    others = bent.customer < 1_500
    assert bent.revenue[others].sum() == pytest.approx(plain.revenue.sum(), rel=0.01)
    assert bent.order_value[~others][0] < np.quantile(plain.order_value, 0.999)
    # What was paid was paid: it counts in the lifetime value, and only there.
    assert bent.lifetime[~others][0] > 168_469


def test_a_window_with_little_before_it_is_trusted_less(shop):
    def shares(days: OrderDays) -> list[float]:
        learned = forecast.fit(days, today=TODAY, horizons=(30, 90)).learned
        return [part.count_trust for part in learned if part is not None]

    assert shares(shop) == [0.5, 0.5]
    young = simulated(customers=1_500, days=160, after=90)
    full, small = shares(young)
    assert full == 0.5
    assert small == pytest.approx(0.5 * 70 / 180, abs=0.01)
    found = forecast.predict(forecast.fit(young, today=TODAY), young, today=TODAY)
    came = young.within(TODAY, TODAY + 90).counts().sum()
    assert found.orders[:, 1].sum() == pytest.approx(came, rel=0.15)


def test_a_young_shop_gets_a_year_from_bg_nbd_and_says_so():
    days = simulated(customers=800, days=200)
    model = forecast.fit(days, today=TODAY)
    assert [part is None for part in model.learned] == [False, False, True]
    assert "needs 395 days of history, has" in str(model.missing[2])
    holds_together(forecast.predict(model, days, today=TODAY))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(0, 10, 5.0)],
        [(0, age, 5.0) for age in range(1, 400)],
        [(customer, 10, 5.0) for customer in range(500)],
        [(customer, 10 + customer, 5.0) for customer in range(500)],
        [(customer, -10, 5.0) for customer in range(500)],
    ],
    ids=["empty", "one order", "one customer", "one day", "everybody once", "only future"],
)
def test_too_little_says_what_is_missing(rows):
    with pytest.raises(NotEnoughDataError, match="needs 30 customers who ordered again, has"):
        forecast.fit(history(rows), today=TODAY)


def test_extreme_customers_and_prices_of_zero_give_figures(shop):
    free = OrderDays(shop.customer, shop.day, np.zeros(shop.day.size), shop.customer_count)
    holds_together(forecasts(free))
    assert forecasts(free).revenue.sum() == 0
    strange = with_more(
        shop,
        [
            *((1_500, age, 20.0) for age in range(1, 5_001)),
            (1_501, 9_000, 20.0),
            (1_501, 1, 20.0),
            (1_502, 9_000, 20.0),
        ],
    )
    found = forecasts(strange)
    holds_together(found)
    daily, _returned, gone = found.orders[-3:, 0]
    assert daily > 15
    assert gone < 0.2


def test_nobody_to_forecast_is_no_forecast(shop):
    model = forecast.fit(shop, today=TODAY)
    found = forecast.predict(model, history([], customers=3), today=TODAY)
    assert found.customer.size == 0
    assert found.revenue.shape == (0, 3)


def test_more_orders_in_the_same_weeks_a_year_ago_raise_the_forecast(shop):
    rush = [(customer, 365 - day, 30.0) for customer in range(0, 1_500, 3) for day in (5, 12, 20)]
    model = forecast.fit(with_more(shop, rush), today=TODAY)
    learned = model.learned[0]
    assert learned is not None
    assert learned.season > 1.4
    calm = replace(model, learned=(replace(learned, season=1.0), *model.learned[1:]))
    with_season = forecast.predict(model, shop, today=TODAY)
    without = forecast.predict(calm, shop, today=TODAY)
    ratio = with_season.orders[:, 0].sum() / without.orders[:, 0].sum()
    assert ratio == pytest.approx(learned.season, rel=0.1)
    assert (with_season.probability[:, 0] >= without.probability[:, 0]).all()
    assert forecast.fit(shop, today=TODAY).learned[0].season == pytest.approx(1, abs=0.25)
