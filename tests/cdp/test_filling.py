"""Filling tables from nothing: rows in the database's own form, indexes afterwards, emptying."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from cdp import bulk
from cdp.models import Customer, CustomerTag, Product, Tag

pytestmark = pytest.mark.django_db

COLUMNS = ("id", "source", "external_id", "price", "is_available", "first_seen_at")
TEXTS = ("name", "sku", "brand", "brand_key", "image_url", "page_url", "search_key")


def rows(first: int, last: int) -> list[tuple[object, ...]]:
    return [
        (number, "shop", str(number), 199_500, True, "2026-05-06 07:08:09", *[""] * len(TEXTS))
        for number in range(first, last + 1)
    ]


def fill(first: int, last: int) -> int:
    return bulk.insert_prepared(Product, (*COLUMNS, *TEXTS), rows(first, last))


def constraints() -> dict[str, object]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Product._meta.db_table)
    return {name: (item["columns"], item["unique"], item["index"]) for name, item in found.items()}


def test_prepared_rows_read_back_as_python_values():
    assert fill(1, 3) == 3
    product = Product.objects.get(external_id="2")
    assert product.price == Decimal("19.95")
    assert product.first_seen_at == datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert product.list_price is None


def test_last_id_is_zero_for_an_empty_table_and_the_highest_key_else():
    assert bulk.last_id(Product) == 0
    fill(5, 9)
    assert bulk.last_id(Product) == 9


def test_new_rows_follow_written_keys_after_a_reset():
    fill(40, 41)
    bulk.reset_sequences([Product])
    assert Product.objects.create(external_id="new").pk == 42


@pytest.mark.parametrize("stored", [0, 3])
def test_indexes_are_the_same_after_filling_an_empty_or_a_used_table(stored: int):
    if stored:
        fill(1, stored)
    before = constraints()
    with bulk.indexes_afterwards([Product]):
        fill(11, 20)
    assert constraints() == before
    assert Product.objects.count() == stored + 10


def test_an_empty_table_has_no_secondary_index_while_it_is_filled():
    with bulk.indexes_afterwards([Product]):
        during = constraints()
    assert "product_sku" in constraints()
    assert "product_sku" not in during


def test_a_used_table_keeps_its_indexes_while_more_is_added():
    fill(1, 1)
    with bulk.indexes_afterwards([Product]):
        assert "product_sku" in constraints()


def test_a_broken_unique_key_undoes_everything():
    def fill_twice() -> None:
        with bulk.indexes_afterwards([Product]):
            fill(1, 3)
            double = [(9, "shop", "2", *rows(9, 9)[0][3:])]
            bulk.insert_prepared(Product, (*COLUMNS, *TEXTS), double)

    before = constraints()
    with pytest.raises(IntegrityError):
        fill_twice()
    assert not Product.objects.exists()
    assert constraints() == before


def test_a_reference_to_nobody_undoes_everything():
    tag = Tag.objects.create(name="A", key="a")

    def fill_wrongly() -> None:
        with transaction.atomic(), bulk.indexes_afterwards([CustomerTag]):
            bulk.insert_prepared(CustomerTag, ("id", "tag_id", "customer_id"), [(1, tag.pk, 4711)])
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        fill_wrongly()
    assert not CustomerTag.objects.exists()


def test_clear_empties_a_table_and_what_refers_to_it():
    tag = Tag.objects.create(name="A", key="a")
    customer = Customer.objects.create(external_id="1", bucket=1)
    CustomerTag.objects.create(tag=tag, customer=customer)
    with transaction.atomic():
        bulk.clear([Customer])
    assert not Customer.objects.exists()
    assert not CustomerTag.objects.exists()
    assert Tag.objects.count() == 1
    assert Customer.objects.create(external_id="2", bucket=1).pk == 1
