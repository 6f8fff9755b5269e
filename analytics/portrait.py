"""One customer with the numbers behind each label, in sentences and as plain values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.clock import effective_now, latest_refresh
from analytics.foretelling import foretold
from analytics.models import (
    CustomerClassification,
    CustomerForecast,
    CustomerStatistics,
    Importance,
    LifeCycle,
    PriceSensitivity,
    Refresh,
)
from cdp.models import Customer, Shop
from cdp.periods import local_day

Plain = str | int | float | bool | None


@dataclass(frozen=True)
class Portrait:
    """What is known of a customer: a sentence for each subject, and the values behind them."""

    sentences: list[tuple[str, str]]
    values: dict[str, Plain]


def _plain(value: object, shop: Shop) -> Plain:
    if isinstance(value, datetime):
        return value.astimezone(shop.zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, str | int | float | bool) else None


def portrait(customer: Customer, *, now: datetime) -> Portrait:
    """Return the portrait as of the last refresh; without one, or without orders, it says so."""
    shop, refresh = Shop.objects.current(), latest_refresh()
    counted = CustomerStatistics.objects.filter(customer=customer).first()
    label = CustomerClassification.objects.filter(customer=customer).first()
    values: dict[str, Plain] = {}
    forecast = CustomerForecast.objects.filter(customer=customer).first()
    for row in (counted, label, forecast):
        if row is not None:
            values |= {
                field.attname: _plain(getattr(row, field.attname), shop)
                for field in row._meta.concrete_fields
            }
    if refresh is None or counted is None:
        missing = _("There is no refresh with this customer yet. Run manage.py refresh.")
        return Portrait([(_("Statistics"), missing)], values)
    today = local_day(effective_now(now), shop.zone)
    sentences = [(_("As of"), _moment(refresh, shop, now=now))]
    sentences.append((_("Statistics"), _statistics(counted, shop)))
    if label is None:
        sentences.append((_("Life cycle"), _("Prospect: there is no paid order.")))
        return Portrait(sentences + foretold(customer, shop, has_ordered=False), values)
    last = local_day(_last_order(counted), shop.zone)
    values["silence_days"] = (today - last).days
    sentences += [
        (_("Life cycle"), _life_cycle(label, (today - last).days)),
        (_("Importance"), _importance(label, counted, refresh, shop)),
        (_("Price sensitivity"), _price_sensitivity(label)),
        *foretold(customer, shop, has_ordered=True),
    ]
    return Portrait(sentences, values)


def _last_order(counted: CustomerStatistics) -> datetime:
    assert counted.last_order_at is not None  # noqa: S101 - a classified customer has an order
    return counted.last_order_at


def _moment(refresh: Refresh, shop: Shop, *, now: datetime) -> str:
    """Say which moment the labels speak of; a pinned one differs from that of the facts below."""
    moment = f"{effective_now(now).astimezone(shop.zone):%Y-%m-%d %H:%M}"
    if refresh.is_pinned:
        return _("%(moment)s, pinned; later orders are listed but do not count.") % {
            "moment": moment
        }
    computed = f"{refresh.as_of.astimezone(shop.zone):%Y-%m-%d %H:%M}"
    return _("%(moment)s, computed %(computed)s.") % {"moment": moment, "computed": computed}


def _statistics(counted: CustomerStatistics, shop: Shop) -> str:
    text = ngettext("%(count)d paid order", "%(count)d paid orders", counted.order_count) % {
        "count": counted.order_count
    }
    if counted.return_count:
        text += ", " + ngettext("%(count)d return", "%(count)d returns", counted.return_count) % {
            "count": counted.return_count
        }
    text += ", " + _("revenue %(revenue)s %(currency)s") % {
        "revenue": f"{counted.revenue:,.2f}",
        "currency": shop.currency,
    }
    if counted.average_order_value is not None:
        text += ", " + _("%(value)s an order") % {"value": f"{counted.average_order_value:,.2f}"}
    if counted.mean_gap_days is not None:
        text += ", " + _("%(gap)s days between order days") % {"gap": f"{counted.mean_gap_days:g}"}
    if counted.discount_share is not None:
        text += ", " + _("%(share)s discount") % {"share": f"{counted.discount_share:.0%}"}
    return text + "."


def _life_cycle(label: CustomerClassification, silence: int) -> str:
    """Say since when and why. A limit of 113.75 days is passed on day 114."""
    stage = capfirst(LifeCycle(label.life_cycle).label)
    limits = {
        "stage": stage,
        "since": label.stage_since,
        "silence": ngettext("silent for %(count)d day", "silent for %(count)d days", silence)
        % {"count": silence},
        "slip": math.floor(label.slip_days) + 1,
        "lost": math.floor(label.lost_days) + 1,
    }
    if label.cadence_days is None:
        text = _(
            "%(stage)s since %(since)s: %(silence)s; no rhythm of their own yet, "
            "so as for one-time buyers of this shop slipping away from day %(slip)d, lost from day "
            "%(lost)d."
        )
    else:
        text = ngettext(
            "%(stage)s since %(since)s: %(silence)s; usually orders every "
            "%(cadence)s days (%(gaps)d gap, spread %(spread)s) and is slipping away from day "
            "%(slip)d, lost from day %(lost)d.",
            "%(stage)s since %(since)s: %(silence)s; usually orders every "
            "%(cadence)s days (%(gaps)d gaps, spread %(spread)s) and is slipping away from day "
            "%(slip)d, lost from day %(lost)d.",
            label.gap_count,
        )
        limits |= {
            "cadence": f"{label.cadence_days:g}",
            "gaps": label.gap_count,
            "spread": f"{label.cadence_spread or 0:.2f}",
        }
    sentence = text % limits
    if label.next_stage_on is not None:
        sentence += " " + _("Without an order the next stage begins on %(day)s.") % {
            "day": label.next_stage_on
        }
    if label.expected_next_order_on is not None:
        sentence += " " + _("The next order is expected on %(day)s.") % {
            "day": label.expected_next_order_on
        }
    return sentence


def _importance(
    label: CustomerClassification, counted: CustomerStatistics, refresh: Refresh, shop: Shop
) -> str:
    name = str(Importance(label.importance).label) if label.importance else _("not ranked yet")
    name = name[:1].upper() + name[1:]
    pace = _("%(orders)s orders and %(value)s %(currency)s with a year at own pace") % {
        "orders": f"{label.orders_at_own_pace:,.1f}",
        "value": f"{label.value_at_own_pace:,.2f}",
        "currency": shop.currency,
    }
    if counted.order_count < 2:
        return _("%(name)s: exactly one paid order.") % {"name": name}
    if label.importance_rank is None or refresh.vip_limit is None:
        return _("%(name)s: %(pace)s, by fixed limits as there are few repeat customers.") % {
            "name": name,
            "pace": pace,
        }
    return _(
        "%(name)s: %(pace)s; ahead of %(rank)s of the repeat customers in both (VIPs: %(limit)s)."
    ) % {
        "name": name,
        "pace": pace,
        "rank": f"{label.importance_rank:.1%}",
        "limit": f"{refresh.vip_limit:.1%}",
    }


def _price_sensitivity(label: CustomerClassification) -> str:
    if label.price_index is None or not label.price_sensitivity:
        return _("Unknown: no order line has a regular price.")
    name = str(PriceSensitivity(label.price_sensitivity).label)
    name = name[:1].upper() + name[1:]
    share = label.price_index - 1
    values = {"name": name, "share": f"{abs(share):.0%}", "index": f"{label.price_index:.3f}"}
    if share < 0:
        text = _("%(name)s: %(share)s below the usual price of what they buy (index %(index)s).")
    else:
        text = _("%(name)s: %(share)s above the usual price of what they buy (index %(index)s).")
    return text % values
