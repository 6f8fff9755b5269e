"""A segment is kept at Mailchimp: connect, look first, send, see it equal, see somebody leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cdp.models import ConsentFlag, Customer
from integrations.models import Audience
from integrations.wanted import wanted
from segments.models import Segment
from tests.vendors.mailchimp import KEY, LIST, FakeMailchimp
from tests.vendors.server import running


@pytest.fixture
def mailchimp(lab: Any) -> Iterator[FakeMailchimp]:
    """The service, where the web server and the worker will look for it."""
    with running(FakeMailchimp()) as vendor:
        assert isinstance(vendor, FakeMailchimp)
        lab.environment |= vendor.site_settings
        yield vendor


def mailable_segment() -> Segment:
    """The segment with most members, all of whom may be mailed."""
    segment = Segment.objects.exclude(member_count=None).order_by("-member_count", "pk")[0]
    members = Customer.objects.filter(memberships__segment=segment)
    members.update(email_consent=ConsentFlag.GRANTED)
    return segment


def sync_and_wait(page: Page, button: str = "Sync now") -> None:
    """Press a button that sends, and wait until the page has loaded anew after the run."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text("is being brought up to date")).to_be_visible()
    expect(page.locator("[data-job]")).to_have_count(0, timeout=60_000)


def test_from_connecting_to_somebody_leaving(mailchimp: FakeMailchimp, site, visit) -> None:
    segment = mailable_segment()
    site.start_worker()
    visitor = visit("Marketer")

    # Connect, and see what was connected.
    page = visitor.open("/connections/")
    page.get_by_role("link", name="Connect Mailchimp").click()
    visitor.check()
    page.get_by_label("Name of the connection").fill("Newsletter")
    page.get_by_label("API key").fill(KEY)
    page.get_by_label("Audience ID").fill(LIST)
    page.get_by_role("button", name="Save and test").click()
    page.wait_for_url("**/connections/*/")
    visitor.check()
    assert KEY not in page.content()

    # Set an audience up: whom it reaches is said before anything is stored.
    visitor.open(f"/audiences/new/?segment={segment.pk}")
    expect(page.locator("[data-reach-place]")).to_contain_text(str(segment.member_count))
    page.get_by_label("Kept out to compare with").fill("50")
    expect(page.locator("[data-reach-place] tr", has_text="Kept out")).not_to_contain_text(" 0")
    page.get_by_label("Kept out to compare with").fill("0")
    expect(page.get_by_label("Time of day")).to_be_hidden()
    page.get_by_label("Brought up to date").select_option("daily")
    expect(page.get_by_label("Time of day")).to_be_visible()
    page.get_by_label("Brought up to date").select_option("manual")
    visitor.check()
    page.get_by_role("button", name="Set up the audience").click()
    page.wait_for_url("**/audiences/*/")
    audience = Audience.objects.get()
    assert segment.name not in audience.outside_name
    visitor.check()

    # Look first: nothing is sent.
    sent = len(mailchimp.requests)
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_role("link", name="Who would be sent")).to_be_visible(timeout=60_000)
    visitor.check()
    page.get_by_role("link", name="Who would be sent").click()
    expect(page.get_by_text("Nobody is to be removed.")).to_be_visible()
    visitor.check()
    assert len(mailchimp.requests) == sent

    # Send, and see that they are equal.
    count = wanted(audience).count()
    sync_and_wait(page, "Do it")
    audience.refresh_from_db()
    assert len(mailchimp.inside(audience.remote_id)) == count > 0
    expect(page.get_by_text(f"Equal: all {count} people who belong in are there")).to_be_visible()
    visitor.check()

    # Somebody takes their consent back: they leave over there, and the page says why.
    gone = wanted(audience).order_by("pk")[0]
    Customer.objects.filter(pk=gone.pk).update(email_consent=ConsentFlag.WITHDRAWN)
    page.reload()
    expect(
        page.get_by_text("Left to do: 0 to be added or confirmed, 1 to be removed.")
    ).to_be_visible()
    sync_and_wait(page)
    assert gone.email not in mailchimp.inside(audience.remote_id)
    assert len(mailchimp.inside(audience.remote_id)) == count - 1
    page.get_by_role("link", name="People").click()
    page.get_by_label("E-mail address, phone number or shop id").fill(gone.email)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Withdrew consent to marketing e-mail.")).to_be_visible()
    assert "@" not in page.url
    visitor.check()
    assert mailchimp.contacts[gone.email]["status"] != "unsubscribed"
    assert mailchimp.complaints == []
