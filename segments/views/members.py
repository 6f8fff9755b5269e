"""Who is in a segment and since when: a list to search, to sort, with the columns one wants."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cdp.pages import page
from segments.compiler import everybody
from segments.exceptions import SegmentError
from segments.figures.member_table import MemberTable
from segments.lists import remove_from_list
from segments.models import SegmentType
from segments.views.tabs import segment_of, show_tab

ROWS_PER_PAGE = 50


@page("segments.view_segment")
def members(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show a page of the stored members."""
    segment = segment_of(pk)
    may_see_contact = request.user.has_perm("cdp.view_contact_data")
    table = MemberTable(
        segment,
        columns=request.GET.getlist("column"),
        search=request.GET.get("q", ""),
        sort=request.GET.get("sort", ""),
        may_see_contact=may_see_contact,
    )
    rows = Paginator(table.rows(), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return show_tab(
        request,
        "segments/members.html",
        segment,
        {
            "table": table,
            "rows": rows,
            "members": table.shown(rows),
            "columns": table.headers(),
            "choices": table.choices(),
        },
        tab="members",
        now=timezone.now(),
    )


@page("segments.change_segment")
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a customer off a fixed list."""
    segment = segment_of(pk)
    key = request.POST.get("customer", "")
    if segment.type != SegmentType.STATIC or not key.isdecimal():
        raise Http404
    try:
        diff = remove_from_list(segment, everybody().filter(pk=int(key)), now=timezone.now())
    except SegmentError as problem:
        messages.error(request, str(problem))
    else:
        if diff.left_count:
            messages.success(request, _("Customer %(number)s is off the list.") % {"number": key})
        else:
            messages.info(request, _("Customer %(number)s was not on the list.") % {"number": key})
    return redirect("segments:members", pk=segment.pk)
