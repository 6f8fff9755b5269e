"""`manage.py refresh`: compute statistics, labels and predictions, now or as of a past day."""

from __future__ import annotations

import argparse
from datetime import date, datetime

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from analytics.models import Refresh, RefreshPart
from analytics.overview import Counts, Overview, overview
from cdp.commands import ShopCommand
from cdp.jobs.runner import enqueue, run_in_foreground
from cdp.models import JobState, Shop
from cdp.periods import start_of
from cdp.terminal import JobBar

ATTEMPTS = 5


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a day. Write it as 2026-12-31."
        ) from None


class Command(ShopCommand):
    """Request a refresh, work on its job here, and show what came of it."""

    help = (
        "Compute the statistics, the classification and the predictions of all customers. With "
        "--as-of the shop is shown as it was at the start of that day, until the next refresh "
        "without it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--as-of",
            type=_day,
            metavar="YYYY-MM-DD",
            help="use only what was known at the start of this local day, and stay there",
        )
        parser.add_argument("--full", action="store_true", help="compute everybody, changed or not")
        parser.add_argument(
            "--only",
            choices=[RefreshPart.FORECASTS.value, RefreshPart.INTERESTS.value],
            help=(
                "learn and predict this part only, for everybody: forecasts, or interests and "
                "recommendations; where the figures of the shop are from another day, everything "
                "is computed"
            ),
        )

    def handle(self, *args: object, **options: object) -> None:
        """Run it."""
        now = timezone.now()
        day, is_full = options["as_of"], bool(options["full"])
        as_of = start_of(day, Shop.objects.current().zone) if isinstance(day, date) else None
        if as_of is not None and as_of > now:
            raise CommandError(f"{day} lies in the future. Name a day that has begun.")
        part = RefreshPart(str(options["only"] or RefreshPart.ALL))
        request = Refresh.objects.request(now=now, as_of=as_of, is_full=is_full, part=part)
        began = timezone.now()
        refresh = self._finished(request, now=now)
        seconds = (timezone.now() - began).total_seconds()
        self._show(overview(refresh), refresh, seconds=seconds)

    def _finished(self, request: Refresh, *, now: datetime) -> Refresh:
        """Run jobs until the one that took up the request has ended."""
        with JobBar("refresh", unit="customers") as bar:
            for _attempt in range(ATTEMPTS):
                job = run_in_foreground(enqueue("refresh", now=now), progress=bar)
                if job.state != JobState.DONE:
                    raise CommandError(
                        f"The refresh ended as {job.get_state_display()}: {job.message}"
                    )
                found = Refresh.objects.filter(pk=request.pk).first()
                if found is None:
                    raise CommandError(
                        "Another refresh was requested meanwhile and took this one's place."
                    )
                if found.finished_at is not None:
                    return found
        raise CommandError("The refresh was not taken up. Look at the jobs, then try again.")

    def _show(self, found: Overview, refresh: Refresh, *, seconds: float) -> None:
        kind = "all" if refresh.is_full else "those with changes"
        part = "" if refresh.part == RefreshPart.ALL else f", {refresh.part} only"
        pin = ", pinned" if refresh.is_pinned else ""
        self.stdout.write(
            f"Computed {refresh.customer_count:,} customers ({kind}{part}) as of "
            f"{found.moment:%Y-%m-%d %H:%M}{pin} in {seconds:.1f} s; "
            f"{refresh.changed_count:,} changed."
        )
        self._show_counts("life cycle", found.life_cycles, total=found.buyer_count)
        self._show_counts("importance", found.importances, total=found.buyer_count)
        self._show_counts("price sensitivity", found.price_sensitivities, total=found.buyer_count)
        self._show_counts("churn risk", found.churn_risks, total=found.forecast_count)
        self.stdout.write(f"  {'customers with orders':<20}{found.buyer_count:>12,}")
        self.stdout.write(f"  {'VIP share of revenue':<20}{found.vip_revenue_share:>12.1%}")
        self.stdout.write(
            f"  one-time buyers slip away after {refresh.one_time_slip_days} and are lost after "
            f"{refresh.one_time_lost_days} days ({refresh.second_order_count:,} second orders)"
        )
        self.stdout.write(f"  {'forecasts':<20}{found.forecast_count:>12,}")
        self.stdout.write(f"  {'learned interests':<20}{found.target_count:>12,}")
        for label, sentence in found.missing:
            self.stdout.write(f"  {label}: {sentence}")

    def _show_counts(self, title: str, counts: Counts, *, total: int) -> None:
        self.stdout.write(f"  {title}")
        for label, count in counts:
            share = count / total if total else 0
            self.stdout.write(f"    {label:<18}{count:>12,}  {share:>6.1%}")
