"""A large audience at fast fakes of the services: seconds, requests and peak memory of each run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness import NOW, ROOT, parser, prepared

KEYS = ("mailchimp", "klaviyo", "google", "meta")


@dataclass(frozen=True)
class Measured:
    """One `manage.py sync` in a process of its own."""

    seconds: float
    peak_mb: float
    requests: int
    writes: int


def fast(key: str) -> Any:
    """Return a fake that checks no contract and finishes at once what it takes for later."""
    from tests.vendors import FAKES

    class Fast(FAKES[key]):  # type: ignore[misc]
        def check(self, *arguments: object) -> None:
            """Believe every request."""

        def answer(self, request: Any) -> Any:
            self.work()
            return super().answer(request)

        def _known(self, attributes: dict[str, Any]) -> str:
            known: dict[str, str] = self.__dict__.setdefault("numbers", {})
            external = attributes["external_id"]
            if external not in known:
                known[external] = self.put(attributes.get("email", ""))
            return known[external]

    return Fast()


@contextmanager
def vendors(keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Serve the fakes, and tell processes started meanwhile where they are."""
    from django.conf import settings

    from tests.vendors.server import running

    with ExitStack() as stack:
        found = {key: stack.enter_context(running(fast(key))) for key in keys}
        for vendor in found.values():
            for name, value in vendor.site_settings.items():
                setattr(settings, name, value)
                os.environ[name] = value
        yield found


def fill(count: int) -> Any:
    """Store customers with every consent in one segment, and return it."""
    from cdp.models import ConsentFlag, Customer, Shop
    from segments.models import Membership, Segment, SegmentType

    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    segment = Segment.objects.create(
        name="Everybody", type=SegmentType.STATIC, created_at=NOW, edited_at=NOW
    )
    for start in range(0, count, 10_000):
        made = Customer.objects.bulk_create(
            Customer(
                external_id=f"c{number}",
                bucket=number % 10_000,
                email=f"person.{number}@shop.example",
                phone=f"+45{20_000_000 + number}",
                first_name="Anna",
                last_name=f"Rossi {number}",
                country="DK",
                postal_code="8000",
                email_consent=ConsentFlag.GRANTED,
                ads_consent=ConsentFlag.GRANTED,
            )
            for number in range(start, min(start + 10_000, count))
        )
        Membership.objects.bulk_create(
            Membership(segment=segment, customer=one, entered_at=NOW) for one in made
        )
    return segment


def own_kb(pid: int) -> int:
    """Return the memory a process holds itself, 0 if it has ended.

    Pages of the database file that SQLite maps are the system's to take back and do not count.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)


def measured(vendor: Any, name: str) -> Measured:
    """Run `manage.py sync` for one audience."""
    before, began = len(vendor.requests), time.perf_counter()
    writes = len(vendor.asked(vendor.writes))
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "sync", name], stdout=subprocess.DEVNULL
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, own_kb(process.pid))
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"The sync of {name} failed.")
    return Measured(
        time.perf_counter() - began,
        peak / 1024,
        len(vendor.requests) - before,
        len(vendor.asked(vendor.writes)) - writes,
    )


def main() -> None:
    """Sync, sync again without changes, then let a tenth leave; print a row for each."""
    options_of = parser("Measure syncs of a large audience.")
    options_of.add_argument("--services", nargs="+", choices=KEYS, default=KEYS)
    arguments = options_of.parse_args()
    with prepared(arguments) as options, vendors(arguments.services) as services:
        from integrations.models import AudienceMember
        from segments.models import Membership
        from tests.connections import make_audience, make_connection

        segment = fill(options.customers)
        audiences = {
            key: make_audience(make_connection(key, vendor), segment, outside_name=f"All {key}")
            for key, vendor in services.items()
        }
        print(
            f"{'service':<11}{'run':<12}{'seconds':>9}{'peak MB':>9}{'requests':>10}{'writes':>8}"
        )
        for step in ("first", "unchanged", "tenth left"):
            if step == "tenth left":
                leaving = Membership.objects.order_by("pk")[: options.customers // 10]
                Membership.objects.filter(
                    pk__in=list(leaving.values_list("pk", flat=True))
                ).delete()
            for key, vendor in services.items():
                found = measured(vendor, f"All {key}")
                print(
                    f"{key:<11}{step:<12}{found.seconds:>9.1f}{found.peak_mb:>9.0f}"
                    f"{found.requests:>10,}{found.writes:>8,}",
                    flush=True,
                )
        for key, vendor in services.items():
            audiences[key].refresh_from_db()
            inside = vendor.inside(audiences[key].remote_id)
            ours = AudienceMember.objects.filter(audience=audiences[key], state="in").count()
            print(f"{key}: {len(inside):,} there, {ours:,} in our record")


if __name__ == "__main__":
    main()
