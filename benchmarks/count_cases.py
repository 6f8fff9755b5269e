"""The questions of the count benchmark: a condition row, and the best SQL by hand for the same
question.

All moments belong to 2026-11-24 in Europe/Copenhagen. Most questions have one text for both
databases.
"""

from __future__ import annotations

from dataclasses import dataclass, field

STATISTICS = "analytics_customerstatistics"
LABELS = "analytics_customerclassification"


@dataclass(frozen=True)
class Case:
    """A condition row with the SQL that counts the same customers."""

    name: str
    criterion: str
    operator: str
    sql: str
    values: dict[str, object] = field(default_factory=dict)


def _statistics(where: str) -> str:
    return f"SELECT count(*) FROM {STATISTICS} WHERE {where}"


def _labels(where: str) -> str:
    return f"SELECT count(*) FROM {LABELS} WHERE {where}"


def _owners(rows: str) -> str:
    """Count distinct owners of rows; GROUP BY can use several cores, count(DISTINCT) cannot."""
    return f"SELECT count(*) FROM (SELECT customer_id FROM {rows} GROUP BY customer_id) AS owners"


def _bought(where: str, window: str = "") -> str:
    """Count owners of purchases of products; `where` is about the products."""
    return _owners(
        "cdp_orderline WHERE purchased_quantity > 0 AND customer_id IS NOT NULL "
        f"AND product_id IN (SELECT p.id FROM cdp_product AS p WHERE {where}) {window}"
    )


def _never_bought(where: str) -> str:
    return _statistics(
        "customer_id NOT IN (SELECT customer_id FROM cdp_orderline WHERE purchased_quantity > 0 "
        "AND customer_id IS NOT NULL "
        f"AND product_id IN (SELECT p.id FROM cdp_product AS p WHERE {where}))"
    )


_NIKE = "p.brand_key = 'nike'"
_TENT = "p.search_key LIKE '%tent%'"
_SPRAY = "p.search_key LIKE '%mosquito spray%'"
_WINTER = (
    "p.id IN (SELECT pc.product_id FROM cdp_productcategory AS pc JOIN cdp_category AS c "
    "ON c.id = pc.category_id WHERE c.name_key = 'winter sport')"
)
_YEAR = "AND placed_at >= '2025-11-24 23:00:00'"

CASES = (
    Case("country", "country", "is_any_of", _statistics("country = 'DK'"), {"values": ["DK"]}),
    Case(
        "region",
        "region",
        "is_any_of",
        _statistics("region_key = 'bayern'"),
        {"values": ["Bayern"]},
    ),
    Case(
        "postal code starts with",
        "postal_code",
        "starts_with",
        "SELECT count(*) FROM cdp_customer WHERE postal_code LIKE '20%'",
        {"values": ["20"]},
    ),
    Case("language", "language", "is_any_of", _statistics("language = 'da'"), {"values": ["da"]}),
    Case(
        "accepts e-mail",
        "accepts_marketing",
        "granted",
        _statistics("email_consent = 1"),
        {"purpose": "email"},
    ),
    Case(
        "messenger subscribers",
        "communication_channel",
        "is_any_of",
        _owners("cdp_consent WHERE channel = 'messenger' AND state = 'granted'"),
        {"values": ["messenger"]},
    ),
    Case(
        "tag",
        "tag",
        "is_any_of",
        "SELECT count(*) FROM cdp_customertag WHERE tag_id = "
        "(SELECT id FROM cdp_tag WHERE key = 'bike club')",
        {"values": ["Bike club"]},
    ),
    Case(
        "custom field, number",
        "custom_number",
        "at_least",
        "SELECT count(*) FROM cdp_customerfieldvalue WHERE number >= 44 AND field_id = "
        "(SELECT id FROM cdp_customerfield WHERE key = 'shoe_size')",
        {"field": "shoe_size", "value": 44},
    ),
    Case("lost", "life_cycle", "is_any_of", _labels("life_cycle = 'lost'"),
         {"values": ["lost"]}),
    Case("VIP", "importance", "is_any_of", _labels("importance = 'vip'"),
         {"values": ["vip"]}),
    Case(
        "last order within 90 days",
        "last_order",
        "within_last",
        _statistics("last_order_at >= '2026-08-26 22:00:00'"),
        {"amount": 90, "unit": "days"},
    ),
    Case("revenue ever", "revenue", "at_least", _statistics("revenue >= 5000000"), {"value": 500}),
    Case(
        "revenue in a year",
        "revenue",
        "at_least",
        "SELECT count(*) FROM (SELECT customer_id FROM cdp_order WHERE counts_as > 0 "
        f"AND customer_id IS NOT NULL {_YEAR} GROUP BY customer_id "
        "HAVING sum(amount) >= 2000000) AS g",
        {"value": 200, "last": 365, "unit": "days"},
    ),
    Case(
        "orders in a year",
        "order_count",
        "at_least",
        "SELECT count(*) FROM (SELECT customer_id FROM cdp_order WHERE counts_as = 1 "
        f"AND customer_id IS NOT NULL {_YEAR} GROUP BY customer_id HAVING count(*) >= 3) AS g",
        {"value": 3, "last": 365, "unit": "days"},
    ),
    Case(
        "ordered before Christmas",
        "order_date",
        "on_days_between",
        _owners(
            "cdp_order WHERE counts_as = 1 AND customer_id IS NOT NULL "
            "AND placed_at >= '2025-11-30 23:00:00' AND placed_at < '2025-12-24 23:00:00'"
        ),
        {"start": "2025-12-01", "end": "2025-12-24"},
    ),
    Case("bought a brand", "purchased", "bought", _bought(_NIKE), {"brands": ["Nike"]}),
    Case("bought by keyword", "purchased", "bought", _bought(_TENT), {"keywords": ["tent"]}),
    Case("never bought by keyword", "purchased", "not_bought", _never_bought(_SPRAY),
         {"keywords": ["mosquito spray"]}),
    Case(
        "bought from a department in a year",
        "purchased",
        "bought",
        _bought(_WINTER, _YEAR),
        {"categories": ["Winter sport"], "last": 365, "unit": "days"},
    ),
    Case(
        "bought under 30 since 6 May",
        "purchased",
        "bought",
        _owners(
            "cdp_orderline WHERE purchased_quantity > 0 AND customer_id IS NOT NULL "
            "AND unit_price < 300000 AND placed_at >= '2026-05-05 22:00:00'"
        ),
        {"price_below": 30, "since": "2026-05-06"},
    ),
    Case(
        "abandoned a cart over 50 in 30 days",
        "abandoned_cart",
        "abandoned",
        _owners(
            "cdp_cart WHERE abandoned_at >= '2026-10-25 23:00:00' AND customer_id IS NOT NULL "
            "AND recovered_order_id IS NULL AND amount > 500000"
        ),
        {"value_above": 50, "last": 30, "unit": "days"},
    ),
    Case(
        "viewed a brand in 30 days",
        "website_activity",
        "viewed_product",
        _owners(
            "cdp_event WHERE kind = 'product_view' AND occurred_at >= '2026-10-25 23:00:00' "
            f"AND product_id IN (SELECT p.id FROM cdp_product AS p WHERE {_NIKE})"
        ),
        {"brands": ["Nike"], "last": 30, "unit": "days"},
    ),
)  # fmt: skip
