"""A stable random share of the customers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import BUCKETS
from segments.criteria.base import PROFILE, Criterion, criteria
from segments.criteria.operators import Operator
from segments.criteria.params import Params, number
from segments.criteria.wording import number_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHARE = Operator(
    "share", _("is a random share of"), _("{subject}: {percent} of all customers"), ("percent",)
)


@criteria.register
class RandomShare(Criterion):
    """A share of the customers that stays the same from refresh to refresh."""

    key, label, group = "random_share", _("Random share"), PROFILE
    help = _(
        "The same customers every time. Two rows with different starts share nobody: 0 to 50 "
        "percent from 0, the other half from 50."
    )
    summary = _("A random part of the customers, the same ones every time.")
    proposed = (SHARE, {"percent": 50})
    operators = (SHARE,)
    example = {"percent": 10, "starting_at": 0}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take a percentage."""
        return _percent(_("Percent"), required=True)

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Take where the share begins."""
        return {"starting_at": _percent(_("from percent"), required=False)}

    def contradictions(self, operator: Operator, params: Params) -> list[str]:
        """Refuse a share that would end beyond everybody."""
        if number(params, "percent") + number({"starting_at": 0, **params}, "starting_at") > 100:
            return [gettext("“percent” and “starting_at” together are more than 100.")]
        return []

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the bucket."""
        per_percent = Decimal(BUCKETS) / 100
        start = number({"starting_at": 0, **params}, "starting_at") * per_percent
        end = start + number(params, "percent") * per_percent
        return Q(bucket__gte=int(start), bucket__lt=int(end))

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return where among all customers the customer stands."""
        place = Decimal(about.bucket) * 100 / BUCKETS
        return gettext("stands at %(percent)s") % {"percent": self.show("percent", place)}

    def show(self, name: str, value: object, *, currency: str = "") -> str:
        """Return the percentage; a sign would depend on the language."""
        return gettext("%(number)s percent") % {"number": number_words(Decimal(str(value)))}


def _percent(label: StrOrPromise, *, required: bool) -> forms.Field:
    return forms.DecimalField(
        label=label, required=required, min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
