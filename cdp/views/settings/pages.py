"""Settings: the shop's own, and the thresholds of the classification with their effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from analytics.models import ClassificationRules
from cdp.jobs.requests import enqueue
from cdp.models import AuditAction, AuditEntry, Shop
from cdp.pages import page, show, user_of
from cdp.views.settings.forms import RulesForm, ShopForm

# Loaded when asked for: it needs numpy, which the other pages do without.
EFFECT = "analytics.rule_effects.effect"


@page("cdp.change_shop")
def shop(request: HttpRequest) -> HttpResponseBase:
    """Show and store the shop's name, currency and calendar."""
    now = timezone.now()
    stored = Shop.objects.current()
    form = ShopForm(request.POST or None, instance=Shop.objects.current())
    if request.method == "POST" and form.is_valid():
        changes = {
            name: f"{getattr(stored, name)} → {form.cleaned_data[name]}"
            for name in form.changed_data
            if getattr(stored, name) != form.cleaned_data[name]
        }
        _store(request, form.save, changes, subject="shop", now=now)
        return redirect("settings:shop")
    return show(request, "cdp/settings/shop.html", {"form": form}, title=_("Settings"))


@page("analytics.change_classificationrules")
def classification(request: HttpRequest) -> HttpResponseBase:
    """Show the thresholds, what others would do, and store them."""
    now = timezone.now()
    rules = ClassificationRules.objects.current()
    form = RulesForm(request.POST or None, initial=RulesForm.values_of(rules))
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        changes = form.put_into(rules)
        if "save" in request.POST:
            _store(request, rules.save, changes, subject="classification rules", now=now)
            return redirect("settings:classification")
        context["effect"] = import_string(EFFECT)(rules, now=now)
        context["has_changes"] = bool(changes)
        context["is_asked"] = True
    return show(request, "cdp/settings/classification.html", context, title=_("Settings"))


def _store(
    request: HttpRequest,
    save: Callable[[], object],
    changes: dict[str, str],
    *,
    subject: str,
    now: datetime,
) -> None:
    """Save what changed, note who did it, and let the labels follow."""
    if not changes:
        messages.info(request, _("Nothing was changed."))
        return
    user = user_of(request)
    with transaction.atomic():
        save()
        AuditEntry.objects.record(
            AuditAction.SETTINGS_CHANGED,
            now=now,
            user=user,
            subject=subject,
            details="; ".join(f"{name}: {change}" for name, change in changes.items()),
        )
        enqueue("refresh", now=now, user=user)
    messages.success(
        request, _("The settings were saved. A refresh brings the labels of all customers in line.")
    )
