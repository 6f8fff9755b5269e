from __future__ import annotations

from datetime import UTC, datetime

import pytest

from analytics.refresh import refresh_now
from tests.analytics import realdata
from tests.analytics.compare import assert_like_oracle
from tests.analytics.shops import make_random_shop
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(6))
def test_random_shops_are_classified_as_the_definitions_say(seed: int):
    make_random_shop(seed, customers=20 if seed == 5 else 150)
    assert assert_like_oracle(refresh_now(now=NOW), NOW) > 10


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize(
    ("shop", "currency", "moment"),
    [
        ("webshop", "GBP", datetime(2011, 12, 10, tzinfo=UTC)),
        ("webshop", "GBP", datetime(2011, 10, 1, tzinfo=UTC)),
        ("grocery", "USD", datetime(2017, 12, 31, tzinfo=UTC)),
    ],
)
def test_real_shops_are_classified_as_the_definitions_say(
    shop: str, currency: str, moment: datetime
):
    realdata.load(shop, currency)
    refresh = refresh_now(now=moment, predicts=False)
    assert assert_like_oracle(refresh, moment) > 1000
