"""What the shop says of its products is read for the whole catalogue."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.learning.descriptions import described_products
from analytics.learning.purchase_samples import read_catalogue
from tests.factories import make_product, make_shop

pytestmark = pytest.mark.django_db


def test_words_of_the_name_brand_and_leaf_category_are_terms():
    make_shop()
    goods = [
        make_product("Dome Tent 3", brand="Nordisk", category="Outdoor > Tents"),
        make_product("The dome tent", brand="Vaude", category="Outdoor > Tents"),
        make_product("Wok", brand="Nordisk", category="Kitchen > Pans"),
        make_product("77", brand="", category=""),
    ]
    catalogue = read_catalogue(ZoneInfo("UTC"))
    found = described_products(catalogue)
    # dome, tent, wok; two brands; two leaf categories; neither numbers nor words that only join.
    assert found.shape == (4, 7)
    place = catalogue.place(np.array([product.pk for product in goods]))
    cosine = (found @ found.T).toarray()[np.ix_(place, place)]
    assert cosine[0, 1] > cosine[0, 2] > 0
    assert cosine[1, 2] == 0
    assert not cosine[3].any()


def test_a_shop_without_products_says_nothing():
    make_shop()
    assert described_products(read_catalogue(ZoneInfo("UTC"))).shape == (0, 0)
