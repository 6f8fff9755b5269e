"""The list of customers: search, filters, order, saved views."""

from __future__ import annotations

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from analytics.models import CustomerStatistics
from cdp.models import Customer, CustomerChange, SavedView
from cdp.pages import page, show, user_of
from cdp.views.customers.query import CustomerQuery
from cdp.views.customers.saved_views import PAGE, ready_views

PAGE_SIZE = 50


@page("cdp.view_customer")
def customers(request: HttpRequest) -> HttpResponseBase:
    """Show the customers that were asked for, a page at a time."""
    asked = CustomerQuery(request.GET, request=request)
    is_empty = not asked.count and not CustomerStatistics.objects.exists()
    views = list(SavedView.objects.filter(user=user_of(request), page=PAGE))
    current = next((view for view in views if str(view.pk) == request.GET.get("view")), None)
    return show(
        request,
        "cdp/customers/list.html",
        {
            "asked": asked,
            "rows": _rows(asked, request.GET.get("page")),
            "headers": asked.headers(),
            "chips": asked.chips(),
            "hints": asked.hints() if not asked.count and not is_empty else (),
            "views": views,
            "ready_views": ready_views(has_forecasts=asked.has_forecasts),
            "current": current,
            "is_changed": current is not None and current.query != asked.text,
            "is_empty": is_empty,
            "is_uncounted": is_empty and Customer.objects.exists(),
            "is_behind": not is_empty and CustomerChange.objects.exists(),
            "may_choose": request.user.has_perm("cdp.tag_customers"),
        },
        title=_("Customers"),
    )


def _rows(asked: CustomerQuery, number: str | None) -> Page:
    """Return a page of places in the order, each with the customer who has it."""
    places: Paginator = Paginator(range(asked.count), PAGE_SIZE)
    rows = places.get_page(number)
    first = max(rows.start_index() - 1, 0)
    keys = asked.in_order()[first : rows.end_index()]
    chosen = CustomerStatistics.objects.select_related(
        "customer", "customer__classification", "customer__forecast"
    )
    found = chosen.in_bulk(keys)
    rows.object_list = [found[key] for key in keys if key in found]
    return rows
