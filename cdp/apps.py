"""Configuration of the core app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CdpConfig(AppConfig):
    """The record of customers, orders, products, carts and consents."""

    name = "cdp"
    verbose_name = _("Customer data")

    def ready(self) -> None:
        """Register the kinds of jobs of all apps, and the start-up checks."""
        autodiscover_modules("tasks", "checks")
