"""`manage.py report_card`: how each prediction did on the last window, in words and figures."""

from __future__ import annotations

import json
from datetime import timedelta

from django.core.management.base import CommandParser

from analytics.models import BackTest, BackTestRule
from analytics.report_card import Report, reports
from analytics.report_grades import Grade
from analytics.report_words import judgement
from cdp.commands import ShopCommand

FIGURES = ("auc", "lift", "calibration_error", "brier_score", "ndcg", "count_bias", "revenue_bias")
RULE_FIGURES = ("auc", "lift", "calibration_error", "ndcg")
COUNTS = ("target_count", "case_count", "hit_count", "named_count", "named_hits")


class Command(ShopCommand):
    """Print the report card."""

    help = (
        "Show what each prediction is worth: how it did on the last window, beside the plain "
        "rules people use today, or what the shop lacks for it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: object, **options: object) -> None:
        """Run it."""
        found = reports()
        if options["json"]:
            answer = [_record(report) for report in found]
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
            return
        if all(report.test is None for report in found):
            self.stdout.write(
                "Nothing has been predicted yet. Import orders and run 'manage.py refresh'."
            )
            return
        for report in found:
            self._show(report)

    def _show(self, report: Report) -> None:
        words = judgement(report)
        title = str(report.prediction.label)
        title = title[:1].upper() + title[1:]
        grade = "" if words.grade in (Grade.UNTRIED, Grade.LACKING) else f" ({words.grade.label})"
        self.stdout.write(f"{title}{grade}")
        for sentence in (words.headline, *words.sentences):
            self.stdout.write(f"  {sentence}")
        test = report.test
        if test is None or test.shortage:
            return
        if test.window_start and test.window_end:
            last = test.window_end - timedelta(days=1)
            self.stdout.write(
                f"  tested on {test.window_start} to {last}: {test.case_count or 0:,} cases, "
                f"{test.hit_count or 0:,} hits"
            )
        shown = [name for name in RULE_FIGURES if getattr(test, name) is not None]
        head = "".join(f"{name.replace('_', ' '):>20}" for name in shown)
        self.stdout.write(f"    {'':<34}{head}")
        self._row("this prediction", test, shown)
        for rule in report.rules:
            self._row(str(rule.get_rule_display()), rule, shown)

    def _row(self, label: str, figures: BackTest | BackTestRule, shown: list[str]) -> None:
        values = (getattr(figures, name) for name in shown)
        cells = "".join(f"{'-' if value is None else f'{value:.3f}':>20}" for value in values)
        self.stdout.write(f"    {label:<34}{cells}")


def _record(report: Report) -> dict[str, object]:
    """Return everything there is to know of a prediction, ready for JSON."""
    words, test = judgement(report), report.test
    record: dict[str, object] = {
        "prediction": report.prediction.value,
        "grade": words.grade.name.lower(),
        "words": [words.headline, *words.sentences],
        "missing": report.missing,
    }
    if test is None:
        return record
    record["horizon_days"] = test.horizon_days
    if test.shortage:
        record["shortage"] = {
            "what": test.shortage,
            "needs": test.shortage_needs,
            "has": test.shortage_has,
        }
        return record
    record["window"] = [
        None if day is None else day.isoformat() for day in (test.window_start, test.window_end)
    ]
    record |= {name: getattr(test, name) for name in (*COUNTS, *FIGURES)}
    record["rules"] = [
        {"rule": rule.rule} | {name: getattr(rule, name) for name in RULE_FIGURES}
        for rule in report.rules
    ]
    record["tenths"] = [
        {"cases": tenth.case_count, "predicted": tenth.predicted, "observed": tenth.observed}
        for tenth in report.tenths
    ]
    return record
