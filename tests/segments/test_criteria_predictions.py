"""What forecasts answer: who has none, what is said of one customer, what the shop lacks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from analytics.models import BackTest, CustomerForecast, CustomerStatistics, Prediction, Shortage
from analytics.refresh import refresh_now
from cdp.models import Customer
from segments.compiler import shop_time
from segments.criteria import criteria
from segments.models import Condition, Segment
from segments.rows import Row, row_of
from segments.why import RowVerdict, why
from tests import factories
from tests.conftest import NOW
from tests.predictions import make_back_test, make_forecast
from tests.segments.examples import EXAMPLES

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
PREDICTED = [one.key for one in criteria if one.is_predicted]


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.make_shop()


@pytest.fixture
def people() -> list[Customer]:
    """Two buyers of whom one has a forecast, and somebody who never bought."""
    people = [factories.make_customer() for _number in range(3)]
    for buyer in people[:2]:
        factories.make_order(buyer, NOW - 20 * DAY)
    refresh_now(now=NOW, full=True)
    CustomerForecast.objects.all().delete()
    BackTest.objects.all().delete()
    make_forecast(people[0], churn_risk="high", churn_probability=0.712, chance_30=0.2)
    return people


def found(criterion: str, operator: str, *, is_negated: bool = False, **values: object) -> set[int]:
    q = row_of(criterion, operator, values, is_negated=is_negated).q(now=shop_time(NOW))
    return set(CustomerStatistics.objects.filter(q).values_list("pk", flat=True))


def verdict(customer: Customer, criterion: str, operator: str, **values: object) -> RowVerdict:
    Segment.objects.all().delete()
    segment = Segment.objects.create(name="Asked", created_at=NOW, edited_at=NOW)
    Condition.objects.create(
        segment=segment, position=1, criterion=criterion, operator=operator, parameters=values
    )
    return why(segment, customer, now=NOW).rows[0]


@pytest.mark.parametrize(
    ("criterion", "operator", "values"),
    [
        ("churn_risk", "is_any_of", {"values": ["low", "medium", "high"]}),
        ("order_chance", "at_least", {"value": 0, "horizon_days": 30}),
        ("order_chance", "at_most", {"value": 100, "horizon_days": 365}),
        ("predicted_orders", "at_least", {"value": 0, "horizon_days": 90}),
        ("predicted_revenue", "at_least", {"value": 0, "horizon_days": 365}),
        ("lifetime_value", "at_least", {"value": 0}),
        ("expected_next_order", "more_than_ahead", {"amount": 0}),
    ],
)
def test_without_a_forecast_nobody_has_the_value_and_the_complement_has_the_rest(
    people: list[Customer], criterion: str, operator: str, values: dict[str, object]
) -> None:
    has, *lack = (customer.pk for customer in people)
    assert found(criterion, operator, **values) == {has}
    assert found(criterion, operator, is_negated=True, **values) == set(lack)
    unknown = row_of(criterion, operator, values).unknown(now=shop_time(NOW))
    rows = CustomerStatistics.objects.filter(unknown)
    assert set(rows.values_list("pk", flat=True)) == set(lack)


def test_a_chance_is_compared_in_percent_exactly(people: list[Customer]) -> None:
    has = people[0].pk
    assert found("order_chance", "equals", value=20, horizon_days=30) == {has}
    assert found("order_chance", "more_than", value=20, horizon_days=30) == set()
    assert found("order_chance", "between", low="19.9", high="20", horizon_days=30) == {has}
    assert found("order_chance", "at_least", value=45, horizon_days=30) == set()
    assert found("order_chance", "at_least", value=45, horizon_days=90) == {has}


def test_each_horizon_is_a_question_of_its_own(people: list[Customer]) -> None:
    has = people[0].pk
    assert found("predicted_revenue", "at_least", value=120, horizon_days=365) == {has}
    assert found("predicted_revenue", "at_least", value=120, horizon_days=90) == set()
    assert found("predicted_orders", "at_least", value="0.6", horizon_days=90) == {has}
    assert found("predicted_orders", "at_least", value="0.6", horizon_days=30) == set()


def test_within_the_next_days_includes_today_and_the_last_day(people: list[Customer]) -> None:
    has = people[0].pk
    today = shop_time(NOW).date()
    for ahead, within, beyond in ((0, True, False), (14, True, False), (15, False, True)):
        CustomerForecast.objects.update(next_order_on=today + ahead * DAY)
        near = found("expected_next_order", "within_next", amount=14)
        far = found("expected_next_order", "more_than_ahead", amount=14)
        assert (near, far) == ({has} if within else set(), {has} if beyond else set())


def test_an_order_more_than_a_year_away_is_as_unknown_as_none(people: list[Customer]) -> None:
    everybody = {customer.pk for customer in people}
    assert found("expected_next_order", "is_unknown") == everybody - {people[0].pk}
    CustomerForecast.objects.update(next_order_on=None)
    assert found("expected_next_order", "is_unknown") == everybody
    assert found("expected_next_order", "before", day="2199-12-31") == set()


def test_why_names_what_is_predicted(people: list[Customer]) -> None:
    has, lacks, visitor = people
    asked = {"value": 100, "horizon_days": "365"}
    told = verdict(has, "predicted_revenue", "at_least", **asked)
    assert told.passes
    assert told.actual == "120 EUR (in 4 of 5 cases 0 EUR to 240 EUR)"
    assert verdict(has, "churn_risk", "is_any_of", values=["high"]).actual == "high (71.2 percent)"
    chance = verdict(has, "order_chance", "at_most", value=50, horizon_days="30")
    assert (chance.actual, chance.passes) == ("20 percent", True)
    lifetime = {"value": 1}
    assert verdict(lacks, "lifetime_value", "at_least", **lifetime).actual == "no forecast"
    assert verdict(visitor, "lifetime_value", "at_least", **lifetime).actual == "no paid order"


def test_why_says_when_the_expected_order_comes_near(people: list[Customer]) -> None:
    today = shop_time(NOW).date()
    CustomerForecast.objects.update(next_order_on=today + 20 * DAY)
    near = verdict(people[0], "expected_next_order", "within_next", amount=14, unit="days")
    assert (near.passes, near.changes_on) == (False, today + 6 * DAY)


@pytest.mark.parametrize("operator", ["within_next", "more_than_ahead"])
def test_only_days_counted_from_today_depend_on_the_day(operator: str) -> None:
    assert row_of("expected_next_order", operator, {"amount": 3}).depends_on_day
    assert not row_of("expected_next_order", "before", {"day": "2027-01-01"}).depends_on_day
    assert not row_of("churn_risk", "is_any_of", {"values": ["high"]}).depends_on_day


def test_a_shop_that_is_too_young_is_told_what_it_lacks() -> None:
    make_back_test(
        Prediction.ORDERS_90, shortage=Shortage.HISTORY, shortage_needs=120, shortage_has=40
    )
    row = row_of("order_chance", "at_least", {"value": 50, "horizon_days": 90})
    assert row.notices() == ["Not enough data: needs 120 days of orders, has 40."]
    assert row.track_record() == []


def test_a_row_says_how_well_it_was_foreseen(people: list[Customer]) -> None:
    make_back_test(Prediction.ORDERS_30)
    row = row_of("order_chance", "at_least", {"value": 50, "horizon_days": 30})
    assert row.notices() == []
    assert row.track_record() == [
        "When last tested, 71 of 100 customers with the best chances ordered within 30 days; of "
        "100 customers taken at random it was 28."
    ]
    assert row_of("order_chance", "at_least", {"value": 5, "horizon_days": 90}).track_record() == []


@pytest.mark.parametrize("values", [{"value": 5}, {"value": 5, "horizon_days": 31}])
def test_a_horizon_is_one_of_three(values: dict[str, object]) -> None:
    with pytest.raises(Exception, match="horizon_days"):
        row_of("predicted_orders", "at_least", values)


@pytest.mark.parametrize("language", ["en", "da", "de", "it"])
@pytest.mark.parametrize("criterion", PREDICTED)
def test_sentences_hold_their_values_in_every_language(criterion: str, language: str) -> None:
    with translation.override(language):
        for operator, rows in EXAMPLES[criterion].items():
            for values in rows:
                row: Row = row_of(criterion, operator, values)
                said = row.describe(currency="EUR")
                assert said
                assert "{" not in said
                if "horizon_days" in values:
                    assert str(values["horizon_days"]) in said


def test_money_carries_its_currency() -> None:
    row = row_of("predicted_revenue", "between", {"low": 5, "high": "9.5", "horizon_days": 30})
    said = row.describe(currency="SEK")
    assert said == "Expected revenue in 30 days is between 5 SEK and 9.5 SEK"
    assert Decimal(str(row.params["high"])) == Decimal("9.5")
