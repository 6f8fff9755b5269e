"""Probes: whether the site and its workers are alive."""

from __future__ import annotations

import logging

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cdp.jobs.heartbeat import is_any_worker_alive
from cdp.models import Shop

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 if the database can be read, else 503."""
    try:
        Shop.objects.exists()
    except Error as error:
        return _unavailable("The database cannot be read.", error)
    return _plain("ok", status=200)


@never_cache
@require_safe
def worker_health(request: HttpRequest) -> HttpResponse:
    """Answer 200 if a worker has run a task lately, else 503."""
    try:
        is_alive = is_any_worker_alive(now=timezone.now())
    except Error as error:
        return _unavailable("The database cannot be read.", error)
    if not is_alive:
        return _unavailable("No worker has run a task lately. Start 'manage.py worker'.")
    return _plain("ok", status=200)


def _unavailable(sentence: str, error: Error | None = None) -> HttpResponse:
    if error is not None:
        logger.warning("health=unavailable error=%s", type(error).__name__)
    return _plain(sentence, status=503)


def _plain(text: str, *, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
