"""What became of the attempts to read secret links."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from segments.models import LinkOutcome, LinkRead, SecretLink


@dataclass(frozen=True)
class LinkUse:
    """How often a link was read and refused, and when it was last read."""

    read_count: int = 0
    refused_count: int = 0
    last_read_at: datetime | None = None


def uses_of(links: Collection[SecretLink]) -> dict[int, LinkUse]:
    """Return the use of each link by its number, with one query over the log."""
    by_outcome = (
        LinkRead.objects.filter(link__in=[link.pk for link in links])
        .order_by()
        .values("link_id", "outcome")
        .annotate(count=Count("pk"), latest=Max("read_at"))
    )
    uses = {link.pk: LinkUse() for link in links}
    for row in by_outcome:
        use, count = uses[row["link_id"]], row["count"]
        uses[row["link_id"]] = (
            LinkUse(use.read_count + count, use.refused_count, row["latest"])
            if row["outcome"] == LinkOutcome.READ
            else LinkUse(use.read_count, use.refused_count + count, use.last_read_at)
        )
    return uses


def note(link: SecretLink, outcome: LinkOutcome, *, now: datetime) -> LinkRead:
    """Add an attempt to the log."""
    return LinkRead.objects.create(link=link, read_at=now, outcome=outcome)
