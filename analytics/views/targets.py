"""One followed category, brand, product or keyword: how sure it is, and who wants it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics.interest_list import PREDICTIONS, entry
from analytics.interest_targets import unfollow as unfollow_target
from analytics.models import Interest, InterestTarget, Strength, TargetKind
from analytics.report_card import missing_of
from analytics.views.interests import TABS
from cdp.pages import page, show

SHOWN = 20


@page("cdp.view_customer")
def target(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the target and the customers who most probably buy it, with the reasons."""
    found = get_object_or_404(InterestTarget.objects.select_related("product", "category"), pk=pk)
    kind = TargetKind(found.kind)
    prediction = PREDICTIONS[kind]
    return show(
        request,
        "analytics/target.html",
        {
            "entry": entry(found, missing_of([prediction])),
            "target": found,
            "interests": _wanting(found),
            "kind_label": TABS[kind],
            "list_url": f"{reverse('predictions:interests')}?{urlencode({'kind': kind})}",
            "report_url": reverse("predictions:detail", args=[prediction]),
        },
        title=_("Who wants “%(name)s”") % {"name": found.label},
    )


@page("segments.change_segment")
@require_POST
def unfollow(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take back that somebody asked for the target."""
    found = get_object_or_404(InterestTarget, pk=pk)
    unfollow_target(found)
    messages.success(
        request,
        _(
            "“%(name)s” is no longer asked for. The next refresh forgets it, unless it sells well "
            "enough to be followed by itself."
        )
        % {"name": found.label},
    )
    return redirect("predictions:target", pk=found.pk)


def _wanting(target: InterestTarget) -> list[Interest]:
    """Return the interests with the highest probabilities; the customers' reasons come along."""
    found = Interest.objects.filter(target=target, customer__erased_at=None)
    if target.high_count >= SHOWN:
        found = found.filter(strength=Strength.HIGH)
    found = found.select_related("customer", "reason", "second_reason")
    return list(found.order_by("-score", "customer_id")[:SHOWN])
