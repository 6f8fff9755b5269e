"""Products are alike by what is said of them; whoever buys the like wants what nobody bought."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from analytics.predictive import interest_features
from analytics.predictive.interest import (
    InterestModel,
    bought_within,
    fit_interest,
    predict_interest,
)
from analytics.predictive.interest_features import Record, fit_lens, look
from analytics.predictive.interest_stored import FOLLOWED_PARTS, halved
from analytics.predictive.likeness import alike, descriptions
from analytics.predictive.packing import pack, unpack
from analytics.predictive.purchases import belonging
from tests.analytics.predictive.interest_shop import (
    CUSTOMERS,
    DAY,
    PRODUCTS,
    belongs,
    bought,
    lines,
    record,
)

NOBODY = np.full(PRODUCTS + 1, -1)
HALF = PRODUCTS // 2
NAMES = ["red dome tent", "blue dome tent", "blue frying pan", "blue kettle", "", "brush"]
TENT, BLUE_TENT, PAN, KETTLE, NAMELESS, BRUSH = range(len(NAMES))


def said_of(brand: list[int] | None = None, category: list[int] | None = None) -> csr_array:
    nothing = [-1] * len(NAMES)
    words = [set(name.split()) for name in NAMES]
    return descriptions(words, np.array(brand or nothing), np.array(category or nothing))


def likeness_to(product: int, described: csr_array) -> np.ndarray:
    members = belonging([np.array([product])], len(NAMES)).T.tocsr()
    return alike(described, np.arange(len(NAMES)), members)[:, 0]


def test_rare_words_say_more_than_common_ones_and_no_product_is_like_itself():
    found = likeness_to(BLUE_TENT, said_of())
    assert found[TENT] > 5 * found[PAN] > 0
    assert found[PAN] < found[KETTLE]
    assert found[[BLUE_TENT, NAMELESS, BRUSH]].tolist() == [0, 0, 0]


def test_brand_and_category_are_said_of_a_product_too():
    plain = likeness_to(KETTLE, said_of())
    brand = likeness_to(KETTLE, said_of(brand=[0, 0, 0, 1, 1, -1]))
    category = likeness_to(KETTLE, said_of(category=[0, 0, 1, 1, -1, -1]))
    assert plain[NAMELESS] == 0 < brand[NAMELESS]
    assert category[PAN] > plain[PAN]
    # A brand and a category of the same number are two things.
    both = said_of(brand=[3, -1, -1, -1, -1, -1], category=[-1, -1, -1, -1, 3, -1])
    assert likeness_to(TENT, both)[NAMELESS] == 0


def test_descriptions_are_of_length_one_unless_nothing_sets_the_product_apart():
    lengths = np.sqrt((said_of().toarray() ** 2).sum(axis=1))
    assert lengths == pytest.approx([1, 1, 1, 1, 0, 1])
    same = descriptions([{"tent"}] * 3, np.zeros(3, np.int64), np.zeros(3, np.int64))
    assert not same.toarray().any()
    assert descriptions([], np.empty(0, np.int64), np.empty(0, np.int64)).shape == (0, 0)


def test_a_group_is_as_alike_as_its_products_together(monkeypatch: pytest.MonkeyPatch):
    described = said_of()
    members = belonging([np.array([TENT, PAN])], len(NAMES)).T.tocsr()
    apart = likeness_to(TENT, described) + likeness_to(PAN, described)
    for at_once in (2_000, 1):
        monkeypatch.setattr("analytics.predictive.likeness.PRODUCTS_AT_ONCE", at_once)
        together = alike(described, np.arange(len(NAMES)), members)[:, 0]
        assert together == pytest.approx(apart)


@pytest.fixture(scope="module")
def described() -> csr_array:
    """Tents and pans; the sneaker is called a tent, too."""
    words = [{"tent"} if product < HALF else {"pan"} for product in range(PRODUCTS)]
    return descriptions([*words, {"tent"}], NOBODY, NOBODY)


@pytest.fixture(scope="module")
def shop() -> Record:
    return record(lines())


@pytest.fixture(scope="module")
def model(shop: Record, described: csr_array) -> InterestModel:
    return fit_interest(shop, np.arange(PRODUCTS), day=DAY, horizon_days=30, described=described)


def test_what_nobody_bought_is_wanted_by_those_who_buy_the_like():
    """Two products come every 15 days, one of each taste, and are sold for 60 days."""
    random = np.random.default_rng(5)
    rows = lines()
    latest = rows[:, 2] // 15
    rows[:, 1] = rows[:, 0] % 2 + 2 * np.maximum(latest - random.integers(0, 4, len(rows)), 0)
    count = 2 * (1 + (DAY + 60) // 15)
    products = bought(rows.tolist(), customers=CUSTOMERS, items=count)
    shop = Record(record(lines()).orders, products, products)
    words = [{"pan" if one % 2 else "tent"} for one in range(count)]
    nothing = np.full(count, -1)
    targets = np.arange(count - 24, count)
    unknown = np.flatnonzero(products.before(DAY).buyers()[targets] == 0)[0]
    assert targets[unknown] % 2 == 0
    campers = np.arange(CUSTOMERS) % 2 == 0

    def lead(described: csr_array | None) -> float:
        model = fit_interest(shop, targets, day=DAY, horizon_days=30, described=described)
        chance = predict_interest(model, shop)[:, unknown]
        return float(chance[campers].mean() / chance[~campers].mean())

    assert lead(None) < 1.2
    assert lead(descriptions(words, nothing, nothing)) > 1.5


def test_groups_are_alike_through_their_products(described: csr_array):
    shop = record(lines(), level="brand")
    lens = fit_lens(shop, np.arange(6), day=DAY, belongs=belongs(), described=described)
    assert lens.likeness is not None
    assert lens.likeness.weights.shape == (PRODUCTS, 6)
    campers = np.arange(CUSTOMERS) % 2 == 0
    drawn = look(shop, lens).affinities[-1]
    assert drawn[campers, 0].mean() > drawn[~campers, 0].mean() + 1


def test_later_purchases_change_nothing(shop: Record, model: InterestModel, described: csr_array):
    rows = lines()
    past = record(rows[rows[:, 2] < DAY])
    targets = np.arange(PRODUCTS)
    relearned = fit_interest(past, targets, day=DAY, horizon_days=30, described=described)
    assert (predict_interest(relearned, past) == predict_interest(model, shop)).all()


def test_chunks_of_customers_give_the_same_as_all_at_once(shop: Record, model: InterestModel):
    part = predict_interest(model, shop.of(np.arange(400, CUSTOMERS)))
    assert part == pytest.approx(predict_interest(model, shop)[400:])


def test_a_stored_model_gives_the_same_within_rounding(shop: Record, model: InterestModel):
    stored = unpack(pack(halved(model)), InterestModel, *FOLLOWED_PARTS)
    assert stored.lens.likeness.weights.dtype == np.float32
    assert predict_interest(stored, shop) == pytest.approx(predict_interest(model, shop), rel=1e-3)


def test_affinities_are_measured_from_the_usual_ones(
    shop: Record, model: InterestModel, monkeypatch: pytest.MonkeyPatch
):
    sight = look(shop, model.lens)
    assert len(sight.affinities) == 3
    for affinity in sight.affinities:
        assert affinity[sight.active].mean(axis=0) == pytest.approx(np.zeros(PRODUCTS), abs=1e-9)
    monkeypatch.setattr(interest_features, "USUAL_CUSTOMERS", 100)
    sampled = fit_lens(shop, model.lens.targets, day=DAY)
    assert 0 < np.abs(sampled.usual - model.lens.usual[:2]).max() < 1


def test_likeness_finds_buyers_among_those_who_never_bought(
    shop: Record, model: InterestModel, described: csr_array
):
    never = ~bought_within(shop, np.arange(PRODUCTS), first=0, after=DAY)
    came = bought_within(shop, np.arange(PRODUCTS), first=DAY, after=DAY + 30) & never
    chance = predict_interest(model, shop)
    assert chance[came].mean() > 1.5 * chance[never].mean()
    assert model.lens.likeness is not None
    assert model.lens.likeness.items.tolist() == list(range(PRODUCTS))
