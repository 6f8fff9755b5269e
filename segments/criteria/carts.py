"""Criteria on carts that were left behind."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import Cart, CartLine
from cdp.periods import local_day
from segments.criteria.base import CARTS, Criterion, criteria
from segments.criteria.days import day_words, window_of, within, zone_of
from segments.criteria.fields import NumberField
from segments.criteria.operators import Operator
from segments.criteria.params import Params
from segments.criteria.product_choice import (
    PRODUCT_LISTS,
    chosen_products,
    contradictions,
    product_fields,
    product_notices,
    product_words,
)
from segments.criteria.queries import owners
from segments.criteria.wording import figure_words

ABANDONED = Operator("abandoned", _("was abandoned"), _("Has abandoned {what}"))
VALUES = (
    ("value_above", "gt", _("over %(amount)s")),
    ("value_from", "gte", _("of %(amount)s or more")),
    ("value_to", "lte", _("of %(amount)s or less")),
)


@criteria.register
class AbandonedCart(Criterion):
    """The customer left a cart behind that did not become an order."""

    key, label, group = "abandoned_cart", _("Abandoned cart"), CARTS
    help = _(
        "Carts that were abandoned and not recovered by an order. The value is in the shop's "
        "currency: value_above excludes the amount, value_from and value_to include it. The "
        "products, if any are chosen, must lie in that cart."
    )
    summary = _("A cart that was left behind and did not become an order.")
    proposed = (ABANDONED, {"last": 3, "unit": "days"})
    suggests = PRODUCT_LISTS
    operators = (ABANDONED,)
    has_window = True
    money = ("value_above", "value_from", "value_to")
    example = {"value_above": 50, "last": 3, "unit": "days"}

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Choose values and products."""
        values = {
            name: NumberField(label=_("Value"), required=False, minimum=0)
            for name, _l, _w in VALUES
        }
        return {**values, **product_fields()}

    def contradictions(self, operator: Operator, params: Params) -> list[str]:
        """An attribute needs its values."""
        return [*super().contradictions(operator, params), *contradictions(params)]

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the abandoned carts."""
        carts = Cart.objects.filter(
            within("abandoned_at", window_of(params, now=now)),
            abandoned_at__isnull=False,
            recovered_order__isnull=True,
        )
        for name, lookup, _words in VALUES:
            if name in params:
                carts = carts.filter(**{f"amount__{lookup}": params[name]})
        products = chosen_products(params)
        if products is not None:
            holding = CartLine.objects.filter(product__in=products)
            carts = carts.filter(pk__in=holding.values("cart_id"))
        return owners(carts)

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return when the customer last left a cart behind."""
        left = Cart.objects.filter(
            customer=about.pk, abandoned_at__lt=now, recovered_order__isnull=True
        )
        cart = left.order_by("-abandoned_at").first()
        if cart is None or cart.abandoned_at is None:
            return gettext("no abandoned cart")
        day = day_words(local_day(cart.abandoned_at, zone_of(now)))
        if cart.amount is None:
            return gettext("last on %(day)s") % {"day": day}
        amount = f"{figure_words(cart.amount)} {currency}".strip()
        return gettext("last on %(day)s, worth %(amount)s") % {"day": day, "amount": amount}

    def describe(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Say which cart."""
        what = gettext("a cart")
        for name, _lookup, words in VALUES:
            if name in params:
                amount = self.show(name, params[name], currency=currency)
                what += " " + str(words) % {"amount": amount}
        if chosen := product_words(params):
            what += " " + gettext("with a product") + chosen
        return super().describe(operator, {**params, "what": what}, currency=currency)

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Name what the shop does not sell yet."""
        return product_notices(params)
