"""The pages a person sees, each with an address that exists in the shop at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from analytics.interest_targets import follow
from analytics.models import InterestTarget, TargetKind
from cdp.ingest.examples import example
from cdp.models import Customer, Job, Order, Upload
from segments.models import Segment


@dataclass(frozen=True)
class Look:
    """A page: the name of its picture, how its path is found, and whose page it is."""

    name: str
    path: Callable[[], str]
    role: str = "Admin"


def _to(route: str, query: str = "", **arguments: object) -> Callable[[], str]:
    return lambda: reverse(route, kwargs=arguments or None) + query


def best_customer() -> Customer:
    """The customer with most orders."""
    counted = Order.objects.exclude(customer=None).values("customer").annotate(n=Count("pk"))
    return Customer.objects.get(pk=counted.order_by("-n", "customer")[0]["customer"])


def largest_segment() -> Segment:
    """The segment with most members."""
    return Segment.objects.exclude(member_count=None).order_by("-member_count", "pk")[0]


def columns_of_a_file() -> str:
    """The page of a file that has just been brought: the example file of the customers."""
    folder = settings.DATA_DIR / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "example"
    path.write_text(example("customers"), encoding="utf-8")
    size = path.stat().st_size
    upload = Upload.objects.create(
        file_name="customers.csv", file_size=size, path=str(path), created_at=timezone.now()
    )
    return reverse("imports:mapping", args=[upload.pk])


def wanted_target() -> str:
    """The page of what most customers are interested in; in a shop that learned nothing, of a
    keyword.
    """
    learned = InterestTarget.objects.exclude(medium_limit=None).order_by("-medium_count", "pk")
    target = learned.first() or follow(TargetKind.KEYWORD, "tent")[0]
    return reverse("predictions:target", args=[target.pk])


def _of_segment(route: str) -> Callable[[], str]:
    return lambda: reverse(route, args=[largest_segment().pk])


GALLERY: list[Look] = [
    Look("log-in", _to("admin:login"), role=""),
    Look("home", _to("home")),
    Look("customers", _to("customers:list")),
    Look("customer", lambda: reverse("customers:detail", args=[best_customer().pk])),
    Look(
        "customer-analyst",
        lambda: reverse("customers:detail", args=[best_customer().pk]),
        role="Analyst",
    ),
    Look("segments", _to("segments:list")),
    Look("builder-new", _to("segments:new")),
    Look("builder", _of_segment("segments:edit")),
    Look("segment", _of_segment("segments:detail")),
    Look("segment-members", _of_segment("segments:members")),
    Look("segment-conditions", _of_segment("segments:conditions")),
    Look("segment-history", _of_segment("segments:history")),
    Look("segment-destinations", _of_segment("segments:destinations")),
    Look("segment-export", _of_segment("segments:handouts")),
    Look("report-card", _to("predictions:report_card")),
    Look("report-card-orders", _to("predictions:detail", prediction="orders_30")),
    Look("report-card-list", _to("predictions:detail", prediction="new_for_you")),
    Look("interests", _to("predictions:interests")),
    Look("interests-keywords", _to("predictions:interests", "?kind=keyword")),
    Look("interest-target", wanted_target),
    Look("interest-target-analyst", wanted_target, role="Analyst"),
    Look("import-columns", columns_of_a_file),
    Look("imports", _to("imports:list")),
    Look("jobs", _to("jobs:list")),
    Look("job", lambda: reverse("jobs:detail", args=[Job.objects.latest("pk").pk])),
    Look("settings", _to("settings:shop")),
    Look("settings-classification", _to("settings:classification")),
    Look("users", _to("users:list")),
    Look("account", _to("account:profile")),
    Look("two-step", _to("account:two_step")),
    Look("audit", _to("audit:list")),
]
