"""How large segments would have been on the days before Regulars watched them, found by replay.

It loads numpy, so nothing that serves pages imports it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db.models import Min

from analytics.clock import effective_now
from cdp.models import Order, Shop
from cdp.periods import local_day, start_of
from segments.asof import fill, past
from segments.compiler import everybody, member_q
from segments.dependencies import is_predicted, needs, segments_with_rows, with_needed
from segments.models import Segment, SegmentRun, SegmentSize, SegmentType

Progress = Callable[[int, int], None]

DAY = timedelta(days=1)
# The last moment of a day that both databases can tell from the next day's first.
INSTANT = timedelta(microseconds=1)

logger = logging.getLogger(__name__)


@dataclass
class Backfilled:
    """What a replay found: the days it looked at, how many sizes it stored, and by the name of a
    segment the error that kept it, or one that it asks for, from being computed.
    """

    days: Sequence[date]
    size_count: int = 0
    problems: dict[str, Exception] = field(default_factory=dict)


def backfill(
    segments: Iterable[Segment],
    *,
    days: int,
    every: int = 7,
    now: datetime,
    progress: Progress | None = None,
) -> Backfilled:
    """Store the sizes that `segments` would have had at the end of one day in `every`, going back
    `days` from today, as they are defined today and from what was known then.

    Days are left out that lie before the shop's first order, that a segment's own refreshes have
    seen, or that have a size already. With `every` 7 they are Sundays: whenever it runs, a replay
    falls on the days of the one before, and repeating it changes nothing.
    """
    zone = Shop.objects.current().zone
    calendar = _calendar(days, every=every, zone=zone, now=now)
    missing = _missing(_replayable(segments), calendar, zone)
    followed_by = dict(pairwise(calendar))
    # The day before a missing one is looked at as well: entering and leaving is told against it.
    due = {
        day: [pk for pk, without in missing.items() if {day, followed_by.get(day)} & without]
        for day in calendar
    }
    result = Backfilled([day for day in calendar if due[day]])
    known = {segment.pk: segment for segment in segments_with_rows()}
    before: dict[int, set[int]] = {}
    for number, day in enumerate(result.days, start=1):
        chosen = with_needed([known[pk] for pk in due[day] if pk in known], known.values())
        before, sizes = _replay(chosen, day, zone, before=before, problems=result.problems)
        wanted = [size for size in sizes if day in missing.get(size.segment_id, ())]
        # A refresh that has meanwhile stored this day knows better.
        SegmentSize.objects.bulk_create(wanted, ignore_conflicts=True)
        result.size_count += len(wanted)
        if progress is not None:
            progress(number, len(result.days))
    return result


def _replayable(segments: Iterable[Segment]) -> list[Segment]:
    return [
        segment
        for segment in segments
        if segment.type == SegmentType.DYNAMIC and not segment.is_archived
    ]


def _calendar(days: int, *, every: int, zone: ZoneInfo, now: datetime) -> list[date]:
    """Return the days to look at, the oldest first."""
    first_order = Order.objects.aggregate(moment=Min("placed_at"))["moment"]
    if first_order is None:
        return []
    today = local_day(effective_now(now), zone)
    past_days = (today - back * DAY for back in range(days, 0, -1))
    begin = local_day(first_order, zone)
    return [day for day in past_days if day >= begin and day.toordinal() % every == 0]


def _missing(
    segments: Sequence[Segment], calendar: Sequence[date], zone: ZoneInfo
) -> dict[int, set[date]]:
    """Return the days without a size that lie before a segment's first refresh."""
    runs = SegmentRun.objects.filter(finished_at__isnull=False, error="").order_by()
    watched = dict(runs.values_list("segment_id").annotate(Min("as_of")))
    stored = set(
        SegmentSize.objects.filter(local_date__in=calendar).values_list("segment_id", "local_date")
    )
    return {
        segment.pk: {
            day
            for day in calendar
            if (segment.pk, day) not in stored
            and (segment.pk not in watched or day < local_day(watched[segment.pk], zone))
        }
        for segment in segments
    }


def _replay(
    chosen: Sequence[Segment],
    day: date,
    zone: ZoneInfo,
    *,
    before: Mapping[int, set[int]],
    problems: dict[str, Exception],
) -> tuple[dict[int, set[int]], list[SegmentSize]]:
    """Return members and sizes of the `chosen` at the end of `day`, each after those it asks for.

    A segment that cannot be computed is left out with all that ask for it, and noted.
    """
    moment = start_of(day + DAY, zone) - INSTANT
    found: dict[int, set[int]] = {}
    sizes = []
    with past(moment, predicts=any(map(is_predicted, chosen))):
        for segment in chosen:
            broken = [problems[name] for name in _asked(segment, chosen) if name in problems]
            if broken:
                problems[segment.name] = broken[0]
                continue
            try:
                fill(segment, moment)
                members = dict(
                    everybody()
                    .filter(member_q(segment))
                    .values_list("pk", "is_mailable")
                    .iterator()
                )
            except Exception as error:  # Whatever goes wrong in one must not stop the others.
                problems[segment.name] = error
                logger.warning(
                    "segment=%s replay failed error=%s", segment.pk, type(error).__name__
                )
                continue
            found[segment.pk] = set(members)
            sizes.append(_size(segment, day, members, before=before.get(segment.pk, set())))
    return found, sizes


def _size(
    segment: Segment, day: date, members: Mapping[int, bool], *, before: set[int]
) -> SegmentSize:
    return SegmentSize(
        segment=segment,
        local_date=day,
        member_count=len(members),
        mailable_count=sum(members.values()),
        entered_count=len(members.keys() - before),
        left_count=len(before - members.keys()),
    )


def _asked(segment: Segment, among: Iterable[Segment]) -> list[str]:
    """Return the name of the segment and of those it is computed from."""
    asked = {segment.pk, *needs(segment)}
    return [other.name for other in among if other.pk in asked]
