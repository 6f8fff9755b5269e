"""The first page says honestly whether something is predicted, was tested, and why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache

from analytics.cards.data_check import DataCheckCard
from analytics.models import (
    BackTest,
    CustomerForecast,
    InterestTarget,
    Prediction,
    Shortage,
)
from analytics.refresh import refresh_now
from cdp.models import Customer
from tests import factories
from tests.conftest import NOW
from tests.people import make_user
from tests.predictions import make_back_test, make_forecast, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> Customer:
    cache.clear()
    factories.make_shop()
    buyer = factories.make_customer()
    factories.make_order(buyer, NOW - timedelta(days=9), total=10)
    refresh_now(now=NOW, full=True)
    for model in (BackTest, CustomerForecast, InterestTarget):
        model.objects.all().delete()
    return buyer


def said() -> dict[str, str]:
    content = DataCheckCard().content(make_user("Analyst"), now=NOW)
    assert content is not None
    told = [one for one in content.sentences if one.url == "/predictions/"]
    assert len(told) == 2
    return {one.text: one.tone for one in told}


def test_nothing_is_promised_before_it_was_tried(buyer: Customer) -> None:
    texts = " ".join(said())
    assert "Orders and revenue are not predicted yet. No refresh has tried" in texts
    assert "Who wants what is not predicted yet. No refresh has tried" in texts


def test_a_shortage_is_the_reason(buyer: Customer) -> None:
    lacks = {"shortage": Shortage.REPEATERS, "shortage_needs": 30, "shortage_has": 1}
    for prediction in Prediction:
        make_back_test(prediction, **lacks)
    texts = said()
    assert (
        "Orders and revenue are not predicted yet. Not enough data: needs 30 customers who "
        "ordered again, has 1."
    ) in texts
    assert set(texts.values()) == {"warn"}


def test_what_is_predicted_and_tested_is_good_news(buyer: Customer) -> None:
    make_forecast(buyer)
    make_target("Nike")
    for prediction in (Prediction.ORDERS_30, Prediction.BRANDS):
        make_back_test(prediction)
    assert set(said().values()) == {"good"}


def test_what_is_predicted_but_not_tested_is_told_apart(buyer: Customer) -> None:
    make_forecast(buyer)
    make_back_test(shortage=Shortage.CAME, shortage_needs=30, shortage_has=4)
    text = next(text for text in said() if text.startswith("Orders and revenue"))
    assert text == (
        "Orders and revenue are predicted, but that could not be tested yet. Not enough data: "
        "needs 30 customers who ordered in the window, has 4."
    )
