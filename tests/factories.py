"""Plain functions that make facts for tests, and a random shop that holds facts of every kind."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from cdp.models import (
    PATH_SEPARATOR,
    Cart,
    CartLine,
    Category,
    Consent,
    Customer,
    CustomerField,
    CustomerFieldValue,
    CustomerGroup,
    CustomerGroupMember,
    CustomerTag,
    Event,
    Order,
    OrderLine,
    Product,
    ProductAttribute,
    ProductCategory,
    Shop,
    Tag,
)
from cdp.models.consent import FLAG_PURPOSES
from cdp.periods import start_of
from cdp.text import key
from segments.models import Membership, MembershipEvent, Segment, SegmentRun, SegmentType
from tests.conftest import NOW

ZONE = "Europe/Copenhagen"
TREE = (
    "Outdoor",
    "Outdoor > Tents",
    "Outdoor > Tents > Family tents",
    "Outdoor > Insect repellent",
    "Running > Shoes",
    "Home",
)
GOODS = (  # name, brand, category, colour, price
    ("Igloo Tent", "Nordisk", "Outdoor > Tents", "Red", "129.00"),
    ("Castle Tent", "Fjällräven", "Outdoor > Tents > Family tents", "Grün", "399.95"),
    ("Mosquito Spray", "Nordisk", "Outdoor > Insect repellent", "", "9.95"),
    ("Trail Shoe", "Nike", "Running > Shoes", "Red", "89.00"),
    ("Road Shoe", "NIKE", "Running > Shoes", "Blue", "29.99"),
    ("Ærø Blanket", "", "Home", "Blue", "30.00"),
    ("Mug 100%", "House", "Home", "red", "4.50"),
    ("Gift card", "", "", "", "25.00"),
)


def make_shop(currency: str = "EUR", zone: str = ZONE) -> Shop:
    """The shop of this installation."""
    return Shop.objects.update_or_create(pk=1, defaults={"currency": currency, "time_zone": zone})[
        0
    ]


def at(day: date, hour: float = 10.0) -> datetime:
    """A moment on a local day of the shop."""
    return start_of(day, Shop.objects.current().zone) + timedelta(hours=hour)


def make_customer(**values: object) -> Customer:
    """A customer; keys for comparison follow from the names."""
    number = Customer.objects.count()
    values.setdefault("external_id", f"c{number}")
    values.setdefault("bucket", number % 10_000)
    for name in ("region", "city"):
        values.setdefault(f"{name}_key", key(str(values.get(name, ""))))
    return Customer.objects.create(**values)


def make_category(path: str) -> Category:
    """A category with all its ancestors, named by its path."""
    parent = None
    names = path.split(PATH_SEPARATOR)
    for depth, name in enumerate(names, 1):
        here = PATH_SEPARATOR.join(names[:depth])
        parent, _ = Category.objects.get_or_create(
            path_key=key(here),
            defaults={"name": name, "name_key": key(name), "path": here, "parent": parent},
        )
    assert parent is not None
    return parent


def make_product(
    name: str, *, category: str = "", price: Decimal | str | None = "20", **values: object
) -> Product:
    """A product in a category and its ancestors; `colour` becomes an attribute."""
    colour = str(values.pop("colour", ""))
    brand = str(values.get("brand", ""))
    number = Product.objects.count()
    values.setdefault("external_id", f"p{number}")
    values.setdefault("sku", f"SKU-{number}")
    words = f"{name} {values['sku']} {brand} {category.replace('>', ' ')} {colour}"
    product = Product.objects.create(
        name=name,
        price=None if price is None else Decimal(price),
        brand_key=key(brand),
        search_key=key(words),
        **values,
    )
    node, distance = make_category(category) if category else None, 0
    while node is not None:
        ProductCategory.objects.create(product=product, category=node, distance=distance)
        node, distance = node.parent, distance + 1
    if colour:
        ProductAttribute.objects.create(
            product=product, key="colour", value=colour, value_key=key(colour)
        )
    return product


def make_order(
    customer: Customer | None,
    placed_at: datetime,
    lines: Iterable[tuple[Product, int]] = (),
    *,
    total: Decimal | int | str | None = None,
    currency: str = "EUR",
    **values: object,
) -> Order:
    """An order with (product, quantity) lines at the product's price; other currency: no rate."""
    lines = list(lines)
    has_rate = currency == "EUR"
    sum_of_lines = sum(((product.price or 0) * quantity for product, quantity in lines), Decimal(0))
    amount = Decimal(total) if total is not None else sum_of_lines or Decimal(50)
    values.setdefault("external_id", f"o{Order.objects.count()}")
    values.setdefault("amount", amount if has_rate else None)
    order = Order.objects.create(
        customer=customer, placed_at=placed_at, total=amount, currency=currency, **values
    )
    order.refresh_from_db()
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            external_id=str(number),
            customer=customer,
            product=product,
            placed_at=placed_at,
            quantity=quantity,
            purchased_quantity=quantity if order.counts_as == 1 and quantity > 0 else 0,
            unit_price=product.price if has_rate else None,
            amount=(product.price or 0) * quantity if has_rate else None,
        )
        for number, (product, quantity) in enumerate(lines)
    )
    return order


def make_cart(
    customer: Customer | None,
    abandoned_at: datetime | None,
    lines: Iterable[tuple[Product, int]] = (),
    **values: object,
) -> Cart:
    """A cart with (product, quantity) lines, abandoned if it has that moment."""
    lines = list(lines)
    total = sum(((product.price or 0) * quantity for product, quantity in lines), Decimal(0))
    values.setdefault("external_id", f"k{Cart.objects.count()}")
    values.setdefault("amount", total)
    started_at = (abandoned_at or NOW) - timedelta(hours=1)
    cart = Cart.objects.create(
        customer=customer,
        started_at=started_at,
        abandoned_at=abandoned_at,
        total=total,
        currency="EUR",
        **values,
    )
    CartLine.objects.bulk_create(
        CartLine(
            cart=cart,
            external_id=str(number),
            customer=customer,
            product=product,
            quantity=quantity,
            unit_price=product.price,
        )
        for number, (product, quantity) in enumerate(lines)
    )
    return cart


def make_event(customer: Customer, kind: str, occurred_at: datetime, **values: object) -> Event:
    """Something a customer did."""
    values.setdefault("external_id", f"e{Event.objects.count()}")
    return Event.objects.create(customer=customer, kind=kind, occurred_at=occurred_at, **values)


def make_consent(customer: Customer, purpose: str, channel: str, state: str) -> Consent:
    """The current state of a purpose on a channel, with the flag beside the customer."""
    consent = Consent.objects.create(
        customer=customer,
        purpose=purpose,
        channel=channel,
        state=state,
        since=NOW - timedelta(days=400),
    )
    states = set(
        Consent.objects.filter(customer=customer, purpose=purpose).values_list("state", flat=True)
    )
    for flag, flagged in FLAG_PURPOSES.items():
        if flagged == purpose:
            setattr(customer, flag, 1 if "granted" in states else -1)
            customer.save(update_fields=[flag])
    return consent


def give_tags(customer: Customer, *names: str) -> None:
    """Tag a customer."""
    for name in names:
        tag, _ = Tag.objects.get_or_create(key=key(name), defaults={"name": name})
        CustomerTag.objects.get_or_create(tag=tag, customer=customer)


def put_in_groups(customer: Customer, *names: str) -> None:
    """Put a customer into customer groups."""
    for name in names:
        group, _ = CustomerGroup.objects.get_or_create(key=key(name), defaults={"name": name})
        CustomerGroupMember.objects.get_or_create(group=group, customer=customer)


def set_field(customer: Customer, name: str, value: str | Decimal | date | bool) -> None:
    """Give a customer the value of a custom field, declared by the type of the first value."""
    kinds = {str: "text", Decimal: "number", date: "date", bool: "flag"}
    field, _ = CustomerField.objects.get_or_create(
        key=name, defaults={"label": name.title(), "type": kinds[type(value)]}
    )
    columns = {field.type: value}
    if isinstance(value, str):
        columns["text_key"] = key(value)
    CustomerFieldValue.objects.create(customer=customer, field=field, **columns)


def make_static_segment(name: str, members: Sequence[Customer], moment: datetime) -> Segment:
    """A fixed list whose members entered at `moment`."""
    segment = Segment.objects.create(
        name=name, type=SegmentType.STATIC, created_at=moment, edited_at=moment
    )
    run = SegmentRun.objects.create(segment=segment, started_at=moment, as_of=moment)
    for customer in members:
        Membership.objects.create(segment=segment, customer=customer, entered_at=moment)
        MembershipEvent.objects.create(
            segment=segment, customer=customer, run=run, change="entered", occurred_at=moment
        )
    return segment


def random_moment(chance: random.Random, now: datetime) -> datetime:
    """A moment of the last two years, often in the last days or on the edge of a local day."""
    days = chance.choice([chance.randint(0, 3), chance.randint(0, 70), chance.randint(0, 730)])
    if chance.random() < 0.4:
        edge = start_of((now - timedelta(days=days)).date(), Shop.objects.current().zone)
        return min(edge + chance.choice([timedelta(0), timedelta(microseconds=-1)]), now)
    return now - timedelta(days=days, hours=chance.uniform(0, 12))
