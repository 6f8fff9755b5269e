"""How well predictions foretell two real shops, beside the plain rules and the goals, in one run.

python benchmarks/predictions.py [webshop] [--earlier 0 60 120] [--horizon 90] [--every]

Orders again, interest and recommendations are learned from the days before the split alone and
compared with the days from it on. Goals are for the split itself; choices were made on earlier
days. The shops lie in REGULARS_SHARED_DATA or in ../shared/data.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import harness

SHOPS = ("webshop", "grocery")
KILOBYTES_PER_GIGABYTE = 1024 * 1024
INTEREST_HEADS = ("level, method", "AUC", "lift 10 %", "AUC never", "lift never", "ECE")


class Watch:
    """Does steps one after the other and keeps how long each took."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []

    def __call__(self, name: str, step: Callable[[], Any]) -> Any:
        """Return what the step returns."""
        started = time.perf_counter()
        result = step()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_PER_GIGABYTE
        self.rows.append((name, f"{time.perf_counter() - started:.1f}", f"{peak:.2f}"))
        return result


def judge(shop: str, options: argparse.Namespace, watch: Watch) -> None:
    """Print all tables of a shop."""
    from benchmarks import interest_data, interest_tables, orders_again

    days = watch(f"{shop}: read orders", lambda: orders_again.read(shop))
    counts: list[tuple[object, ...]] = []
    money: list[tuple[object, ...]] = []
    for earlier in options.earlier:
        today = interest_data.SPLITS[shop].toordinal() - earlier
        found = watch(
            f"{shop}, T - {earlier}: forecasts",
            lambda today=today: orders_again.forecasts(days, today=today),
        )
        rows = orders_again.order_rows(days, shop, earlier=earlier, found=found)
        counts += rows[0]
        money += rows[1]
    harness.show(f"Orders again, {shop}", orders_again.COUNT_HEADS, counts)
    title = f"Revenue, {shop} (below, above: outside the 80 % interval)"
    harness.show(title, orders_again.MONEY_HEADS, money)
    data = watch(f"{shop}: read lines", lambda: interest_data.read_shop(shop))
    for earlier in options.earlier:
        moment = interest_data.SPLITS[shop] - timedelta(days=earlier)
        day = moment.toordinal()
        rows = []
        for level in interest_data.LEVELS:
            rows += watch(
                f"{shop}, T - {earlier}: interest in a {level}, with plain rules",
                lambda level=level, day=day: interest_tables.interest_rows(
                    data, level, day=day, horizon_days=options.horizon, every=options.every
                ),
            )
            if not earlier and options.horizon == interest_tables.WINDOW_DAYS:
                rows.append(interest_tables.goal(shop, level))
        title = f"Interested in: {shop}, as of {moment}, {options.horizon} days ahead"
        harness.show(title, INTEREST_HEADS, rows)
        rows = watch(
            f"{shop}, T - {earlier}: recommendations, with plain rules",
            lambda day=day: interest_tables.recommendation_rows(data, day=day),
        )
        if not earlier and shop in interest_tables.LIST_GOALS:
            rows.append(("goal", *interest_tables.LIST_GOALS[shop]))
        title = f"Recommendations, NDCG@10: {shop}, as of {moment}"
        harness.show(title, ("method", "all", "never bought"), rows)


def main() -> None:
    """Judge the shops named on the command line, or both."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("shops", nargs="*", choices=[*SHOPS, []], help="webshop, grocery")
    arguments.add_argument(
        "--earlier", type=int, nargs="+", default=[0], help="days before the split, e.g. 0 60 120"
    )
    arguments.add_argument("--horizon", type=int, default=30, help="days ahead, for interest")
    arguments.add_argument("--every", action="store_true", help="judge every value, not a sample")
    options = arguments.parse_args()
    watch = Watch()
    with harness.prepared(argparse.Namespace(customers=0, database="sqlite", repeats=1)):
        from benchmarks.interest_data import FOLDER

        for shop in options.shops or SHOPS:
            if not (FOLDER / shop).is_dir():
                raise SystemExit(f"{FOLDER / shop} is missing; set REGULARS_SHARED_DATA.")
            judge(shop, options, watch)
    harness.show("Seconds", ("step", "seconds", "peak GB so far"), watch.rows)


if __name__ == "__main__":
    main()
