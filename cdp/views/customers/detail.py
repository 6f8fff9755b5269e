"""The page of one customer: who they are, what they did, and why they have their labels."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics.averages import buyer_averages
from analytics.clock import latest_refresh
from analytics.explanation import LEVELS, explanation
from analytics.models import CustomerClassification, CustomerStatistics
from analytics.outlook import outlook, why_no_outlook
from analytics.wants import shelves_of, wants_of, why_no_wants
from cdp import tagging
from cdp.exceptions import RegularsError
from cdp.masking import face
from cdp.models import AuditAction, AuditEntry, Customer, CustomerTag, Order, Shop, Tag
from cdp.pages import is_fragment, page, show, user_of
from cdp.profile import profile
from cdp.timeline import Place, TimelineKind, order_lines, timeline
from integrations.audience_words import Standing, member_standing
from integrations.models import AudienceMember, AudienceState
from segments.models import Membership, MembershipEvent, Segment, SegmentType
from segments.why import why

LINES_PER_PAGE = 100
MEMBERSHIPS_SHOWN = 100
CHANGES_SHOWN = 20
TAGS_OFFERED = 200


@page("cdp.view_customer")
def customer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show the customer; scripts ask for older entries or for another segment's verdict alone."""
    now = timezone.now()
    who = get_object_or_404(Customer, pk=pk)
    title = _title(request, who)
    if who.erased_at is not None:
        return show(request, "cdp/customers/erased.html", {"customer": who}, title=title)
    shop = Shop.objects.current()
    if is_fragment(request):
        if "why" in request.GET:
            context = _why(request, who, now=now)
            return render(request, "cdp/customers/_why.html", context | {"customer": who})
        context = _timeline(request, who, shop)
        return render(
            request, "cdp/customers/_entries.html", context | {"customer": who, "shop": shop}
        )
    context = {
        "customer": who,
        "profile": profile(who),
        **_labels(who, shop, now=now),
        **_predictions(who),
        **_segments(who),
        **_audiences(request, who),
        **_why(request, who, now=now),
        **_timeline(request, who, shop),
    }
    if request.user.has_perm("cdp.tag_customers"):
        context["known_tags"] = Tag.objects.order_by(Lower("name"))[:TAGS_OFFERED]
    return show(request, "cdp/customers/detail.html", context, title=title)


def _title(request: HttpRequest, who: Customer) -> str:
    if who.erased_at is not None:
        return _("Customer %(number)s") % {"number": who.pk}
    return face(who, may_see_contact=request.user.has_perm("cdp.view_contact_data"))


def _labels(who: Customer, shop: Shop, *, now: datetime) -> dict[str, object]:
    """Return the figures and labels of the last refresh with the reasons for them."""
    refresh = latest_refresh()
    counted = CustomerStatistics.objects.filter(customer=who).first()
    label = CustomerClassification.objects.filter(customer=who).first()
    context: dict[str, object] = {"refresh": refresh, "statistics": counted, "label": label}
    if refresh is not None and counted is not None:
        context["averages"] = buyer_averages(refresh)
        if label is not None:
            context["reasons"] = explanation(label, counted, refresh, shop=shop, now=now)
            context["levels"] = {
                "life_cycle": LEVELS.get(label.life_cycle, ""),
                "importance": LEVELS.get(label.importance, ""),
            }
    return context


def _predictions(who: Customer) -> dict[str, object]:
    """Return what comes next, what the customer wants, and why where that is not known."""
    next_ = outlook(who)
    wanted, shelves = wants_of(who), shelves_of(who)
    return {
        "outlook": next_,
        "no_outlook": "" if next_ is not None else why_no_outlook(),
        "wants": wanted,
        "no_wants": "" if wanted else why_no_wants(),
        "shelves": shelves,
    }


def _segments(who: Customer) -> dict[str, object]:
    stays = Membership.objects.filter(customer=who, segment__is_archived=False)
    changes = MembershipEvent.objects.filter(customer=who).select_related("segment")
    return {
        "memberships": stays.select_related("segment").order_by("segment__name")[
            :MEMBERSHIPS_SHOWN
        ],
        "membership_changes": changes.order_by("-occurred_at", "-pk")[:CHANGES_SHOWN],
    }


def _audiences(request: HttpRequest, who: Customer) -> dict[str, object]:
    """Return where at services outside the customer is, or was refused; ended audiences aside."""
    if not request.user.has_perm("integrations.view_audience"):
        return {}
    rows = AudienceMember.objects.filter(customer=who)
    rows = rows.exclude(audience__state=AudienceState.ENDED).select_related(
        "audience__connection", "audience__segment"
    )
    shown = rows.order_by("audience__connection__name", "audience__outside_name")
    places: list[tuple[AudienceMember, Standing]] = [
        (member, member_standing(member)) for member in shown[:MEMBERSHIPS_SHOWN]
    ]
    return {"places": places}


def _why(request: HttpRequest, who: Customer, *, now: datetime) -> dict[str, object]:
    """Return the segments that can be asked for and the verdict on the chosen one."""
    asked = Segment.objects.filter(type=SegmentType.DYNAMIC, is_archived=False)
    chosen = request.GET.get("why", "")
    context: dict[str, object] = {"askable": asked.only("pk", "name").order_by("name")}
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        related = asked.select_related("excluded_segment").prefetch_related("conditions")
        segment = related.filter(pk=int(chosen)).first()
        context["asked_segment"] = segment
        if segment is not None:
            may_see = request.user.has_perm("cdp.view_contact_data")
            context["verdict"] = why(segment, who, now=now, may_see_contact=may_see)
    return context


def _timeline(request: HttpRequest, who: Customer, shop: Shop) -> dict[str, object]:
    kind = request.GET.get("kind", "")
    kinds = [kind] if kind in TimelineKind.values else TimelineKind.values
    before = Place.parse(request.GET.get("before", ""))
    return {
        "timeline": timeline(who, zone=shop.zone, kinds=kinds, before=before),
        "kinds": TimelineKind.choices,
        "kind": kind if kind in TimelineKind.values else "",
        "is_older": before is not None,
    }


@page("cdp.view_customer")
def order(request: HttpRequest, pk: int, order: int) -> HttpResponseBase:
    """Show all lines of one order."""
    who = get_object_or_404(Customer.objects.present(), pk=pk)
    placed = get_object_or_404(Order.objects.filter(customer=who), pk=order)
    rows = Paginator(order_lines(placed), LINES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"customer": who, "order": placed, "rows": rows}
    title = _("Order %(number)s") % {"number": placed.external_id}
    return show(request, "cdp/customers/order.html", context, title=title)


@require_POST
@page("cdp.tag_customers")
def tags(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the customer the tag that was written, or take away the one that was chosen."""
    now = timezone.now()
    who = get_object_or_404(Customer.objects.present(), pk=pk)
    back = redirect(f"{reverse('customers:detail', args=[who.pk])}#tags")
    removed = request.POST.get("remove", "")
    if removed.isascii() and removed.isdigit() and len(removed) < 19:
        carried = CustomerTag.objects.filter(customer=who, tag=int(removed)).select_related("tag")
        found = carried.first()
        if found is not None:
            _change_tag(request, who, found.tag, tagging.REMOVE, now=now)
            said = _("The tag “%(name)s” was taken away.") % {"name": found.tag.name}
            messages.success(request, said)
        return back
    try:
        given = tagging.tag_named(request.POST.get("name", ""), is_new_welcome=True)
    except RegularsError as error:
        messages.error(request, str(error))
        return back
    if CustomerTag.objects.filter(customer=who, tag=given).exists():
        messages.info(request, _("The tag “%(name)s” was there already.") % {"name": given.name})
        return back
    _change_tag(request, who, given, tagging.ADD, now=now)
    messages.success(request, _("The tag “%(name)s” was added.") % {"name": given.name})
    return back


def _change_tag(
    request: HttpRequest, who: Customer, tag: Tag, action: str, *, now: datetime
) -> None:
    tagging.change_piece(action, tag.pk, [who.pk], now=now)
    AuditEntry.objects.record(
        AuditAction.CUSTOMERS_TAGGED,
        now=now,
        user=user_of(request),
        subject=f"customer {who.pk}",
        details=f"{action} “{tag.name}”",
    )
