from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cdp.ingest import job as import_job
from cdp.models import (
    Customer,
    CustomerChange,
    ExchangeRate,
    Order,
    OrderLine,
    Product,
    Refund,
    Shop,
)
from tests.cdp.ingest.files import take

pytestmark = pytest.mark.django_db

ORDERS = (
    "order_id,customer_id,ordered_at,total,status,currency\n"
    "A,1,2024-01-01 10:00,100,completed,EUR\n"
    "B,1,2024-02-01 10:00,50,cancelled,EUR\n"
    "C,,2024-03-01 10:00,20,completed,EUR\n"
    "R,1,2024-03-02 10:00,-30,returned,EUR\n"
)
LINES = (
    "order_id,product_id,quantity,unit_price,line_total\n"
    "A,tent,1,60,60\nA,peg,4,10,40\nB,tent,1,50,50\nC,peg,2,10,20\nR,peg,-3,10,-30\n"
)


def lines_of(order):
    return {
        line.external_id: (line.quantity, line.amount)
        for line in OrderLine.objects.filter(order__external_id=order)
    }


def test_orders_guests_and_returns(tmp_path):
    result = take(tmp_path, "orders", ORDERS)
    assert result.counts == (4, 0, 0, 0)
    assert result.notes["new_customers"] == 1
    counts_as = dict(Order.objects.values_list("external_id", "counts_as"))
    assert counts_as == {"A": 1, "B": 0, "C": 1, "R": 2}
    assert Order.objects.get(external_id="C").customer is None
    assert Order.objects.get(external_id="R").amount == Decimal("-30")
    assert Shop.objects.current().currency == "EUR"


def test_lines_repeat_their_order(tmp_path):
    take(tmp_path, "orders", ORDERS)
    result = take(tmp_path, "order_lines", LINES)
    assert result.counts == (5, 0, 0, 0)
    assert result.notes["new_products"] == 2
    bought = dict(
        OrderLine.objects.values_list("order__external_id", "purchased_quantity").exclude(
            product__external_id="tent"
        )
    )
    assert bought == {"A": 4, "C": 2, "R": 0}
    line = OrderLine.objects.get(order__external_id="A", product__external_id="tent")
    assert line.customer == Customer.objects.get()
    assert line.placed_at == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert take(tmp_path, "order_lines", LINES).counts == (0, 0, 5, 0)
    assert take(tmp_path, "orders", ORDERS).counts == (0, 0, 4, 0)


def test_lines_follow_when_their_order_changes(tmp_path):
    take(tmp_path, "orders", ORDERS)
    take(tmp_path, "order_lines", LINES)
    CustomerChange.objects.all().delete()
    changed = ORDERS.replace("A,1,2024-01-01 10:00,100,completed", "A,2,2023-12-01,100,canceled")
    assert take(tmp_path, "orders", changed).counts == (0, 1, 3, 0)
    line = OrderLine.objects.get(order__external_id="A", product__external_id="tent")
    assert line.customer == Customer.objects.get(external_id="2")
    assert (line.placed_at, line.purchased_quantity) == (datetime(2023, 12, 1, tzinfo=UTC), 0)
    noted = dict(CustomerChange.objects.values_list("customer__external_id", "oldest_order_at"))
    assert noted == {
        "1": datetime(2024, 1, 1, 10, tzinfo=UTC),
        "2": datetime(2023, 12, 1, tzinfo=UTC),
    }


def test_lines_of_an_order_are_a_set(tmp_path):
    take(tmp_path, "orders", ORDERS)
    take(tmp_path, "order_lines", LINES)
    CustomerChange.objects.all().delete()
    result = take(
        tmp_path, "order_lines", "order_id,product_id,quantity,unit_price\nA,peg,4,10\nA,rope,1,9\n"
    )
    assert result.counts == (1, 0, 1, 0)
    assert result.notes["gone_lines"] == 1
    assert set(lines_of("A")) == {"peg:1", "rope:1"}
    assert set(lines_of("B")) == {"tent:1"}
    assert CustomerChange.objects.count() == 1


def test_rejected_line_does_not_delete_the_stored_one(tmp_path):
    take(tmp_path, "orders", ORDERS)
    take(tmp_path, "order_lines", LINES)
    result = take(
        tmp_path,
        "order_lines",
        "order_id,product_id,quantity,unit_price\nA,peg,4,10\nA,tent,one,60\n",
    )
    assert result.reasons == {3: "The quantity is not a number. Write it as 1234.56."}
    assert set(lines_of("A")) == {"peg:1", "tent:1"}


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_scattered_lines_of_an_order_stay_together(chunk, tmp_path, monkeypatch):
    monkeypatch.setattr(import_job, "CHUNK_ROWS", {"sqlite": chunk, "postgresql": chunk})
    take(tmp_path, "orders", ORDERS)
    text = (
        "order_id,product_id,quantity,unit_price\n"
        'A,peg,1,10\nB,tent,1,50\nC,peg,1,10\nA,tent,1,60\n"broken\nC,peg,1,10\nA,peg,2,10\n'
    )
    result = take(tmp_path, "order_lines", text)
    assert result.counts == (6, 0, 0, 1)
    assert set(lines_of("A")) == {"peg:1", "tent:1", "peg:2"}
    assert set(lines_of("C")) == {"peg:1", "peg:2"}
    assert take(tmp_path, "order_lines", text).counts == (0, 0, 6, 1)


def test_own_line_ids_are_kept(tmp_path):
    take(tmp_path, "orders", ORDERS)
    take(tmp_path, "order_lines", "order_id,line_id,product_id,quantity\nA,l1,peg,1\nA,l2,peg,1\n")
    assert set(lines_of("A")) == {"l1", "l2"}


def test_line_amounts_from_whatever_is_given(tmp_path):
    take(tmp_path, "orders", ORDERS)
    take(
        tmp_path,
        "order_lines",
        "order_id,sku,qty,price,discount,row_total,list_price\n"
        "A,total only,2,,,20,\n"
        "A,price only,2,10,,,\n"
        "A,price and discount,2,10,5,,\n"
        "A,all,2,10,5,15,\n"
        "A,implied discount,2,10,,15,\n"
        "A,list price,2,8,,16,10\n"
        "A,nothing,2,,,,\n",
    )
    found = {
        line.product.sku: (line.unit_price, line.discount, line.amount)
        for line in OrderLine.objects.select_related("product")
    }
    d = Decimal
    assert found == {
        "total only": (d(10), d(0), d(20)),
        "price only": (d(10), d(0), d(20)),
        "price and discount": (d(10), d(5), d(15)),
        "all": (d(10), d(5), d(15)),
        "implied discount": (d(10), d(5), d(15)),
        "list price": (d(10), d(4), d(16)),
        "nothing": (None, d(0), None),
    }


def test_foreign_money_is_converted_by_the_rate_of_the_day(tmp_path):
    Shop.objects.current()
    Shop.objects.update(currency="DKK")
    ExchangeRate.objects.create(currency="EUR", valid_from=date(2024, 1, 1), rate=Decimal("7.4"))
    ExchangeRate.objects.create(currency="EUR", valid_from=date(2024, 2, 1), rate=Decimal("7.5"))
    text = (
        "order_id,date,total,currency\nA,2023-12-31,10,EUR\nB,2024-01-31,10,EUR\n"
        "C,2024-02-01,10,EUR\nD,2024-02-01,10,DKK\nE,2024-02-01,10,\n"
    )
    result = take(tmp_path, "orders", text)
    assert result.notes == {"no_rate": 1}
    assert dict(Order.objects.values_list("external_id", "amount")) == {
        "A": None,
        "B": Decimal("74"),
        "C": Decimal("75"),
        "D": Decimal("10"),
        "E": Decimal("10"),
    }
    ExchangeRate.objects.create(currency="EUR", valid_from=date(2023, 1, 1), rate=Decimal("7"))
    assert take(tmp_path, "orders", text).counts == (0, 1, 4, 0)
    take(tmp_path, "order_lines", "order_id,sku,qty,price\nC,x,2,5\n")
    line = OrderLine.objects.get()
    assert (line.unit_price, line.amount) == (Decimal("37.5"), Decimal("75"))


def test_refunds_lower_the_amount_and_change_the_status(tmp_path):
    take(tmp_path, "orders", ORDERS)
    take(tmp_path, "order_lines", LINES)
    refunds = (
        "refund_id,order_id,date,amount\nX,A,2024-04-01,30\nY,C,2024-04-01,-20\nZ,A,2024-04-02,0\n"
    )
    result = take(tmp_path, "refunds", refunds)
    assert result.counts == (2, 0, 0, 1)
    a, c = Order.objects.get(external_id="A"), Order.objects.get(external_id="C")
    assert (a.status, a.amount, a.refunded, a.counts_as) == ("partially_refunded", 70, 30, 1)
    assert (c.status, c.amount, c.counts_as) == ("refunded", 0, 0)
    assert OrderLine.objects.get(order=c).purchased_quantity == 0
    assert take(tmp_path, "refunds", refunds).counts == (0, 0, 2, 1)
    assert take(tmp_path, "orders", ORDERS).counts == (0, 0, 4, 0)
    take(tmp_path, "refunds", "order_id,date,amount\nA,2024-05-01,10\nA,2024-05-01,10\n")
    assert Refund.objects.filter(order=a).count() == 2
    assert Order.objects.get(external_id="A").amount == 60


def test_order_of_a_known_address_never_overwrites_the_profile(tmp_path):
    take(tmp_path, "customers", "customer_id,email,country\n1,a@x.com,DK\n")
    take(tmp_path, "orders", "order_id,email,date,total,country\nA,A@X.com,2024-01-01,5,Sweden\n")
    customer = Customer.objects.get()
    assert (customer.country, customer.orders.count()) == ("DK", 1)
    assert Order.objects.get().country == "SE"


def test_ambiguous_dates_are_noted_and_may_be_mapped(tmp_path):
    text = "order_id,date,total\nA,01/02/2024,5\n"
    result = take(tmp_path, "orders", text)
    assert result.notes == {"order_1": 1}
    assert Order.objects.get().placed_at == datetime(2024, 2, 1, tzinfo=UTC)
    result = take(tmp_path, "orders", text, mapping={"date": "placed_at MM/DD/YYYY"})
    assert result.notes == {}
    assert Order.objects.get().placed_at == datetime(2024, 1, 2, tzinfo=UTC)


def test_column_of_month_first_dates_is_recognised(tmp_path):
    take(tmp_path, "orders", "order_id,date,total\nA,01/02/2024,5\nB,01/31/2024,5\n")
    assert Order.objects.get(external_id="A").placed_at == datetime(2024, 1, 2, tzinfo=UTC)


def test_products_with_categories_and_attributes(tmp_path):
    text = (
        "product_id,name,department,category,subcategory,brand,price,colour\n"
        'T,Tent "Fjell",Outdoor,Tents,Two persons,Nordisk,"1.299,00",Green\n'
        "S,Spray,,Care > Insects|Summer,,,9,\n"
    )
    take(tmp_path, "products", text)
    tent = Product.objects.get(external_id="T")
    paths = tent.product_categories.order_by("distance").values_list("category__path", "distance")
    assert list(paths) == [
        ("Outdoor > Tents > Two persons", 0),
        ("Outdoor > Tents", 1),
        ("Outdoor", 2),
    ]
    assert (tent.brand_key, tent.price) == ("nordisk", Decimal("1299"))
    assert list(tent.attributes.values_list("key", "value_key")) == [("colour", "green")]
    for word in ("fjell", "nordisk", "two persons", "outdoor", "green"):
        assert word in tent.search_key
    spray = Product.objects.get(external_id="S")
    assert set(spray.product_categories.values_list("category__path", "distance")) == {
        ("Care > Insects", 0),
        ("Care", 1),
        ("Summer", 0),
    }
    assert take(tmp_path, "products", text).counts == (0, 0, 2, 0)
    moved = text.replace("Two persons", "Family")
    assert take(tmp_path, "products", moved).counts == (0, 1, 1, 0)
    assert "two persons" not in Product.objects.get(external_id="T").search_key
