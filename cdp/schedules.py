"""What runs by itself: which kind of job follows another, and which kinds run once a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True)
class Daily:
    """A kind of job started once per local date, at or after a time of day in the shop's zone."""

    kind: str
    at: time


FOLLOW_UPS: dict[str, tuple[str, ...]] = {
    "import": ("refresh",),
    "tag_customers": ("refresh",),
    "refresh": ("refresh_segments",),
    "refresh_segments": ("sync_due",),
    "read_withdrawals": ("refresh", "sync_due"),
}

# Kinds that say themselves, at every tick, whether they are due (`JobKind.is_due`).
WATCHED: tuple[str, ...] = ("sync_due", "read_withdrawals")

DAILY: tuple[Daily, ...] = (
    Daily("refresh", time(3, 0)),
    Daily("check_connections", time(6, 0)),
)
