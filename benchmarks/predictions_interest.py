"""How well interest and recommendations foretell the two real shops, beside the plain rules.

python benchmarks/predictions_interest.py [--shop webshop] [--horizon 90] [--earlier 0 60 120]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import harness


def main() -> None:
    """Print one table per shop and day of split."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--shop", nargs="+", default=["webshop", "grocery"])
    arguments.add_argument("--horizon", type=int, default=30, help="days foretold")
    arguments.add_argument("--earlier", type=int, nargs="+", default=[0], help="days before T")
    arguments.add_argument("--every", action="store_true", help="judge every value, not a sample")
    options = arguments.parse_args()
    with harness.prepared(argparse.Namespace(customers=0, database="sqlite", repeats=1)):
        from benchmarks.interest_data import SPLITS, read_shop
        from benchmarks.interest_tables import interest_rows, recommendation_rows

        for shop in options.shop:
            data = read_shop(shop)
            for earlier in options.earlier:
                day = SPLITS[shop].toordinal() - earlier
                title = f"{shop}, T - {earlier} days, {options.horizon} days ahead"
                harness.show(
                    f"Interested in: {title}",
                    ("level, method", "AUC", "lift 10 %", "AUC never", "lift never", "ECE"),
                    interest_rows(data, day=day, horizon_days=options.horizon, every=options.every),
                )
                harness.show(
                    f"Recommendations, NDCG@10: {shop}, T - {earlier} days",
                    ("method", "all", "never bought"),
                    recommendation_rows(data, day=day),
                )


if __name__ == "__main__":
    main()
