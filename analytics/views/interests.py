"""Who wants what: the followed categories, brands, products and keywords, and following more."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from analytics.charts.scale import figure
from analytics.interest_list import PREDICTIONS, SORTS, counts, entry, targets
from analytics.interest_targets import LONGEST_KEY, request_interests
from analytics.interest_targets import follow as follow_target
from analytics.models import TargetKind
from analytics.report_card import missing_of
from cdp.pages import page, show, user_of
from cdp.text import tidy

ROWS_PER_PAGE = 50
TABS = {
    TargetKind.CATEGORY: gettext_lazy("Categories"),
    TargetKind.BRAND: gettext_lazy("Brands"),
    TargetKind.PRODUCT: gettext_lazy("Products"),
    TargetKind.KEYWORD: gettext_lazy("Keywords"),
}
# Limits keep the number of interested customers alike: what sells most is looked for first.
DEFAULT_SORT = "-buyers"


@dataclass(frozen=True)
class Tab:
    """A kind of target, how many there are, and where its list is."""

    kind: TargetKind
    label: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True)
class Header:
    """A column heading that sorts: the value of `sort` behind it, and how it is sorted now."""

    label: str
    sort: str
    direction: str


@page("cdp.view_customer")
def interests(request: HttpRequest) -> HttpResponseBase:
    """Show the targets of one kind; without a kind asked for, of the first that has any."""
    number = counts()
    asked = request.GET.get("kind", "")
    first = next((kind for kind in TABS if number[kind]), TargetKind.CATEGORY)
    kind = TargetKind(asked) if asked in TargetKind.values else first
    search = tidy(request.GET.get("q", "").replace("\x00", ""))[:200]
    sort = request.GET.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT
    rows = Paginator(targets(kind, search=search, sort=sort), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    missing = missing_of(PREDICTIONS.values())
    return show(
        request,
        "analytics/interests.html",
        {
            "tabs": [_tab(one, number[one], is_current=one == kind) for one in TABS],
            "kind": kind,
            "kinds": TargetKind.choices,
            "search": search,
            "sort": "" if sort == DEFAULT_SORT else sort,
            "headers": [
                _header(_("Name"), "name", sort),
                _header(_("Interested"), "interested", sort),
                _header(_("Buyers so far"), "buyers", sort),
            ],
            "rows": rows,
            "entries": [entry(one, missing) for one in rows.object_list],
            "is_empty": not any(number.values()),
            "missing": missing[PREDICTIONS[kind]],
            "report_url": reverse("predictions:detail", args=[PREDICTIONS[kind]]),
            "longest": LONGEST_KEY,
        },
        title=_("Who wants what"),
    )


@page("segments.change_segment")
@require_POST
def follow(request: HttpRequest) -> HttpResponseBase:
    """Have a category, brand, product or keyword followed, and ask for its interests."""
    asked = request.POST.get("kind", "")
    kind = TargetKind(asked) if asked in TargetKind.values else TargetKind.KEYWORD
    name = tidy(request.POST.get("name", "").replace("\x00", ""))[:LONGEST_KEY]
    found = follow_target(kind, name) if name else []
    if not found:
        messages.error(request, _not_followed(kind, name))
        return redirect(f"{reverse('predictions:interests')}?{urlencode({'kind': kind})}")
    now = timezone.now()
    if all(one.learned_in_id is not None for one in found):
        messages.success(request, _("“%(name)s” is followed.") % {"name": name})
    else:
        request_interests(now=now, user=user_of(request))
        messages.success(
            request,
            _("“%(name)s” is followed. Who wants it is being found out in the background.")
            % {"name": name},
        )
    if len(found) == 1:
        return redirect("predictions:target", pk=found[0].pk)
    messages.info(
        request,
        ngettext(
            "The name stands for %(number)s thing.",
            "The name stands for %(number)s things: all of them are followed.",
            len(found),
        )
        % {"number": figure(len(found))},
    )
    query = urlencode({"kind": kind, "q": name})
    return redirect(f"{reverse('predictions:interests')}?{query}")


def _not_followed(kind: TargetKind, name: str) -> str:
    if not name:
        return _("Write what is to be followed.")
    if kind == TargetKind.CATEGORY:
        return _("The shop has no category “%(name)s”. Write its name or its whole path.") % {
            "name": name
        }
    return _("The shop has no product “%(name)s”. Write its name, its SKU or its number.") % {
        "name": name
    }


def _tab(kind: TargetKind, count: int, *, is_current: bool) -> Tab:
    url = f"{reverse('predictions:interests')}?{urlencode({'kind': kind})}"
    return Tab(kind, str(TABS[kind]), count, url, is_current)


def _header(label: str, column: str, sort: str) -> Header:
    """Return how a column's heading sorts: figures begin with the largest."""
    if sort.removeprefix("-") != column:
        return Header(label, column if column == "name" else f"-{column}", "none")
    if sort.startswith("-"):
        return Header(label, column, "descending")
    return Header(label, f"-{column}", "ascending")
