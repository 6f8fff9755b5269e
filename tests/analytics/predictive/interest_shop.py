"""A made-up shop with tastes: campers buy camping things, cooks buy cooking things."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from analytics.predictive.cadence import Days, order_days
from analytics.predictive.interest_features import Record
from analytics.predictive.purchases import Purchases, at_level, purchases

PRODUCTS, TASTES, CUSTOMERS, DAY = 24, 2, 600, 400
SNEAKER = PRODUCTS


def bought(rows: list[tuple[int, int, int]], *, customers: int, items: int) -> Purchases:
    """Purchases from rows (customer, item, day)."""
    columns = np.array(rows, np.int64).reshape(-1, 3)
    return purchases(
        columns[:, 0], columns[:, 1], columns[:, 2], customer_count=customers, item_count=items
    )


def lines(seed: int = 1, customers: int = CUSTOMERS, until: int = DAY + 60) -> np.ndarray:
    """Rows (customer, product, day): nine of ten products bought are of the customer's taste."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        taste = customer % TASTES
        pace = random.uniform(15, 90)
        day = random.uniform(0, 200)
        while day < until:
            for _line in range(random.integers(1, 4)):
                kind = taste if random.random() < 0.9 else 1 - taste
                product = kind * (PRODUCTS // TASTES) + random.integers(PRODUCTS // TASTES)
                rows.append((customer, int(product), int(day)))
            day += random.exponential(pace) + 1
    return np.array(rows, np.int64)


def belongs() -> csr_array:
    """Six brands of four products each, two tastes; the sneaker is of brand 0."""
    brand = np.append(np.arange(PRODUCTS) // 4, 0)
    return csr_array((np.ones(brand.size), (np.arange(brand.size), brand)), shape=(brand.size, 6))


def record(rows: np.ndarray, *, level: str = "product", customers: int = CUSTOMERS) -> Record:
    """The shop's record; product number 24 is never bought."""
    products = bought(rows.tolist(), customers=customers, items=PRODUCTS + 1)
    order = np.lexsort((rows[:, 2], rows[:, 0]))
    orders: Days = order_days(rows[order, 0], rows[order, 2])
    chosen = products if level == "product" else at_level(products, belongs())
    return Record(orders, products, chosen)
