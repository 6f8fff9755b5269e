"""What is predicted of one customer, in sentences for the terminal and as plain values."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.models import CustomerForecast, RecommendationList
from analytics.models.forecasts import HORIZONS
from analytics.outlook import Outlook, outlook, why_no_outlook
from analytics.wants import Shelf, Want, shelves_of, wants_of, why_no_wants
from cdp.models import Customer, Shop

Sentences = list[tuple[str, str]]


def foretold(customer: Customer, shop: Shop, *, has_ordered: bool) -> Sentences:
    """Return the sentences about forecast, interests and recommendations, each with its subject."""
    found, wants = outlook(customer), [want for group in wants_of(customer) for want in group.wants]
    sentences: Sentences = []
    if found is not None:
        sentences += _forecast(found, shop)
    elif has_ordered:
        missing = why_no_outlook() or _("Nothing is predicted for this customer yet.")
        sentences.append((_("What comes next"), missing))
    if wants:
        sentences.append((_("What they want"), " ".join(_want(want) for want in wants)))
    elif has_ordered and (missing := why_no_wants()):
        sentences.append((_("What they want"), missing))
    return sentences + [(_title(shelf), _products(shelf)) for shelf in shelves_of(customer)]


def _forecast(found: Outlook, shop: Shop) -> Sentences:
    forecast = found.forecast
    told = [_horizon(forecast, days, shop) for days in HORIZONS]
    if forecast.next_order_on is None:
        told.append(_("The next order is not expected within a year."))
    else:
        told.append(
            _("The next order comes by %(day)s with a chance of one half.")
            % {"day": forecast.next_order_on.isoformat()}
        )
    life = _(
        "%(value)s %(currency)s with the next five years, between %(low)s and %(high)s in 8 of 10 "
        "cases."
    ) % {
        "value": _amount(forecast.lifetime_value),
        "currency": shop.currency,
        "low": _amount(forecast.lifetime_low),
        "high": _amount(forecast.lifetime_high),
    }
    risk = _("%(risk)s: stays away longer than usual with a probability of %(chance)s.") % {
        "risk": found.risk_label[:1].upper() + found.risk_label[1:],
        "chance": f"{forecast.churn_probability:.0%}",
    }
    return [
        (_("What comes next"), " ".join(told)),
        (_("Lifetime value"), life),
        (_("Churn risk"), risk),
    ]


def _horizon(forecast: CustomerForecast, days: int, shop: Shop) -> str:
    return ngettext(
        "Within %(days)d day: an order with %(chance)s, %(orders)s orders, %(revenue)s "
        "%(currency)s (%(low)s to %(high)s).",
        "Within %(days)d days: an order with %(chance)s, %(orders)s orders, %(revenue)s "
        "%(currency)s (%(low)s to %(high)s).",
        days,
    ) % {
        "days": days,
        "chance": f"{getattr(forecast, f'chance_{days}'):.0%}",
        "orders": f"{getattr(forecast, f'orders_{days}'):.1f}",
        "revenue": _amount(getattr(forecast, f"revenue_{days}")),
        "currency": shop.currency,
        "low": _amount(getattr(forecast, f"low_{days}")),
        "high": _amount(getattr(forecast, f"high_{days}")),
    }


def _want(want: Want) -> str:
    values = {
        "what": want.label,
        "chance": f"{want.score:.{want.decimals}%}",
        "days": want.horizon_days,
    }
    if not want.has_bought:
        text = _("%(what)s, never bought (%(chance)s within %(days)d days).")
    else:
        text = _("%(what)s (%(chance)s within %(days)d days).")
    return text % values


def _title(shelf: Shelf) -> str:
    if shelf.list == RecommendationList.BUY_AGAIN:
        return _("Recommended to buy again")
    return _("Recommended as new")


def _products(shelf: Shelf) -> str:
    return ", ".join(str(tile.product) for tile in shelf.tiles) + "."


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}"
