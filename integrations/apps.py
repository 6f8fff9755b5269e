"""Configuration of the integrations app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    """What others are told; destinations arrive here."""

    name = "integrations"
    verbose_name = _("Integrations")
