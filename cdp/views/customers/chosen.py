"""What is done with customers chosen on the list: tags, fixed lists, files, and undoing it."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics.models import CustomerStatistics
from cdp import selections, tagging
from cdp.exceptions import RegularsError
from cdp.models import Customer, CustomerSelection, SelectedCustomer, Tag
from cdp.pages import page, show, user_of
from cdp.views.customers import changes
from cdp.views.customers.query import CustomerQuery
from cdp.views.customers.saved_views import address
from segments import lists
from segments.compiler import everybody
from segments.exceptions import SegmentError
from segments.handouts import exporting
from segments.models import ExportDialect, Segment, SegmentType

SAMPLE = 5
MOST_NAMES = 500
SECTIONS = ("tag", "list", "export")
KEY_DIGITS = 18


@page("cdp.tag_customers")
@require_POST
def choose(request: HttpRequest) -> HttpResponseBase:
    """Put the ticked customers aside, or all that the query finds, and ask what to do with them."""
    query = request.POST.get("query", "")
    asked = CustomerQuery(QueryDict(query), request=request)
    if request.POST.get("everything"):
        if not asked.is_valid:
            messages.error(
                request, _("Nobody was chosen: one of the filters has a value that does not fit.")
            )
            return redirect(address(query))
        customers = asked.found
    else:
        ticked = request.POST.getlist("customer")
        keys = [int(key) for key in ticked if key.isdecimal() and len(key) <= KEY_DIGITS]
        customers = everybody().filter(pk__in=keys)
    with transaction.atomic():
        selection = selections.select(customers, user=user_of(request), now=timezone.now())
        if not selections.size_of(selection):
            selection.delete()
            messages.error(
                request,
                _("Nobody was chosen. Tick customers in the first column, or all matches."),
            )
            return redirect(address(asked.text))
    section = request.POST.get("do", "")
    mark = f"#{section}" if section in SECTIONS else ""
    return redirect(reverse("customers:selection", args=[selection.pk]) + mark)


@page("cdp.tag_customers")
def selection(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show how many were chosen and what can be done with them, or what was done."""
    chosen = _own(request, pk)
    user = user_of(request)
    count = selections.size_of(chosen)
    return show(
        request,
        "cdp/customers/selection.html",
        {
            "chosen": chosen,
            "count": count,
            "sample": Customer.objects.filter(
                pk__in=selections.next_piece(pk, after=0, size=SAMPLE)
            ),
            "rest": max(count - SAMPLE, 0),
            "mailable_count": CustomerStatistics.objects.filter(
                pk__in=selections.selected_keys(chosen), is_mailable__in=[True]
            ).count(),
            "done": changes.description_of(chosen),
            "tags": Tag.objects.values_list("name", flat=True)[:MOST_NAMES],
            "lists": Segment.objects.filter(type=SegmentType.STATIC, is_archived=False),
            "may_list": user.has_perm("segments.change_segment"),
            "may_add_list": user.has_perm("segments.add_segment"),
            "may_export": user.has_perm(exporting.EXPORT_RIGHT),
            "columns": exporting.offered_columns(user),
            "usual_columns": exporting.default_columns(user),
            "dialects": ExportDialect.choices,
            "usual_dialect": exporting.default_dialect(user),
        },
        title=_("Chosen customers"),
    )


@page("cdp.tag_customers")
@require_POST
def tag(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the chosen customers a tag, or take it from them."""
    chosen, now = _own(request, pk), timezone.now()
    action = tagging.REMOVE if request.POST.get("action") == "remove" else tagging.ADD
    try:
        named = tagging.tag_named(
            request.POST.get("name", "").replace("\0", ""), is_new_welcome=action == tagging.ADD
        )
        with transaction.atomic():
            change = tagging.who_changes(chosen, named, action, user=user_of(request), now=now)
            return changes.carry_out(request, change, chosen, now=now)
    except RegularsError as error:
        messages.error(request, str(error))
        return redirect(_back(chosen, "tag"))


@page("segments.change_segment")
@require_POST
def enlist(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add the chosen customers to a list: one that exists, or a new one by its name."""
    chosen, now = _own(request, pk), timezone.now()
    try:
        with transaction.atomic():
            segment = _list_asked_for(request)
            change = lists.who_changes(chosen, segment, lists.ADD, user=user_of(request), now=now)
            return changes.carry_out(request, change, chosen, now=now)
    except RegularsError as error:
        messages.error(request, str(error))
        return redirect(_back(chosen, "list"))


def _list_asked_for(request: HttpRequest) -> Segment:
    name, key = request.POST.get("name", "").replace("\0", ""), request.POST.get("list", "")
    if name.strip():
        if not request.user.has_perm("segments.add_segment"):
            raise SegmentError(_("Your role does not include making lists."))
        return lists.new_list(name, user=user_of(request), now=timezone.now())
    is_key = key.isdecimal() and len(key) <= KEY_DIGITS
    found = Segment.objects.filter(
        Q(pk=int(key)) if is_key else Q(pk__in=[]), type=SegmentType.STATIC
    ).first()
    if found is None:
        raise SegmentError(
            _("No list was named."), hint=_("Choose a list, or write the name of a new one.")
        )
    return found


@page("cdp.export_customers")
@require_POST
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Queue the file of the chosen customers."""
    chosen, now, user = _own(request, pk), timezone.now(), user_of(request)
    try:
        with transaction.atomic():
            rows = SelectedCustomer.objects.filter(selection=chosen)
            copy = selections.select(rows, user=user, now=now, column="customer_id")
            made = exporting.start_export(
                user=user,
                now=now,
                selection=copy,
                columns=request.POST.getlist("columns"),
                dialect=request.POST.get("dialect", ""),
            )
    except RegularsError as error:
        messages.error(request, str(error))
        return redirect(_back(chosen, "export"))
    return redirect("segments:export", made.pk)


@page("cdp.tag_customers")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a change back, with exactly those whom it changed."""
    change, now = _own(request, pk), timezone.now()
    try:
        with transaction.atomic():
            opposite = changes.opposite_of(change, user=user_of(request), now=now)
            return changes.carry_out(request, opposite, change, now=now)
    except RegularsError as error:
        messages.error(request, str(error))
        return redirect(_back(change))


def _own(request: HttpRequest, pk: int) -> CustomerSelection:
    """Return a selection of this user's; those of others exist for whoever sees their jobs."""
    user = user_of(request)
    visible = CustomerSelection.objects.all()
    if not user.has_perm("cdp.view_every_job"):
        visible = visible.filter(user=user)
    return get_object_or_404(visible, pk=pk)


def _back(chosen: CustomerSelection, section: str = "") -> str:
    mark = f"#{section}" if section else ""
    return reverse("customers:selection", args=[chosen.pk]) + mark
