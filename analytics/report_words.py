"""What a back-test says, in sentences that somebody who has never heard of an AUC understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from analytics.charts.scale import figure
from analytics.models import BackTest, BackTestRule, BackTestTenth, Prediction
from analytics.report_card import Report

ORDERS = (Prediction.ORDERS_30, Prediction.ORDERS_90, Prediction.ORDERS_365)
RECOMMENDATIONS = (Prediction.BUY_AGAIN, Prediction.NEW_FOR_YOU)
# People read "of 100"; fewer than this many were named, and nothing can be said.
NAMED, FEWEST_NAMED = 100, 10
# With fewer cases in which it happened the figures move by themselves (an AUC by 0.03 and more).
FEW_HITS = 100
# Smaller differences between two AUCs, or between two NDCGs (relative), are noise.
AUC_NOISE, NDCG_NOISE = 0.01, 0.02
AUC_OF_CHANCE = 0.5
# Mean distance between what was said and what came, up to which percentages may be used.
GOOD_ERROR, FAIR_ERROR = 0.02, 0.05
# A bias below this (two percent) is none worth telling.
SMALL_BIAS = 0.02


class Grade(Enum):
    """How far a prediction may be trusted; `tone` is the colour it is shown in."""

    UNTRIED = ("", gettext_lazy("not tried yet"))
    LACKING = ("info", gettext_lazy("not enough data"))
    TESTED = ("info", gettext_lazy("tested"))
    BETTER = ("good", gettext_lazy("better than the plain rules"))
    EQUAL = ("warn", gettext_lazy("no better than a plain rule"))
    WORSE = ("bad", gettext_lazy("worse than a plain rule"))
    CHANCE = ("bad", gettext_lazy("no better than chance"))

    def __init__(self, tone: str, label: Promise) -> None:
        self.tone, self.label = tone, label


@dataclass(frozen=True)
class Judgement:
    """The words of a report: the headline first, then what else there is to say."""

    grade: Grade
    headline: str
    sentences: tuple[str, ...]


NAMED_WORDS: dict[bool, Promise] = {
    True: ngettext_lazy(
        "Of the %(named)s customers it named, %(hits)s ordered within %(days)s days; by chance it "
        "would have been %(chance)s.",
        "Of the %(named)s customers it named, %(hits)s ordered within %(days)s days; by chance it "
        "would have been %(chance)s.",
        "count",
    ),
    False: ngettext_lazy(
        "Of %(named)s customers it named as interested, %(hits)s bought within %(days)s days; by "
        "chance it would have been %(chance)s.",
        "Of %(named)s customers it named as interested, %(hits)s bought within %(days)s days; by "
        "chance it would have been %(chance)s.",
        "count",
    ),
}
PRODUCTS_WORDS = ngettext_lazy(
    "Of %(named)s products it recommended, %(hits)s was bought within %(days)s days; by chance it "
    "would have been %(chance)s.",
    "Of %(named)s products it recommended, %(hits)s were bought within %(days)s days; by chance it "
    "would have been %(chance)s.",
    "count",
)


def judgement(report: Report) -> Judgement:
    """Return what the report of a prediction says."""
    test = report.test
    if test is None or test.shortage:
        grade = Grade.UNTRIED if test is None else Grade.LACKING
        return Judgement(grade, report.missing, ())
    grade = _grade(test, report.rules)
    said = (
        _compared(test, report.rules, grade),
        _ranked(test, report.rules),
        _believed(test, report.tenths),
        *_biases(test),
        _caution(test),
    )
    return Judgement(grade, _headline(test), tuple(text for text in said if text))


def named_words(*, named: int, hits: int, buyers: int, tested: int) -> str:
    """Return in a few words how many of the named customers bought, and how many would have by
    chance; nothing if fewer than ten were named.
    """
    if named < FEWEST_NAMED or not tested:
        return ""
    of = min(named, NAMED)
    return _("%(hits)s of %(named)s named bought; by chance %(chance)s") % {
        "named": figure(of),
        "hits": amount(of * hits / named),
        "chance": amount(of * buyers / tested),
    }


def amount(value: float) -> str:
    """Return a count that was scaled: whole from 3 on, else with one decimal."""
    if 0 < value < 0.05:
        return _("fewer than %(number)s") % {"number": formats.number_format(0.1, 1)}
    is_whole = value >= 3 or float(value).is_integer()
    return figure(round(value)) if is_whole else formats.number_format(round(value, 1), 1)


def best_rule(rules: Sequence[BackTestRule], by: str) -> BackTestRule | None:
    """Return the plain rule with the highest figure of this name."""
    known = [rule for rule in rules if getattr(rule, by) is not None]
    return max(known, key=lambda rule: float(getattr(rule, by)), default=None)


def _measure(test: BackTest) -> str:
    return "ndcg" if test.prediction in RECOMMENDATIONS and test.ndcg is not None else "auc"


def _grade(test: BackTest, rules: Sequence[BackTestRule]) -> Grade:
    measure = _measure(test)
    own, best = getattr(test, measure), best_rule(rules, measure)
    if own is None:
        return Grade.TESTED
    if measure == "auc" and own < AUC_OF_CHANCE + AUC_NOISE:
        return Grade.CHANCE
    if best is None:
        return Grade.TESTED
    other = float(getattr(best, measure))
    noise = AUC_NOISE if measure == "auc" else NDCG_NOISE * other
    if own - other >= noise:
        return Grade.BETTER
    return Grade.EQUAL if own - other > -noise else Grade.WORSE


def _headline(test: BackTest) -> str:
    named, hits = test.named_count or 0, test.named_hits or 0
    if named < FEWEST_NAMED or not test.case_count:
        return _("It was tested, but named too few to say how many of them were right.")
    of = min(named, NAMED)
    scaled = of * hits / named
    told = {
        # Only what reads as "1" is singular.
        "count": 1 if amount(scaled) == figure(1) else 2,
        "named": figure(of),
        "hits": amount(scaled),
        "days": figure(test.horizon_days),
        "chance": amount(of * (test.hit_count or 0) / test.case_count),
    }
    if test.prediction in RECOMMENDATIONS:
        return str(PRODUCTS_WORDS % told)
    return str(NAMED_WORDS[test.prediction in ORDERS] % told)


def _compared(test: BackTest, rules: Sequence[BackTestRule], grade: Grade) -> str:
    """Return what a plain rule would have done."""
    best = best_rule(rules, _measure(test))
    if best is None:
        return ""
    told = {"rule": best.get_rule_display()}
    if grade is Grade.EQUAL:
        return _("The plain rule “%(rule)s” does as well: the difference is noise.") % told
    if grade is Grade.WORSE:
        return _("The plain rule “%(rule)s” does better: use that.") % told
    if grade is Grade.CHANCE:
        return _("It sorts the customers no better than drawing lots would.")
    return ""


def _ranked(test: BackTest, rules: Sequence[BackTestRule]) -> str:
    if test.prediction in RECOMMENDATIONS:
        return _ordered_lists(test, rules)
    best = best_rule(rules, "lift")
    if test.lift is None or best is None or best.lift is None or not test.case_count:
        return ""
    rule = best.get_rule_display()
    if test.prediction in ORDERS:
        chance = NAMED * (test.hit_count or 0) / test.case_count
        return _("The best plain rule, “%(rule)s”, would have found %(hits)s among %(named)s.") % {
            "rule": rule,
            "hits": amount(chance * best.lift),
            "named": figure(NAMED),
        }
    return _(
        "Among the best tenth %(own)s times as many bought as on average; with the best plain "
        "rule, “%(rule)s”, %(other)s times as many."
    ) % {"own": _decimal(test.lift), "rule": rule, "other": _decimal(best.lift)}


def _ordered_lists(test: BackTest, rules: Sequence[BackTestRule]) -> str:
    best = best_rule(rules, "ndcg")
    if test.ndcg is None or best is None or best.ndcg is None:
        return ""
    return _(
        "Its lists of ten reach %(own)s of 100 points; those of the best plain rule, “%(rule)s”, "
        "%(other)s."
    ) % {
        "own": _decimal(100 * test.ndcg),
        "rule": best.get_rule_display(),
        "other": _decimal(100 * best.ndcg),
    }


def _believed(test: BackTest, tenths: Sequence[BackTestTenth]) -> str:
    """Return whether its percentages come true, on the example of the best tenth."""
    if test.calibration_error is None or not tenths:
        return ""
    best = tenths[-1]
    told = {
        "said": percent(best.predicted),
        "was": percent(best.observed),
        "points": _decimal(100 * test.calibration_error),
    }
    usual = (test.hit_count or 0) / (test.case_count or 1)
    if test.calibration_error <= min(GOOD_ERROR, usual / 2):
        return (
            _(
                "When it said %(said)s, %(was)s did: its percentages are right (off by %(points)s "
                "points on average)."
            )
            % told
        )
    if test.calibration_error <= min(FAIR_ERROR, usual):
        return (
            _(
                "When it said %(said)s, %(was)s did: its percentages are roughly right (off by "
                "%(points)s points on average)."
            )
            % told
        )
    return (
        _(
            "When it said %(said)s, %(was)s did: trust the order in which it puts customers, not "
            "its percentages (off by %(points)s points on average)."
        )
        % told
    )


def _biases(test: BackTest) -> list[str]:
    said = []
    if test.count_bias is not None:
        share = percent(abs(test.count_bias))
        if abs(test.count_bias) < SMALL_BIAS:
            said.append(_("It foresaw as many orders as came."))
        elif test.count_bias > 0:
            said.append(_("It foresaw %(share)s more orders than came.") % {"share": share})
        else:
            said.append(_("It foresaw %(share)s fewer orders than came.") % {"share": share})
    if test.revenue_bias is not None:
        share = percent(abs(test.revenue_bias))
        if abs(test.revenue_bias) < SMALL_BIAS:
            said.append(_("It foresaw as much revenue as came in."))
        elif test.revenue_bias > 0:
            said.append(_("It foresaw %(share)s more revenue than came in.") % {"share": share})
        else:
            said.append(_("It foresaw %(share)s less revenue than came in.") % {"share": share})
    return said


def _caution(test: BackTest) -> str:
    hits = test.hit_count or 0
    if hits >= FEW_HITS:
        return ""
    return ngettext(
        "It happened in %(count)s case only: with so few the figures may be luck.",
        "It happened in %(count)s cases only: with so few the figures may be luck.",
        hits,
    ) % {"count": figure(hits)}


def percent(share: float) -> str:
    """Return a share as percent: whole from 10 % on, else with up to one decimal."""
    value = round(100 * float(share), 1)
    is_whole = value >= 10 or value.is_integer()
    return f"{figure(round(value)) if is_whole else _decimal(value)} %"


def _decimal(value: float) -> str:
    return str(formats.number_format(round(value, 1), 1))
