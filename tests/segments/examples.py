"""Values for every criterion and operator: two rows each or more, on the random shop's facts."""

from __future__ import annotations

from typing import TypeAlias

Values: TypeAlias = dict[str, object]

MOMENT: dict[str, list[Values]] = {
    "within_last": [{"amount": 30, "unit": "days"}, {"amount": 3}, {"amount": 5, "unit": "months"}],
    "more_than_ago": [
        {"amount": 60, "unit": "days"},
        {"amount": 0},
        {"amount": 1, "unit": "years"},
    ],
    "exactly_ago": [{"amount": 2, "unit": "days"}, {"amount": 0}, {"amount": 1, "unit": "weeks"}],
    "on_days_between": [
        {"start": "2026-11-21", "end": "2026-11-24"},
        {"start": "2026-01-01", "end": "2026-06-30"},
    ],
    "before": [{"day": "2026-11-22"}, {"day": "2025-12-24"}],
    "after": [{"day": "2026-11-21"}, {"day": "2025-12-24"}],
    "since": [{"day": "2026-11-21"}, {"day": "2025-12-24"}],
    "anniversary_within": [{"days": 0}, {"days": 60}, {"days": 96}, {"days": 100}],
    "never": [{}, {}],
}
WITHIN_NEXT: list[Values] = [{"amount": 30, "unit": "days"}, {"amount": 12, "unit": "months"}]
KNOWN: dict[str, list[Values]] = {"is_known": [{}, {}], "is_unknown": [{}, {}]}
WINDOWS: list[Values] = [
    {},
    {"last": 90, "unit": "days"},
    {"last": 6, "unit": "months", "until": "2026-11-22"},
    {"since": "2026-05-06"},
    {"since": "2025-12-01", "until": "2025-12-24"},
]


def numbers(
    low: object, high: object, windows: list[Values] | None = None
) -> dict[str, list[Values]]:
    """Rows for every comparison of a number, 0 included."""
    singles = ("at_least", "at_most", "more_than", "less_than", "equals")
    rows: dict[str, list[Values]] = {
        key: [{"value": value, **window} for value in (0, low, high) for window in windows or [{}]]
        for key in singles
    }
    rows["between"] = [
        {"low": first, "high": last, **window}
        for first, last in ((low, high), (0, low))
        for window in windows or [{}]
    ]
    return rows


def values(*texts: str) -> list[Values]:
    """A row per value and one with all of them."""
    return [*({"values": [text]} for text in texts), {"values": list(texts)}]


def with_field(name: str, rows: dict[str, list[Values]]) -> dict[str, list[Values]]:
    """The rows for a custom field, and for one that does not exist."""
    return {
        key: [{"field": field, **row} for row in found for field in (name, "no_such_field")]
        for key, found in rows.items()
    }


PRODUCTS: list[Values] = [
    {"keywords": ["tent"]},
    {"keywords": ["TENT", "ærø"], "price_below": 130},
    {"keywords": ["100%"]},
    {"categories": ["Outdoor"]},
    {"categories": ["outdoor > tents"], "brands": ["nordisk"]},
    {"categories": ["Family tents", "home"]},
    {"brands": ["Nike"], "price_below": 30, "since": "2026-05-06"},
    {"products": ["mosquito spray", "SKU-3", "p5"]},
    {"attribute": "colour", "attribute_values": ["red", "GRÜN"]},
    {"price_below": 30, "since": "2026-05-06"},
    {"price_from": 30, "price_to": "129.00", "last": 12, "unit": "months"},
    {"quantity": 5},
    {"quantity": 2, "keywords": ["shoe"], "last": 300, "unit": "days"},
    {"categories": ["no such category"]},
    {},
]
CHOICES = [
    {k: v for k, v in row.items() if not k.startswith(("price", "quantity"))} for row in PRODUCTS
]
CONSENTS: list[Values] = [
    {},
    {"purpose": "sms"},
    {"purpose": "messages"},
    {"purpose": "ads"},
    {"purpose": "email", "channels": ["post", "email"]},
    {"channels": ["post"]},
]

EXAMPLES: dict[str, dict[str, list[Values]]] = {
    "country": {"is_any_of": values("DK", "Germany"), **KNOWN},
    "region": {"is_any_of": values("ærø", "BAYERN", "nowhere"), **KNOWN},
    "city": {"is_any_of": values("aalborg", "MÜNCHEN"), **KNOWN},
    "postal_code": {"starts_with": values("21", "d-8", "%"), **KNOWN},
    "language": {"is_any_of": values("Danish", "pt", "de"), **KNOWN},
    "tag": {"is_any_of": values("vip club", "ØKO", "new"), **KNOWN},
    "customer_group": {"is_any_of": values("wholesale", "Staff"), **KNOWN},
    "registered": MOMENT,
    "email_domain": {"is_any_of": values("example.com", "shop.example", "mail.example.com")},
    "has_email": {"is_yes": [{}, {}], "is_no": [{}, {}]},
    "has_phone": {"is_yes": [{}, {}], "is_no": [{}, {}]},
    "random_share": {"share": [{"percent": 10}, {"percent": "12.5", "starting_at": 50}]},
    "custom_text": with_field(
        "hobby",
        {
            "is_any_of": values("HIKING", "åben DØR"),
            "contains": values("IN", "ør", "%"),
            "starts_with": values("h", "Å"),
            **KNOWN,
        },
    ),
    "custom_number": with_field("size", {**numbers(38, "42.5"), **KNOWN}),
    "custom_date": with_field("birthday", {**MOMENT, "within_next": WITHIN_NEXT}),
    "custom_flag": with_field("likes_mail", {"is_yes": [{}], "is_no": [{}], **KNOWN}),
    "accepts_marketing": dict.fromkeys(("granted", "withdrawn", "is_unknown"), CONSENTS),
    "communication_channel": {"is_any_of": values("messenger", "post", "viber")},
    "order_status": {
        "is_any_of": [
            {"values": statuses, **window}
            for statuses in (["paid"], ["cancelled", "refunded"], ["returned"])
            for window in WINDOWS
        ]
    },
    "revenue": numbers("29.99", 300, WINDOWS),
    "order_count": numbers(1, 3, WINDOWS),
    "order_date": {key: MOMENT[key] for key in MOMENT if key != "anniversary_within"},
    "first_order": MOMENT,
    "last_order": MOMENT,
    "average_order_value": numbers("29.99", 200),
    "order_frequency": numbers(30, 200),
    "discount_share": numbers(5, 30),
    "purchased": {"bought": PRODUCTS, "not_bought": PRODUCTS},
    "abandoned_cart": {
        "abandoned": [
            {"value_above": 50, "last": 3, "unit": "days"},
            {"value_above": "9.95"},
            {"value_above": 129, "value_to": "399.95"},
            {"value_from": "9.95", "value_to": 129},
            *CHOICES,
        ]
    },
    "website_activity": {
        "visited": [{}, {"times": 2, "last": 1, "unit": "years"}, {"since": "2026-11-23"}],
        "viewed_page": [{}, {"contains": ["checkout"]}],
        "viewed_product": [*CHOICES, {"times": 2}],
        "searched": [{}, {"contains": ["tent", "ÜBER"]}, {"times": 2}],
    },
    "importance": {"is_any_of": values("one_time", "VIP", "loyal", "frequent buyer")},
    "life_cycle": {"is_any_of": values("just_ordered", "Active", "slipping away", "lost")},
    "price_sensitivity": {"is_any_of": values("cheaper", "average", "expensive")},
    "life_cycle_change": {
        key: [{"days": 1}, {"days": 30}, {"days": 90}]
        for key in ("becomes_slipping_away", "becomes_lost", "becomes_slipping_or_lost")
    },
    "in_segment": {"is_member": [{"segment": "Friends"}, {"segment": "Nobody"}]},
    "segment_change": {
        key: [
            {"segment": "Friends", "amount": 7},
            {"segment": "Friends", "amount": 6, "unit": "months"},
            {"segment": "Nobody", "amount": 1, "unit": "weeks"},
        ]
        for key in ("entered_within", "left_within")
    },
}
HORIZONS = ("30", 90, "365")
EXAMPLES |= {
    "churn_risk": {"is_any_of": values("high", "LOW", "medium")},
    "order_chance": numbers(20, "45", [{"horizon_days": days} for days in HORIZONS]),
    "predicted_orders": numbers("0.5", 2, [{"horizon_days": days} for days in HORIZONS]),
    "predicted_revenue": numbers("29.99", 300, [{"horizon_days": days} for days in HORIZONS]),
    "lifetime_value": numbers("29.99", 420),
    "expected_next_order": {
        "within_next": WITHIN_NEXT,
        "more_than_ahead": [*WITHIN_NEXT, {"amount": 0}],
        "on_days_between": [
            {"start": "2026-11-24", "end": "2026-12-24"},
            {"start": "2027-01-01", "end": "2027-06-30"},
        ],
        "before": [{"day": "2026-12-24"}, {"day": "2026-11-24"}],
        "after": [{"day": "2026-12-24"}, {"day": "2027-08-01"}],
        "is_unknown": [{}, {}],
    },
    "interested_in": {
        key: [
            {**choice, "strength": strength, **bought}
            for choice in (
                {"categories": ["Outdoor"]},
                {"categories": ["outdoor > tents", "HOME"], "brands": ["NIKE"]},
                {"products": ["igloo tent", "SKU-1"]},
                {"keywords": ["Tent"]},
                {"brands": ["nordisk", "no such brand"]},
            )
            for strength, bought in (
                ("high", {}),
                ("medium", {}),
                ("medium", {"bought": "never"}),
                ("high", {"bought": "before"}),
            )
        ]
        for key in ("interested", "not_interested")
    },
}
ROWS: list[tuple[str, str, Values]] = [
    (criterion, operator, row)
    for criterion, operators in EXAMPLES.items()
    for operator, rows in operators.items()
    for row in rows
]
