"""A segment measured against the whole shop: key figures, differences, and who its members are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from analytics.clock import latest_refresh
from analytics.group_figures import Breakdown, GroupFigures, breakdown
from analytics.models import ChurnRisk, CustomerStatistics, Importance, LifeCycle
from cdp.countries import country_name
from segments.compiler import member_q
from segments.models import Segment

# With fewer members than this a difference may be chance.
SMALL_GROUP = 30
# In a shop of up to this many customers the figures are computed while the page is made.
QUICK_CUSTOMERS = 20_000
KEPT_SECONDS = 24 * 60 * 60

Number = int | float | Decimal


class Unit(StrEnum):
    """How a figure is written."""

    MONEY = "money"
    NUMBER = "number"
    DAYS = "days"
    SHARE = "share"


@dataclass(frozen=True)
class Measure:
    """One figure of the segment and of the whole shop; `difference` is relative, where fair."""

    label: str
    unit: Unit
    value: Number | None
    shop: Number | None
    help: str = ""

    @property
    def difference(self) -> float | None:
        """How much larger the segment's figure is: 0.1 is a tenth. Shares have none."""
        if self.unit == Unit.SHARE or self.value is None or not self.shop:
            return None
        return float(self.value) / float(self.shop) - 1


@dataclass(frozen=True)
class Part:
    """The members with one label: how many, and their part of members and of revenue."""

    value: str
    label: str
    customer_count: int
    revenue: Decimal
    customer_share: float
    revenue_share: float
    shop_share: float


@dataclass(frozen=True)
class Metrics:
    """The figures of the members who have ordered, beside those of everybody who has."""

    member_count: int
    segment: Breakdown
    shop: Breakdown

    @property
    def is_small(self) -> bool:
        """Whether the group is too small for its figures to be relied on."""
        return self.segment.total.customer_count < SMALL_GROUP

    @property
    def prospect_count(self) -> int:
        """How many members have never ordered."""
        return max(self.member_count - self.segment.total.customer_count, 0)

    @property
    def has_forecasts(self) -> bool:
        """Whether the shop predicts what its customers will do."""
        return self.shop.total.foreseen_count > 0

    @property
    def customer_share(self) -> float | None:
        """The part of all customers with an order."""
        return _part(self.segment.total.customer_count, self.shop.total.customer_count)

    @property
    def revenue_share(self) -> float | None:
        """The part of the shop's revenue."""
        return _part(self.segment.total.revenue, self.shop.total.revenue)

    def measures(self) -> list[Measure]:
        """Return what can be compared: figures per customer, per order, and shares."""
        here, shop = self.segment.total, self.shop.total
        return [
            Measure(
                _("Average order value"),
                Unit.MONEY,
                here.average_order_value,
                shop.average_order_value,
                _("Revenue divided by orders."),
            ),
            Measure(
                _("Revenue per customer so far"),
                Unit.MONEY,
                here.revenue_per_customer,
                shop.revenue_per_customer,
                _("After refunds and returns, since the first order."),
            ),
            Measure(
                _("Orders per customer so far"),
                Unit.NUMBER,
                here.orders_per_customer,
                shop.orders_per_customer,
            ),
            Measure(
                _("Orders per customer and year"),
                Unit.NUMBER,
                here.orders_per_year,
                shop.orders_per_year,
                _("At each customer's own pace."),
            ),
            Measure(
                _("Days between orders"),
                Unit.DAYS,
                here.mean_gap_days,
                shop.mean_gap_days,
                _("Of customers who have ordered on several days."),
            ),
            Measure(
                _("Revenue potential per customer"),
                Unit.MONEY,
                here.potential_per_customer,
                shop.potential_per_customer,
                _("A year at their own pace, if nobody is lost."),
            ),
            *(self._predicted() if self.has_forecasts else ()),
            Measure(_("Slipping away"), Unit.SHARE, here.slipping_share, shop.slipping_share),
            Measure(_("Lost"), Unit.SHARE, here.lost_share, shop.lost_share),
        ]

    def _predicted(self) -> list[Measure]:
        here, shop = self.segment.total, self.shop.total
        return [
            Measure(
                _("Predicted revenue per customer"),
                Unit.MONEY,
                here.predicted_revenue_per_customer,
                shop.predicted_revenue_per_customer,
                _("Of the next 12 months, with the risk that some stay away."),
            ),
            Measure(
                _("Predicted orders per customer"),
                Unit.NUMBER,
                here.predicted_orders_per_customer,
                shop.predicted_orders_per_customer,
                _("Of the next 12 months."),
            ),
            Measure(
                _("Lifetime value per customer"),
                Unit.MONEY,
                here.lifetime_value_per_customer,
                shop.lifetime_value_per_customer,
                _("Revenue so far and what is expected in five years."),
            ),
            Measure(_("High churn risk"), Unit.SHARE, here.high_risk_share, shop.high_risk_share),
        ]

    def importances(self) -> list[Part]:
        """Return the members by importance, the most important first."""
        return self._parts("importance", reversed(Importance.choices))

    def life_cycles(self) -> list[Part]:
        """Return the members by life cycle, from just ordered to lost."""
        return self._parts("life_cycle", LifeCycle.choices)

    def churn_risks(self) -> list[Part]:
        """Return the members by churn risk, from low to high; nothing without forecasts.

        Members without a forecast are a part of their own, so that the parts make up the whole.
        """
        if not self.has_forecasts:
            return []
        parts = self._parts("churn_risk", [*ChurnRisk.choices, ("", _("unknown"))])
        return [part for part in parts if part.value or part.customer_count]

    def countries(self, *, limit: int = 8) -> list[Part]:
        """Return the members by country, the largest first; the rest is one part."""
        found = self.segment.by("country")
        largest = sorted(found, key=lambda code: (-found[code].customer_count, code))
        names = [(code, country_name(code) or _("unknown")) for code in largest]
        if len(names) <= limit + 1:
            return self._parts("country", names)
        parts = self._parts("country", names[:limit])
        rest = [found[code] for code in largest[limit:]]
        known = self.shop.by("country")
        elsewhere = [known.get(code, GroupFigures()) for code in largest[limit:]]
        label = _("%(count)s other countries") % {"count": len(rest)}
        return [*parts, self._sum("", label, rest, elsewhere)]

    def _parts(self, name: str, labels: Iterable[tuple[str, str | Promise]]) -> list[Part]:
        here, shop = self.segment.by(name), self.shop.by(name)
        return [
            self._sum(
                value,
                str(label),
                [here.get(value, GroupFigures())],
                [shop.get(value, GroupFigures())],
            )
            for value, label in labels
        ]

    def _sum(
        self, value: str, label: str, here: list[GroupFigures], shop: list[GroupFigures]
    ) -> Part:
        figures, elsewhere = sum(here, GroupFigures()), sum(shop, GroupFigures())
        total = self.segment.total
        return Part(
            value,
            label,
            figures.customer_count,
            figures.revenue,
            _part(figures.customer_count, total.customer_count) or 0.0,
            _part(figures.revenue, total.revenue) or 0.0,
            _part(elsewhere.customer_count, self.shop.total.customer_count) or 0.0,
        )


def metrics_of(segment: Segment) -> Metrics:
    """Return the figures of the stored members. They are kept until one side is computed anew."""
    version = _version()
    everybody = CustomerStatistics.objects.all()
    shop = _kept(_shop_key(version), everybody)
    here = _kept(_key(segment, version), everybody.filter(member_q(segment)))
    return Metrics(segment.member_count or 0, here, shop)


def is_quick(segment: Segment) -> bool:
    """Whether the figures can be had while a page is made."""
    version = _version()
    keys = (_shop_key(version), _key(segment, version))
    if len(cache.get_many(keys)) == len(keys):
        return True
    return CustomerStatistics.objects.count() <= QUICK_CUSTOMERS


def _version() -> int:
    refresh = latest_refresh()
    return 0 if refresh is None else refresh.pk


def _shop_key(version: int) -> str:
    return f"shop-groups:{version}"


def _key(segment: Segment, version: int) -> str:
    computed = segment.computed_at.timestamp() if segment.computed_at else 0
    return f"segment-groups:{segment.pk}:{segment.member_count}:{computed}:{version}"


def _kept(key: str, customers: QuerySet[CustomerStatistics]) -> Breakdown:
    found: Breakdown | None = cache.get(key)
    if found is None:
        found = breakdown(customers)
        cache.set(key, found, timeout=KEPT_SECONDS)
    return found


def _part(value: Number, whole: Number) -> float | None:
    return float(value) / float(whole) if whole else None
