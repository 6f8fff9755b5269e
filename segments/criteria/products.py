"""Criteria on what was bought; all values of a row speak of the same order line."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import OrderLine
from cdp.periods import local_day
from segments.criteria.base import PRODUCTS, Criterion, criteria
from segments.criteria.days import day_words, window_of, within, zone_of
from segments.criteria.fields import NumberField, count_field
from segments.criteria.operators import Operator
from segments.criteria.params import Params, whole
from segments.criteria.product_choice import (
    PRODUCT_LISTS,
    chosen_products,
    contradictions,
    product_fields,
    product_notices,
    product_words,
)
from segments.criteria.queries import owners

BOUGHT = Operator("bought", _("has bought"), _("Has bought {what}"))
NOT_BOUGHT = Operator("not_bought", _("has not bought"), _("Has not bought {what}"))


@criteria.register
class Purchased(Criterion):
    """The customer has, or has not, an order line that fulfils everything asked for."""

    key, label, group = "purchased", _("Purchase"), PRODUCTS
    help = _(
        "Everything in the row speaks of one and the same order line: “Nike, under 30, since May” "
        "is one product. Categories include what lies below them. Prices are regular prices per "
        "piece in the shop's currency: price_from and price_to include the amount, price_below "
        "does not. Cancelled, fully refunded and returned lines are no purchases."
    )
    summary = _("Who has bought, or never bought, certain products, categories or brands.")
    suggests = PRODUCT_LISTS
    operators = (BOUGHT, NOT_BOUGHT)
    has_window = True
    money = ("price_from", "price_to", "price_below")
    example = {
        "categories": ["Tents"],
        "brands": ["Northwind"],
        "price_below": 200,
        "last": 12,
        "unit": "months",
    }

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Choose products, prices and pieces."""
        prices = {
            "price_from": NumberField(label=_("Price from"), required=False, minimum=0),
            "price_to": NumberField(label=_("Price to"), required=False, minimum=0),
            "price_below": NumberField(label=_("Price below"), required=False, minimum=0),
        }
        pieces = count_field(_("Pieces at least"), required=False, maximum=1_000_000)
        return {**product_fields(), **prices, "quantity": pieces}

    def contradictions(self, operator: Operator, params: Params) -> list[str]:
        """An attribute needs its values."""
        return [*super().contradictions(operator, params), *contradictions(params)]

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the order lines."""
        bought = owners(self._lines(params, now=now))
        return ~bought if operator is NOT_BOUGHT else bought

    def _lines(self, params: Params, *, now: datetime) -> QuerySet:
        lines = OrderLine.objects.filter(
            within("placed_at", window_of(params, now=now)),
            purchased_quantity__gte=whole({"quantity": 1, **params}, "quantity"),
        )
        products = chosen_products(params)
        if products is not None:
            lines = lines.filter(product__in=products)
        for name, lookup in (("price_from", "gte"), ("price_to", "lte"), ("price_below", "lt")):
            if name in params:
                lines = lines.filter(**{f"unit_price__{lookup}": params[name]})
        return lines

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Name the last order line that fulfils everything, or say that there is none."""
        lines = self._lines(params, now=now).filter(customer=about.pk)
        line = lines.select_related("product").order_by("-placed_at").first()
        if line is not None:
            day = day_words(local_day(line.placed_at, zone_of(now)))
            return gettext("“%(product)s” on %(day)s") % {"product": line.product, "day": day}
        return gettext("no such order line") if about.order_count else gettext("never bought")

    def describe(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Say what was bought."""
        return super().describe(
            operator, {**params, "what": self._what(params, currency=currency)}, currency=currency
        )

    def _what(self, params: Params, *, currency: str) -> str:
        pieces = whole({"quantity": 1, **params}, "quantity")
        words = (
            gettext("at least %(count)s pieces of a product") % {"count": pieces}
            if pieces > 1
            else gettext("a product")
        )
        shown = {name: self.show(name, value, currency=currency) for name, value in params.items()}
        for name, phrase in (
            ("price_from", gettext("at %(amount)s or more")),
            ("price_to", gettext("at %(amount)s or less")),
            ("price_below", gettext("under %(amount)s")),
        ):
            if name in params:
                words += " " + phrase % {"amount": shown[name]}
        return words + product_words(params)

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Name what the shop does not sell yet."""
        return product_notices(params)
