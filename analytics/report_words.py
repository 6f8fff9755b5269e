"""What a back-test says, in sentences that somebody who has never heard of an AUC understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from analytics.charts.scale import figure
from analytics.models import BackTest, BackTestTenth
from analytics.report_card import Report
from analytics.report_grades import (
    NAMED,
    ORDERS,
    RECOMMENDATIONS,
    Grade,
    compared,
    grade_of,
    ranked,
)
from analytics.report_phrases import amount, percent, points

# People read "of 100", of more where less than three of them did it. With fewer than ten named
# nothing can be said.
FEWEST_NAMED, FEWEST_SAID = 10, 3
# With fewer cases in which it happened the figures move by themselves (an AUC by 0.03 and more).
FEW_HITS, FEW_LIST_HITS = 100, 10
# Mean distance between what was said and what came, up to which percentages may be used; and the
# same as part of the share that is usual, which counts where that is small.
GOOD_ERROR, GOOD_PART = 0.02, 0.2
FAIR_ERROR, FAIR_PART = 0.05, 0.5
# A bias below this (two percent) is none worth telling.
SMALL_BIAS = 0.02


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
LIST_WORDS = ngettext_lazy(
    "Of %(named)s customers who ordered again, %(hits)s bought one of the first five products "
    "that it recommended.",
    "Of %(named)s customers who ordered again, %(hits)s bought one of the first five products "
    "that it recommended.",
    "count",
)


def judgement(report: Report) -> Judgement:
    """Return what the report of a prediction says."""
    test = report.test
    if test is None or test.shortage:
        grade = Grade.UNTRIED if test is None else Grade.LACKING
        return Judgement(grade, report.missing, ())
    grade = grade_of(test, report.rules)
    said = (
        ranked(test, report.rules),
        *compared(test, report.rules, grade),
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
    if not buyers:
        return _("nobody bought it")
    of = _of(named, hits)
    return _("%(hits)s of %(named)s named bought; by chance %(chance)s") % {
        "named": figure(of),
        "hits": amount(of * hits / named),
        "chance": amount(of * buyers / tested),
    }


def _of(named: int, hits: int) -> int:
    """Return of how many to speak: of 100; if too few of those did it, of ten times as many, in the
    end of all that were named.
    """
    of = NAMED
    while of * hits < FEWEST_SAID * named and of < named:
        of *= 10
    return min(of, named)


def _headline(test: BackTest) -> str:
    is_list = test.prediction in RECOMMENDATIONS
    named, hits = test.named_count or 0, test.named_hits or 0
    if is_list:
        named, hits = test.case_count or 0, test.hit_count or 0
    if named < FEWEST_NAMED or not test.case_count:
        return _("It was tested, but named too few to say how many of them were right.")
    of = _of(named, hits)
    shown = amount(of * hits / named)
    told = {
        # Only what reads as "1" is singular.
        "count": 1 if shown == figure(1) else 2,
        "named": figure(of),
        "hits": shown,
        "days": figure(test.horizon_days),
        "chance": amount(of * (test.hit_count or 0) / test.case_count),
    }
    return str((LIST_WORDS if is_list else NAMED_WORDS[test.prediction in ORDERS]) % told)


def _believed(test: BackTest, tenths: Sequence[BackTestTenth]) -> str:
    """Return whether its percentages come true, on the example of the best tenth."""
    if test.calibration_error is None or not tenths:
        return ""
    best = tenths[-1]
    told = {
        "said": percent(best.predicted),
        "was": percent(best.observed),
        "points": points(test.calibration_error),
    }
    usual = (test.hit_count or 0) / (test.case_count or 1)
    if test.calibration_error <= min(GOOD_ERROR, GOOD_PART * usual):
        return (
            _(
                "When it said %(said)s, %(was)s did: its percentages are right (off by %(points)s "
                "points on average)."
            )
            % told
        )
    if test.calibration_error <= min(FAIR_ERROR, FAIR_PART * usual):
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
    hits, few = test.hit_count or 0, FEW_HITS
    if test.prediction in RECOMMENDATIONS:
        if (test.case_count or 0) < FEW_HITS:
            return _few_customers(test.case_count or 0)
        few = FEW_LIST_HITS
    if hits >= few:
        return ""
    return ngettext(
        "It happened in %(count)s case only: with so few the figures may be luck.",
        "It happened in %(count)s cases only: with so few the figures may be luck.",
        hits,
    ) % {"count": figure(hits)}


def _few_customers(count: int) -> str:
    return ngettext(
        "Only %(count)s customer ordered again: with so few the figures may be luck.",
        "Only %(count)s customers ordered again: with so few the figures may be luck.",
        count,
    ) % {"count": figure(count)}
