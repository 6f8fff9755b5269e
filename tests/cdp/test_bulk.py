from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cdp import bulk
from cdp.models import Customer, Product

pytestmark = pytest.mark.django_db

COLUMNS = ("source", "external_id", "name", "price", "source_updated_at")
KEY = ("source", "external_id")
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
LATE = datetime(2026, 2, 1, 12, 30, 15, 250000, tzinfo=UTC)


def test_second_write_of_the_same_rows_changes_nothing():
    rows = [("shop", str(i), f"Tent {i}", Decimal("19.99"), EARLY) for i in range(25)]
    first = bulk.upsert(Product, COLUMNS, rows, key=KEY)
    second = bulk.upsert(Product, COLUMNS, rows, key=KEY)
    assert (len(first.new), first.changed, first.unchanged) == (25, [], 0)
    assert (second.new, second.changed, second.unchanged) == ([], [], 25)
    assert Product.objects.get(external_id="3").price == Decimal("19.99")
    assert Product.objects.get(external_id="3").source_updated_at == EARLY


def test_only_differing_rows_are_reported_as_changed():
    bulk.upsert(
        Product,
        COLUMNS,
        [("shop", "1", "A", None, EARLY), ("shop", "2", "B", None, EARLY)],
        key=KEY,
    )
    result = bulk.upsert(
        Product,
        COLUMNS,
        [
            ("shop", "1", "A", None, EARLY),
            ("shop", "2", "C", None, EARLY),
            ("shop", "3", "D", None, EARLY),
        ],
        key=KEY,
    )
    assert [Product.objects.get(pk=pk).name for pk in result.changed] == ["C"]
    assert [Product.objects.get(pk=pk).name for pk in result.new] == ["D"]
    assert result.unchanged == 1


def test_none_leaves_the_stored_value_and_takes_the_default_on_a_new_row():
    bulk.upsert(Product, COLUMNS, [("shop", "1", "A", Decimal("5"), EARLY)], key=KEY)
    bulk.upsert(
        Product,
        COLUMNS,
        [("shop", "1", None, None, LATE), ("shop", "2", None, None, None)],
        key=KEY,
    )
    first, second = Product.objects.order_by("external_id")
    assert (first.name, first.price, first.source_updated_at) == ("A", Decimal("5.00"), LATE)
    assert (second.name, second.price) == ("", None)


def test_clear_nulls_writes_none():
    bulk.upsert(Product, COLUMNS, [("shop", "1", "A", Decimal("5"), EARLY)], key=KEY)
    bulk.upsert(Product, COLUMNS, [("shop", "1", "A", None, EARLY)], key=KEY, clear_nulls=True)
    assert Product.objects.get().price is None


def test_an_older_row_does_not_overwrite_a_newer_one():
    bulk.upsert(
        Product, COLUMNS, [("shop", "1", "new", None, LATE)], key=KEY, newer_by="source_updated_at"
    )
    result = bulk.upsert(
        Product, COLUMNS, [("shop", "1", "old", None, EARLY)], key=KEY, newer_by="source_updated_at"
    )
    assert (result.changed, result.unchanged, Product.objects.get().name) == ([], 1, "new")


def test_insert_only_columns_never_change():
    columns = ("source", "external_id", "bucket", "first_name")
    bulk.upsert(Customer, columns, [("shop", "1", 5, "Ida")], key=KEY, insert_only=("bucket",))
    bulk.upsert(Customer, columns, [("shop", "1", 6, "Ada")], key=KEY, insert_only=("bucket",))
    assert (Customer.objects.get().bucket, Customer.objects.get().first_name) == (5, "Ada")


def test_rows_with_one_key_in_one_call_are_merged():
    rows = [("shop", "1", "A", None, None), ("shop", "1", None, Decimal("2"), None)]
    assert len(bulk.upsert(Product, COLUMNS, rows, key=KEY).new) == 1
    assert (Product.objects.get().name, Product.objects.get().price) == ("A", Decimal("2.00"))


def test_insert_rows_refuses_existing_ones():
    rows = [("shop", str(i), "n", None, None) for i in range(3)]
    assert bulk.insert_rows(Product, COLUMNS, rows) == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert_rows(Product, COLUMNS, rows)


def test_delete_unlisted_keeps_other_scopes():
    for source, ids in (("a", "123"), ("b", "12")):
        bulk.insert_rows(Product, COLUMNS, [(source, i, "n", None, None) for i in ids])
    deleted = bulk.delete_unlisted(Product, ("source", "external_id"), [("a", "1")], scope="source")
    assert len(deleted) == 2
    assert sorted(Product.objects.values_list("source", "external_id")) == [
        ("a", "1"),
        ("b", "1"),
        ("b", "2"),
    ]


def test_staged_ids_can_be_named_in_querysets():
    bulk.insert_rows(Product, COLUMNS, [("shop", str(i), "n", None, None) for i in range(6)])
    some = Product.objects.filter(external_id__in=["1", "2"])
    with transaction.atomic():
        staged = bulk.stage_ids(some.values_list("pk"))
        assert Product.objects.filter(pk__in=staged.objects.values("id")).count() == 2
        bulk.stage_ids(Product.objects.none().values_list("pk"))
        assert staged.objects.count() == 0


def test_compare_finds_what_differs_and_what_is_stored_beyond():
    columns = ("source", "external_id", "name", "price", "source_updated_at")
    stored = [
        ("shop", "same", "A", Decimal("5"), LATE),
        ("shop", "cheaper", "B", Decimal("5.01"), LATE),
        ("shop", "earlier", "C", Decimal("7"), LATE),
        ("shop", "gone", "D", None, None),
        ("other", "gone", "E", None, None),
    ]
    bulk.upsert(Product, columns, stored, key=KEY)
    rows = [
        ("shop", "same", "A", Decimal("5.0000"), LATE),
        ("shop", "cheaper", None, Decimal("5"), LATE),
        ("shop", "earlier", "C", Decimal("7"), EARLY),
        ("shop", "new", "F", None, None),
    ]
    found = bulk.compare(Product, columns, rows, key=KEY)
    assert [row[1] for row in found.differing] == ["cheaper", "earlier", "new"]
    gone = Product.objects.get(source="shop", external_id="gone")
    assert found.unlisted == {gone.pk: "shop"}


def test_compare_takes_none_for_not_said():
    bulk.upsert(Product, COLUMNS, [("shop", "1", "A", Decimal("5"), EARLY)], key=KEY)
    found = bulk.compare(Product, COLUMNS, [("shop", "1", None, None, None)], key=KEY)
    assert found == bulk.Comparison([], {})
    assert bulk.compare(Product, COLUMNS, [], key=KEY) == bulk.Comparison([], {})
