"""BG/NBD gives the published figures, recovers simulated shops and survives extreme customers."""

from __future__ import annotations

import csv
import io
from importlib import metadata

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

from analytics.predictive import bg_nbd, gamma_gamma
from analytics.predictive.bg_nbd import BgNbd, Recency
from analytics.predictive.regression import NotEnoughDataError

# Fader, Hardie & Lee 2005, table 2: the CDNOW sample, in weeks.
PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426)


def customer(repeats: float, last: float, watched: float) -> Recency:
    return Recency(*(np.array([value], np.float64) for value in (repeats, last, watched)))


def simulated(model: BgNbd, *, customers: int, watched: float, seed: int) -> Recency:
    """Live through the model's story, one order at a time for all customers at once."""
    random = np.random.default_rng(seed)
    rate = random.gamma(model.r, 1 / model.alpha, customers)
    leaves = random.beta(model.a, model.b, customers)
    now, count = np.zeros(customers), np.zeros(customers)
    last, active = np.zeros(customers), np.ones(customers, bool)
    while active.any():
        now = now + random.exponential(1 / np.maximum(rate, 1e-12))
        active &= now <= watched
        count[active] += 1
        last[active] = now[active]
        active &= random.random(customers) >= leaves
    return Recency(count, last, np.full(customers, watched))


def integrated(model: BgNbd, repeats: float, last: float, watched: float, days: float) -> float:
    """E[X] of an active customer is (1 - exp(-lambda p t)) / p; averaged over p numerically."""

    def given(share: float) -> float:
        p = max(beta.ppf(share, model.a, model.b + repeats), 1e-12)
        return (1 - (1 + p * days / (model.alpha + watched)) ** -(model.r + repeats)) / p

    alive = model.alive(customer(repeats, last, watched))[0]
    return alive * quad(given, 0, 1, limit=200)[0]


def test_the_example_of_the_paper():
    # The customer with x = 2, t = 30.43, T = 38.86 is expected to order 1.226 times in 39 weeks
    # (Fader, Hardie & Lee, Implementing the BG/NBD Model in Microsoft Excel, 2005).
    seen = customer(2, 30.43, 38.86)
    assert PUBLISHED.expected_orders(seen, days=39)[0] == pytest.approx(1.226, abs=5e-4)
    assert PUBLISHED.alive(seen)[0] == pytest.approx(0.7266, abs=1e-4)


@pytest.mark.parametrize(
    "model",
    [
        PUBLISHED,
        BgNbd(0.5, 60, 1.0, 2.4),
        BgNbd(2.5, 60, 0.3, 0.5),
        BgNbd(1.5, 6, 3, 5),
        BgNbd(5, 60, 2, 1e5),
        BgNbd(0.7, 60, 500, 1e5),
        BgNbd(0.7, 60, 1e5, 1e3),
    ],
)
@pytest.mark.parametrize(
    ("repeats", "last", "watched", "days"),
    [(0, 0, 100, 30), (3, 50, 100, 365), (60, 350, 360, 90)],
)
def test_expected_orders_is_the_integral_it_stands_for(model, repeats, last, watched, days):
    found = model.expected_orders(customer(repeats, last, watched), days=days)[0]
    assert found == pytest.approx(integrated(model, repeats, last, watched, days), rel=1e-3)


def test_a_simulated_shop_is_recovered_and_its_future_foreseen():
    truth = BgNbd(0.8, 40.0, 0.7, 2.5)
    whole = simulated(truth, customers=30_000, watched=400, seed=3)
    model = bg_nbd.fit(whole)
    assert (model.r, model.alpha) == pytest.approx((truth.r, truth.alpha), rel=0.05)
    assert model.a / (model.a + model.b) == pytest.approx(0.7 / 3.2, rel=0.05)
    fresh = Recency(np.zeros(30_000), np.zeros(30_000), np.zeros(30_000))
    assert model.expected_orders(fresh, days=400).sum() == pytest.approx(
        whole.repeats.sum(), rel=0.02
    )
    # P(at least one order in 400 days) of a fresh customer is the share who came back.
    share = (whole.repeats > 0).mean()
    assert model.probability(fresh, days=400).mean() == pytest.approx(share, abs=0.01)


def test_the_unit_of_time_does_not_matter():
    seen = simulated(BgNbd(0.8, 40.0, 0.7, 2.5), customers=2_000, watched=400, seed=1)
    days = bg_nbd.fit(seen)
    weeks = bg_nbd.fit(Recency(seen.repeats, seen.last / 7, seen.watched / 7))
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-3)
    assert (days.r, days.a, days.b) == pytest.approx((weeks.r, weeks.a, weeks.b), rel=1e-3)


def test_the_fit_is_a_maximum():
    seen = simulated(PUBLISHED, customers=3_000, watched=39, seed=2)
    model = bg_nbd.fit(seen)
    best = bg_nbd.log_likelihood(model, seen)
    for changed in np.eye(4) * 0.1:
        factors = np.exp(changed)
        for sign in (1, -1):
            other = np.array([model.r, model.alpha, model.a, model.b]) * factors**sign
            assert bg_nbd.log_likelihood(BgNbd(*other), seen) < best


def test_extreme_customers_get_finite_figures():
    seen = Recency(
        np.array([0.0, 5_000, 5_000, 1, 0]),
        np.array([0.0, 3_000, 3_000, 1, 0]),
        np.array([1.0, 3_001, 9_000, 9_000, 20_000]),
    )
    for model in (PUBLISHED, BgNbd(0.7, 66.0, 6e-6, 5e4), BgNbd(1e-4, 1e-3, 1e-4, 1e-4)):
        orders, chance = model.expected_orders(seen, days=365), model.probability(seen, days=365)
        assert np.isfinite(orders).all()
        assert (orders >= 0).all()
        assert ((chance >= 0) & (chance <= 1)).all()


def test_a_shop_in_which_nobody_comes_back_says_what_it_lacks():
    once = Recency(np.zeros(500), np.zeros(500), np.arange(500.0))
    with pytest.raises(NotEnoughDataError, match=r"needs 30 customers who ordered again, has 0"):
        bg_nbd.fit(once)


def published_sample() -> list[dict[str, str]]:
    """The CDNOW sample as the package `lifetimes` carries it; read, never imported."""
    try:
        files = metadata.files("lifetimes") or []
    except metadata.PackageNotFoundError:
        pytest.skip("The package lifetimes, which carries the CDNOW sample, is not installed.")
    path = next(file for file in files if file.name.endswith("summary_with_transactions.csv"))
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_the_published_parameters_of_the_cdnow_sample():
    rows = published_sample()
    x, last, watched, money = (
        np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")
    )
    seen = Recency(x, last, watched)
    model = bg_nbd.fit(seen)
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx(
        (0.243, 4.414, 0.793, 2.426), rel=0.01
    )
    assert bg_nbd.log_likelihood(model, seen) == pytest.approx(-9582.4, abs=0.1)
    value = gamma_gamma.fit(x, money)
    assert (value.p, value.q, value.v) == pytest.approx((6.25, 3.74, 15.44), rel=0.01)
