"""A marketer goes through the list of segments and the tabs of one; nothing needs a mouse."""

from __future__ import annotations

import re

from cdp.models import Customer
from segments.models import Segment


def test_a_marketer_looks_at_a_segment_from_every_side(visit, site) -> None:
    marketer = visit("Marketer")
    segment = Segment.objects.get(name="One-time buyers")
    page = marketer.open("/segments/")
    page.get_by_role("button", name="Star One-time buyers").click()
    first = page.locator("tbody tr").first
    assert "One-time buyers" in first.inner_text()
    marketer.check()

    page.get_by_role("link", name="One-time buyers", exact=True).click()
    page.get_by_role("heading", name="Compared with all buyers").wait_for()
    shared = page.locator("section", has=page.locator("#overlap"))
    shared.locator("[data-lazy]:not([aria-busy])").wait_for()
    marketer.check()

    page.get_by_role("link", name="Members", exact=True).click()
    count = page.get_by_text(re.compile(r"^[\d,]+ members?$")).inner_text()
    assert count.startswith(f"{segment.member_count:,} ")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("e-mail", exact=True).check()
    page.get_by_role("button", name="Show these columns").click()
    page.get_by_role("link", name="E-mail").wait_for()
    marketer.check()

    page.get_by_role("link", name="Conditions", exact=True).click()
    page.get_by_role("columnheader", name="Finds alone").wait_for()
    alone = page.locator("tbody tr").first.locator("td").nth(1).inner_text()
    assert alone == f"{segment.member_count:,}"
    marketer.check()

    page.get_by_role("link", name="History", exact=True).click()
    page.get_by_role("link", name=re.compile(r"entered on")).first.click()
    page.get_by_role("heading", name=re.compile("Change of")).wait_for()
    marketer.check()


def test_members_are_kept_and_the_segment_is_deleted_by_keyboard(visit, site) -> None:
    marketer = visit("Marketer")
    segment = Segment.objects.get(name="One-time buyers")
    count = Customer.objects.count()
    page = marketer.open(f"/segments/{segment.pk}/")
    page.get_by_text("More", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Keep as a fixed list").is_visible()
    assert page.locator(":focus").inner_text() == "More"
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Keep as a fixed list").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name of the list").fill("Autumn")
    page.keyboard.press("Enter")
    page.get_by_text("are kept as the list “Autumn”").wait_for()
    assert Segment.objects.get(name="Autumn").member_count == segment.member_count

    page = marketer.open(f"/segments/{segment.pk}/delete/")
    page.get_by_role("button", name="Delete the segment").press("Enter")
    page.get_by_text("Its customers are kept").wait_for()
    assert not Segment.objects.filter(pk=segment.pk).exists()
    assert Customer.objects.count() == count
    marketer.check()


def test_suggestions_are_created_with_a_click_on_a_phone(visit, site) -> None:
    Segment.objects.all().delete()
    marketer = visit("Marketer", width=390)
    page = marketer.open("/segments/")
    page.get_by_role("button", name=re.compile("^Create all")).wait_for()
    marketer.check()
    page.get_by_role("button", name="Create One-time buyers").click()
    page.get_by_role("heading", name="Compared with all buyers").wait_for()
    assert Segment.objects.get().member_count
    marketer.check()


def test_without_a_script_every_part_can_still_be_reached(visit, site) -> None:
    segment = Segment.objects.get(name="One-time buyers")
    page = visit("Marketer", java_script_enabled=False).open(f"/segments/{segment.pk}/conditions/")
    page.get_by_role("link", name="Count what each row does").click()
    page.get_by_role("columnheader", name="Finds alone").wait_for()
    page.get_by_role("link", name="Overview", exact=True).click()
    page.get_by_role("link", name="Compare with the other segments").click()
    page.get_by_role("columnheader", name="Shared members").wait_for()
