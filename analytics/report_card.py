"""How each prediction did on the shop's last window, and what the shop lacks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from analytics.charts.scale import figure
from analytics.models import (
    BackTest,
    BackTestRule,
    BackTestTenth,
    Prediction,
    Shortage,
)

# Plural by what is needed; the figures are written by `figure`, in the reader's language.
LACKS: dict[Shortage, Promise] = {
    Shortage.CUSTOMERS: ngettext_lazy(
        "Not enough data: needs %(needs)s customer with an order, has %(has)s.",
        "Not enough data: needs %(needs)s customers with an order, has %(has)s.",
        "count",
    ),
    Shortage.REPEATERS: ngettext_lazy(
        "Not enough data: needs %(needs)s customer who ordered again, has %(has)s.",
        "Not enough data: needs %(needs)s customers who ordered again, has %(has)s.",
        "count",
    ),
    Shortage.HISTORY: ngettext_lazy(
        "Not enough data: needs %(needs)s day of orders, has %(has)s.",
        "Not enough data: needs %(needs)s days of orders, has %(has)s.",
        "count",
    ),
    Shortage.CAME: ngettext_lazy(
        "Not enough data: needs %(needs)s customer who ordered in the window, has %(has)s.",
        "Not enough data: needs %(needs)s customers who ordered in the window, has %(has)s.",
        "count",
    ),
    Shortage.STAYED: ngettext_lazy(
        "Not enough data: needs %(needs)s customer who did not order in the window, has %(has)s.",
        "Not enough data: needs %(needs)s customers who did not order in the window, has %(has)s.",
        "count",
    ),
    Shortage.FIRST_PURCHASES: ngettext_lazy(
        "Not enough data: needs %(needs)s first purchase in the windows, has %(has)s.",
        "Not enough data: needs %(needs)s first purchases in the windows, has %(has)s.",
        "count",
    ),
    Shortage.REPEAT_PURCHASES: ngettext_lazy(
        "Not enough data: needs %(needs)s repeat purchase in the windows, has %(has)s.",
        "Not enough data: needs %(needs)s repeat purchases in the windows, has %(has)s.",
        "count",
    ),
    Shortage.TARGETS: ngettext_lazy(
        "Not enough data: needs %(needs)s item with enough buyers, has %(has)s.",
        "Not enough data: needs %(needs)s items with enough buyers, has %(has)s.",
        "count",
    ),
    Shortage.BUYERS: ngettext_lazy(
        "Not enough data: needs %(needs)s buyer in the window, has %(has)s.",
        "Not enough data: needs %(needs)s buyers in the window, has %(has)s.",
        "count",
    ),
}


@dataclass(frozen=True)
class Report:
    """The newest back-test of a prediction: the plain rules of the same window, tenths from the
    lowest up. `test` is None until a refresh has tried it.
    """

    prediction: Prediction
    test: BackTest | None
    rules: Sequence[BackTestRule] = ()
    tenths: Sequence[BackTestTenth] = ()

    @property
    def missing(self) -> str:
        """Why there are no figures, as a sentence; empty if there are."""
        return _missing(self.test)


def reports(predictions: Iterable[Prediction] = tuple(Prediction)) -> list[Report]:
    """Return the report of each of these predictions, in four queries or fewer."""
    wanted = list(predictions)
    newest = _newest(wanted)
    pks = [test.pk for test in newest.values()]
    rules: dict[int, list[BackTestRule]] = {}
    for rule in BackTestRule.objects.filter(back_test__in=pks).order_by("pk"):
        rules.setdefault(rule.back_test_id, []).append(rule)
    tenths: dict[int, list[BackTestTenth]] = {}
    for tenth in BackTestTenth.objects.filter(back_test__in=pks).order_by("position"):
        tenths.setdefault(tenth.back_test_id, []).append(tenth)
    found = []
    for prediction in wanted:
        test = newest.get(prediction)
        key = test.pk if test is not None else 0
        found.append(Report(prediction, test, rules.get(key, ()), tenths.get(key, ())))
    return found


def missing(prediction: Prediction | str) -> str:
    """Return why this prediction gives no figures, as a sentence; empty if it does."""
    return _missing(_newest([Prediction(prediction)]).get(Prediction(prediction)))


def missing_of(predictions: Iterable[Prediction]) -> dict[Prediction, str]:
    """Return the same for several predictions, in one query."""
    wanted = list(predictions)
    newest = _newest(wanted)
    return {prediction: _missing(newest.get(prediction)) for prediction in wanted}


def lack(shortage: Shortage | str, *, needs: int, has: int) -> str:
    """Return as a sentence that a shop has too little of something."""
    told = {"count": needs, "needs": figure(needs), "has": figure(has)}
    return str(LACKS[Shortage(shortage)] % told)


def _newest(predictions: Sequence[Prediction]) -> dict[Prediction, BackTest]:
    tests = BackTest.objects.filter(prediction__in=predictions).select_related("refresh")
    # The last one read stays.
    return {Prediction(test.prediction): test for test in tests.order_by("refresh_id")}


def _missing(test: BackTest | None) -> str:
    if test is None:
        return _("No refresh has tried it yet.")
    if not test.shortage:
        return ""
    return lack(test.shortage, needs=test.shortage_needs or 0, has=test.shortage_has or 0)
