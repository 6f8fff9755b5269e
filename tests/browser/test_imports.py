"""A marketer brings a file: columns, check, import; then files that are no use are explained."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from cdp.models import Customer, Job

PEOPLE = (
    "Kundennr;E-Mail-Adresse;Angelegt am;Land;Stufe\n"
    "n1;nora@example.com;03/04/2024;Italien;gold\n"
    "n2;<script>alert(1)</script>@example.com;04/05/2024;Atlantis;{{7*7}}\n"
    ";;05/06/2024;DK;<div x-data x-init=alert(1)>\n"
)


def work(site) -> None:
    site.run("jobs", "run", Job.objects.live().filter(kind="import").latest("pk").pk)


def test_a_file_is_dropped_checked_and_imported(site, visit, tmp_path: Path) -> None:
    file = tmp_path / "Kunden.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    visitor = visit("Marketer")
    page = visitor.open("/imports/")
    visitor.check()
    page.get_by_label("Drop CSV files here").set_input_files(file)
    page.wait_for_url(re.compile("/imports/uploads/"))
    preview = page.locator("[data-preview]")
    expect(preview).to_contain_text("April 3, 2024")
    expect(preview).to_contain_text("The row has no customer id or e-mail address.")
    visitor.check()

    page.get_by_label("Order of day and month in Angelegt am").select_option("MM/DD/YYYY")
    expect(preview).to_contain_text("March 4, 2024")
    page.get_by_role("combobox", name="Kundennr").select_option("")
    page.get_by_role("combobox", name="E-Mail-Adresse").select_option("")
    expect(page.get_by_role("status")).to_contain_text("One of these is needed")
    page.get_by_role("combobox", name="Kundennr").select_option("customer_id")
    page.get_by_role("combobox", name="E-Mail-Adresse").select_option("email")
    expect(preview).not_to_contain_text("One of these is needed")

    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("Nothing is written yet.").wait_for()
    visitor.check()
    work(site)
    page.get_by_role("button", name="Import 2 rows").wait_for()
    expect(page.get_by_text("Found: 'Atlantis'")).to_be_visible()
    visitor.check()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rejected rows").click()
    rejects = download.value.path().read_text(encoding="utf-8-sig")
    assert rejects.splitlines()[1].startswith("4,The row has no customer id")
    assert not Customer.objects.filter(external_id="n1").exists()

    page.get_by_role("button", name="Import 2 rows").click()
    page.get_by_text("You may leave this page").wait_for()
    work(site)
    page.get_by_text("2 rows are imported.").wait_for()
    visitor.check()
    nora = Customer.objects.get(external_id="n1")
    assert (nora.email, nora.country) == ("nora@example.com", "IT")


def test_on_a_phone_in_the_dark_useless_files_are_explained(visit, tmp_path: Path) -> None:
    sheet, orders = tmp_path / "sheet.csv", tmp_path / "orders.csv"
    sheet.write_bytes(b"PK\x03\x04 rest")
    orders.write_text("order;date;total\n1;2026-01-01;5\n", encoding="utf-8")
    visitor = visit("Marketer", width=390, dark=True)
    page = visitor.open("/imports/")
    page.get_by_label("Drop CSV files here").set_input_files([sheet, orders])
    page.get_by_role("link", name="sheet.csv", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("is a spreadsheet or archive, not CSV")
    visitor.check()
    page.get_by_role("button", name="Delete it and choose another file").click()
    expect(page.get_by_role("link", name="sheet.csv", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Continue with orders.csv").click()
    expect(page.get_by_role("combobox", name="The rows of this file are")).to_have_value("orders")
    visitor.check()
