"""New customers, returning buyers and revenue by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.charts import LineChart, Series, line_chart
from analytics.clock import latest_refresh
from analytics.growth import months
from cdp.dashboard import Card, Content, Place, cards
from cdp.models import Shop, User

MONTHS = 13


@dataclass(frozen=True)
class Charts(Content):
    """Charts side by side."""

    template: ClassVar[str] = "components/card_charts.html"
    charts: tuple[LineChart, ...]
    note: str = ""


@cards.register
class GrowthCard(Card[User]):
    """Whether the shop lives on new customers or on those who come back."""

    key = "growth"
    title = gettext_lazy("How the customer base grows")
    place = Place.DASHBOARD
    permission = "cdp.view_customer"
    position = 50
    is_wide = True

    def content(self, subject: User, *, now: datetime) -> Charts | None:
        """Draw full months only: the running one would look like a fall."""
        refresh = latest_refresh()
        if refresh is None:
            return None
        full = [month for month in months(refresh, count=MONTHS + 1, now=now) if month.is_complete]
        shown = list(dropwhile(lambda month: not month.order_count, full))
        if len(shown) < 2:
            return None
        people = (
            Series(_("new customers"), [(m.first_day, m.new_customer_count) for m in shown]),
            Series(_("returning buyers"), [(m.first_day, m.returning_count) for m in shown]),
        )
        money = Series(_("revenue"), [(m.first_day, m.revenue) for m in shown])
        return Charts(
            (
                line_chart(people, title=_("Buyers by month")),
                line_chart(
                    [money], title=_("Revenue by month"), unit=Shop.objects.current().currency
                ),
            )
        )
