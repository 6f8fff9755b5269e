"""What counts as a purchase, and which products a row speaks of."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analytics.models import CustomerStatistics
from analytics.refresh import refresh_now
from cdp.models import Customer, Product
from segments.compiler import shop_time
from segments.rows import row_of
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    factories.make_shop()


@pytest.fixture
def tent() -> Product:
    return factories.make_product(
        "Igloo Tent", brand="Nordisk", category="Outdoor > Tents", price="29.99", colour="Red"
    )


@pytest.fixture
def mug() -> Product:
    return factories.make_product("Mug", brand="House", category="Home", price="30")


def buyer(*lines: tuple[Product, int], **values: object) -> Customer:
    person = factories.make_customer()
    moment = values.pop("placed_at", NOW - timedelta(days=10))
    factories.make_order(person, moment, lines, **values)
    return person


def found(criterion: str, operator: str, **values: object) -> set[int]:
    if not CustomerStatistics.objects.exists():
        refresh_now(now=NOW, full=True)
    q = row_of(criterion, operator, values).q(now=shop_time(NOW))
    return set(CustomerStatistics.objects.filter(q).values_list("pk", flat=True))


def bought(**values: object) -> set[int]:
    return found("purchased", "bought", **values)


def test_all_values_of_a_row_speak_of_the_same_order_line(tent: Product, mug: Product) -> None:
    both = buyer((tent, 1), (mug, 5))
    assert bought(keywords=["tent"], quantity=5) == set()
    assert bought(keywords=["mug"], quantity=5) == {both.pk}
    assert bought(brands=["nordisk"], price_from=30) == set()
    assert bought(categories=["Home"], brands=["Nordisk"]) == set()


def test_price_below_leaves_the_amount_out_and_price_to_takes_it(
    tent: Product, mug: Product
) -> None:
    tents, mugs = buyer((tent, 1)), buyer((mug, 1))
    assert bought(price_below=30) == {tents.pk}
    assert bought(price_to=30) == {tents.pk, mugs.pk}
    assert bought(price_from=30) == {mugs.pk}


def test_a_category_includes_what_lies_below_it_but_not_its_namesakes(tent: Product) -> None:
    other = factories.make_product("Toy tent", category="Toys > Outdoor > Tents")
    real, toy = buyer((tent, 1)), buyer((other, 1))
    assert bought(categories=["OUTDOOR"]) == {real.pk, toy.pk}
    assert bought(categories=["Outdoor > Tents"]) == {real.pk}
    assert bought(categories=["Toys"]) == {toy.pk}


def test_a_product_that_moved_counts_where_it_stands_now(tent: Product) -> None:
    person = buyer((tent, 1))
    tent.product_categories.all().delete()
    assert bought(categories=["Tents"]) == set()
    assert bought(products=["igloo tent"]) == {person.pk}


@pytest.mark.parametrize("status", ["pending", "cancelled", "refunded"])
def test_what_was_not_paid_or_given_back_is_no_purchase(tent: Product, status: str) -> None:
    person = buyer((tent, 1), status=status)
    assert bought(keywords=["tent"]) == set()
    assert found("purchased", "not_bought", keywords=["tent"]) == {person.pk}


def test_a_return_is_no_purchase(tent: Product) -> None:
    buyer((tent, -1), total=-30)
    assert bought(keywords=["tent"]) == set()


def test_an_order_without_exchange_rate_is_a_purchase_of_unknown_price(tent: Product) -> None:
    person = buyer((tent, 1), currency="SEK", total=300)
    assert bought(keywords=["tent"]) == {person.pk}
    assert bought(price_from=0) == set()


def test_a_purchase_of_a_guest_is_nobodys(tent: Product) -> None:
    factories.make_order(None, NOW - timedelta(days=3), [(tent, 1)])
    person = factories.make_customer()
    assert bought(keywords=["tent"]) == set()
    assert found("purchased", "not_bought", keywords=["tent"]) == {person.pk}


def test_since_a_day_begins_with_its_first_local_moment(tent: Product) -> None:
    midnight = factories.at(date(2026, 5, 6), 0)
    inside = buyer((tent, 1), placed_at=midnight)
    buyer((tent, 1), placed_at=midnight - timedelta(microseconds=1))
    assert bought(since="2026-05-06") == {inside.pk}


def test_keywords_are_words_of_the_product_and_no_patterns(tent: Product, mug: Product) -> None:
    tents = buyer((tent, 1))
    buyer((mug, 1))
    assert bought(keywords=["IGLOO  tent"]) == {tents.pk}
    assert bought(keywords=["red"]) == {tents.pk}
    assert bought(keywords=["%"]) == bought(keywords=["_"]) == set()


def test_the_products_of_an_abandoned_cart_lie_in_that_very_cart(
    tent: Product, mug: Product
) -> None:
    person = factories.make_customer()
    factories.make_cart(person, NOW - timedelta(days=1), [(tent, 1)])
    factories.make_cart(person, NOW - timedelta(days=9), [(mug, 3)])
    assert found("abandoned_cart", "abandoned", value_above=50, keywords=["tent"]) == set()
    assert found("abandoned_cart", "abandoned", value_above=50, last=3) == set()
    assert found("abandoned_cart", "abandoned", keywords=["tent"], last=3) == {person.pk}


def test_a_cart_that_became_an_order_was_not_abandoned(tent: Product) -> None:
    person = buyer((tent, 1))
    cart = factories.make_cart(person, NOW - timedelta(days=1), [(tent, 1)])
    assert found("abandoned_cart", "abandoned") == {person.pk}
    cart.recovered_order = person.orders.get()
    cart.save()
    assert found("abandoned_cart", "abandoned") == set()
