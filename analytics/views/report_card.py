"""The report card: how each prediction did on the shop's last window, in words, then in figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.charts import Said, lift_chart, reliability_chart
from analytics.clock import latest_refresh
from analytics.models import BackTest, BackTestRule, Prediction
from analytics.report_card import Report, reports
from analytics.report_grades import ORDERS, RECOMMENDATIONS
from analytics.report_phrases import points
from analytics.report_words import Judgement, judgement
from cdp.pages import page, show

INTERESTS = (
    Prediction.CATEGORIES,
    Prediction.BRANDS,
    Prediction.PRODUCTS,
    Prediction.KEYWORDS,
)
SECTIONS: tuple[tuple[str | Promise, Sequence[Prediction]], ...] = (
    (gettext_lazy("Who orders"), ORDERS),
    (gettext_lazy("Who wants what"), INTERESTS),
    (gettext_lazy("What to recommend"), RECOMMENDATIONS),
)


@dataclass(frozen=True)
class Entry:
    """A prediction on the card: what it is called and what its back-test says."""

    report: Report
    words: Judgement

    @property
    def name(self) -> str:
        """The name with a capital."""
        text = str(self.report.prediction.label)
        return text[:1].upper() + text[1:]

    @property
    def url(self) -> str:
        """Where its figures are."""
        return reverse("predictions:detail", args=[self.report.prediction])

    @property
    def last_day(self) -> date | None:
        """The last day of the window: its end lies outside."""
        test = self.report.test
        return test.window_end - timedelta(days=1) if test and test.window_end else None


@dataclass(frozen=True)
class RuleRow:
    """The figures of the prediction, or of a plain rule beside it."""

    label: str
    figures: BackTest | BackTestRule
    is_own: bool = False

    @property
    def error(self) -> str:
        """The calibration error in percentage points; a dash for none."""
        error = self.figures.calibration_error
        return "–" if error is None else points(error)


@page("cdp.view_customer")
def report_card(request: HttpRequest) -> HttpResponseBase:
    """Show what each prediction is worth."""
    found = {report.prediction: Entry(report, judgement(report)) for report in reports()}
    return show(
        request,
        "analytics/report_card.html",
        {
            "sections": [
                (title, [found[prediction] for prediction in predictions])
                for title, predictions in SECTIONS
            ],
            "is_untried": all(entry.report.test is None for entry in found.values()),
            "has_figures": latest_refresh() is not None,
        },
        title=_("Report card"),
    )


@page("cdp.view_customer")
def detail(request: HttpRequest, prediction: str) -> HttpResponseBase:
    """Show one prediction: its words, the plain rules beside it, whether its percentages came
    true, and how much better the best-scored did.
    """
    if prediction not in Prediction.values:
        raise Http404
    [report] = reports([Prediction(prediction)])
    entry = Entry(report, judgement(report))
    groups = [Said(one.case_count, one.predicted, one.observed) for one in report.tenths]
    return show(
        request,
        "analytics/prediction.html",
        {
            "entry": entry,
            "test": report.test,
            "rows": _rules(report),
            "is_list": prediction in RECOMMENDATIONS,
            "is_interest": prediction in INTERESTS,
            "reliability": reliability_chart(groups, title=_("Do its percentages come true?")),
            "lift": lift_chart(groups, title=_("How much better are the best-scored?")),
        },
        title=entry.name,
    )


def _rules(report: Report) -> list[RuleRow]:
    """Return the prediction first, then the plain rules, the best first."""
    if report.test is None or report.test.shortage:
        return []
    others = sorted(report.rules, key=_merit, reverse=True)
    return [
        RuleRow(_("this prediction"), report.test, is_own=True),
        *(RuleRow(rule.get_rule_display(), rule) for rule in others),
    ]


def _merit(rule: BackTestRule) -> float:
    return next((value for value in (rule.ndcg, rule.auc, rule.lift) if value is not None), 0.0)
