"""The first day: log in, import, build a segment, export it, hand out a link and take it back."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from django.utils import timezone
from playwright.sync_api import Page, expect

from cdp.models import Customer, Order, Shop
from segments.models import Segment
from tests.people import make_user

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def shop(empty_shop):
    """Nothing has been imported yet."""
    return empty_shop


def write(path: Path, rows: list[list[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)
    return path


def shop_files(folder: Path) -> tuple[Path, Path]:
    """Thirty customers, ten of whom ordered three times; one row is wrong in each file."""
    customers = [["Kundennummer", "E-Mail", "Vorname", "Nachname", "Land", "Newsletter"]]
    customers += [
        [f"C{number}", f"anna.{number}@example.com", "Anna", f"Jensen {number}", "DK", "yes"]
        for number in range(30)
    ]
    customers.append(["", "", "Bad", "Row", "DK", "yes"])
    days = [timezone.now() - timedelta(days=20 + 40 * which) for which in range(3)]
    orders = [["order_id", "customer_id", "order_date", "total", "currency"]]
    orders += [
        [f"O{number}-{which}", f"C{number}", f"{day:%Y-%m-%d}", f"{50 + number}.00", "DKK"]
        for number in range(10)
        for which, day in enumerate(days)
    ]
    orders.append(["O99", "C1", "yesterday", "10.00", "DKK"])
    return write(folder / "customers.csv", customers), write(folder / "orders.csv", orders)


def import_file(page: Page, path: Path, *, rows: int) -> None:
    page.get_by_role("link", name="Import", exact=True).click()
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Check the file").wait_for()
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name=f"Import {rows} rows").click(timeout=60_000)
    expect(page.get_by_text(f"{rows} rows are imported.")).to_be_visible(timeout=60_000)


def test_from_the_first_log_in_to_a_revoked_link(site, visit, tmp_path: Path) -> None:
    user = make_user("Marketer", "anna")
    user.set_password(PASSWORD)
    user.save()
    Shop.objects.update_or_create(pk=1, defaults={"name": "Tents", "currency": "DKK"})
    site.start_worker()
    visitor = visit()

    # A stranger is asked to log in, and comes back to where they wanted to go.
    page = visitor.open("/segments/")
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("do not belong together")).to_be_visible()
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/segments/")
    visitor.check()

    # Two files come in by the page; what cannot be taken is named and can be downloaded.
    customers, orders = shop_files(tmp_path)
    import_file(page, customers, rows=30)
    import_file(page, orders, rows=30)
    visitor.check()
    with page.expect_download() as rejects:
        page.get_by_role("link", name="Download the rejected rows").click()
    assert "yesterday" in rejects.value.path().read_text(encoding="utf-8-sig")
    assert (Customer.objects.count(), Order.objects.count()) == (30, 30)
    site.wait_for_quiet()

    # A segment is built with a live result.
    page.get_by_role("link", name="Segments", exact=True).click()
    visitor.open("/segments/new/")
    page.get_by_label("Name", exact=True).fill("Three orders")
    choose_criterion(page, "Number of orders")
    page.locator("[name$='-operator']").first.select_option("at_least")
    page.locator("[name$='-value']").first.fill("3")
    expect(page.locator("#cdp-result")).to_contain_text("10")
    visitor.check()
    page.get_by_role("button", name="Save segment").click()
    page.wait_for_url("**/segments/*/")
    segment = Segment.objects.get(name="Three orders")
    assert segment.member_count == 10
    visitor.check()

    # Its members leave as a file.
    page.get_by_role("link", name="Export & link").click()
    page.get_by_role("button", name="Write the file").click()
    with page.expect_download() as export:
        page.get_by_role("link", name="Download").click(timeout=60_000)
    lines = export.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 11
    assert "anna.0@example.com" in "".join(lines)

    # They leave by a link as well, until it is rotated.
    visitor.open(f"/segments/{segment.pk}/handouts/")
    page.get_by_role("link", name="New secret link").click()
    page.get_by_label("Who is it for?").fill("Mail program")
    page.get_by_role("button", name="Make the link").click()
    first = page.get_by_label("Secret address").input_value()
    answer = requests.get(first, timeout=10)
    assert answer.status_code == 200
    assert len(answer.text.splitlines()) == 11
    page.get_by_role("link", name="To the page of this link").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Rotate").click()
    page.get_by_text("The secret was replaced").wait_for()
    assert requests.get(first, timeout=10).status_code == 404
    assert requests.get(page.get_by_label("Secret address").input_value(), timeout=10).ok

    # The home page has noticed all of it.
    visitor.open("/")
    visitor.check()


def choose_criterion(page: Page, name: str) -> None:
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Search the criteria").fill(name)
    page.get_by_role("option", name=name).first.click()
