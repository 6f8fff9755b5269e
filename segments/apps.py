"""Configuration of the segments app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    """What the marketer decides."""

    name = "segments"
    verbose_name = _("Segments")
