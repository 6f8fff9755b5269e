"""How far a prediction may be trusted: what it did beside the plain rules people use today."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.charts.scale import figure
from analytics.models import BackTest, BackTestRule, Prediction, Rule
from analytics.report_phrases import amount, decimal

ORDERS = (Prediction.ORDERS_30, Prediction.ORDERS_90, Prediction.ORDERS_365)
RECOMMENDATIONS = (Prediction.BUY_AGAIN, Prediction.NEW_FOR_YOU)
NAMED = 100
# Smaller differences between two AUCs, or between two NDCGs (relative), are noise. In small tests
# it is about one standard error: so much over the root of the number of hits, or of lists.
AUC_NOISE, NDCG_NOISE = 0.01, 0.02
AUC_SPREAD, NDCG_SPREAD = 0.1, 0.25
AUC_OF_CHANCE = 0.5


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


def best_rule(rules: Sequence[BackTestRule], by: str) -> BackTestRule | None:
    """Return the plain rule with the highest figure of this name."""
    known = [rule for rule in rules if getattr(rule, by) is not None]
    return max(known, key=lambda rule: float(getattr(rule, by)), default=None)


def _measure(test: BackTest) -> str:
    return "ndcg" if test.prediction in RECOMMENDATIONS and test.ndcg is not None else "auc"


def grade_of(test: BackTest, rules: Sequence[BackTestRule]) -> Grade:
    """Return the grade of a test that has figures, beside the plain rules of the same window."""
    measure = _measure(test)
    own = getattr(test, measure)
    if own is None:
        return Grade.TESTED
    if measure == "auc" and own < AUC_OF_CHANCE + AUC_NOISE:
        return Grade.CHANCE
    best, formula = best_rule(rules, measure), best_rule(_formulas(rules), measure)
    if best is None:
        return Grade.TESTED
    # A formula is no rule that people use: it may do as well, but not better.
    if _ahead(test, best) < 0:
        return Grade.WORSE
    plain = best if formula is None else best_rule(_plain(rules), measure)
    return Grade.BETTER if plain is None or _ahead(test, plain) > 0 else Grade.EQUAL


def _formulas(rules: Sequence[BackTestRule]) -> list[BackTestRule]:
    return [rule for rule in rules if rule.rule == Rule.BG_NBD]


def _plain(rules: Sequence[BackTestRule]) -> list[BackTestRule]:
    return [rule for rule in rules if rule.rule != Rule.BG_NBD]


def _ahead(test: BackTest, rule: BackTestRule) -> int:
    """Return 1 if the prediction is better than the rule, -1 if worse, 0 if that is noise."""
    measure = _measure(test)
    own, other = float(getattr(test, measure)), getattr(rule, measure)
    if other is None:
        return 1
    if measure == "auc":
        noise = max(AUC_NOISE, AUC_SPREAD / math.sqrt(test.hit_count or 1))
    else:
        noise = max(NDCG_NOISE * other, NDCG_SPREAD / math.sqrt(test.case_count or 1))
    if abs(own - other) < noise:
        return 0
    return 1 if own > other else -1


def compared(test: BackTest, rules: Sequence[BackTestRule], grade: Grade) -> list[str]:
    """Return what other rules would have done as well or better."""
    measure = _measure(test)
    said = []
    best = best_rule(rules if grade is Grade.WORSE else _plain(rules), measure)
    told = {"rule": best.get_rule_display() if best is not None else ""}
    if grade is Grade.EQUAL:
        said.append(_("The plain rule “%(rule)s” does as well: the difference is noise.") % told)
    elif grade is Grade.WORSE:
        said.append(_("The plain rule “%(rule)s” does better: use that.") % told)
    elif grade is Grade.CHANCE:
        said.append(_("It sorts the customers no better than drawing lots would."))
    formula = best_rule(_formulas(rules), measure)
    if grade in (Grade.BETTER, Grade.EQUAL) and formula is not None and not _ahead(test, formula):
        said.append(_("The textbook formula BG/NBD alone does as well: the difference is noise."))
    return said


def ranked(test: BackTest, rules: Sequence[BackTestRule]) -> str:
    """Return as a sentence how far the best plain rule comes; nothing if none was tried."""
    if test.prediction in RECOMMENDATIONS:
        return _ordered_lists(test, rules)
    best = best_rule(_plain(rules), "lift")
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
    ) % {"own": decimal(test.lift), "rule": rule, "other": decimal(best.lift)}


def _ordered_lists(test: BackTest, rules: Sequence[BackTestRule]) -> str:
    best = best_rule(rules, "ndcg")
    if test.ndcg is None or best is None or best.ndcg is None:
        return ""
    return _(
        "Its lists of ten reach %(own)s of 100 points; those of the best plain rule, “%(rule)s”, "
        "%(other)s."
    ) % {
        "own": decimal(100 * test.ndcg),
        "rule": best.get_rule_display(),
        "other": decimal(100 * best.ndcg),
    }
