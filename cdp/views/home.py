"""The page that opens the day, its first steps, and the totals to compare with the shop's own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from analytics.clock import latest_refresh
from analytics.growth import months
from cdp.dashboard import Place, assemble
from cdp.models import AuditAction, AuditEntry, Customer, Order, Shop
from cdp.pages import page, show, user_of

COMPARED_MONTHS = 13


@page("")
def home(request: HttpRequest) -> HttpResponseBase:
    """Show what there is to do and how the shop does."""
    user = user_of(request)
    context = {
        "cards": assemble(Place.DASHBOARD, user, user=user, now=timezone.now()),
        "is_empty": not Order.objects.exists() and not Customer.objects.exists(),
        "refresh": latest_refresh(),
    }
    return show(request, "cdp/home.html", context, title=_("Home"))


@require_POST
@page("cdp.add_importrun")
def first_steps(request: HttpRequest) -> HttpResponseBase:
    """Hide the checklist from this user, or show it again."""
    user = user_of(request)
    user.is_checklist_hidden = request.POST.get("hide") == "1"
    user.save(update_fields=["is_checklist_hidden"])
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
@page("cdp.add_importrun")
def totals(request: HttpRequest) -> HttpResponseBase:
    """Show what each month brought, to be compared with the shop's own report."""
    now = timezone.now()
    if request.method == "POST":
        Shop.objects.filter(pk=Shop.objects.current().pk).update(totals_checked_at=now)
        AuditEntry.objects.record(
            AuditAction.SETTINGS_CHANGED,
            now=now,
            user=user_of(request),
            subject="shop",
            details="totals compared with the shop: they agree",
        )
        messages.success(request, _("Noted: the totals agree with the shop's."))
        return redirect("home")
    found = months(latest_refresh(), count=COMPARED_MONTHS, now=now)
    context = {
        "months": list(reversed(found)) if Order.objects.exists() else [],
        "unpriced": Order.objects.counted().filter(amount__isnull=True).count(),
    }
    return show(request, "cdp/totals.html", context, title=_("Compare the totals"))
