"""Lists of a thousand values, as people paste them, in every criterion that takes lists."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.refresh import refresh_now
from segments.compiler import combined
from segments.rows import row_of
from tests.conftest import NOW
from tests.factories import make_customer, make_order, make_product, make_shop, set_field

MANY = [f"nothing-{number}" for number in range(999)]
CASES = {
    "purchased": ("bought", "products", "SKU-7", {}),
    "postal_code": ("starts_with", "values", "21", {}),
    "email_domain": ("is_any_of", "values", "example.com", {}),
    "custom_text": ("contains", "values", "climb", {"field": "sport"}),
}


@pytest.fixture
def customer(db: None) -> object:
    make_shop()
    found = make_customer(email="a@example.com", postal_code="2100")
    set_field(found, "sport", "Climbing")
    product = make_product("Igloo Tent", sku="SKU-7")
    make_order(found, NOW - timedelta(days=1), [(product, 1)])
    refresh_now(now=NOW, full=True)
    return found


@pytest.mark.parametrize("criterion", CASES)
def test_the_one_that_fits_is_found_among_a_thousand(customer: object, criterion: str) -> None:
    operator, name, fitting, more = CASES[criterion]
    row = row_of(criterion, operator, {**more, name: [*MANY, fitting]})
    assert [found.customer for found in combined([row], match="all", now=NOW)] == [customer]
    assert not combined(
        [row_of(criterion, operator, {**more, name: MANY})], match="all", now=NOW
    ).exists()


@pytest.mark.parametrize("name", ["keywords", "products", "brands", "categories"])
def test_many_unknown_names_are_told_in_one_sentence(
    customer: object, name: str, django_assert_max_num_queries: object
) -> None:
    row = row_of("purchased", "bought", {name: MANY})
    with django_assert_max_num_queries(25):
        notices = row.notices()
    if name != "keywords":
        assert len(notices) == 1
        assert "999" in notices[0]
        assert "“nothing-0”" in notices[0]


def test_a_few_unknown_names_are_told_each_with_a_hint(customer: object) -> None:
    row = row_of("purchased", "bought", {"products": ["SKU-7", "igloo tent", "SKU-8"]})
    assert row.notices() == ["The shop knows no product “SKU-8” yet."]
