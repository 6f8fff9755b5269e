"""Who looked at something wants it more, where that was so in the past."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.predictive.interest import InterestModel, fit_interest, predict_interest
from analytics.predictive.interest_features import Record
from tests.analytics.predictive.interest_shop import CUSTOMERS, DAY, PRODUCTS, bought, lines, record

TARGETS = np.arange(PRODUCTS)


@pytest.fixture(scope="module")
def shop() -> Record:
    """Six of ten purchases follow a view of some days ago; as many views lead to nothing."""
    random, rows = np.random.default_rng(2), lines()
    seen = rows[random.random(len(rows)) < 0.6] - [0, 0, 4]
    idle = np.column_stack(
        [random.integers(0, CUSTOMERS, 4000), random.integers(0, PRODUCTS, 4000),
         random.integers(0, DAY, 4000)]
    )  # fmt: skip
    views = np.vstack([seen, idle])
    views = views[(views[:, 2] >= 0) & (views[:, 2] < DAY)]
    known = bought(views.tolist(), customers=CUSTOMERS, items=PRODUCTS + 1)
    return replace(record(rows), views=known)


@pytest.fixture(scope="module")
def model(shop: Record) -> InterestModel:
    return fit_interest(shop, TARGETS, day=DAY, horizon_days=30)


def test_who_looked_at_it_last_week_wants_it_more(shop: Record, model: InterestModel):
    chance = predict_interest(model, shop)
    unseen = predict_interest(model, replace(shop, views=None))
    lately = shop.views.within(DAY - 7, DAY)
    rows = (lately.customer, lately.item)
    assert lately.customer.size > 100
    assert np.median(chance[rows] / unseen[rows]) > 1.5
    assert chance.max() <= 1


def test_views_make_the_ranking_better(shop: Record, model: InterestModel):
    blind = fit_interest(replace(shop, views=None), TARGETS, day=DAY, horizon_days=30)
    came = shop.level.within(DAY, DAY + 30)
    gain = predict_interest(model, shop) / predict_interest(blind, shop)
    assert gain[came.customer, came.item].mean() > 1.2 * np.median(gain)


def test_views_of_later_change_nothing(shop: Record, model: InterestModel):
    later = bought(
        [*zip(shop.views.customer, shop.views.item, shop.views.day, strict=True)]
        + [(customer, 3, DAY + 2) for customer in range(CUSTOMERS)],
        customers=CUSTOMERS,
        items=PRODUCTS + 1,
    )
    relearned = fit_interest(replace(shop, views=later), TARGETS, day=DAY, horizon_days=30)
    assert (predict_interest(relearned, shop) == predict_interest(model, shop)).all()
