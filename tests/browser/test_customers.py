"""A marketer finds customers, keeps the view, puts them on a list and takes it back."""

from __future__ import annotations

from playwright.sync_api import expect

from cdp.models import SavedView
from segments.models import Membership, Segment


def test_a_marketer_chooses_customers_and_puts_them_on_a_list(visit) -> None:
    anna = visit("Marketer")
    page = anna.open("/customers/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("one-time buyer").check()
    page.get_by_role("button", name="Show these customers").click()
    expect(page.get_by_role("link", name="Importance: one-time buyer")).to_be_visible()
    assert page.url.endswith("?importance=one_time")  # Empty fields stay out of the address.
    anna.check()

    page.get_by_text("Save as a view").click()
    page.get_by_label("Name", exact=True).fill("Once only")
    page.get_by_role("button", name="Save the view").click()
    expect(page.get_by_role("link", name="Once only")).to_have_attribute("aria-current", "page")
    assert SavedView.objects.get().query == "importance=one_time"

    page.get_by_role("button", name="Tag…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tick customers first.")).to_be_visible()
    page.get_by_label("Choose all on this page").check()
    expect(page.get_by_text("50 chosen")).to_be_visible()
    page.get_by_label("Choose all on this page").uncheck()
    rows = page.locator("[name=customer]")
    rows.nth(1).click()
    rows.nth(4).click(modifiers=["Shift"])
    expect(page.get_by_text("4 chosen")).to_be_visible()
    rows.nth(4).click()
    rows.nth(1).click(modifiers=["Shift"])
    boxes = page.get_by_role("checkbox", name="Choose ")
    for place in (2, 3):  # After those for all matches and for the page.
        boxes.nth(place).focus()
        page.keyboard.press("Space")
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_role("button", name="Add to list…").click()

    expect(page.get_by_role("heading", name="Add them to a list")).to_be_visible()
    anna.check()
    page.get_by_label("New list").fill("Fair 2026")
    page.get_by_role("button", name="Make the list").click()
    expect(page.get_by_text("2 customers were added to the list “Fair 2026”.")).to_be_visible()
    anna.check()
    assert Membership.objects.filter(segment__name="Fair 2026").count() == 2
    page.get_by_role("button", name="Undo this").click()
    expect(page.get_by_text("2 customers were removed from the list")).to_be_visible()
    assert Segment.objects.get(name="Fair 2026").member_count == 0


def test_the_list_works_on_a_phone_and_without_scripts(visit) -> None:
    phone = visit("Marketer", width=390, dark=True)
    phone.open("/customers/?importance=one_time&importance=vip&q=a")
    phone.check()

    plain = visit("Marketer", java_script_enabled=False).open("/customers/")
    plain.get_by_role("checkbox", name="Choose all 300 matches").check()
    plain.get_by_role("button", name="Tag…").click()
    plain.get_by_label("Tag", exact=True).fill("Everybody")
    plain.get_by_role("button", name="Add the tag").click()
    expect(plain.get_by_text("300 customers were given the tag “Everybody”.")).to_be_visible()
