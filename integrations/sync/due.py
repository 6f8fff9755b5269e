"""Which audiences are due without anybody asking: told from what is stored, not from events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from cdp.models import Job, Shop
from cdp.models.job import LIVE_STATES
from integrations.connecting.connections import declared
from integrations.models import (
    Audience,
    AudienceState,
    ConnectionState,
    RunKind,
    Schedule,
    SyncRun,
)
from integrations.sync.moments import next_daily
from integrations.sync.requests import SYNC
from integrations.sync.work import LIVE
from integrations.wanted import may_enter, must_leave

# After a failure that a person has to mend, removals are tried again so often.
_HOURS_AFTER_FAILURE = 6
# So often what others changed over there is looked for.
_DAYS_BETWEEN_COMPARISONS = 7


def due_audiences(*, now: datetime, thoroughly: bool) -> Iterator[tuple[Audience, RunKind | None]]:
    """Yield the audiences to look at, with the kind of run; None lets a waiting run go on.

    Thoroughly: also those in which somebody may not be any more.
    """
    for audience in _candidates():
        kind = _kind_due(audience, now=now)
        if kind is not None:
            yield audience, kind
            continue
        has_come = audience.next_run_at is not None and audience.next_run_at <= now
        if has_come or (thoroughly and _somebody_must_leave(audience, now=now)):
            yield audience, None


def _candidates() -> QuerySet[Audience]:
    """The audiences whose connection works, with the beginning of their last real run."""
    real = ~Q(runs__kind=RunKind.DRY_RUN)
    found = Audience.objects.exclude(connection__state=ConnectionState.STOPPED)
    return (
        found.select_related("connection", "segment")
        .annotate(
            last_started_at=Max("runs__started_at", filter=real),
            is_waiting=Exists(SyncRun.objects.filter(audience=OuterRef("pk"), state__in=LIVE)),
        )
        .order_by("pk")
    )


def _kind_due(audience: Audience, *, now: datetime) -> RunKind | None:
    if audience.state == AudienceState.ENDING:
        is_left = audience.next_run_at is None and not _has_just_failed(audience, now=now)
        return RunKind.END if is_left and not _is_at_work(audience) else None
    if not may_enter(audience) or audience.segment is None:
        return None
    began = audience.last_started_at or audience.created_at  # type: ignore[attr-defined]
    days = declared(audience.connection).resend_days
    sent = audience.sent_in_full_at
    is_waiting = audience.is_waiting  # type: ignore[attr-defined]
    if days and sent and not is_waiting and sent + timedelta(days=days) <= now:
        return RunKind.FULL
    if _is_to_be_compared(audience, now=now) and not is_waiting:
        return RunKind.COMPARE
    if audience.schedule == Schedule.REFRESH:
        computed = audience.segment.computed_at
        return RunKind.SYNC if computed is not None and computed > began else None
    if audience.schedule == Schedule.DAILY and audience.daily_at is not None:
        zone = Shop.objects.current().zone
        return RunKind.SYNC if next_daily(audience.daily_at, zone, after=began) <= now else None
    return None


def _is_to_be_compared(audience: Audience, *, now: datetime) -> bool:
    """Whether it can be read over there, and nobody has looked for long."""
    if not audience.remote_id or not declared(audience.connection).is_readable:
        return False
    if audience.schedule == Schedule.MANUAL or audience.synced_at is None:
        return False
    since = audience.compared_at or audience.created_at
    return since + timedelta(days=_DAYS_BETWEEN_COMPARISONS) <= now


def _somebody_must_leave(audience: Audience, *, now: datetime) -> bool:
    if _has_just_failed(audience, now=now):
        return False
    if audience.is_waiting and audience.next_run_at is not None:  # type: ignore[attr-defined]
        return False
    if _is_at_work(audience):
        return False
    is_due = Q(retry_at__isnull=True) | Q(retry_at__lte=now)
    return must_leave(audience).filter(is_due, batch__isnull=True).exists()


def _has_just_failed(audience: Audience, *, now: datetime) -> bool:
    failed = audience.failed_at
    return failed is not None and failed + timedelta(hours=_HOURS_AFTER_FAILURE) > now


def _is_at_work(audience: Audience) -> bool:
    return Job.objects.filter(kind=SYNC, target=str(audience.pk), state__in=LIVE_STATES).exists()
