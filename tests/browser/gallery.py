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
from integrations.models import RunKind
from segments.models import Segment
from tests.browser.outside import HELD, IN_ORDER, STOPPED, kept_outside, latest_run


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


def audience_list() -> str:
    """The list of audiences."""
    kept_outside()
    return reverse("audiences:list")


def dry_run() -> str:
    """What a dry run of an audience found."""
    run = latest_run(IN_ORDER, RunKind.DRY_RUN)
    return reverse("audiences:run", args=[run.audience_id, run.pk])


def new_audience() -> str:
    """Setting up an audience of another segment where profile fields can be sent along."""
    held = kept_outside(HELD)
    others = Segment.objects.exclude(audiences__connection=held.connection)
    segment = others.exclude(member_count=None).order_by("-member_count", "pk")[0]
    address = reverse("audiences:new")
    return f"{address}?segment={segment.pk}&connection={held.connection_id}"


def _of_audience(route: str, name: str = IN_ORDER) -> Callable[[], str]:
    return lambda: reverse(f"audiences:{route}", args=[kept_outside(name).pk])


def connection_list() -> str:
    """The list of connections."""
    kept_outside()
    return reverse("connections:list")


def segment_kept_outside() -> str:
    """The tab of a segment that says where it is kept."""
    return reverse("segments:destinations", args=[kept_outside().segment_id])


def _of_connection(route: str, name: str = IN_ORDER) -> Callable[[], str]:
    return lambda: reverse(f"connections:{route}", args=[kept_outside(name).connection_id])


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
    Look("segment-destinations", segment_kept_outside),
    Look("segment-export", _of_segment("segments:handouts")),
    Look("audiences", audience_list),
    Look("audience", _of_audience("detail")),
    Look("audience-analyst", _of_audience("detail"), role="Analyst"),
    Look("audience-held", _of_audience("detail", HELD)),
    Look("audience-stopped", _of_audience("detail", STOPPED)),
    Look("audience-people", _of_audience("people")),
    Look("audience-dry-run", dry_run),
    Look("audience-settings", _of_audience("edit", HELD)),
    Look("audience-new", new_audience),
    Look("audience-end", _of_audience("end")),
    Look("connections", connection_list),
    Look("connections-new", _to("connections:new")),
    Look("connections-connect", _to("connections:connect", kind="google")),
    Look("connection", _of_connection("detail")),
    Look("connection-settings", _of_connection("edit")),
    Look("connection-delete", _of_connection("delete")),
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
