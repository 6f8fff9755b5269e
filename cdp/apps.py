"""Configuration of the core app."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CdpConfig(AppConfig):
    """The record of customers, orders, products, carts and consents."""

    name = "cdp"
    default = True
    verbose_name = _("Customer data")

    def ready(self) -> None:
        """Register the jobs, cards, followers of segments and start-up checks of all apps."""
        autodiscover_modules("tasks", "checks", "cards", "followers")


class SiteConfig(admin_apps.AdminConfig):
    """The admin with our own site in the shell."""

    default = False
    default_site = "cdp.site.RegularsSite"
