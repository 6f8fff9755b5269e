"""The demo shop in the database: whole, consistent, and equal to what its own CSV files import."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models
from django.db.models import Count, F, Max, Min, Q, Sum

from cdp import bulk
from cdp.demo import files
from cdp.demo.shop import LABELS, TABLES, Figures, find, next_source
from cdp.models import (
    Cart,
    CartLine,
    Category,
    Consent,
    ConsentEvent,
    Customer,
    CustomerChange,
    CustomerFieldValue,
    CustomerGroupMember,
    CustomerIdentity,
    CustomerTag,
    Event,
    Order,
    OrderLine,
    Product,
    ProductAttribute,
    ProductCategory,
    Refund,
    Shop,
    Tag,
)
from tests.cdp.demo.plans import plan, store_shop

pytestmark = pytest.mark.django_db

# What must be equal between a stored shop and the import of its files, by keys that both know.
CONTENT: dict[type[models.Model], tuple[str, ...]] = {
    Product: (
        "external_id", "name", "sku", "brand", "brand_key", "price", "list_price", "is_available",
        "image_url", "page_url", "first_seen_at", "search_key",
    ),
    Category: ("path", "path_key", "name", "name_key", "parent__path"),
    ProductCategory: ("product__external_id", "category__path", "distance"),
    ProductAttribute: ("product__external_id", "key", "value", "value_key"),
    Customer: (
        "external_id", "email", "phone", "first_name", "last_name", "language", "country", "region",
        "region_key", "city", "city_key", "postal_code", "registered_at", "bucket", "email_consent",
        "sms_consent", "ads_consent", "profiling_consent",
    ),
    CustomerIdentity: ("customer__external_id", "kind", "source", "value", "is_former"),
    CustomerTag: ("customer__external_id", "tag__key"),
    CustomerGroupMember: ("customer__external_id", "group__key"),
    CustomerFieldValue: (
        "customer__external_id", "field__key", "field__type", "text", "text_key", "number", "date",
        "flag",
    ),
    ConsentEvent: (
        "customer__external_id", "purpose", "channel", "choice", "occurred_at", "source", "proof",
    ),
    Consent: ("customer__external_id", "purpose", "channel", "state", "since"),
    Order: (
        "external_id", "customer__external_id", "status", "placed_at", "cancelled_at", "currency",
        "total", "discount", "shipping", "tax", "refunded", "amount", "channel", "country",
        "counts_as",
    ),
    OrderLine: (
        "order__external_id", "external_id", "customer__external_id", "product__external_id",
        "placed_at", "quantity", "purchased_quantity", "unit_price", "discount", "amount",
    ),
    Refund: ("external_id", "order__external_id", "customer__external_id", "refunded_at", "total"),
    Cart: (
        "external_id", "customer__external_id", "started_at", "abandoned_at",
        "recovered_order__external_id", "currency", "total", "amount",
    ),
    CartLine: (
        "cart__external_id", "external_id", "customer__external_id", "product__external_id",
        "quantity", "unit_price",
    ),
    Event: (
        "external_id", "customer__external_id", "kind", "occurred_at", "product__external_id",
        "query", "detail",
    ),
}  # fmt: skip


def content() -> dict[str, list[str]]:
    return {
        model.__name__: sorted(
            repr(row) for row in model._default_manager.values_list(*columns).iterator()
        )
        for model, columns in CONTENT.items()
    }


def test_importing_the_files_gives_the_stored_shop(tmp_path):
    store_shop(plan())
    stored = content()
    bulk.clear([*TABLES, *LABELS])
    for _written in files.write(plan(), tmp_path, figures=Figures()):
        pass
    call_command("import_shop", str(tmp_path), stdout=StringIO(), stderr=StringIO())
    imported = content()
    for name, rows in stored.items():
        assert rows, name
        assert imported[name] == rows, name


def test_figures_count_what_was_written():
    figures = store_shop(plan(120))
    for model in TABLES:
        if model is not CustomerChange:
            assert figures[model] == model._default_manager.count(), model
    assert CustomerChange.objects.count() == 120


def test_every_reference_leads_somewhere():
    store_shop(plan())
    connection.check_constraints()
    assert (
        not OrderLine.objects.exclude(
            customer_id=F("order__customer_id"), placed_at=F("order__placed_at")
        )
        .exclude(customer=None, order__customer=None)
        .exists()
    )
    assert not Order.objects.filter(lines=None).exists()
    assert not Cart.objects.filter(lines=None).exists()
    assert not Product.objects.exclude(product_categories__distance=0).exists()
    assert (
        not CartLine.objects.exclude(customer_id=F("cart__customer_id"))
        .exclude(customer=None, cart__customer=None)
        .exists()
    )


def test_lines_count_as_purchases_only_in_paid_orders():
    store_shop(plan())
    counted = Q(order__counts_as=1)
    assert not OrderLine.objects.filter(counted).exclude(purchased_quantity=F("quantity")).exists()
    assert not OrderLine.objects.filter(~counted, purchased_quantity__gt=0).exists()


def test_order_totals_are_lines_and_shipping_and_amounts_are_net_of_refunds():
    store_shop(plan())
    for order in Order.objects.annotate(goods=Sum("lines__amount")):
        assert order.total == order.goods + order.shipping
        assert order.amount == order.total - order.refunded
    returned = Refund.objects.aggregate(sum=Sum("total"))["sum"]
    assert returned == Order.objects.aggregate(sum=Sum("refunded"))["sum"]


def test_flags_beside_the_customer_follow_the_ledger():
    store_shop(plan())
    for purpose in ("email", "sms", "ads", "profiling"):
        states = dict(Consent.objects.filter(purpose=purpose).values_list("customer", "state"))
        expected = {"granted": 1, "withdrawn": -1, None: 0}
        for pk, flag in Customer.objects.values_list("pk", f"{purpose}_consent"):
            assert flag == expected[states.get(pk)]


def test_the_shop_is_named_only_where_it_has_no_name():
    store_shop(plan(5))
    shop = Shop.objects.current()
    assert (shop.name, shop.currency, shop.time_zone) == (
        "Fjord & Field",
        "EUR",
        "Europe/Copenhagen",
    )
    bulk.clear([*TABLES, *LABELS])
    Shop.objects.update(name="Mine", currency="DKK", time_zone="Europe/Berlin")
    store_shop(plan(5))
    shop = Shop.objects.current()
    assert (shop.name, shop.currency, shop.time_zone) == ("Mine", "DKK", "Europe/Berlin")


def test_new_rows_get_keys_behind_the_written_ones():
    store_shop(plan(20))
    highest = Customer.objects.aggregate(highest=Max("pk"))["highest"]
    assert Customer.objects.create(external_id="later", bucket=1).pk == highest + 1
    assert Tag.objects.create(name="Later", key="later").pk


def test_a_shop_is_recognised_by_size_and_seed_with_its_end():
    store_shop(plan(300, 7))
    there = find(customers=300, seed=7)
    assert there is not None
    assert there.end == plan().end
    assert find(customers=300, seed=8) is None
    assert find(customers=299, seed=7) is None
    Customer.objects.filter(external_id="C0000003").update(email="someone@else.example")
    assert find(customers=300, seed=7) is None


def test_an_empty_shop_is_not_taken_for_a_demo_shop():
    assert find(customers=300, seed=1) is None


def test_added_feeds_have_names_and_addresses_of_their_own():
    store_shop(plan(30))
    assert next_source() == "demo2"

    store_shop(replace(plan(30, 2), source="demo2"))
    assert next_source() == "demo3"
    assert Customer.objects.count() == 60
    assert (
        Customer.objects.values("email")
        .exclude(email="")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .count()
        == 0
    )
    assert Category.objects.filter(parent=None).count() == 7


def test_a_collision_leaves_everything_as_it_was():
    Customer.objects.create(external_id="C0000010", bucket=1)
    before = index_names()
    with pytest.raises(IntegrityError):
        store_shop(plan(20))
    assert Customer.objects.count() == 1
    assert not Product.objects.exists()
    assert index_names() == before


def index_names() -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        return {
            model._meta.db_table: set(
                connection.introspection.get_constraints(cursor, model._meta.db_table)
            )
            for model in TABLES
        }


def test_indexes_and_constraints_are_back_after_filling():
    def definitions():
        with connection.cursor() as cursor:
            return {
                model._meta.db_table: {
                    name: (found["columns"], found["unique"], found["foreign_key"], found["index"])
                    for name, found in connection.introspection.get_constraints(
                        cursor, model._meta.db_table
                    ).items()
                }
                for model in TABLES
            }

    before = definitions()
    store_shop(plan(20))
    assert definitions() == before
    assert Order.objects.aggregate(first=Min("placed_at"))["first"] is not None
