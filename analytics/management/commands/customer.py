"""`manage.py customer EMAIL_OR_ID`: one customer, with the reasons for each label."""

from __future__ import annotations

import json
from decimal import Decimal

from django.core.management.base import CommandParser
from django.utils import timezone

from analytics.management.lookup import customer_named
from analytics.portrait import Plain, portrait
from cdp.commands import ShopCommand
from cdp.models import Customer, CustomerFieldValue, Shop

ORDERS_SHOWN = 10

Record = dict[str, Plain]


class Command(ShopCommand):
    """Look a customer up by e-mail, external id or number, and print what is known."""

    help = "Show one customer: labels with the numbers behind them, orders, consents and fields."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "customer", metavar="EMAIL_OR_ID", help="e-mail address, the shop's id, or #number"
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Run it."""
        customer = customer_named(str(options["customer"]))
        found = portrait(customer, now=timezone.now())
        sections: dict[str, list[Record]] = {
            "orders": _orders(customer),
            "consents": _consents(customer),
            "custom_fields": _fields(customer),
            "tags": [{"name": name} for name in customer.tags.values_list("name", flat=True)],
            "groups": [{"name": name} for name in customer.groups.values_list("name", flat=True)],
        }
        profile = _profile(customer)
        if options["json"]:
            answer = {
                "customer": profile,
                "values": found.values,
                "sentences": dict(found.sentences),
                **sections,
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        shown = ", ".join(f"{name} {value}" for name, value in profile.items() if value)
        self.stdout.write(f"Customer {shown}")
        for title, text in found.sentences:
            self.stdout.write(f"{title}: {text}")
        for title, rows in sections.items():
            self._table(title.replace("_", " ").capitalize(), rows)

    def _table(self, title: str, rows: list[Record]) -> None:
        if not rows:
            return
        more = f" (the last {ORDERS_SHOWN} of {len(rows)})" if len(rows) > ORDERS_SHOWN else ""
        self.stdout.write(f"{title}{more}:")
        for row in rows[:ORDERS_SHOWN]:
            shown = "  ".join(str(value) for value in row.values() if value not in (None, ""))
            self.stdout.write(f"  {shown}")


def _profile(customer: Customer) -> Record:
    registered = customer.registered_at
    return {
        "number": f"#{customer.pk}",
        "id": customer.external_id,
        "source": customer.source,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "language": customer.language,
        "country": customer.country,
        "region": customer.region,
        "city": customer.city,
        "postal_code": customer.postal_code,
        "registered": None if registered is None else f"{registered:%Y-%m-%d}",
    }


def _money(value: Decimal | None, currency: str) -> str:
    return "no exchange rate" if value is None else f"{value:,.2f} {currency}"


def _orders(customer: Customer) -> list[Record]:
    shop = Shop.objects.current()
    return [
        {
            "placed_at": f"{order.placed_at.astimezone(shop.zone):%Y-%m-%d %H:%M}",
            "id": order.external_id,
            "status": "return" if order.total < 0 else order.status,
            "total": _money(order.total, order.currency),
            "amount": _money(order.amount, shop.currency),
        }
        for order in customer.orders.order_by("-placed_at", "-pk")
    ]


def _consents(customer: Customer) -> list[Record]:
    return [
        {
            "purpose": consent.purpose,
            "channel": consent.channel,
            "state": consent.state,
            "since": f"{consent.since:%Y-%m-%d}",
        }
        for consent in customer.consents.order_by("purpose", "channel")
    ]


def _value(value: CustomerFieldValue) -> Plain:
    if value.number is not None:
        return f"{value.number.normalize():f}"
    if value.date is not None:
        return value.date.isoformat()
    return value.flag if value.flag is not None else value.text


def _fields(customer: Customer) -> list[Record]:
    values = customer.field_values.select_related("field").order_by("field__label")
    return [{"field": value.field.label, "value": _value(value)} for value in values]
