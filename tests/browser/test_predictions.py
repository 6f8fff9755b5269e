"""A marketer asks what predictions are worth, who wants what, and makes a segment of them."""

from __future__ import annotations

import re

from analytics.models import BackTest, InterestTarget, Strength
from cdp.models import Customer, Job
from segments.models import Segment
from tests.predictions import make_back_test, make_interest, make_target


def brand_with_fans() -> InterestTarget:
    """A brand of the shop that twelve customers want, seven of them much."""
    InterestTarget.objects.all().delete()
    target = make_target("Adidas", medium_count=12, high_count=7, buyer_count=40)
    for place, customer in enumerate(Customer.objects.order_by("pk")[:12]):
        strength = Strength.HIGH if place < 7 else Strength.MEDIUM
        make_interest(customer, target, strength, score=0.4 - place / 100)
    return target


def test_from_the_report_card_to_a_segment(visit, site) -> None:
    target = brand_with_fans()
    BackTest.objects.all().delete()
    make_back_test("interest_brand", target_count=1)
    marketer = visit("Marketer")
    page = marketer.open("/")
    page.get_by_role("link", name="Report card").first.click()
    page.get_by_role("link", name="Interest in brands").click()
    page.get_by_role("heading", name="Beside the rules people use today").wait_for()
    page.get_by_text("Figures as a table").first.click()
    marketer.check()

    page.get_by_role("main").get_by_role("link", name="Who wants what").click()
    page.get_by_role("link", name="Adidas", exact=True).click()
    page.get_by_role("heading", name="Who most probably buys it").wait_for()
    assert page.locator("tbody tr").count() == 12
    marketer.check()

    page.get_by_role("link", name="Build a segment").click()
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    page.get_by_text("“Interested in Adidas” was saved").wait_for()
    wanted = set(target.interests.values_list("customer", flat=True))
    members = Segment.objects.get(name="Interested in Adidas").memberships
    assert set(members.values_list("customer", flat=True)) == wanted


def test_a_keyword_is_followed_by_keyboard_on_a_phone(visit, site) -> None:
    marketer = visit("Marketer", width=390)
    page = marketer.open("/predictions/interests/?kind=keyword")
    page.get_by_label("Name", exact=True).fill("gravel bike")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Who wants “gravel bike”").wait_for()
    assert "being found out in the background" in page.content()
    marketer.check()
    target = InterestTarget.objects.get(key="gravel bike")
    assert target.is_asked
    assert Job.objects.filter(kind="refresh").exists()
    page = marketer.open("/predictions/interests/?kind=category")
    page.get_by_label("Name", exact=True).fill("No such thing")
    page.get_by_role("button", name="Follow").press("Enter")
    page.get_by_text("The shop has no category “No such thing”").wait_for()
    marketer.check()


def test_the_list_turns_without_a_script(visit, site) -> None:
    brand_with_fans()
    analyst = visit("Analyst", java_script_enabled=False)
    page = analyst.open("/predictions/interests/")
    page.get_by_role("link", name="Interested").click()
    assert "sort=-interested" in page.url
    page.get_by_label("Search in names").fill("adi")
    page.get_by_label("Search in names").press("Enter")
    assert page.locator("tbody tr").count() == 1
    assert not page.get_by_role("button", name="Follow").count()
