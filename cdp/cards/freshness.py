"""How old everything is: orders, imports, statistics, segments, the worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.clock import latest_refresh
from analytics.models import Refresh
from cdp.card_contents import Fact, Facts, Tone
from cdp.dashboard import Card, Place, cards
from cdp.jobs.heartbeat import pulse
from cdp.models import CustomerChange, ImportRun, JobState, Order, User
from integrations.models import Audience, AudienceState
from segments.models import Segment, SegmentType

QUIET_DAYS = 7


@cards.register
class FreshnessCard(Card[User]):
    """One look tells whether the other figures may be trusted today."""

    key = "freshness"
    title = gettext_lazy("How fresh the data is")
    place = Place.DASHBOARD
    position = 60

    def content(self, subject: User, *, now: datetime) -> Facts | None:
        """Ask each source for its newest moment."""
        newest = (
            Order.objects.filter(placed_at__lte=now)
            .order_by("-placed_at")
            .values_list("placed_at", flat=True)
            .first()
        )
        run = (
            ImportRun.objects.filter(is_dry_run=False, job__state=JobState.DONE)
            .select_related("job")
            .order_by("-pk")
            .first()
        )
        if newest is None and run is None:
            return None
        refresh = latest_refresh()
        facts = [
            _order_fact(newest, now=now),
            *_import_facts(run, subject),
            _refresh_fact(refresh),
            *_segment_facts(),
            *_audience_facts(subject),
            _worker_fact(now=now),
        ]
        return Facts(tuple(facts), tuple(_notices(refresh)))


def _order_fact(newest: datetime | None, *, now: datetime) -> Fact:
    label = _("Newest order")
    if newest is None:
        return Fact(label, _("no orders yet"), tone="warn")
    is_quiet = now - newest > timedelta(days=QUIET_DAYS)
    return Fact(label, moment=newest, tone="warn" if is_quiet else "")


def _import_facts(run: ImportRun | None, user: User) -> Iterator[Fact]:
    if run is not None and run.job is not None:
        may_open = user.has_perm("cdp.view_importrun")
        yield Fact(
            _("Last import"),
            run.file_name,
            moment=run.job.finished_at,
            url=reverse("imports:detail", args=[run.pk]) if may_open else "",
        )


def _refresh_fact(refresh: Refresh | None) -> Fact:
    label = _("Statistics and classification")
    if refresh is None:
        return Fact(label, _("not computed yet"), tone="warn")
    has_changes = CustomerChange.objects.exists()
    text = _("customers have changed since") if has_changes else ""
    return Fact(label, text, moment=refresh.finished_at)


def _segment_facts() -> Iterator[Fact]:
    found = Segment.objects.filter(is_archived=False, type=SegmentType.DYNAMIC).aggregate(
        oldest=Min("computed_at"),
        number=Count("pk"),
        failed=Count("pk", filter=~Q(error="")),
    )
    if not found["number"]:
        return
    failed: int = found["failed"]
    text = ngettext(
        "%(count)d could not be computed", "%(count)d could not be computed", failed
    ) % {"count": failed}
    tone: Tone = "bad" if failed else ""
    yield Fact(
        _("Segments, the oldest"),
        text if failed else ("" if found["oldest"] else _("not computed yet")),
        moment=found["oldest"],
        url=reverse("segments:list"),
        tone=tone,
    )


def _audience_facts(user: User) -> Iterator[Fact]:
    """Yield when the audience that was brought up to date longest ago was."""
    if not user.has_perm("integrations.view_audience"):
        return
    found = Audience.objects.filter(state=AudienceState.ACTIVE).aggregate(
        oldest=Min("synced_at"), number=Count("pk"), unsent=Count("pk", filter=Q(synced_at=None))
    )
    if found["number"]:
        unsent: int = found["unsent"]
        text = ngettext("%(count)d not sent yet", "%(count)d not sent yet", unsent)
        yield Fact(
            _("Audiences, the oldest"),
            text % {"count": unsent} if unsent else "",
            moment=found["oldest"],
            url=reverse("audiences:list"),
        )


def _worker_fact(*, now: datetime) -> Fact:
    sign = pulse(now=now)
    if sign.is_alive:
        return Fact(_("Worker"), _("running"), tone="good")
    return Fact(_("Worker"), _("not running; jobs wait"), moment=sign.beat_at, tone="bad")


def _notices(refresh: Refresh | None) -> Iterator[str]:
    if refresh is not None and refresh.is_pinned:
        yield _(
            "All figures speak of %(moment)s: an operator pinned the last refresh to that moment. "
            "A refresh without it comes back to the present."
        ) % {"moment": date_format(localtime(refresh.as_of), "DATETIME_FORMAT")}
