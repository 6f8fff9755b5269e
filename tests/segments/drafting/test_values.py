"""Real values with counts: what is offered, in which order, and what a row takes."""

from __future__ import annotations

import pytest

from analytics.models import InterestTarget
from analytics.refresh import refresh_now
from cdp.models import Product
from segments.drafting.values import COUNTS, SEARCHED, Choice, found, names_of
from tests.conftest import NOW
from tests.factories import (
    GOODS,
    give_tags,
    make_category,
    make_customer,
    make_product,
    make_shop,
    put_in_groups,
    set_field,
)
from tests.predictions import make_target

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(db: None) -> None:
    make_shop()
    for name, brand, category, colour, price in GOODS:
        make_product(name, brand=brand, category=category, colour=colour, price=price)
    for number, country in enumerate(["DK", "DK", "DE", ""]):
        customer = make_customer(
            country=country, language="da", city="København" if number < 3 else "KØBENHAVN"
        )
        give_tags(customer, "Club", *(["Newsletter"] if number else []))
        put_in_groups(customer, "Retail")
        set_field(customer, "sport", "Climbing" if number else "Running")
    refresh_now(now=NOW, full=True)


def shown(source: str, **asked: str) -> list[tuple[str, str, int | None]]:
    return [(one.value, one.label, one.count) for one in found(source, **asked).choices]


def test_the_most_frequent_value_comes_first_with_its_count() -> None:
    assert shown("countries") == [("DK", "Denmark", 2), ("DE", "Germany", 1)]
    assert shown("tags") == [("Club", "Club", 4), ("Newsletter", "Newsletter", 3)]
    assert shown("customer_groups") == [("Retail", "Retail", 4)]
    assert shown("languages") == [("da", "Danish", 4)]


def test_a_search_looks_into_the_names_that_people_read() -> None:
    assert shown("countries", query="GERM") == [("DE", "Germany", 1)]
    assert shown("countries", query="nowhere") == []


def test_places_that_differ_in_case_are_one() -> None:
    assert shown("cities") == [("København", "København", 4)]


def test_values_of_a_custom_field_are_those_of_that_field() -> None:
    assert shown("field_values", of="sport") == [
        ("Climbing", "Climbing", 3),
        ("Running", "Running", 1),
    ]
    assert shown("field_values", of="shoe") == []


def test_the_category_tree_is_offered_from_the_top() -> None:
    tree = found("categories").choices
    assert [(one.label, one.depth) for one in tree][:3] == [
        ("Home", 0),
        ("Outdoor", 0),
        ("Insect repellent", 1),
    ]
    assert ("Tents", 2) in [(one.value, one.count) for one in tree]


def test_a_category_that_was_searched_says_where_it_stands() -> None:
    tents = found("categories", query="tents").choices[0]
    assert (tents.label, tents.detail, tents.depth) == ("Tents", "Outdoor", 0)


def test_a_category_whose_name_is_not_the_only_one_stands_with_its_path() -> None:
    make_category("Home > Tents")
    values = {one.value for one in found("categories", query="tents").choices}
    assert {"Outdoor > Tents", "Home > Tents"} <= values


def test_a_product_stands_by_its_name_unless_another_bears_it() -> None:
    assert [one.value for one in found("products", query="igloo").choices] == ["Igloo Tent"]
    make_product("Igloo Tent", external_id="second")
    values = [one.value for one in found("products", query="igloo").choices]
    assert values == ["second", "p0"]
    assert names_of("products", ["second", "SKU-1"]) == {"second": "Igloo Tent", "SKU-1": "SKU-1"}


def test_a_product_is_found_by_its_sku() -> None:
    assert [one.label for one in found("products", query="sku-3").choices] == ["Trail Shoe"]


def test_a_keyword_says_how_many_products_it_finds() -> None:
    assert found("keywords", query="Shoe").choices == (Choice("shoe", "shoe", 2),)


def test_a_long_list_is_cut_and_says_so() -> None:
    customer = make_customer()
    for number in range(25):
        give_tags(customer, f"Tag {number:02}")
    tags = found("tags")
    assert len(tags.choices) == 20
    assert tags.has_more
    assert [one.label for one in found("tags", query="tag 24").choices] == ["Tag 24"]


def test_what_customers_are_interested_in_comes_first_with_how_many_are() -> None:
    InterestTarget.objects.all().delete()
    make_target("Nordisk", medium_count=3)
    make_target("Nike", medium_count=12)
    make_target("House", learned_in=None)
    assert shown("interest_brands") == [
        ("Nike", "Nike", 12),
        ("Nordisk", "Nordisk", 3),
        ("House", "House", None),
    ]
    assert [one.detail for one in found("interest_brands").choices] == ["", "", "not learned yet"]


def test_a_search_offers_what_is_not_followed_yet_after_what_is() -> None:
    InterestTarget.objects.all().delete()
    make_target(make_category("Outdoor > Tents"), medium_count=5)
    tents = found("interest_categories", query="tents").choices
    assert [(one.value, one.count, one.detail) for one in tents] == [
        ("Tents", 5, "Outdoor"),
        ("Family tents", None, "Outdoor > Tents · not followed yet"),
    ]
    shoe = found("interest_products", query="trail").choices
    assert [(one.value, one.detail) for one in shoe] == [
        ("Trail Shoe", "Nike · SKU-3 · not followed yet")
    ]
    assert [one.value for one in found("interest_keywords", query="Über").choices] == ["über"]


def test_a_product_of_interest_stands_by_its_name_unless_another_bears_it() -> None:
    InterestTarget.objects.all().delete()
    tent = Product.objects.get(name="Igloo Tent")
    make_target(tent)
    assert [one.value for one in found("interest_products").choices] == ["Igloo Tent"]
    make_product("Igloo Tent", external_id="second")
    assert [one.value for one in found("interest_products").choices] == ["p0"]
    assert names_of("interest_products", ["p0"]) == {"p0": "Igloo Tent"}


@pytest.mark.parametrize("source", [*COUNTS, *SEARCHED, "", "passwords"])
@pytest.mark.parametrize("query", ["", "x", "%", "'; --", "\x00", "Ø" * 500])
def test_every_list_takes_any_search(source: str, query: str) -> None:
    assert len(found(source, query=query, of=query).choices) <= 150
