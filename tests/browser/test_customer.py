"""Somebody looks at a customer, reads back, asks for reasons and tags them."""

from __future__ import annotations

import pytest

from analytics.models import ChurnRisk, CustomerForecast, CustomerStatistics, Interest
from cdp.models import Customer
from segments.models import Segment, SegmentType
from tests.predictions import make_forecast, make_interest, make_target


@pytest.fixture
def regular(site) -> int:
    """The customer with the most orders."""
    return CustomerStatistics.objects.order_by("-order_count").values_list("pk", flat=True)[0]


def test_a_marketer_reads_about_a_customer(visit, regular) -> None:
    anna = visit("Marketer")
    page = anna.open(f"/customers/{regular}/")
    anna.check()
    shown = page.locator(".cdp-entry").count()
    page.get_by_role("link", name="Show older").click()
    page.wait_for_function(
        "count => document.querySelectorAll('.cdp-entry').length > count", arg=shown
    )
    assert page.url.endswith(f"/customers/{regular}/")
    places = page.locator(".cdp-entry-order .cdp-mono").all_inner_texts()
    assert len(places) == len(set(places))

    segment = Segment.objects.filter(type=SegmentType.DYNAMIC).order_by("name").last()
    assert segment is not None
    page.get_by_label("Segment", exact=True).select_option(label=segment.name)
    page.get_by_role("button", name="Explain").click()
    page.locator("#why-verdict").get_by_text(f"“{segment.name}”").first.wait_for()
    assert page.url.endswith(f"?why={segment.pk}#why")
    page.reload()
    page.locator("#why-verdict").get_by_text(f"“{segment.name}”").first.wait_for()

    page.get_by_label("New tag").fill("gold <b>friend")
    page.get_by_label("New tag").press("Enter")
    page.get_by_text("The tag “gold <b>friend” was added.").wait_for()
    page.get_by_role("button", name="Take the tag “gold <b>friend” away").click()
    page.get_by_text("The tag “gold <b>friend” was taken away.").wait_for()
    with anna.dark():
        anna.check()


def test_a_marketer_sees_what_comes_next_and_follows_an_interest(visit, regular) -> None:
    customer = Customer.objects.get(pk=regular)
    CustomerForecast.objects.filter(customer=customer).delete()
    Interest.objects.filter(customer=customer).delete()
    make_forecast(customer, chance_30=0.37, churn_probability=0.71, churn_risk=ChurnRisk.HIGH)
    target = make_target("Nobody’s <b>brand", label="Nobody’s <b>brand")
    make_interest(customer, target)
    anna = visit("Marketer")
    page = anna.open(f"/customers/{regular}/")
    page.get_by_role("link", name="churn risk: high").click()
    page.get_by_role("heading", name="Churn risk: high").wait_for()
    assert "37 %" in page.locator("#forecast").inner_text()
    anna.check()
    with anna.dark():
        anna.check()
    page.get_by_role("link", name="Nobody’s <b>brand").click()
    page.wait_for_url(f"**/predictions/interests/{target.pk}/")
    anna.check()


def test_the_page_fits_a_phone_and_hides_who_it_is_from_an_analyst(visit, regular) -> None:
    nils = visit("Analyst")
    nils.page.set_viewport_size({"width": 390, "height": 800})
    page = nils.open(f"/customers/{regular}/?kind=orders")
    nils.check()
    assert page.locator("h1").inner_text() == f"Customer {regular}"
    assert page.get_by_label("New tag").count() == 0
    page.locator(".cdp-entry-order .cdp-mono").first.click()
    page.get_by_role("heading", name="Order").wait_for()
    nils.check()
