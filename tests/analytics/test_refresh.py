from __future__ import annotations

import pytest

from analytics.models import CustomerClassification, CustomerStatistics
from analytics.refresh import refresh_now
from tests.analytics.shops import make_random_shop
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def test_a_second_refresh_changes_nothing():
    make_random_shop(1)
    first = refresh_now(now=NOW)
    second = refresh_now(now=NOW, full=True)
    assert first.changed_count > 50
    assert (second.customer_count, second.changed_count) == (first.customer_count, 0)
    assert CustomerStatistics.objects.count() == first.customer_count
    assert not CustomerClassification.objects.filter(importance="").exists()
