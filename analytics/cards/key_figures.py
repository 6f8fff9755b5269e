"""The figures that tell how the shop does, against the days before."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.charts.scale import figure
from analytics.clock import latest_refresh
from analytics.models import Importance
from analytics.shop_figures import ACTIVE, PERIOD_DAYS, relative_change, shop_figures
from cdp.card_contents import Stat, Stats
from cdp.dashboard import Card, Place, cards
from cdp.models import Shop, User


@cards.register
class KeyFiguresCard(Card[User]):
    """Sales of the last full days, and who the customers are."""

    key = "key_figures"
    title = gettext_lazy("Key figures")
    place = Place.DASHBOARD
    permission = "cdp.view_customer"
    position = 30
    is_wide = True

    def content(self, subject: User, *, now: datetime) -> Stats | None:
        """Return nothing before the first refresh: there are no customers to speak of."""
        refresh = latest_refresh()
        if refresh is None:
            return None
        found = shop_figures(refresh, now=now)
        current, previous = found.current, found.previous
        listed = reverse("customers:list")
        stats: tuple[Stat, ...] = (
            Stat(
                _("Revenue"),
                current.revenue,
                "money",
                relative_change(current.revenue, previous.revenue),
            ),
            Stat(
                _("Orders"),
                current.order_count,
                change=relative_change(current.order_count, previous.order_count),
            ),
            Stat(
                _("Average order value"),
                current.average_order_value,
                "money",
                relative_change(
                    current.average_order_value or 0, previous.average_order_value or 0
                ),
            ),
            Stat(
                _("New customers"),
                current.new_customer_count,
                change=relative_change(current.new_customer_count, previous.new_customer_count),
            ),
            Stat(
                _("Customers"),
                found.customer_count,
                note=_("%(number)s have ordered") % {"number": figure(found.buyer_count)},
                url=listed,
            ),
            Stat(
                _("Active customers"),
                found.active_count,
                note=_("%(number)s began slipping away")
                % {"number": figure(found.began_slipping_count)},
                url=f"{listed}?{urlencode({'life_cycle': ACTIVE}, doseq=True)}",
            ),
            Stat(
                _("One-time buyers"),
                found.one_time_share,
                "share",
                note=_("of those who have ordered"),
                url=f"{listed}?{urlencode({'importance': Importance.ONE_TIME})}",
            ),
            Stat(
                _("Revenue from VIPs"),
                found.vip_revenue_share,
                "share",
                note=_("from %(share)s %% of the buyers")
                % {"share": figure(round(100 * (found.vip_share or 0)))},
                url=f"{listed}?{urlencode({'importance': Importance.VIP})}",
            ),
        )
        if found.predicted_revenue is not None:
            expected = Stat(
                _("Expected revenue"),
                found.predicted_revenue,
                "money",
                note=_("next 30 days, from those who have ordered"),
                url=f"{listed}?{urlencode({'sort': '-predicted_revenue'})}",
            )
            stats = (*stats, expected)
        caption = _(
            "The %(days)s days from %(first)s to %(last)s against the %(days)s days before."
        ) % {
            "days": PERIOD_DAYS,
            "first": date_format(found.first_day, "DATE_FORMAT"),
            "last": date_format(found.last_day, "DATE_FORMAT"),
        }
        return Stats(stats, caption, Shop.objects.current().currency)
