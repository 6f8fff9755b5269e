"""A newcomer builds segments by mouse and keys; the count is the one the command gives."""

from __future__ import annotations

import re
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from segments.models import Segment

DETAIL = re.compile(r"/segments/\d+/")


def add(page: Page, words: str) -> Locator:
    """Search for what to ask and take the first that is found; return the new row."""
    rows = page.locator(".cdp-builder-row")
    before = rows.count()
    page.get_by_role("button", name="Add a condition").click()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(rows).to_have_count(before + 1)
    expect(rows.last.locator("[data-criterion]")).to_be_hidden()
    return rows.last


def change_operator(page: Page, row: Locator, label: str) -> Locator:
    with page.expect_response(re.compile("/builder/row/")):
        row.locator("[data-operator]").select_option(label=label)
    expect(page.locator(".cdp-builder-row").last).to_be_visible()
    return page.locator(".cdp-builder-row").last


def choose(page: Page, row: Locator, name: str, words: str) -> None:
    """Type into a list and take the first match."""
    box = row.get_by_role("combobox", name=name)
    box.click()
    box.press_sequentially(words)
    box.press("Enter")
    expect(row.locator(".cdp-chip")).not_to_have_count(0)


@contextmanager
def counted(page: Page):
    """Do something that changes the result, and wait until it is counted."""
    with page.expect_response(re.compile("/builder/funnel/")):
        yield


def save(page: Page, name: str) -> int:
    """Give a name, save by the keyboard, and return the count that was shown before."""
    page.get_by_label("Name", exact=True).fill(name)
    expect(page.locator("#cdp-result")).to_have_attribute("aria-busy", "false")
    shown = page.locator(".cdp-builder-big").inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(DETAIL)
    return int(shown.replace(",", ""))


def test_a_marketer_builds_three_segments_and_counts_as_the_command_does(visit, site) -> None:
    anna = visit("Marketer")
    page = anna.open("/segments/new/")
    anna.check()
    with counted(page):
        add(page, "last order")
    with counted(page):
        add(page, "revenue")
    anna.check()
    counts = {"Silent": save(page, "Silent")}

    page = anna.open("/segments/new/")
    with counted(page):
        row = add(page, "an order")
    row = change_operator(page, row, "was between")
    with counted(page):
        label = row.locator("[data-presets] option", has_text="Christmas").inner_text()
        row.locator("[data-presets]").select_option(label=label)
    counts["Christmas"] = save(page, "Christmas")

    page = anna.open("/segments/new/")
    row = add(page, "bought")
    with counted(page):
        choose(page, row, "Categories", "tents")
    row = add(page, "country")
    with counted(page):
        choose(page, row, "Country", "denm")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".cdp-builder-row").first).to_have_id("c-2")
    anna.check()
    counts["Danish campers"] = save(page, "Danish campers")

    for name, count in counts.items():
        assert int(site.run("segments", "count", name).split()[-1].replace(",", "")) == count
    campers = Segment.objects.get(name="Danish campers")
    asked = list(campers.conditions.values_list("criterion", flat=True))
    assert asked == ["country", "purchased"]


def test_nothing_is_lost_by_leaving_or_by_a_mistake(visit) -> None:
    anna = visit("Marketer", width=390)
    page = anna.open("/segments/new/")
    with counted(page):
        add(page, "number of orders")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.keyboard.press("Control+Enter")
    page.get_by_role("link", name="Give the segment a name.").click()
    expect(page.locator("#id-name")).to_be_focused()
    expect(page.locator(".cdp-builder-row")).to_have_count(1)
    anna.check()


def test_the_builder_works_without_scripts(visit) -> None:
    page = visit("Marketer", java_script_enabled=False).open("/segments/new/")
    page.locator("[name=name]").fill("By buttons")
    page.locator("[name=add]").click()
    page.locator("#id-c-1-criterion").select_option("last_order")
    page.locator("#c-1 button[value=apply]").click()
    page.locator("#id-c-1-v-amount").fill("90")
    page.locator("#cdp-result button[value=preview]").click()
    expect(page.locator("#c-1-figures")).to_contain_text("alone:")
    page.locator("#cdp-save").click()
    page.wait_for_url(DETAIL)
