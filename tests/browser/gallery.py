"""The pages a person sees, each with an address that exists in the shop at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from cdp.models import Customer, Job, Order
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
    Look("segment-export", _of_segment("segments:handouts")),
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
