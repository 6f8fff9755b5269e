"""What an administrator may set: the shop, and the thresholds of the classification."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from analytics.models import ClassificationRules
from cdp.models import Order, Shop

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WEEKDAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]
SELECT = {"class": "cdp-input"}


def zone_choices() -> list[tuple[str, str]]:
    """Return the time zones that are places, and UTC."""
    places = sorted(name for name in available_timezones() if _is_place(name))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


def _is_place(name: str) -> bool:
    return "/" in name and not name.startswith(("Etc/", "SystemV/", "posix/", "right/", "US/"))


class ShopForm(forms.ModelForm):
    """Name, currency and calendar. The currency is fixed by the first order."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zone_choices,
        widget=forms.Select(SELECT),
        help_text=_("A day begins at midnight there: in periods, counts and schedules."),
    )
    week_start = forms.TypedChoiceField(
        label=_("First day of the week"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.Select(SELECT),
    )

    class Meta:
        model = Shop
        fields = ("name", "currency", "time_zone", "week_start")
        labels = {"name": _("Name of the shop"), "currency": _("Currency")}
        widgets = {
            "name": forms.TextInput({"class": "cdp-input", "autocomplete": "organization"}),
            "currency": forms.TextInput(
                {"class": "cdp-input", "size": 4, "autocomplete": "off", "spellcheck": "false"}
            ),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if self.instance.currency and Order.objects.exists():
            self.fields["currency"].disabled = True
            self.fields["currency"].help_text = _(
                "Orders have been converted to this currency, so it can no longer be changed."
            )
        else:
            self.fields["currency"].help_text = _(
                "Three letters such as EUR. Left empty, the first imported order decides."
            )

    def clean_currency(self) -> str:
        """Return the currency in capitals."""
        currency: str = (self.cleaned_data["currency"] or "").strip().upper()
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise ValidationError(_("Write the three letters of a currency, such as EUR or DKK."))
        return currency


def _percent(
    label: StrOrPromise, *, low: int, high: int, help_text: StrOrPromise
) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=low,
        max_value=high,
        decimal_places=1,
        help_text=help_text,
        widget=forms.NumberInput({"class": "cdp-input", "step": "0.5"}),
    )


def _days(
    label: StrOrPromise, *, low: int, high: int, help_text: StrOrPromise
) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=high,
        help_text=help_text,
        widget=forms.NumberInput({"class": "cdp-input"}),
    )


class RulesForm(forms.Form):
    """The thresholds of the classification, in percent and days."""

    vip_percent = _percent(
        _("VIPs (%)"),
        low=1,
        high=50,
        help_text=_("This share of the repeat customers, the best by orders and by revenue."),
    )
    frequent_percent = _percent(
        _("Frequent buyers and VIPs (%)"),
        low=2,
        high=90,
        help_text=_("This share of the repeat customers, those who order most often."),
    )
    slip_floor_few_days = _days(
        _("Shortest patience while little is known (days)"),
        low=1,
        high=365,
        help_text=_(
            "Nobody with fewer than four gaps between orders is slipping away sooner than this."
        ),
    )
    slip_floor_days = _days(
        _("Shortest patience with regulars (days)"),
        low=1,
        high=365,
        help_text=_("Nobody with four gaps or more is slipping away sooner than this."),
    )
    lost_floor_days = _days(
        _("Earliest loss (days)"),
        low=2,
        high=730,
        help_text=_("Nobody is lost sooner than this after the last order."),
    )
    cheaper_percent = _percent(
        _("Buys cheaper: below the usual price by (%)"),
        low=1,
        high=90,
        help_text=_("Compared with what the shop usually sells in the same categories."),
    )
    expensive_percent = _percent(
        _("Buys expensive: above the usual price by (%)"),
        low=1,
        high=300,
        help_text=_("Compared with what the shop usually sells in the same categories."),
    )

    def clean(self) -> dict[str, object]:
        """Refuse thresholds that contradict each other."""
        data = super().clean() or self.cleaned_data
        vips, frequent = data.get("vip_percent"), data.get("frequent_percent")
        if vips and frequent and frequent <= vips:
            self.add_error(
                "frequent_percent",
                _("VIPs are among them, so this must be more than the share of the VIPs."),
            )
        lost = data.get("lost_floor_days")
        longest = max(data.get(name) or 0 for name in ("slip_floor_few_days", "slip_floor_days"))
        if lost and lost <= longest:
            self.add_error(
                "lost_floor_days",
                _("Customers slip away before they are lost, so this must be more days."),
            )
        return data

    @staticmethod
    def values_of(rules: ClassificationRules) -> dict[str, object]:
        """Return stored rules as the form shows them."""
        return {
            "vip_percent": _as_percent(rules.vip_share),
            "frequent_percent": _as_percent(1 - rules.frequent_rank),
            "slip_floor_few_days": rules.slip_floor_few_days,
            "slip_floor_days": rules.slip_floor_days,
            "lost_floor_days": rules.lost_floor_days,
            "cheaper_percent": _as_percent(1 - rules.cheaper_below),
            "expensive_percent": _as_percent(rules.expensive_above - 1),
        }

    def put_into(self, rules: ClassificationRules) -> dict[str, str]:
        """Write the clean values into `rules` (without saving); return what changes, as texts."""
        data = self.cleaned_data
        wanted = {
            "vip_share": _as_share(data["vip_percent"]),
            "frequent_rank": _as_share(100 - data["frequent_percent"]),
            "slip_floor_few_days": data["slip_floor_few_days"],
            "slip_floor_days": data["slip_floor_days"],
            "lost_floor_days": data["lost_floor_days"],
            "cheaper_below": _as_share(100 - data["cheaper_percent"]),
            "expensive_above": _as_share(100 + data["expensive_percent"]),
        }
        changes = {}
        for name, value in wanted.items():
            before = getattr(rules, name)
            if abs(before - value) > 1e-9:
                changes[name] = f"{before:g} → {value:g}"
                setattr(rules, name, value)
        return changes


def _as_percent(value: float) -> Decimal:
    return Decimal(str(round(value * 100, 1))).normalize().quantize(Decimal("0.1"))


def _as_share(percent: Decimal) -> float:
    return float(percent) / 100
