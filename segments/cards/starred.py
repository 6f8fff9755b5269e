"""What entered and left the segments that somebody follows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.clock import effective_now
from analytics.models import CustomerStatistics
from cdp.card_contents import Row, Sentence, Sentences, Table
from cdp.dashboard import Card, Content, Place, cards
from cdp.models import Shop, User
from cdp.periods import local_day
from segments.figures.sizes import changes_since
from segments.models import Segment

DAYS = 7
SHOWN_SEGMENTS = 10
LARGEST_SEGMENTS = 5


@cards.register
class StarredCard(Card[User]):
    """Starred segments and failed ones; where none is starred, the largest ones."""

    key = "starred_segments"
    title = gettext_lazy("Your segments")
    place = Place.DASHBOARD
    permission = "segments.view_segment"
    position = 45

    def content(self, subject: User, *, now: datetime) -> Content | None:
        """Add up what the refreshes of the last days found."""
        since = local_day(effective_now(now), Shop.objects.current().zone) - timedelta(DAYS - 1)
        current = Segment.objects.filter(is_archived=False)
        followed = current.filter(Q(is_starred=True) | ~Q(error=""))
        found = list(followed.order_by("-is_starred", "name")[:SHOWN_SEGMENTS])
        has_stars = any(segment.is_starred for segment in found)
        if not has_stars:
            largest = current.filter(error="").order_by(F("member_count").desc(nulls_last=True))
            found += largest[:LARGEST_SEGMENTS]
        if not found:
            return _invitation(subject)
        changes = changes_since(found, since)
        return Table(
            caption=_("Members now, and who came and went in the last %(days)s days")
            % {"days": DAYS},
            columns=(_("Segment"), _("Members"), _("Entered"), _("Left")),
            rows=tuple(
                Row(
                    segment.name,
                    reverse("segments:detail", args=[segment.pk]),
                    (segment.member_count, *changes.get(segment.pk, (0, 0))),
                    note=segment.error,
                    tone="bad" if segment.error else "",
                )
                for segment in found
            ),
            note="" if has_stars else _("Star the segments that you follow: they will stand here."),
            url=reverse("segments:list"),
            link=_("All segments"),
        )


def _invitation(user: User) -> Sentences | None:
    """Return what to do where there are customers and no segment yet."""
    if not CustomerStatistics.objects.exists():
        return None
    text = _("There is no segment yet. Some are suggested from your shop's own figures.")
    may_make = user.has_perm("segments.add_segment")
    url = reverse("segments:suggested") if may_make else ""
    return Sentences((Sentence(text, url, _("See the suggestions")),))
