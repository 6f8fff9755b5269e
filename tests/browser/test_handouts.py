"""Customers leave the house by hand: a file is downloaded, a secret link is read and rotated."""

from __future__ import annotations

import requests
from playwright.sync_api import Page, expect

from cdp.models import Job
from segments.models import Segment
from tests.browser.gallery import largest_segment


def shown_address(page: Page) -> str:
    return page.get_by_label("Secret address").input_value()


def test_a_file_is_made_of_columns_in_a_chosen_order(site, visit) -> None:
    visitor = visit("Marketer")
    page = visitor.open(f"/segments/{largest_segment().pk}/handouts/")
    visitor.check()
    page.get_by_role("button", name="Choose none").click()
    page.get_by_role("checkbox", name="e-mail email", exact=True).check()
    page.get_by_role("checkbox", name="orders", exact=False).first.check()
    up = page.get_by_role("button", name="Move orders up")
    for _step in range(10):
        up.focus()
        page.keyboard.press("Enter")
    expect(page.locator("[data-columns-said]")).to_have_text("orders is now number 1")
    assert page.evaluate("document.activeElement.ariaLabel") == "Move orders up"
    page.get_by_role("button", name="Write the file").click()
    expect(page.get_by_text("waiting for a worker")).to_be_visible()
    visitor.check()
    site.run("jobs", "run", Job.objects.filter(kind="export").latest("pk").pk)
    page.get_by_text("The file is ready.").wait_for()
    visitor.check()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    content = download.value.path().read_text(encoding="utf-8")
    assert content.splitlines()[0] == '"order_count","email"'
    assert content.count("\n") == (largest_segment().member_count or 0) + 1


def test_a_secret_link_is_shown_once_read_rotated_and_revoked(visit) -> None:
    segment: Segment = largest_segment()
    visitor = visit("Marketer", permissions=["clipboard-read", "clipboard-write"])
    page = visitor.open(f"/segments/{segment.pk}/handouts/")
    page.get_by_role("link", name="New secret link").click()
    visitor.check()
    page.get_by_label("Who is it for?").fill("Agency")
    expect(page.get_by_label("Last day")).to_be_hidden()
    page.get_by_label("until the end of a day").check()
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_text("Say until the end of which day")).to_be_visible()
    page.get_by_role("radio", name="30 days").check()
    page.get_by_role("button", name="Make the link").click()
    address = shown_address(page)
    visitor.check()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address
    read = requests.get(address, timeout=10)
    assert read.status_code == 200
    assert read.text.count("\r\n") == (segment.member_count or 0) + 1
    page.get_by_role("link", name="To the page of this link").click()
    assert address not in page.content()
    expect(page.get_by_role("cell", name="read", exact=True)).to_be_visible()
    visitor.check()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Rotate").click()
    page.get_by_text("The secret was replaced").wait_for()
    second = shown_address(page)
    assert requests.get(address, timeout=10).status_code == 404
    assert requests.get(second, timeout=10).content == read.content
    page.get_by_role("link", name="I have copied it").click()
    visitor.check()
    page.get_by_role("link", name="Agency").click()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("is revoked. Its address gives nothing any more.").wait_for()
    assert requests.get(second, timeout=10).status_code == 404
