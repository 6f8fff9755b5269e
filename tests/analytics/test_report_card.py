"""The report card says what a prediction is worth in words that are true, also of small shops."""

from __future__ import annotations

import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from analytics.models import BackTestRule, BackTestTenth, Prediction, Rule, Shortage
from analytics.report_card import lack, missing, missing_of, reports
from analytics.report_grades import Grade
from analytics.report_phrases import amount, percent, points
from analytics.report_words import Judgement, judgement, named_words
from tests.conftest import NOW
from tests.predictions import make_back_test, make_refresh

pytestmark = pytest.mark.django_db


def words(prediction: Prediction = Prediction.ORDERS_30) -> Judgement:
    [report] = reports([prediction])
    return judgement(report)


def said(prediction: Prediction = Prediction.ORDERS_30) -> str:
    found = words(prediction)
    return " ".join((found.headline, *found.sentences))


def set_rules(test: object, **figures: dict[str, float]) -> None:
    BackTestRule.objects.filter(back_test=test).delete()
    for rule, values in figures.items():
        BackTestRule.objects.create(back_test=test, rule=Rule[rule], **values)


def test_the_headline_counts_of_a_hundred() -> None:
    make_back_test(named_count=500, named_hits=155, case_count=5000, hit_count=400)
    assert words().headline == (
        "Of the 100 customers it named, 31 ordered within 30 days; by chance it would have been 8."
    )


def test_fewer_than_a_hundred_are_not_made_more() -> None:
    make_back_test(named_count=40, named_hits=1, case_count=400, hit_count=5)
    assert "Of the 40 customers it named, 1 ordered" in words().headline
    assert "by chance it would have been 0.5." in words().headline


def test_too_few_named_give_no_figure() -> None:
    make_back_test(named_count=9, named_hits=5, case_count=90, hit_count=20)
    assert "too few" in words().headline


@pytest.mark.parametrize(
    ("named", "hits", "text"),
    [
        (8_000, 240, "Of 100 customers it named as interested, 3 bought"),
        (8_000, 40, "Of 1,000 customers it named as interested, 5 bought"),
        (8_000, 9, "Of 8,000 customers it named as interested, 9 bought"),
        (400, 0, "Of 400 customers it named as interested, 0 bought"),
    ],
)
def test_rare_purchases_are_counted_of_more(named: int, hits: int, text: str) -> None:
    make_back_test(Prediction.PRODUCTS, named_count=named, named_hits=hits, case_count=100_000)
    assert text in words(Prediction.PRODUCTS).headline


@pytest.mark.parametrize(
    ("cases", "hits", "text"),
    [
        (158, 26, "Of 100 customers who ordered again, 16 bought one of the first five"),
        (158, 1, "Of 158 customers who ordered again, 1 bought one of the first five"),
        (9, 3, "too few"),
    ],
)
def test_recommendations_are_told_by_customer(cases: int, hits: int, text: str) -> None:
    make_back_test(Prediction.NEW_FOR_YOU, case_count=cases, hit_count=hits, ndcg=0.11)
    assert text in words(Prediction.NEW_FOR_YOU).headline


def test_a_test_on_few_customers_is_called_small() -> None:
    make_back_test(Prediction.NEW_FOR_YOU, case_count=31, hit_count=5, ndcg=0.11)
    assert "Only 31 customers ordered again" in said(Prediction.NEW_FOR_YOU)


def test_a_difference_in_a_small_test_is_noise() -> None:
    test = make_back_test(auc=0.74, hit_count=25)
    set_rules(test, RECENCY={"auc": 0.725, "lift": 1.6})
    assert words().grade is Grade.EQUAL
    make_refresh(NOW)
    test = make_back_test(auc=0.74, hit_count=400)
    set_rules(test, RECENCY={"auc": 0.725, "lift": 1.6})
    assert words().grade is Grade.BETTER


def test_lists_that_nearly_nobody_bought_from_are_called_luck() -> None:
    make_back_test(Prediction.NEW_FOR_YOU, case_count=158, hit_count=1, ndcg=0.11)
    assert "in 1 case only" in said(Prediction.NEW_FOR_YOU)


def test_a_formula_that_does_as_well_is_no_plain_rule() -> None:
    test = make_back_test(auc=0.74)
    set_rules(test, RECENCY={"auc": 0.65, "lift": 1.6}, BG_NBD={"auc": 0.738, "lift": 2.6})
    assert words().grade is Grade.BETTER
    assert "The textbook formula BG/NBD alone does as well" in said()
    assert "The best plain rule, “whoever ordered last”" in said()
    set_rules(test, RECENCY={"auc": 0.65, "lift": 1.6}, BG_NBD={"auc": 0.76, "lift": 2.6})
    assert words().grade is Grade.WORSE
    assert "“BG/NBD alone” does better" in said()


@pytest.mark.parametrize(
    ("own", "rule", "grade"),
    [
        (0.74, 0.70, Grade.BETTER),
        (0.74, 0.735, Grade.EQUAL),
        (0.735, 0.74, Grade.EQUAL),
        (0.70, 0.74, Grade.WORSE),
        (0.505, 0.40, Grade.CHANCE),
        (0.36, 0.30, Grade.CHANCE),
    ],
)
def test_the_grade_is_honest(own: float, rule: float, grade: Grade) -> None:
    test = make_back_test(auc=own)
    set_rules(test, RECENCY={"auc": rule, "lift": 1.5}, FREQUENCY={"auc": rule - 0.1, "lift": 1.2})
    assert words().grade is grade
    if grade in (Grade.EQUAL, Grade.WORSE):
        assert "“whoever ordered last” does" in said()


def test_lists_are_graded_by_their_order() -> None:
    test = make_back_test(Prediction.BUY_AGAIN, auc=None, lift=None, ndcg=0.324)
    set_rules(test, OWN_COUNT={"ndcg": 0.319})
    assert words(Prediction.BUY_AGAIN).grade is Grade.EQUAL
    set_rules(test, OWN_COUNT={"ndcg": 0.2})
    assert words(Prediction.BUY_AGAIN).grade is Grade.BETTER
    assert "32.4 of 100 points" in said(Prediction.BUY_AGAIN)


def test_the_best_plain_rule_is_counted_of_a_hundred_too() -> None:
    test = make_back_test(case_count=1000, hit_count=80, lift=3.9)
    set_rules(test, RECENCY={"auc": 0.6, "lift": 2.75}, OVERDUE={"auc": 0.62, "lift": 1.2})
    assert "“whoever ordered last”, would have found 22 among 100." in said()


@pytest.mark.parametrize(
    ("error", "text"),
    [(0.01, "percentages are right"), (0.04, "roughly right"), (0.11, "not its percentages")],
)
def test_percentages_are_judged(error: float, text: str) -> None:
    test = make_back_test(calibration_error=error)
    BackTestTenth.objects.filter(back_test=test, position=10).update(predicted=0.4, observed=0.38)
    assert "When it said 40 %, 38 % did" in said()
    assert text in said()


def test_an_error_as_large_as_the_usual_share_is_no_small_one() -> None:
    make_back_test(Prediction.PRODUCTS, calibration_error=0.015, case_count=10_000, hit_count=100)
    assert "not its percentages" in said(Prediction.PRODUCTS)


@pytest.mark.parametrize(
    ("bias", "text"),
    [
        (-0.24, "24 % fewer orders than came"),
        (0.3, "30 % more orders than came"),
        (0.01, "as many orders as came"),
        (None, ""),
    ],
)
def test_biases_are_told(bias: float | None, text: str) -> None:
    make_back_test(count_bias=bias, revenue_bias=None)
    assert text in said()
    assert "revenue" not in said()
    assert ("orders" in " ".join(words().sentences)) == bool(text)


@pytest.mark.parametrize(
    ("hits", "text"),
    [(1, "in 1 case only"), (60, "in 60 cases only"), (0, "in 0 cases only"), (400, "")],
)
def test_small_tests_are_called_small(hits: int, text: str) -> None:
    make_back_test(hit_count=hits)
    assert text in said()
    assert ("only" in said()) == bool(text)


@pytest.mark.parametrize("shortage", Shortage)
@pytest.mark.parametrize("needs", [1, 30])
def test_every_shortage_is_a_sentence(shortage: Shortage, needs: int) -> None:
    text = lack(shortage, needs=needs, has=4)
    assert re.fullmatch(rf"Not enough data: needs {needs} .+, has 4\.", text)
    assert lack(shortage, needs=1, has=4) != lack(shortage, needs=30, has=4).replace("30", "1")


def test_a_shortage_takes_the_place_of_figures() -> None:
    make_back_test(shortage=Shortage.CAME, shortage_needs=30, shortage_has=4)
    text = "Not enough data: needs 30 customers who ordered in the window, has 4."
    assert missing(Prediction.ORDERS_30) == words().headline == text
    assert words().grade is Grade.LACKING
    assert words().sentences == ()


def test_what_was_never_tried_says_so() -> None:
    assert missing("orders_30").startswith("No refresh has tried it")
    assert words().grade is Grade.UNTRIED
    make_back_test()
    assert missing("orders_30") == ""


def test_the_newest_test_counts() -> None:
    make_back_test(shortage=Shortage.CAME, shortage_needs=30, shortage_has=4)
    make_refresh(NOW)
    make_back_test(named_hits=50)
    assert missing(Prediction.ORDERS_30) == ""
    assert missing_of([Prediction.ORDERS_30])[Prediction.ORDERS_30] == ""
    assert "50 ordered" in said()


def test_all_reports_take_few_queries() -> None:
    make_back_test()
    for count in (1, len(Prediction)):
        if count > 1:
            for prediction in Prediction:
                if prediction != Prediction.ORDERS_30:
                    make_back_test(prediction)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(reports()) == len(Prediction)
        assert len(queries) == 3


def test_amounts_never_pretend() -> None:
    assert [amount(value) for value in (0, 0.01, 0.5, 1, 2.26, 30.6)] == [
        "0",
        "fewer than 0.1",
        "0.5",
        "1",
        "2.3",
        "31",
    ]
    assert [percent(share) for share in (0, 0.0012, 0.0099, 0.04, 0.0996, 0.347)] == [
        "0 %",
        "0.12 %",
        "0.99 %",
        "4 %",
        "10 %",
        "35 %",
    ]
    assert [points(error) for error in (0.018, 0.0004, 0.00003)] == ["1.8", "0.04", "0.003"]


def test_a_target_is_told_in_a_few_words() -> None:
    told = named_words(named=200, hits=62, buyers=80, tested=1000)
    assert told == "31 of 100 named bought; by chance 8"
    assert named_words(named=200, hits=0, buyers=0, tested=1000) == "nobody bought it"
    assert named_words(named=9, hits=9, buyers=80, tested=1000) == ""
    assert named_words(named=100, hits=9, buyers=0, tested=0) == ""


def test_figures_are_written_in_the_language_of_the_reader() -> None:
    make_back_test(Prediction.BRANDS, lift=2.5)
    with translation.override("de"):
        assert "2,5" in said(Prediction.BRANDS)


def printed(*options: str) -> str:
    out = StringIO()
    call_command("report_card", *options, stdout=out)
    return out.getvalue()


def test_the_terminal_says_the_same() -> None:
    make_back_test()
    make_back_test(
        Prediction.ORDERS_365, shortage=Shortage.HISTORY, shortage_needs=395, shortage_has=270
    )
    text = printed()
    assert words().headline in text
    assert "needs 395 days of orders, has 270" in text
    assert re.search(r"this prediction +0\.740 +2\.500 +0\.018", text)
    assert re.search(r"whoever ordered last +0\.650 +1\.600 +-", text)


def test_the_terminal_prints_json() -> None:
    make_back_test()
    found = {one["prediction"]: one for one in json.loads(printed("--json"))}
    assert found["orders_30"]["auc"] == 0.74
    assert found["orders_30"]["words"][0] == words().headline
    assert len(found["orders_30"]["tenths"]) == 10
    assert found["new_for_you"]["missing"].startswith("No refresh has tried it")


def test_an_empty_shop_is_told_what_to_do() -> None:
    assert "run 'manage.py refresh'" in printed()
