"""What a row asks for, said a second time in plain Python over one customer's facts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from cdp.models import Customer, Order, Product
from tests.factories import GOODS, ZONE
from tests.segments.examples import Values
from tests.segments.foreseen import expected_next_order, forecast, interested_in, predicted

COUNTRIES = {"Germany": "DE"}
LANGUAGES = {"Danish": "da"}
BRANDS = {name: (brand, path, colour) for name, brand, path, colour, _price in GOODS}


@dataclass
class Asked:
    """A row and the moment it is asked at."""

    operator: str
    values: Values
    now: datetime

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    @staticmethod
    def day_of(moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(ZONE)).date()

    def words(self, name: str = "values") -> list[str]:
        return [word.casefold() for word in self.values.get(name, [])]

    def day(self, name: str) -> date:
        return date.fromisoformat(str(self.values[name]))

    def back(self, amount: str = "amount", sign: int = 1) -> date:
        unit = str(self.values.get("unit", "days"))
        return self.today - relativedelta(**{unit: sign * int(self.values[amount])})

    def in_window(self, moment: datetime) -> bool:
        day = self.day_of(moment)
        return (
            moment < self.now
            and ("last" not in self.values or day > self.back("last"))
            and ("since" not in self.values or day >= self.day("since"))
            and ("until" not in self.values or day <= self.day("until"))
        )

    def compares(self, number: Any) -> bool:
        if number is None:
            return False

        def value(name: str) -> Any:
            return type(number)(Decimal(str(self.values[name])))

        if self.operator == "between":
            return value("low") <= number <= value("high")
        return {
            "at_least": number >= value("value"),
            "at_most": number <= value("value"),
            "more_than": number > value("value"),
            "less_than": number < value("value"),
            "equals": number == value("value"),
        }[self.operator]

    def says_of_day(self, day: date | None) -> bool:
        if self.operator == "never":
            return day is None
        return (
            day is not None
            and {
                "within_last": lambda: self.back() < day <= self.today,
                "more_than_ago": lambda: day < self.back(),
                "exactly_ago": lambda: day == self.back(),
                "within_next": lambda: self.today <= day <= self.back(sign=-1),
                "on_days_between": lambda: self.day("start") <= day <= self.day("end"),
                "before": lambda: day < self.day("day"),
                "after": lambda: day > self.day("day"),
                "since": lambda: day >= self.day("day"),
                "anniversary_within": lambda: self._celebrates(day),
            }[self.operator]()
        )

    def _celebrates(self, day: date) -> bool:
        for ahead in range(int(self.values["days"]) + 1):
            party = self.today + timedelta(days=ahead)
            # Dateutil, too, moves 29 February to the 28th where there is no 29th.
            if party.year > day.year and day + relativedelta(years=party.year - day.year) == party:
                return True
        return False

    def says_of_text(self, text: str) -> bool:
        if self.operator in ("is_known", "is_unknown"):
            return bool(text) == (self.operator == "is_known")
        return text.casefold() in self.words()

    def chooses(self, product: Product | None) -> bool:
        """Whether the row's choice of products holds this one."""
        if product is None:
            return not {"keywords", "categories", "brands", "products", "attribute"} & set(
                self.values
            )
        brand, path, colour = (part.casefold() for part in BRANDS[product.name])
        nodes = path.split(" > ")
        paths = {" > ".join(nodes[:depth]) for depth in range(1, len(nodes) + 1)}
        text = " ".join([product.name.casefold(), product.sku.casefold(), brand, *nodes, colour])
        names = {product.name.casefold(), product.sku.casefold(), product.external_id}
        checks = {
            "keywords": lambda: any(word in text for word in self.words("keywords")),
            "categories": lambda: bool(set(self.words("categories")) & (paths | set(nodes))),
            "brands": lambda: brand in self.words("brands"),
            "products": lambda: bool(names & set(self.words("products"))),
            "attribute": lambda: colour in self.words("attribute_values"),
        }
        return all(check() for name, check in checks.items() if name in self.values)


def role(order: Order) -> str:
    """Whether an order counts as order, as return or not at all."""
    if order.total > 0 and order.status in ("paid", "fulfilled", "partially_refunded"):
        return "order"
    is_return = order.total < 0 and order.status not in ("pending", "cancelled")
    return "return" if is_return else ""


def paid(who: Customer) -> Iterable[Order]:
    return (order for order in who.orders.all() if role(order) == "order")


def order_days(who: Customer, asked: Asked) -> list[date]:
    moments = [order.placed_at for order in paid(who) if order.placed_at < asked.now]
    return sorted(asked.day_of(moment) for moment in moments)


def revenue(who: Customer, asked: Asked) -> bool:
    counted = [order for order in who.orders.all() if role(order)]
    amounts = [order.amount or 0 for order in counted if asked.in_window(order.placed_at)]
    return asked.compares(sum(amounts, Decimal(0)))


def order_status(who: Customer, asked: Asked) -> bool:
    for order in who.orders.all():
        stands = "returned" if order.total < 0 else order.status
        if order.total < 0 and not role(order):
            continue
        if stands in asked.words() and asked.in_window(order.placed_at):
            return True
    return False


def order_date(who: Customer, asked: Asked) -> bool:
    days = order_days(who, asked)
    return not days if asked.operator == "never" else any(map(asked.says_of_day, days))


def purchased(who: Customer, asked: Asked) -> bool:
    def fits(line: Any) -> bool:
        price, limits = line.unit_price, asked.values
        return (
            line.quantity >= int(limits.get("quantity", 1))
            and asked.in_window(line.order.placed_at)
            and asked.chooses(line.product)
            and all(
                price is not None and holds(price, Decimal(str(limits[name])))
                for name, holds in (
                    ("price_from", Decimal.__ge__),
                    ("price_to", Decimal.__le__),
                    ("price_below", Decimal.__lt__),
                )
                if name in limits
            )
        )

    bought = any(fits(line) for order in paid(who) for line in order.lines.all())
    return bought == (asked.operator == "bought")


def abandoned_cart(who: Customer, asked: Asked) -> bool:
    def fits(cart: Any) -> bool:
        limits, amount = asked.values, cart.amount
        if cart.abandoned_at is None or cart.recovered_order_id is not None:
            return False
        if not asked.in_window(cart.abandoned_at):
            return False
        for name, holds in (
            ("value_above", Decimal.__gt__),
            ("value_from", Decimal.__ge__),
            ("value_to", Decimal.__le__),
        ):
            if name in limits and not (
                amount is not None and holds(amount, Decimal(str(limits[name])))
            ):
                return False
        products = [line.product for line in cart.lines.all()]
        return asked.chooses(None) or any(map(asked.chooses, products))

    return any(fits(cart) for cart in who.carts.all())


def website_activity(who: Customer, asked: Asked) -> bool:
    kinds = {
        "visited": {"page_view", "product_view", "search", "add_to_cart"},
        "viewed_page": {"page_view"},
        "viewed_product": {"product_view"},
        "searched": {"search"},
    }[asked.operator]
    column = "query" if asked.operator == "searched" else "detail"
    fitting = [
        event
        for event in who.events.all()
        if event.kind in kinds
        and asked.in_window(event.occurred_at)
        and asked.chooses(event.product)
        and (
            "contains" not in asked.values
            or any(word in getattr(event, column).casefold() for word in asked.words("contains"))
        )
    ]
    return len(fitting) >= int(asked.values.get("times", 1))


def accepts_marketing(who: Customer, asked: Asked) -> bool:
    purpose = asked.values.get("purpose", "email")
    states = {
        consent.state
        for consent in who.consents.all()
        if consent.purpose == purpose
        and ("channels" not in asked.values or consent.channel in asked.words("channels"))
    }
    state = "granted" if "granted" in states else "withdrawn" if states else "is_unknown"
    return state == asked.operator


def communication_channel(who: Customer, asked: Asked) -> bool:
    granted = (consent for consent in who.consents.all() if consent.state == "granted")
    return any(consent.channel in asked.words() for consent in granted)


def labelled(names: Iterable[str], asked: Asked) -> bool:
    have = {name.casefold() for name in names}
    if asked.operator == "is_any_of":
        return bool(have & set(asked.words()))
    return bool(have) == (asked.operator == "is_known")


def custom_field(who: Customer, asked: Asked, kind: str) -> bool:
    found = [v for v in who.field_values.all() if v.field.key == asked.values["field"]]
    value = getattr(found[0], kind) if found else None
    if asked.operator in ("is_known", "is_unknown"):
        return (value is not None) == (asked.operator == "is_known")
    if kind == "date":
        return asked.says_of_day(value)
    if value is None:
        return False
    if kind == "number":
        return asked.compares(value)
    if kind == "flag":
        return value == (asked.operator == "is_yes")
    how: dict[str, Callable[[str], bool]] = {
        "is_any_of": lambda word: value.casefold() == word,
        "contains": lambda word: word in value.casefold(),
        "starts_with": value.casefold().startswith,
    }
    return any(map(how[asked.operator], asked.words()))


def discount_share(who: Customer, asked: Asked) -> bool:
    shares = {name: Decimal(str(value)) / 100 for name, value in asked.values.items()}
    return Asked(asked.operator, shares, asked.now).compares(who.statistics.discount_share)


def random_share(who: Customer, asked: Asked) -> bool:
    start = Decimal(str(asked.values.get("starting_at", 0)))
    return start <= Decimal(who.bucket) / 100 < start + Decimal(str(asked.values["percent"]))


def class_label(who: Customer, asked: Asked, column: str) -> bool:
    row = getattr(who, "classification", None)
    wanted = {word.replace(" buyer", "").replace(" ", "_") for word in asked.words()}
    return row is not None and getattr(row, column) in wanted


def stage_change(who: Customer, asked: Asked) -> bool:
    row = getattr(who, "classification", None)
    if row is None:
        return False
    last, until = order_days(who, asked)[-1], asked.today + timedelta(days=asked.values["days"])
    slips = row.life_cycle in ("just_ordered", "active") and until >= last + timedelta(
        days=math.floor(row.slip_days) + 1
    )
    is_lost = row.life_cycle == "slipping_away" and until >= last + timedelta(
        days=math.floor(row.lost_days) + 1
    )
    asks_slips, asks_lost = "slipping" in asked.operator, "lost" in asked.operator
    return (slips and asks_slips) or (is_lost and asks_lost)


def segment_change(who: Customer, asked: Asked) -> bool:
    change = asked.operator.removesuffix("_within")
    return any(
        event.segment.name == asked.values["segment"]
        and event.change == change
        and asked.back() < asked.day_of(event.occurred_at) <= asked.today
        for event in who.change_events
    )


def language(who: Customer, asked: Asked) -> bool:
    if asked.operator != "is_any_of":
        return asked.says_of_text(who.language)
    codes = [LANGUAGES.get(name, name) for name in asked.values["values"]]
    return any(who.language == code or who.language.startswith(f"{code}-") for code in codes)


def country(who: Customer, asked: Asked) -> bool:
    codes = [COUNTRIES.get(name, name) for name in asked.values.get("values", [])]
    return who.country in codes if codes else asked.says_of_text(who.country)


def postal_code(who: Customer, asked: Asked) -> bool:
    if asked.operator != "starts_with":
        return asked.says_of_text(who.postal_code)
    return any(map(who.postal_code.casefold().startswith, asked.words()))


def yes_or_no(answer: bool, asked: Asked) -> bool:
    return answer == (asked.operator == "is_yes")


def day_of_registration(who: Customer, asked: Asked) -> date | None:
    return None if who.registered_at is None else asked.day_of(who.registered_at)


def edge(days: list[date], position: int) -> date | None:
    return days[position] if days else None


ORACLES: dict[str, Callable[[Customer, Asked], bool]] = {
    "country": country,
    "region": lambda who, asked: asked.says_of_text(who.region),
    "city": lambda who, asked: asked.says_of_text(who.city),
    "postal_code": postal_code,
    "language": language,
    "tag": lambda who, asked: labelled((tag.name for tag in who.tags.all()), asked),
    "customer_group": lambda who, asked: labelled((g.name for g in who.groups.all()), asked),
    "registered": lambda who, asked: asked.says_of_day(day_of_registration(who, asked)),
    "email_domain": lambda who, asked: who.email.partition("@")[2] in asked.words(),
    "has_email": lambda who, asked: yes_or_no(bool(who.email), asked),
    "has_phone": lambda who, asked: yes_or_no(bool(who.phone), asked),
    "random_share": random_share,
    "custom_text": lambda who, asked: custom_field(who, asked, "text"),
    "custom_number": lambda who, asked: custom_field(who, asked, "number"),
    "custom_date": lambda who, asked: custom_field(who, asked, "date"),
    "custom_flag": lambda who, asked: custom_field(who, asked, "flag"),
    "accepts_marketing": accepts_marketing,
    "communication_channel": communication_channel,
    "order_status": order_status,
    "revenue": revenue,
    "order_count": lambda who, asked: asked.compares(
        sum(asked.in_window(order.placed_at) for order in paid(who))
    ),
    "order_date": order_date,
    "first_order": lambda who, asked: asked.says_of_day(edge(order_days(who, asked), 0)),
    "last_order": lambda who, asked: asked.says_of_day(edge(order_days(who, asked), -1)),
    "average_order_value": lambda who, asked: asked.compares(who.statistics.average_order_value),
    "order_frequency": lambda who, asked: asked.compares(who.statistics.mean_gap_days),
    "discount_share": discount_share,
    "purchased": purchased,
    "abandoned_cart": abandoned_cart,
    "website_activity": website_activity,
    "importance": lambda who, asked: class_label(who, asked, "importance"),
    "life_cycle": lambda who, asked: class_label(who, asked, "life_cycle"),
    "price_sensitivity": lambda who, asked: class_label(who, asked, "price_sensitivity"),
    "life_cycle_change": stage_change,
    "in_segment": lambda who, asked: (
        asked.values["segment"] in [m.segment.name for m in who.memberships.all()]
    ),
    "segment_change": segment_change,
    "churn_risk": lambda who, asked: (
        forecast(who) is not None and forecast(who).churn_risk in asked.words()
    ),
    "order_chance": lambda who, asked: predicted(who, asked, "chance_", per=100),
    "predicted_orders": lambda who, asked: predicted(who, asked, "orders_"),
    "predicted_revenue": lambda who, asked: predicted(who, asked, "revenue_"),
    "lifetime_value": lambda who, asked: predicted(who, asked, "lifetime_value"),
    "expected_next_order": expected_next_order,
    "interested_in": interested_in,
}
