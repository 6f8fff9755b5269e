"""The report card in the browser: words first, then figures, or what to do about their lack."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.models import BackTest, BackTestTenth, Prediction, Shortage
from tests.people import client_of
from tests.predictions import make_back_test

pytestmark = pytest.mark.django_db


@pytest.fixture
def analyst() -> Client:
    return client_of("Analyst")


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    html = re.sub(r"<svg.*?</svg>", "", answer.content.decode(), flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def test_an_empty_shop_is_told_what_to_do(analyst: Client) -> None:
    text = text_of(analyst, "/predictions/")
    assert "Nothing has been predicted yet" in text
    assert "Import them first" in text
    assert "Import orders" not in text
    assert "Import orders" in text_of(client_of("Marketer"), "/predictions/")


def test_each_prediction_has_its_card(analyst: Client) -> None:
    make_back_test()
    make_back_test(
        Prediction.ORDERS_365, shortage=Shortage.HISTORY, shortage_needs=395, shortage_has=270
    )
    text = text_of(analyst, "/predictions/")
    assert "Of the 100 customers it named, 71 ordered within 30 days" in text
    assert "needs 395 days of orders, has 270" in text
    assert "better than the plain rules" in text
    assert text.count("No refresh has tried it") == len(Prediction) - 2
    html = analyst.get("/predictions/").content.decode()
    for prediction in Prediction:
        assert f'href="/predictions/{prediction}/"' in html


def test_a_prediction_shows_figures_rules_and_both_charts(analyst: Client) -> None:
    make_back_test(target_count=40)
    html = analyst.get("/predictions/orders_30/").content.decode()
    assert html.count('<svg class="cdp-chart-drawing') == 4
    text = text_of(analyst, "/predictions/orders_30/")
    assert "tested it on Oct. 25, 2026 to Nov. 23, 2026" in text
    assert "40 items" in text
    assert re.search(r"this prediction 0\.740 2\.5 times 1\.8", text)
    assert text.index("BG/NBD alone 0.730") < text.index("whoever ordered last 0.650")
    assert re.search(r"10 100 5\.10 0\.2", text), "the table of the lift chart"
    assert re.search(r"100 50 51", text), "the table of the reliability diagram"


def test_lists_show_their_points(analyst: Client) -> None:
    make_back_test(Prediction.NEW_FOR_YOU, auc=None, lift=None, ndcg=0.11)
    BackTestTenth.objects.all().delete()
    text = text_of(analyst, "/predictions/new_for_you/")
    assert "0.110" in text
    assert "Do its percentages come true?" not in text


def test_a_shortage_is_all_there_is(analyst: Client) -> None:
    make_back_test(shortage=Shortage.CAME, shortage_needs=30, shortage_has=4)
    text = text_of(analyst, "/predictions/orders_30/")
    assert "needs 30 customers who ordered in the window, has 4." in text
    assert "Beside the rules" not in text
    assert "Tested on" not in text


def test_unknown_figures_are_dashes(analyst: Client) -> None:
    test = make_back_test()
    BackTest.objects.filter(pk=test.pk).update(
        auc=None, lift=None, calibration_error=None, window_start=None, case_count=None
    )
    text = text_of(analyst, "/predictions/orders_30/")
    assert "this prediction – – –" in text
    assert not re.search(r"\b(nan|None|inf)\b", text)


def test_what_never_happened_is_no_error(analyst: Client) -> None:
    test = make_back_test(hit_count=0, named_hits=0)
    BackTestTenth.objects.filter(back_test=test).update(observed=0, predicted=0)
    text = text_of(analyst, "/predictions/orders_30/")
    assert "0 ordered within 30 days; by chance it would have been 0." in text
    assert "There are no figures yet." in text


def test_there_is_no_other_prediction(analyst: Client) -> None:
    assert analyst.get("/predictions/weather/").status_code == 404


def test_queries_do_not_grow_with_predictions(analyst: Client) -> None:
    make_back_test()
    analyst.get("/predictions/")
    counts = []
    for predictions in ([], [one for one in Prediction if one != Prediction.ORDERS_30]):
        for prediction in predictions:
            make_back_test(prediction)
        with CaptureQueriesContext(connection) as queries:
            analyst.get("/predictions/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_menu_lights_one_item(analyst: Client) -> None:
    for path in ("/predictions/", "/predictions/interests/"):
        html = analyst.get(path).content.decode()
        assert "Insights" in html
        lit = re.findall(r'<a[^>]*href="(/predictions/[^"]*)"[^>]*class="[^"]*active', html)
        assert lit == [path]
