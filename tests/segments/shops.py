"""A random shop with facts of every kind, computed as the real refresh does it."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

from analytics.models import (
    ChurnRisk,
    CustomerForecast,
    Interest,
    InterestTarget,
    Strength,
    TargetKind,
)
from analytics.refresh import refresh_now
from cdp.models import Category, Customer, Order, Product
from segments.models import Membership, MembershipEvent, SegmentRun
from tests import factories
from tests.conftest import NOW
from tests.predictions import make_forecast, make_interest, make_target

STATUSES = ("paid", "fulfilled", "partially_refunded", "pending", "refunded", "cancelled")
EMAILS = ("{}@example.com", "{}@Shop.example", "{}@mail.example.com", "")
REGIONS = ("Hovedstaden", "ÆRØ", "Bayern", "")
CITIES = ("Aalborg", "Ærøskøbing", "München", "")
KINDS = ("page_view", "product_view", "search", "email_open")
CONSENTS = (
    ("email", "email"),
    ("sms", "sms"),
    ("messages", "messenger"),
    ("email", "post"),
    ("ads", "none"),
)


def make_random_shop(seed: int, *, customers: int = 40, now: datetime = NOW) -> list[Customer]:
    """Customers with and without every kind of fact, orders of every status, guests included."""
    chance = random.Random(seed)
    factories.make_shop()
    products = [
        factories.make_product(name, brand=brand, category=category, colour=colour, price=price)
        for name, brand, category, colour, price in factories.GOODS
    ]
    people = [_person(number, chance, now) for number in range(customers)]
    for person in people:
        for _ in range(chance.choice([0, 0, 1, 1, 2, 3, 6])):
            _order(person, products, chance, now)
        _other_facts(person, products, chance, now)
    for _ in range(4):
        _order(None, products, chance, now)
        factories.make_cart(None, factories.random_moment(chance, now), [(products[0], 1)])
    _segments(people, chance, now)
    refresh_now(now=now, full=True)
    _predictions(people, products, random.Random(seed), now)
    return people


def _person(number: int, chance: random.Random, now: datetime) -> Customer:
    registered = None if chance.random() < 0.2 else factories.random_moment(chance, now)
    if chance.random() < 0.1:
        registered = datetime(2024, 2, 29, 12, tzinfo=now.tzinfo)
    return factories.make_customer(
        email=chance.choice(EMAILS).format(f"c{number}").lower(),
        phone=chance.choice(["", f"+4520{number:06}"]),
        language=chance.choice(["da", "de", "pt-br", ""]),
        country=chance.choice(["DK", "DE", ""]),
        region=chance.choice(REGIONS),
        city=chance.choice(CITIES),
        postal_code=chance.choice(["2100", "21 20", "D-80331", ""]),
        registered_at=registered,
        bucket=chance.randrange(10_000),
        erased_at=now - timedelta(days=1) if chance.random() < 0.08 else None,
    )


def _order(
    customer: Customer | None, products: list[Product], chance: random.Random, now: datetime
) -> Order:
    placed_at = factories.random_moment(chance, now)
    lines = [
        (chance.choice(products), chance.choice([1, 1, 2, 5])) for _ in range(chance.randint(0, 3))
    ]
    values: dict[str, object] = {"status": chance.choice(STATUSES[: chance.choice([1, 6])])}
    if chance.random() < 0.1:
        values |= {"currency": "SEK", "total": 300}
    elif chance.random() < 0.15:
        values |= {"total": -chance.choice([10, 40]), "status": "refunded"}
        lines = [(product, -quantity) for product, quantity in lines]
    elif chance.random() < 0.2:
        values |= {"total": chance.choice([30, 100]), "discount": Decimal("10.50")}
    return factories.make_order(customer, placed_at, lines, **values)


def _other_facts(
    person: Customer, products: list[Product], chance: random.Random, now: datetime
) -> None:
    for purpose, channel in CONSENTS:
        if chance.random() < 0.5:
            state = chance.choice(["granted", "withdrawn"])
            factories.make_consent(person, purpose, channel, state)
    factories.give_tags(person, *chance.sample(["VIP Club", "Øko", "sale"], chance.randint(0, 2)))
    factories.put_in_groups(person, *chance.sample(["Wholesale", "Staff"], chance.randint(0, 1)))
    if chance.random() < 0.6:
        factories.set_field(person, "hobby", chance.choice(["Hiking", "ÅBEN dør", "running"]))
        factories.set_field(person, "size", Decimal(chance.choice(["38", "42.5", "0"])))
    if chance.random() < 0.6:
        day = (now - timedelta(days=chance.randint(0, 12_000))).date()
        factories.set_field(person, "birthday", chance.choice([day, date(2000, 2, 29)]))
        factories.set_field(person, "likes_mail", chance.random() < 0.5)
    for _ in range(chance.choice([0, 0, 1, 2])):
        abandoned = None if chance.random() < 0.2 else factories.random_moment(chance, now)
        lines = [
            (chance.choice(products), chance.choice([1, 3])) for _ in range(chance.randint(0, 2))
        ]
        order = person.orders.first() if chance.random() < 0.3 else None
        cart = factories.make_cart(person, abandoned, lines, recovered_order=order)
        if chance.random() < 0.1:
            cart.amount = None
            cart.save()
    for _ in range(chance.choice([0, 0, 1, 5])):
        factories.make_event(
            person,
            chance.choice(KINDS),
            factories.random_moment(chance, now),
            product=chance.choice([None, *products]),
            query=chance.choice(["", "Red TENT", "über"]),
            detail=chance.choice(["", "/Checkout/1"]),
        )


def _predictions(
    people: list[Customer], products: list[Product], chance: random.Random, now: datetime
) -> None:
    """Made by hand for some of the buyers: so small a shop has too little to learn from."""
    CustomerForecast.objects.all().delete()
    InterestTarget.objects.all().delete()
    buyers = [person for person in people if person.orders.filter(counts_as=1).exists()]
    for person in chance.sample(buyers, len(buyers) * 3 // 4):
        days = chance.choice([None, chance.randint(0, 40), chance.randint(0, 360)])
        make_forecast(
            person,
            chance_30=chance.choice([0.05, 0.2, 0.5]),
            orders_365=chance.choice([0.5, 2.0, 7.25]),
            revenue_365=Decimal(chance.choice(["0", "29.99", "300"])),
            lifetime_value=Decimal(chance.choice(["29.99", "420.00"])),
            churn_risk=chance.choice(ChurnRisk.values),
            next_order_on=None if days is None else (now + timedelta(days=days)).date(),
        )
    targets = [
        *(make_target(category) for category in Category.objects.order_by("pk")),
        *(make_target(product) for product in products[:3]),
        make_target("Nike"),
        make_target("Nordisk", learned_in=None),
        make_target("tent", kind=TargetKind.KEYWORD),
    ]
    for target in targets[:-2] + targets[-1:]:
        for person in chance.sample(people, len(people) // 3):
            make_interest(
                person,
                target,
                chance.choice(Strength.values),
                score=chance.choice([0.06, 0.3]),
                has_bought=chance.random() < 0.5,
                reason=chance.choice([None, *products]),
            )
    assert Interest.objects.exists()


def _segments(people: list[Customer], chance: random.Random, now: datetime) -> None:
    friends = factories.make_static_segment(
        "Friends", chance.sample(people, len(people) // 3), now - timedelta(days=40)
    )
    leaver = Membership.objects.filter(segment=friends).earliest("pk")
    run = SegmentRun.objects.create(segment=friends, started_at=now, as_of=now)
    MembershipEvent.objects.create(
        segment=friends,
        customer=leaver.customer,
        run=run,
        change="left",
        occurred_at=now - timedelta(days=3),
    )
    leaver.delete()
    factories.make_static_segment("Nobody", [], now)
