"""What rows on predictions ask for, said a second time in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdp.models import Customer

if TYPE_CHECKING:
    from tests.segments.oracle import Asked


def forecast(who: Customer) -> Any:
    return getattr(who, "forecast", None)


def predicted(who: Customer, asked: Asked, column: str, *, per: int = 1) -> bool:
    row = forecast(who)
    if row is None:
        return False
    value = getattr(row, column + str(asked.values.get("horizon_days", "")))
    return asked.compares(round(value * per, 6))


def expected_next_order(who: Customer, asked: Asked) -> bool:
    row = forecast(who)
    day = row.next_order_on if row is not None else None
    if asked.operator == "is_unknown":
        return day is None
    if asked.operator == "more_than_ahead":
        return day is not None and day > asked.back(sign=-1)
    return asked.says_of_day(day)


def interested_in(who: Customer, asked: Asked) -> bool:
    def names(target: Any) -> set[str]:
        if target.category is not None:
            return {target.category.name.casefold(), target.category.path.casefold()}
        if target.product is not None:
            return {target.product.name.casefold(), target.product.sku.casefold()}
        return {target.label.casefold()}

    def fits(row: Any, kind: str, words: list[str]) -> bool:
        bought = asked.values.get("bought")
        return (
            row.target.kind == kind
            and bool(names(row.target) & set(words))
            and row.strength >= {"high": 2, "medium": 1}[str(asked.values["strength"])]
            and bought in (None, "before" if row.has_bought else "never")
        )

    kinds = {
        "categories": "category",
        "brands": "brand",
        "products": "product",
        "keywords": "keyword",
    }
    is_interested = all(
        any(fits(row, kind, asked.words(name)) for row in who.interests.all())
        for name, kind in kinds.items()
        if name in asked.values
    )
    return is_interested == (asked.operator == "interested")
