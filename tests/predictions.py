"""Predictions made by hand, for tests of what shows and asks for them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from analytics.models import (
    BackTest,
    BackTestRule,
    BackTestTenth,
    ChurnRisk,
    CustomerForecast,
    Interest,
    InterestTarget,
    Prediction,
    Recommendation,
    RecommendationList,
    Refresh,
    Rule,
    Strength,
    TargetKind,
)
from cdp.models import Category, Customer, Product
from cdp.text import key
from tests.conftest import NOW


def make_refresh(moment: datetime = NOW) -> Refresh:
    """Return a finished refresh."""
    return Refresh.objects.create(
        as_of=moment, figures_day=moment.date(), started_at=moment, finished_at=moment
    )


def make_forecast(customer: Customer, **values: object) -> CustomerForecast:
    """Return a forecast of a middling customer, with these values changed."""
    usual: dict[str, object] = {
        "chance_30": 0.2,
        "chance_90": 0.45,
        "chance_365": 0.8,
        "orders_30": 0.22,
        "orders_90": 0.6,
        "orders_365": 2.4,
        "order_value": Decimal(50),
        "lifetime_value": Decimal(420),
        "lifetime_low": Decimal(210),
        "lifetime_high": Decimal(690),
        "churn_probability": 0.4,
        "churn_risk": ChurnRisk.MEDIUM,
        "next_order_on": date(2027, 3, 1),
    }
    for horizon, revenue in ((30, 11), (90, 30), (365, 120)):
        usual[f"revenue_{horizon}"] = Decimal(revenue)
        usual[f"low_{horizon}"] = Decimal(0)
        usual[f"high_{horizon}"] = Decimal(2 * revenue)
    return CustomerForecast.objects.create(customer=customer, **{**usual, **values})


def make_target(thing: Category | Product | str, **values: object) -> InterestTarget:
    """Return a learned target: a category, a product, or the name of a brand.

    A keyword is a text too: name it with `kind=TargetKind.KEYWORD`.
    """
    usual: dict[str, object] = {
        "label": str(thing),
        "learned_in": Refresh.objects.order_by("-pk").first() or make_refresh(),
        "medium_limit": 0.05,
        "high_limit": 0.1,
        "tested_auc": 0.75,
        "tested_count": 1000,
        "tested_buyers": 80,
        "tested_named": 100,
        "tested_hits": 31,
    }
    if isinstance(thing, Category):
        usual |= {"kind": TargetKind.CATEGORY, "key": str(thing.pk), "category": thing}
    elif isinstance(thing, Product):
        usual |= {"kind": TargetKind.PRODUCT, "key": str(thing.pk), "product": thing}
    else:
        usual |= {"kind": TargetKind.BRAND, "key": key(thing)}
    return InterestTarget.objects.create(**{**usual, **values})


def make_interest(
    customer: Customer, target: InterestTarget, strength: int = Strength.HIGH, **values: object
) -> Interest:
    """Return the interest of a customer in a target."""
    usual: dict[str, object] = {"score": 0.12, "has_bought": False}
    return Interest.objects.create(
        customer=customer, target=target, strength=strength, **{**usual, **values}
    )


def make_recommendation(
    customer: Customer,
    product: Product,
    *,
    position: int = 1,
    of: str = RecommendationList.NEW_FOR_YOU,
    reason: Product | None = None,
) -> Recommendation:
    """Return a recommended product."""
    return Recommendation.objects.create(
        customer=customer, product=product, list=of, position=position, score=0.5, reason=reason
    )


def make_back_test(prediction: str = Prediction.ORDERS_30, **values: object) -> BackTest:
    """Return a back-test with two plain rules and ten tenths; with a `shortage` without figures."""
    refresh = Refresh.objects.order_by("-pk").first() or make_refresh()
    named: dict[str, object] = {"refresh": refresh, "prediction": prediction, "horizon_days": 30}
    if "shortage" in values:
        return BackTest.objects.create(**{**named, **values})
    usual: dict[str, object] = {
        "window_start": date(2026, 10, 25),
        "window_end": date(2026, 11, 24),
        "case_count": 1000,
        "hit_count": 280,
        "named_count": 100,
        "named_hits": 71,
        "auc": 0.74,
        "lift": 2.5,
        "calibration_error": 0.018,
        "brier_score": 0.17,
        "count_bias": -0.04,
        "revenue_bias": 0.07,
    }
    test = BackTest.objects.create(**{**named, **usual, **values})
    BackTestRule.objects.bulk_create(
        BackTestRule(back_test=test, rule=rule, auc=auc, lift=lift)
        for rule, auc, lift in ((Rule.RECENCY, 0.65, 1.6), (Rule.BG_NBD, 0.73, 2.3))
    )
    BackTestTenth.objects.bulk_create(
        BackTestTenth(
            back_test=test,
            position=place,
            case_count=100,
            predicted=place * 0.05,
            observed=place * 0.051,
        )
        for place in range(1, 11)
    )
    return test
