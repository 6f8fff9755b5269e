"""Signs of life of the workers: written when a task has ended, read by whoever watches them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from cdp import env
from cdp.jobs.clock import system_clock
from cdp.models import Heartbeat

# `manage.py worker` names its cluster here, to tell its own heartbeat from another machine's.
WORKER_NAME_VARIABLE = "REGULARS_WORKER_NAME"


def worker_name() -> str:
    """Return the name under which this process and its cluster show signs of life."""
    return env.text(WORKER_NAME_VARIABLE, "worker")[:40]


def beat(*, now: datetime) -> None:
    """Record that this cluster runs tasks and takes their results."""
    Heartbeat.objects.update_or_create(name=worker_name(), defaults={"beat_at": now})


def beat_after_task(sender: object, **details: object) -> None:
    """Beat in the process that takes results, the last of those through which a task passes.

    If it hangs, tasks run and are never acknowledged: the queue hands them out again for ever.
    """
    beat(now=system_clock())


def last_beat(name: str) -> datetime | None:
    """Return when the named cluster last showed a sign of life, if ever."""
    return Heartbeat.objects.filter(name=name).values_list("beat_at", flat=True).first()


def latest_beat() -> datetime | None:
    """Return when any cluster last showed a sign of life, if ever."""
    return Heartbeat.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()


@dataclass(frozen=True)
class Pulse:
    """Whether a worker takes jobs, and when one last showed a sign of life."""

    is_alive: bool
    beat_at: datetime | None


def pulse(*, now: datetime) -> Pulse:
    """Return whether any cluster has run a task lately, with the moment of the last sign."""
    beat_at = latest_beat()
    silence = timedelta(seconds=settings.WORKER_SILENCE_SECONDS)
    return Pulse(beat_at is not None and beat_at >= now - silence, beat_at)


def is_any_worker_alive(*, now: datetime) -> bool:
    """Whether any cluster has run a task lately."""
    earliest = now - timedelta(seconds=settings.WORKER_SILENCE_SECONDS)
    return Heartbeat.objects.filter(beat_at__gte=earliest).exists()
