"""Segments worth having, with limits taken from the shop's own figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from analytics.clock import effective_now
from analytics.models import (
    ChurnRisk,
    CustomerClassification,
    CustomerForecast,
    CustomerStatistics,
    InterestTarget,
    PriceSensitivity,
)
from cdp.models import Cart
from cdp.text import tidy
from segments.compiler import combined, shop_time
from segments.definitions import NAME_LENGTH, Definition, RowDefinition, make_row
from segments.drafting.interests import parameter_of, value_of
from segments.models import Match, Segment
from segments.pairs import BoughtTogether, bought_together
from segments.predicted_ideas import likely_percent, top_new_product, top_target

ALWAYS = "VIPs that are lost"


@dataclass(frozen=True)
class Suggestion:
    """A segment to propose (its note says why): how many are in it and how many may be mailed."""

    definition: Definition
    member_count: int
    mailable_count: int
    is_stored: bool


@dataclass(frozen=True)
class _Idea:
    name: str
    reason: str
    rows: tuple[RowDefinition, ...]


def suggestions(*, now: datetime) -> list[Suggestion]:
    """Return what to propose to this shop: ideas with members, and always the lost VIPs."""
    moment = effective_now(now)
    stored = set(Segment.objects.values_list("name", flat=True))
    found = []
    for idea in _ideas(moment):
        members = combined([row.understood for row in idea.rows], match=Match.ALL, now=moment)
        count = members.count()
        if count or idea.name == ALWAYS:
            mailable = members.filter(is_mailable__in=[True]).count()
            definition = Definition(idea.name, idea.rows, note=idea.reason)
            is_stored = idea.name in stored
            found.append(Suggestion(definition, count, mailable, is_stored))
    return found


def suggested(name: str, *, now: datetime) -> Definition | None:
    """Return the proposed segment of this name, without counting it."""
    for idea in _ideas(effective_now(now)):
        if idea.name == name:
            return Definition(idea.name, idea.rows, note=idea.reason)
    return None


def _ideas(moment: datetime) -> Iterable[_Idea]:
    today = shop_time(moment).date()
    makers: tuple[Callable[[], _Idea | None], ...] = (
        _lost_vips,
        _slipping_vips,
        _risky_vips,
        _likely,
        _interested,
        _interested_in_new,
        lambda: _season(today),
        _slipping_spenders,
        _one_time_buyers,
        _new_customers,
        _never_ordered,
        _abandoned_carts,
        _expensive,
    )
    for make in makers:
        idea = make()
        if idea is not None:
            yield idea
    for pair in bought_together():
        yield _cross_sell(pair)


def _label(criterion: str, *values: str) -> RowDefinition:
    return make_row(criterion, "is_any_of", {"values": list(values)})


def _lost_vips() -> _Idea:
    return _Idea(
        ALWAYS,
        _("They mattered most and stay away longer than they ever did: win them back in person."),
        (_label("importance", "vip"), _label("life_cycle", "lost")),
    )


def _slipping_vips() -> _Idea:
    return _Idea(
        "VIPs slipping away",
        _("The best customers who are late by their own rhythm, but not lost yet."),
        (_label("importance", "vip"), _label("life_cycle", "slipping_away")),
    )


def _risky_vips() -> _Idea | None:
    if not CustomerForecast.objects.filter(churn_risk=ChurnRisk.HIGH).exists():
        return None
    return _Idea(
        "VIPs at high churn risk",
        _("The best customers who will probably stay away for longer than they ever did."),
        (_label("importance", "vip"), _label("churn_risk", ChurnRisk.HIGH)),
    )


def _likely() -> _Idea | None:
    percent = likely_percent()
    if percent is None:
        return None
    return _Idea(
        "Likely to order within 30 days",
        _("About the best tenth of the buyers by their chance: no discount is needed for them."),
        (make_row("order_chance", "at_least", {"value": percent, "horizon_days": 30}),),
    )


def _interested() -> _Idea | None:
    target = top_target()
    if target is None:
        return None
    return _Idea(
        f"Interested in {tidy(target.label)}, never bought"[:NAME_LENGTH],
        _(
            "Naming those interested in “%(name)s” found most buyers when it was last tested; "
            "these have not bought it yet."
        )
        % {"name": target.label},
        (_interest_row(target),),
    )


def _interested_in_new() -> _Idea | None:
    target = top_new_product()
    if target is None:
        return None
    return _Idea(
        f"Interested in the new {tidy(target.label)}"[:NAME_LENGTH],
        _("“%(name)s” is new; these bought what is like it. Let them know.")
        % {"name": target.label},
        (_interest_row(target),),
    )


def _interest_row(target: InterestTarget) -> RowDefinition:
    return make_row(
        "interested_in",
        "interested",
        {parameter_of(target): [value_of(target)], "strength": "high", "bought": "never"},
    )


def _one_time_buyers() -> _Idea:
    return _Idea(
        "One-time buyers",
        _("The second order makes a customer: most who place it come back again."),
        (_label("importance", "one_time"),),
    )


def _new_customers() -> _Idea:
    return _Idea(
        "New customers (first order in the last 30 days)",
        _("Welcome them while they remember the shop."),
        (make_row("first_order", "within_last", {"amount": 30, "unit": "days"}),),
    )


def _season(today: date) -> _Idea:
    """The days before the last Christmas that is over, while 24 December lies in the past."""
    year = today.year if today > date(today.year, 12, 24) else today.year - 1
    days = {"start": f"{year}-12-01", "end": f"{year}-12-24"}
    return _Idea(
        f"Loyal or VIP, ordered before Christmas {year}",
        _("Faithful customers who bought before Christmas: the list for the next season."),
        (
            _label("importance", "loyal", "vip"),
            make_row("order_date", "on_days_between", days),
        ),
    )


def _slipping_spenders() -> _Idea | None:
    limit = _upper_quarter(_buyers().filter(revenue__gt=0), "revenue")
    if limit is None:
        return None
    return _Idea(
        "Slipping away and spent above the shop's top quarter",
        _("A quarter of the buyers spent at least this much; these are about to stay away."),
        (
            _label("life_cycle", "slipping_away"),
            make_row("revenue", "at_least", {"value": str(limit)}),
        ),
    )


def _never_ordered() -> _Idea:
    return _Idea(
        "Never ordered, may be mailed",
        _("They signed up and allowed e-mail, but did not buy yet."),
        (
            make_row("order_count", "equals", {"value": 0}),
            make_row("accepts_marketing", "granted", {"purpose": "email"}),
            make_row("has_email", "is_yes", {}),
        ),
    )


def _abandoned_carts() -> _Idea | None:
    carts = Cart.objects.filter(abandoned_at__isnull=False, amount__gt=0)
    limit = _upper_quarter(carts, "amount", share=2)
    if limit is None:
        return None
    return _Idea(
        "Abandoned a valuable cart in the last 14 days",
        _("Half of the abandoned carts are worth less than this; a reminder pays."),
        (
            make_row(
                "abandoned_cart",
                "abandoned",
                {"value_from": str(limit), "last": 14, "unit": "days"},
            ),
        ),
    )


def _expensive() -> _Idea | None:
    """Those who buy expensive, unless they are most buyers and so nothing special."""
    labelled = CustomerClassification.objects.all()
    expensive = labelled.filter(price_sensitivity=PriceSensitivity.EXPENSIVE)
    if 2 * expensive.count() > labelled.count():
        return None
    return _Idea(
        "Buys expensive products",
        _("They choose above the usual price of a category: show them the best, not the sale."),
        (_label("price_sensitivity", PriceSensitivity.EXPENSIVE),),
    )


def _cross_sell(pair: BoughtTogether) -> _Idea:
    first, second = pair.first, pair.second
    return _Idea(
        f"Bought {first.name}, never {second.name}"[:NAME_LENGTH],
        _(
            "%(share)s of 100 buyers of “%(first)s” also bought “%(second)s”, %(lift)s times as "
            "many as of all buyers. These have not yet."
        )
        % {
            "first": first.name,
            "second": second.name,
            "share": round(100 * pair.share),
            "lift": f"{float(pair.lift):.1f}",
        },
        (
            make_row("purchased", "bought", {pair.kind: [first.value]}),
            make_row("purchased", "not_bought", {pair.kind: [second.value]}),
        ),
    )


def _buyers() -> QuerySet[CustomerStatistics]:
    return CustomerStatistics.objects.filter(order_count__gt=0)


def _upper_quarter(rows: QuerySet, column: str, *, share: int = 4) -> Decimal | None:
    """Return the whole amount that one row in `share` reaches; None without rows."""
    count = rows.count()
    if not count:
        return None
    place = max(count // share - 1, 0)
    amount = rows.order_by(f"-{column}").values_list(column, flat=True)[place]
    return Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP)
