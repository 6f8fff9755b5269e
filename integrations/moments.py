"""Moments as services write them."""

from __future__ import annotations

from datetime import UTC, datetime


def moment_of(text: object, otherwise: datetime) -> datetime:
    """Return the moment of an ISO text, UTC where it names no zone; `otherwise` if it is none."""
    try:
        moment = datetime.fromisoformat(str(text or ""))
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
