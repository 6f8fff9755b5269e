"""Interests as a refresh stores them: who is interested in what, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from analytics.models import (
    BackTest,
    Interest,
    InterestTarget,
    Prediction,
    Strength,
    TargetKind,
)
from analytics.refresh import refresh_now
from cdp.models import OrderLine
from tests.analytics.taste_shop import (
    BRANDS,
    TODAY,
    WORDS,
    campers,
    interested,
    make_taste_shop,
    target,
)
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One shop for all tests of this module: they only read."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_taste_shop()
        refresh_now(now=NOW, full=True)
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


def brand(name: str) -> InterestTarget:
    return target(TargetKind.BRAND, name)


def test_those_of_the_taste_are_interested():
    for name in BRANDS[:3]:
        assert campers(interested(brand(name), strength=Strength.HIGH)) > 0.9
    for name in BRANDS[3:]:
        assert campers(interested(brand(name), strength=Strength.HIGH)) < 0.1
    tents = InterestTarget.objects.get(label="Outdoor > Tents")
    assert campers(interested(tents)) > 0.9
    assert InterestTarget.objects.filter(kind=TargetKind.CATEGORY).count() == 4
    assert InterestTarget.objects.filter(kind=TargetKind.PRODUCT).count() == 24


def test_products_that_they_never_bought_interest_those_of_the_taste():
    found = {word: [] for word in WORDS}
    for one in InterestTarget.objects.filter(kind=TargetKind.PRODUCT):
        found[one.label.split()[-1]] += interested(one, has_bought=False)
    for word in WORDS[:3]:
        assert campers(found[word]) > 0.85
    for word in WORDS[3:]:
        assert campers(found[word]) < 0.15


def test_a_target_counts_its_interested_customers_and_tells_how_its_test_went():
    for one in InterestTarget.objects.all():
        rows = Interest.objects.filter(target=one)
        assert one.medium_count == rows.count() > 0
        assert one.high_count == rows.filter(strength=Strength.HIGH).count()
        scores = rows.values_list("score", flat=True)
        assert min(scores) >= one.medium_limit * 0.94
        assert one.tested_named >= one.tested_hits
    assert brand("Nordisk").tested_auc > 0.7
    report = BackTest.objects.get(prediction=Prediction.BRANDS)
    assert (report.window_end, report.shortage) == (TODAY, "")
    assert report.named_hits / report.named_count > 1.5 * report.hit_count / report.case_count
    assert report.tenths.count() == 10
    assert report.auc > max(rule.auc for rule in report.rules.all())


def test_whether_it_was_bought_and_why_is_told():
    bought: dict[int, set[int]] = {}
    for customer, product in OrderLine.objects.values_list("customer_id", "product_id"):
        bought.setdefault(customer, set()).add(product)
    reasons = 0
    for row in Interest.objects.filter(target__kind=TargetKind.PRODUCT).select_related("target"):
        assert row.has_bought == (row.target.product_id in bought[row.customer_id])
        for reason in (row.reason_id, row.second_reason_id):
            assert reason is None or reason in bought[row.customer_id]
        reasons += row.reason_id is not None
    assert reasons > Interest.objects.filter(target__kind=TargetKind.PRODUCT).count() / 2


def test_keywords_are_found_in_names():
    words = InterestTarget.objects.filter(kind=TargetKind.KEYWORD).values_list("key", flat=True)
    assert {"wok", "tarp"} & set(words)
    assert set(words) <= set(WORDS)
    for word in words:
        share = campers(interested(target(TargetKind.KEYWORD, word)))
        assert share > 0.8 if word in WORDS[:3] else share < 0.2
