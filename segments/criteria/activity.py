"""Criteria on what customers did on the website."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import Event
from segments.criteria.base import ACTIVITY, Criterion, criteria
from segments.criteria.days import window_of, within
from segments.criteria.fields import ListField, count_field
from segments.criteria.operators import Operator
from segments.criteria.params import Params, texts, whole
from segments.criteria.product_choice import (
    PRODUCT_LISTS,
    chosen_products,
    contradictions,
    product_fields,
    product_notices,
    product_words,
)
from segments.criteria.queries import any_case, owners_of_many
from segments.criteria.wording import figure_words

VISITED = Operator("visited", _("was on the website"), _("Was on the website{what}"))
VIEWED_PAGE = Operator("viewed_page", _("viewed a page"), _("Has viewed a page{what}"))
VIEWED_PRODUCT = Operator("viewed_product", _("viewed a product"), _("Has viewed a product{what}"))
SEARCHED = Operator("searched", _("searched"), _("Has searched the website{what}"))
KINDS = {
    VISITED: ("page_view", "product_view", "search", "add_to_cart"),
    VIEWED_PAGE: ("page_view",),
    VIEWED_PRODUCT: ("product_view",),
    SEARCHED: ("search",),
}


@criteria.register
class WebsiteActivity(Criterion):
    """The customer visited the website, a page or a product, or searched."""

    key, label, group = "website_activity", _("Website activity"), ACTIVITY
    help = _(
        "Views and searches that the shop sent as events. “times” asks for at least so many; "
        "“contains” looks into the page address or the search text."
    )
    summary = _("Visits, viewed pages and products, and searches on the website.")
    proposed = (VISITED, {"last": 30, "unit": "days"})
    suggests = PRODUCT_LISTS
    operators = (VISITED, VIEWED_PAGE, VIEWED_PRODUCT, SEARCHED)
    has_window = True
    example = {"times": 2, "last": 7, "unit": "days"}

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Choose how often, and what was viewed or searched."""
        times = count_field(_("Times at least"), required=False, maximum=100_000)
        often: dict[str, forms.Field] = {"times": times}
        if operator is VIEWED_PRODUCT:
            return {**often, **product_fields()}
        if operator in (VIEWED_PAGE, SEARCHED):
            return {**often, "contains": ListField(label=_("contains"), required=False)}
        return often

    def contradictions(self, operator: Operator, params: Params) -> list[str]:
        """An attribute needs its values."""
        return [*super().contradictions(operator, params), *contradictions(params)]

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the events."""
        events = self._events(operator, params, now=now)
        return owners_of_many(events, whole({"times": 1, **params}, "times"))

    def _events(self, operator: Operator, params: Params, *, now: datetime) -> QuerySet:
        events = Event.objects.filter(
            within("occurred_at", window_of(params, now=now)), kind__in=KINDS[operator]
        )
        if "contains" in params:
            column = "query" if operator is SEARCHED else "detail"
            words = texts(params, "contains")
            events = events.filter(any_case(column, "icontains", words, Event.objects.all()))
        products = chosen_products(params)
        if products is not None:
            events = events.filter(product__in=products)
        return events

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Count how often."""
        count = self._events(operator, params, now=now).filter(customer=about.pk).count()
        return ngettext("%(count)s time", "%(count)s times", count) % {"count": figure_words(count)}

    def describe(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Say what was done, and how often."""
        what = product_words(params)
        if "contains" in params:
            shown = self.show("contains", params["contains"])
            what += " " + gettext("containing “%(words)s”") % {"words": shown}
        if (times := whole({"times": 1, **params}, "times")) > 1:
            what += " " + gettext("at least %(count)s times") % {"count": times}
        return super().describe(operator, {**params, "what": what}, currency=currency)

    def notices(self, operator: Operator, params: Params) -> list[str]:
        """Name what the shop does not sell yet."""
        return product_notices(params)
