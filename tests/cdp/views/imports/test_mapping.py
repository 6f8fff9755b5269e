from __future__ import annotations

import gzip
import re

import pytest
from django.test import Client

from cdp.models import ImportRun
from tests.cdp.views.imports.conftest import CHOICES, PEOPLE, bring, check, text_of, work

pytestmark = pytest.mark.django_db
SCRIPT = {"HTTP_X_REQUESTED_WITH": "regulars"}


def chosen(page: str) -> dict[str, str]:
    """Return what each column of the page is taken for."""
    found = {}
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        selected = re.search(r'<option value="([^"]*)" selected>', options)
        found[name] = selected[1] if selected else ""
    return found


def test_kind_and_columns_are_proposed(marketer: Client) -> None:
    upload = bring(marketer, name="Kunden 2024.csv")
    found = chosen(text_of(marketer, f"/imports/uploads/{upload.pk}/"))
    assert found["kind"] == "customers"
    assert found["column-0"] == "customer_id"
    assert found["column-1"] == "email"
    assert found["column-3"] == "field:tier"
    assert found["order-2"] == ""


@pytest.mark.parametrize(
    ("name", "header", "kind"),
    [
        ("export.csv", "order_id,ordered_at,total,customer_id", "orders"),
        ("export.csv", "order_id,product_id,quantity,price", "order_lines"),
        ("order_items.csv", "order_id,sku,qty", "order_lines"),
        ("export.csv", "email,first_name,last_name", "customers"),
        ("export.csv", "sku,title,brand,price", "products"),
        ("refunds.csv", "order_id,date,amount", "refunds"),
        ("x.csv", "cart_id,created_at,email,abandoned_at", "carts"),
        ("x.csv", "email,channel,choice,timestamp,proof", "consents"),
        ("x.csv", "customer_id,occurred_at,event,search_term", "events"),
        ("bestellungen.csv", "Bestellnr;Datum;Kunde;Summe", "orders"),
    ],
)
def test_the_kind_is_told_from_name_and_headers(
    name: str, header: str, kind: str, marketer: Client
) -> None:
    upload = bring(marketer, f"{header}\n", name)
    assert chosen(text_of(marketer, f"/imports/uploads/{upload.pk}/"))["kind"] == kind


def test_another_kind_can_be_chosen(marketer: Client) -> None:
    upload = bring(marketer)
    page = text_of(marketer, f"/imports/uploads/{upload.pk}/?kind=events")
    assert chosen(page)["kind"] == "events"
    assert "No column is the kind of event yet" in page


def test_the_preview_follows_the_choice_of_columns(marketer: Client) -> None:
    upload = bring(marketer)
    address = f"/imports/uploads/{upload.pk}/"
    part = marketer.post(address, CHOICES, **SCRIPT).content.decode()
    assert "<html" not in part
    assert "March 4, 2024" in part
    other = marketer.post(address, {**CHOICES, "order-2": "DD/MM/YYYY"}, **SCRIPT)
    assert "April 3, 2024" in other.content.decode()
    assert not ImportRun.objects.exists()


def test_without_a_script_a_button_updates_the_preview(marketer: Client) -> None:
    upload = bring(marketer)
    sent = {**CHOICES, "column-3": "", "preview": "1"}
    answer = marketer.post(f"/imports/uploads/{upload.pk}/", sent)
    assert answer.status_code == 200
    assert chosen(answer.content.decode())["column-3"] == ""
    assert not ImportRun.objects.exists()


def test_cells_that_cannot_be_read_are_marked(marketer: Client) -> None:
    rows = "o,d,t,s,c\nA,2024-01-01,x,paid,DK\nB,2024-01-02,5,weird,Atlantis\n,2024-01-03,5,paid,\n"
    upload = bring(marketer, rows, "orders.csv")
    sent = {"kind": "orders", "source": "shop", "column-0": "order_id", "column-1": "placed_at"}
    sent |= {"column-2": "total", "column-3": "status", "column-4": "country"}
    part = marketer.post(f"/imports/uploads/{upload.pk}/", sent, **SCRIPT).content.decode()
    assert "The order total is not an amount. Write it as 1234.56." in part
    assert "The order status &#x27;weird&#x27; is not known." in part
    assert "The country could not be read and was left out." in part
    assert "The row has no order id. Fill it in." in part
    assert "3 of 3 rows would be rejected" in part


def test_what_is_missing_or_doubled_is_said_and_not_checked(marketer: Client) -> None:
    upload = bring(marketer)
    address = f"/imports/uploads/{upload.pk}/"
    sent = {**CHOICES, "column-0": "", "column-1": ""}
    part = marketer.post(address, sent, **SCRIPT).content.decode()
    assert "One of these is needed" in part
    assert "would be rejected" not in part
    part = marketer.post(address, {**CHOICES, "column-3": "email"}, **SCRIPT).content.decode()
    assert "Several columns are taken for the same field: e-mail address" in part
    answer = marketer.post(address, {**sent, "check": "1"})
    assert answer.status_code == 200
    assert "has no column for the customer id or e-mail address" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_choice_nobody_offered_is_refused(marketer: Client) -> None:
    upload = bring(marketer)
    address = f"/imports/uploads/{upload.pk}/"
    answer = marketer.post(address, {**CHOICES, "column-1": "password", "check": "1"})
    assert answer.status_code == 200
    assert "is no field of customers" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_columns_are_remembered_from_the_last_import(marketer: Client) -> None:
    first = bring(marketer)
    check(marketer, first, source="north", **{"column-3": ""})
    marketer.post(f"/imports/uploads/{first.pk}/import/")
    work(ImportRun.objects.get(is_dry_run=False))
    again = bring(marketer, name="people of may.csv")
    page = text_of(marketer, f"/imports/uploads/{again.pk}/")
    assert "as last time" in page
    assert chosen(page)["column-3"] == ""
    assert chosen(page)["order-2"] == "MM/DD/YYYY"
    assert 'value="north"' in page


def test_columns_chosen_before_the_check_are_there_again(marketer: Client) -> None:
    upload = bring(marketer)
    check(marketer, upload, **{"column-3": ""})
    found = chosen(text_of(marketer, f"/imports/uploads/{upload.pk}/"))
    assert (found["column-3"], found["order-2"]) == ("", "MM/DD/YYYY")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "The file empty.csv is empty."),
        ("blank.csv", b"\n\n  \n", "The file blank.csv is empty."),
        ("sheet.xlsx", b"PK\x03\x04rest", "is a spreadsheet or archive, not CSV"),
        ("noise.csv", bytes(range(1, 32)) * 9, "noise.csv is not text"),
        ("cut.csv.gz", gzip.compress(PEOPLE.encode(), mtime=0)[:-12], "damaged or incomplete gzip"),
        ("wide.csv", ",".join(map(str, range(201))).encode(), "has 201 columns; 200 are allowed"),
    ],
)
def test_what_is_no_table_is_said_on_the_page(
    name: str, content: bytes, says: str, marketer: Client
) -> None:
    upload = bring(marketer, content, name)
    page = text_of(marketer, f"/imports/uploads/{upload.pk}/")
    assert says in page
    assert upload.path not in page
    assert "choose another file" in page


def test_doubled_and_nameless_headers_can_be_chosen_each(marketer: Client) -> None:
    upload = bring(marketer, "id,mail,mail,\n1,x,anna@example.com,DK\n", "customers.csv")
    sent = {"kind": "customers", "source": "shop", "column-0": "customer_id", "column-1": ""}
    sent |= {"column-2": "email", "column-3": "country"}
    part = marketer.post(f"/imports/uploads/{upload.pk}/", sent, **SCRIPT).content.decode()
    assert "anna@example.com" in part
    assert re.search(r">\s*DK\s*<", part)


def test_hostile_cells_do_nothing(marketer: Client) -> None:
    hostile = "<script>alert(1)</script>"
    upload = bring(marketer, f"id,{hostile}\n1,{hostile}\n2,<div x-data x-init=a>\n", "c.csv")
    page = text_of(marketer, f"/imports/uploads/{upload.pk}/?kind=customers")
    assert hostile not in page
    assert "<div x-data" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_asks_the_database_as_often_for_many_columns(
    marketer: Client, django_assert_max_num_queries: object
) -> None:
    wide = ",".join(f"c{n}" for n in range(180))
    upload = bring(marketer, f"email,{wide}\na@example.com\n", "c.csv")
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        text_of(marketer, f"/imports/uploads/{upload.pk}/")
