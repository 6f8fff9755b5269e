"""The shell: its menu by role, its skip link, its pages for what is not there."""

from __future__ import annotations

import pytest

MENU = {
    "Analyst": {"Home", "Customers", "Segments", "Jobs"},
    "Marketer": {"Home", "Customers", "Segments", "Import", "Jobs"},
}


@pytest.mark.parametrize("role", MENU)
def test_the_menu_shows_what_the_role_may_open(visit, role: str) -> None:
    visitor = visit(role)
    page = visitor.open("/")
    links = page.locator("#nav-sidebar a:visible").all_inner_texts()
    names = {text.split("\n")[-1].strip() for text in links}
    assert MENU[role] <= names
    assert not {"Settings", "Users", "Audit log", "Raw tables"} & names


def test_the_keyboard_reaches_the_content_at_once(visit) -> None:
    page = visit("Marketer").open("/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "cdp-main"


def test_a_page_that_does_not_exist_says_so_in_the_shell(visit) -> None:
    visitor = visit("Marketer")
    page = visitor.open("/nothing/", status=404)
    assert page.get_by_text("There is no page at this address.").is_visible()
    visitor.check()


def test_a_page_of_another_role_says_whom_to_ask(visit) -> None:
    visitor = visit("Analyst")
    page = visitor.open("/imports/", status=403)
    assert page.get_by_text("Ask an administrator").is_visible()
    visitor.check()
