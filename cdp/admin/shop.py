"""Pages of what the shop's owner sets: the shop itself and its exchange rates."""

from __future__ import annotations

from django.contrib import admin

from cdp import models
from cdp.site import PlainAdmin, SingleRowAdmin


@admin.register(models.Shop)
class ShopAdmin(SingleRowAdmin):
    list_display = ("name", "currency", "time_zone", "week_start")


@admin.register(models.ExchangeRate)
class ExchangeRateAdmin(PlainAdmin):
    list_display = ("currency", "valid_from", "rate")
    list_filter = ("valid_from",)
    search_fields = ("currency",)
