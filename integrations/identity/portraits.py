"""Customers as destinations see them: who they are, what they allow, and the figures asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from analytics.models import CustomerClassification, CustomerForecast
from analytics.recommendations import recommended
from cdp.models import ConsentFlag, Customer, CustomerIdentity
from cdp.models.consent import FLAG_PURPOSES
from integrations.identity.people import FieldValue, Person

AT_ONCE = 2_000
MOST_PRODUCTS = 3
SEPARATOR = ", "
# What the service with the least room keeps of a text.
LONGEST_TEXT = 255

_COLUMNS = (
    "pk",
    "external_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "language",
    "country",
    "region",
    "city",
    "postal_code",
    *FLAG_PURPOSES,
)

Kind = CustomerIdentity.Kind
Figures = Mapping[int, FieldValue]


def persons(customer_ids: Iterable[int], *, fields: Sequence[str]) -> list[Person]:
    """Return these customers by ascending id as they are stored now, with these profile fields.

    Who was erased or deleted is left out; consent is for the caller to look at. An unknown figure
    is None, and so is every figure of somebody who withdrew consent to profiling. At most eight
    queries for up to 2,000 customers.
    """
    chosen = sorted(set(customer_ids))
    found: list[Person] = []
    for start in range(0, len(chosen), AT_ONCE):
        found += _persons(chosen[start : start + AT_ONCE], fields)
    return found


def _persons(customer_ids: Sequence[int], fields: Sequence[str]) -> list[Person]:
    rows = Customer.objects.present().filter(pk__in=customer_ids).order_by("pk").values(*_COLUMNS)
    customers = list(rows)
    known = [row["pk"] for row in customers]
    profiled = [row["pk"] for row in customers if row["profiling_consent"] != ConsentFlag.WITHDRAWN]
    others = _identifiers(known)
    figures = {key: _FIGURES[key](profiled) for key in fields}
    return [
        Person(
            id=str(row["pk"]),
            shop_id=row["external_id"],
            emails=_preferring(row["email"], others.get((row["pk"], Kind.EMAIL), ())),
            phones=_preferring(row["phone"], others.get((row["pk"], Kind.PHONE), ())),
            first_name=row["first_name"],
            last_name=row["last_name"],
            country=row["country"],
            region=row["region"],
            city=row["city"],
            postal_code=row["postal_code"],
            language=row["language"],
            consents=frozenset(
                purpose
                for column, purpose in FLAG_PURPOSES.items()
                if row[column] == ConsentFlag.GRANTED
            ),
            fields={key: values.get(row["pk"]) for key, values in figures.items()},
        )
        for row in customers
    ]


def _identifiers(customer_ids: Sequence[int]) -> dict[tuple[int, str], list[str]]:
    """Return the addresses and numbers that were not replaced, by customer and kind."""
    rows = CustomerIdentity.objects.filter(
        customer__in=customer_ids, kind__in=(Kind.EMAIL, Kind.PHONE), is_former=False
    )
    found: dict[tuple[int, str], list[str]] = {}
    for customer_id, kind, value in rows.order_by("pk").values_list("customer", "kind", "value"):
        found.setdefault((customer_id, kind), []).append(value)
    return found


def _preferring(first: str, others: Sequence[str]) -> tuple[str, ...]:
    """Return the identifiers without repetition, the customer's own in front."""
    return tuple(dict.fromkeys(value for value in (first, *others) if value))


def _life_cycle(customer_ids: Sequence[int]) -> Figures:
    return _labels(customer_ids, "life_cycle")


def _importance(customer_ids: Sequence[int]) -> Figures:
    return _labels(customer_ids, "importance")


def _labels(customer_ids: Sequence[int], column: str) -> Figures:
    """Return keys such as `slipping_away`: the same in every language, so that flows can ask."""
    rows = CustomerClassification.objects.filter(customer__in=customer_ids)
    return {pk: label or None for pk, label in rows.values_list("customer_id", column)}


def _predicted_value(customer_ids: Sequence[int]) -> Figures:
    """Return what each is expected to spend within the next twelve months, in shop currency."""
    rows = CustomerForecast.objects.filter(customer__in=customer_ids)
    return {pk: round(float(value), 2) for pk, value in rows.values_list("pk", "revenue_365")}


def _next_order_on(customer_ids: Sequence[int]) -> Figures:
    rows = CustomerForecast.objects.filter(customer__in=customer_ids)
    return dict(rows.values_list("pk", "next_order_on"))


def _recommended(customer_ids: Sequence[int]) -> Figures:
    """Return the names of the first products to recommend, as many whole ones as fit."""
    found = recommended(customer_ids, most=MOST_PRODUCTS)
    return {
        pk: _within(dict.fromkeys(str(one.product) for one in ones)) for pk, ones in found.items()
    }


def _within(names: Iterable[str]) -> str | None:
    text = ""
    for name in list(names)[:MOST_PRODUCTS]:
        longer = f"{text}{SEPARATOR}{name}" if text else name
        if len(longer) <= LONGEST_TEXT:
            text = longer
    return text or None


_FIGURES: dict[str, Callable[[Sequence[int]], Figures]] = {
    "life_cycle": _life_cycle,
    "importance": _importance,
    "predicted_value": _predicted_value,
    "next_order_on": _next_order_on,
    "recommended": _recommended,
}
