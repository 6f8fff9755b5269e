"""Processor seconds and memory of every step of predicting for a million random customers.

python benchmarks/predictions_scale.py [--customers 1000000] [--every 10]

Ten orders of three lines per customer. Measured are the steps of a refresh on arrays, one process:
what is learned from its samples, then every chunk of customers. Seconds are those of the processor,
so that other work on the machine does not count. Reading and writing the database is
not in it (see `refresh.py`). With `--every 10` only each tenth chunk is predicted, and its seconds
count ten times.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import harness

CHUNK = 20_000
KILOBYTES_PER_GIGABYTE = 1024 * 1024


class Steps:
    """Adds up processor seconds by step and keeps the peak of memory when each was last done."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.peak: dict[str, float] = {}

    def __call__(self, name: str, work: Callable[[], Any], *, times: int = 1) -> Any:
        """Return what `work` returns; its seconds count `times` times."""
        started = time.process_time()
        result = work()
        self.seconds[name] += (time.process_time() - started) * times
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.peak[name] = peak / KILOBYTES_PER_GIGABYTE
        return result

    def rows(self) -> list[tuple[object, ...]]:
        """Return a row per step in the order of their first use, and their sum."""
        found: list[tuple[object, ...]] = [
            (name, f"{spent:.1f}", f"{self.peak[name]:.2f}") for name, spent in self.seconds.items()
        ]
        total = sum(self.seconds.values())
        return [*found, ("all", f"{total:.1f}", f"{max(self.peak.values()):.2f}")]


def measure(customers: int, every: int) -> Steps:
    """Learn and predict for a shop of `customers`, and print what was done."""
    from analytics.learning.order_samples import MOST_CUSTOMERS as MOST_FORECAST
    from analytics.learning.purchase_samples import MOST_CUSTOMERS as MOST_INTERESTED
    from analytics.predictive import assortment, forecast, interest_stored
    from analytics.predictive.assortment_trial import try_assortment
    from analytics.predictive.intervals import churn_risk, days_until_likely
    from benchmarks.scale_learning import followed_kinds, forecaster, goods_of
    from benchmarks.scale_shop import TODAY, scale_shop

    shop, steps = scale_shop(), Steps()
    sample = shop.chunk(min(customers, MOST_FORECAST), seed=0)
    model = forecaster(sample.days, steps)
    sample = shop.chunk(min(customers, MOST_INTERESTED), seed=0)
    kinds = followed_kinds(shop, sample.record, steps, customers=customers)
    goods = goods_of(shop)
    day = TODAY - assortment.HORIZON_DAYS
    bought = sample.record.products
    steps(
        "try recommendations",
        lambda: try_assortment(bought, goods, day=day, horizon_days=assortment.HORIZON_DAYS),
    )
    shelf = steps(
        "learn recommendations", lambda: assortment.learn_assortment(bought, goods, day=TODAY)
    )
    orders = lines = interests = 0
    chunks = range(1, -(-customers // CHUNK) + 1)[::every]
    for seed in chunks:
        chunk = shop.chunk(CHUNK, seed=seed)
        orders += chunk.days.day.size * every
        lines += chunk.line_count * every

        def forecasts(chunk: Any = chunk) -> None:
            found = forecast.predict(model, chunk.days, today=TODAY)
            churn_risk(found.probability, forecast.HORIZONS, found.probability[:, 0] * 0 + 60.0)
            days_until_likely(found.probability, forecast.HORIZONS)

        steps("predict forecasts", forecasts, times=every)
        for kind, followed in kinds.items():
            found = steps(
                f"predict interest: {kind}",
                lambda chunk=chunk, followed=followed: list(
                    interest_stored.find(followed, chunk.record, day=TODAY)
                ),
                times=every,
            )
            interests += sum(part.customer.size for part in found) * every
        steps(
            "predict recommendations",
            lambda chunk=chunk: assortment.two_lists(
                shelf, chunk.record.products, day=TODAY, usable=goods.buyable, most=5
            ),
            times=every,
        )
    targets = sum(followed.targets.size for followed in kinds.values())
    print(
        f"{customers:,} customers, {orders:,} order days, {lines:,} lines, {targets} targets, "
        f"{interests:,} interests; {len(chunks)} chunks of {CHUNK:,} predicted, "
        f"each counted {every} times."
    )
    return steps


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--customers", type=int, default=1_000_000)
    arguments.add_argument("--every", type=int, default=1, help="predict each n-th chunk only")
    options = arguments.parse_args()
    with harness.prepared(argparse.Namespace(customers=0, database="sqlite", repeats=1)):
        steps = measure(options.customers, options.every)
    harness.show("Learning and predicting", ("step", "seconds", "peak GB"), steps.rows())


if __name__ == "__main__":
    main()
