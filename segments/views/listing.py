"""The list of segments: what each asks for, how large and how fresh it is, where it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.charts import Sparkline, sparkline
from analytics.charts.scale import figure
from cdp.models import Job, Shop, User
from cdp.pages import page, show, user_of
from segments.dependencies import segments_with_rows
from segments.figures.freshness import Freshness, due_now
from segments.figures.sizes import latest_sizes
from segments.figures.uses import Uses, uses_of_each
from segments.followers import Follower, followers_of_each
from segments.models import SecretLink, Segment, SegmentType
from segments.sentences import sentence_of

ROWS_PER_PAGE = 50
# What the list can be sorted by; with a leading minus the other way round.
SORTS = {
    "name": F("name"),
    "members": F("member_count"),
    "mailable": F("mailable_count"),
    "computed": F("computed_at"),
}
FILTERS = (
    ("", gettext_lazy("All")),
    ("mine", gettext_lazy("Mine")),
    ("starred", gettext_lazy("Starred")),
    ("archived", gettext_lazy("Archived")),
)


@dataclass(frozen=True)
class Entry:
    """One row of the list."""

    segment: Segment
    sentence: str
    freshness: Freshness
    trend: Sparkline
    uses: Uses
    followers: Sequence[Follower]
    has_link: bool
    is_refreshing: bool


@page("segments.view_segment")
def segments(request: HttpRequest) -> HttpResponseBase:
    """Show the segments; the archived ones only when asked for."""
    now = timezone.now()
    asked = _Asked.of(request)
    rows = Paginator(asked.queryset(user_of(request), now=now), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    return show(
        request,
        "segments/list.html",
        {
            "asked": asked,
            "rows": rows,
            "entries": _entries(rows, now=now),
            "filters": FILTERS,
            "types": SegmentType.choices,
            "is_empty": not Segment.objects.exists(),
            "columns": [
                (gettext_lazy("Segment"), asked.header("name"), ""),
                (gettext_lazy("Members"), asked.header("members"), "cdp-number cdp-wide-only"),
                (
                    gettext_lazy("May be mailed"),
                    asked.header("mailable"),
                    "cdp-number cdp-wide-only",
                ),
                (gettext_lazy("Trend"), None, "cdp-wide-only"),
                (gettext_lazy("State"), asked.header("computed"), ""),
            ],
        },
        title=_("Segments"),
    )


@dataclass(frozen=True)
class Header:
    """A column heading that sorts: the value of `sort` behind it, and how it is sorted now."""

    sort: str
    direction: str


@dataclass(frozen=True)
class _Asked:
    """What the address of the list asks for, freed of anything it cannot mean."""

    search: str
    show: str
    type: str
    sort: str

    @classmethod
    def of(cls, request: HttpRequest) -> _Asked:
        """Read the address."""
        show_only = request.GET.get("show", "")
        kind, sort = request.GET.get("type", ""), request.GET.get("sort", "")
        return cls(
            search=request.GET.get("q", "").replace("\x00", "").strip()[:200],
            show=show_only if show_only in dict(FILTERS) else "",
            type=kind if kind in SegmentType.values else "",
            sort=sort if sort.removeprefix("-") in SORTS else "name",
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether some segments are left out on request."""
        return bool(self.search or self.show or self.type)

    def header(self, column: str) -> Header:
        """Return how a column's heading sorts: figures begin with the largest."""
        if self.sort.removeprefix("-") != column:
            return Header(column if column == "name" else f"-{column}", "none")
        if self.sort.startswith("-"):
            return Header(column, "descending")
        return Header(f"-{column}", "ascending")

    def queryset(self, user: User, *, now: datetime) -> QuerySet[Segment]:
        """Return the segments asked for, the starred ones first."""
        found = segments_with_rows().filter(is_archived=self.show == "archived")
        if self.show == "mine":
            found = found.filter(owner=user)
        elif self.show == "starred":
            found = found.filter(is_starred=True)
        if self.type:
            found = found.filter(type=self.type)
        if self.search:
            found = found.filter(Q(name__icontains=self.search) | Q(note__icontains=self.search))
        column = SORTS[self.sort.removeprefix("-")]
        ordering = (
            column.desc(nulls_last=True)
            if self.sort.startswith("-")
            else column.asc(nulls_first=True)
        )
        links = SecretLink.objects.filter(segment=OuterRef("pk"), revoked_at=None)
        links = links.filter(Q(expires_at=None) | Q(expires_at__gt=now))
        return found.annotate(has_link=Exists(links)).order_by("-is_starred", ordering, "name")


def _entries(rows: Page[Segment], *, now: datetime) -> list[Entry]:
    shown = list(rows.object_list)
    currency = Shop.objects.current().currency
    due = due_now(now=now)
    uses = uses_of_each(shown)
    followers = followers_of_each(shown)
    sizes = latest_sizes(shown)
    jobs = Job.objects.live().filter(kind="refresh_segments")
    refreshing = set(jobs.values_list("target", flat=True))
    return [
        Entry(
            segment,
            sentence_of(segment, currency=currency),
            due.freshness(segment),
            _trend(sizes.get(segment.pk, [])),
            uses[segment.pk],
            followers[segment.pk],
            bool(getattr(segment, "has_link", False)),
            str(segment.pk) in refreshing,
        )
        for segment in shown
    ]


def _trend(sizes: Sequence[int]) -> Sparkline:
    if len(sizes) < 2:
        return sparkline([], label="")
    label = _("Members: from %(before)s to %(after)s") % {
        "before": figure(sizes[0]),
        "after": figure(sizes[-1]),
    }
    return sparkline(sizes, label=label)
