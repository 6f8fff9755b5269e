"""Members as CSV and JSON: columns, streaming, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.models import CustomerStatistics
from analytics.refresh import refresh_now
from cdp.models import Customer
from segments.exceptions import SegmentError
from segments.handouts.dialects import neutral
from segments.handouts.export import COLUMNS, DEFAULT_COLUMNS, as_csv, as_json, columns_named
from tests import factories
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo(factories.ZONE)
DANGEROUS = [
    "=1+1",
    "+45 12 34 56 78",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠A",
    " =1",
    "   @A",
    "\u00a0=1",
    "\u3000=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x","y")',
    "-",
]
HARMLESS = ["", "Anna", "A=1", "Müller-Lüdenscheidt", "'quoted'", "12", "a\nb", "1;2", '"', "Ærø"]


def everybody() -> object:
    return CustomerStatistics.objects.all()


def csv_rows(*columns: str, is_raw: bool = False) -> list[list[str]]:
    text = "".join(as_csv(everybody(), columns_named(columns), zone=ZONE, is_raw=is_raw))
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.fixture
def shop() -> None:
    factories.make_shop()
    anna = factories.make_customer(
        external_id="7",
        email="anna@example.com",
        first_name="Anna",
        last_name="=1+1",
        country="DK",
        email_consent=1,
    )
    factories.make_customer(external_id="8", first_name="+1", phone="+4512345678")
    placed = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    factories.make_order(anna, placed, total="99.90")
    factories.make_order(anna, datetime(2026, 7, 3, tzinfo=UTC), total="-120")
    refresh_now(now=NOW, full=True)


@pytest.mark.usefixtures("shop")
def test_a_row_holds_the_usual_columns() -> None:
    header, anna, other = csv_rows()
    assert header == list(DEFAULT_COLUMNS)
    assert anna[:6] == ["7", "anna@example.com", "Anna", "'=1+1", "DK", ""]
    assert anna[6:9] == ["1", "-20.10", "2026-07-02T00:30:00+02:00"]
    assert other[6:] == ["0", "0.00", "", "", ""]


@pytest.mark.usefixtures("shop")
def test_numbers_stay_numbers_while_text_is_disarmed() -> None:
    columns = columns_named(["revenue", "phone", "first_name"])
    lines = "".join(as_csv(everybody(), columns, zone=ZONE)).splitlines()
    assert lines[1:] == ['-20.10,"","Anna"', '0.00,"\'+4512345678","\'+1"']


@pytest.mark.usefixtures("shop")
def test_raw_text_is_left_as_it_is() -> None:
    assert csv_rows("last_name", is_raw=True)[1] == ["=1+1"]


@pytest.mark.usefixtures("shop")
def test_json_keeps_money_exact_and_text_untouched() -> None:
    text = "".join(
        as_json(everybody(), columns_named(["last_name", "revenue", "is_mailable"]), zone=ZONE)
    )
    assert json.loads(text) == [
        {"last_name": "=1+1", "revenue": "-20.10", "is_mailable": True},
        {"last_name": "", "revenue": "0.00", "is_mailable": False},
    ]


@pytest.mark.usefixtures("shop")
def test_every_column_can_be_written_in_both_forms() -> None:
    columns = columns_named(list(COLUMNS))
    header, anna, other = csv_rows(*COLUMNS)
    assert len(header) == len(anna) == len(other) == len(COLUMNS)
    shown = dict(zip(header, anna, strict=True))
    assert (shown["email_consent"], shown["is_mailable"]) == ("granted", "yes")
    assert shown["importance"] == "one_time"
    rows = json.loads("".join(as_json(everybody(), columns, zone=ZONE)))
    assert list(rows[0]) == list(COLUMNS)
    assert rows[1]["email_consent"] == "unknown"


def test_nobody_is_a_header_or_an_empty_list() -> None:
    assert csv_rows("email") == [["email"]]
    assert json.loads("".join(as_json(everybody(), columns_named([]), zone=ZONE))) == []


@pytest.mark.usefixtures("shop")
def test_columns_come_in_the_order_asked_for_and_once() -> None:
    assert csv_rows("revenue", "email", "revenue")[0] == ["revenue", "email"]


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(SegmentError, match=r"“emial”.*“email”"):
        columns_named(["emial"])


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert neutral(text) == text


@pytest.mark.parametrize("name", ["=1+1", "+45 12 34", "-2", "@A", "＝1", "Anna"])
def test_our_own_importer_gives_the_original_back(name: str, tmp_path: Path) -> None:
    factories.make_shop()
    customer = factories.make_customer(external_id="7", first_name=name)
    refresh_now(now=NOW, full=True)
    columns = columns_named(["customer_id", "first_name"])
    path = tmp_path / "customers.csv"
    path.write_text("".join(as_csv(everybody(), columns, zone=ZONE)), encoding="utf-8", newline="")
    Customer.objects.update(first_name="changed")
    call_command("import_csv", "customers", str(path), stdout=io.StringIO())
    customer.refresh_from_db()
    assert customer.first_name == name


def test_members_are_read_in_pieces_with_one_query() -> None:
    factories.make_shop()
    for number in range(600):
        factories.make_customer(first_name="x" * 100, external_id=f"n{number}")
    refresh_now(now=NOW, full=True)
    with CaptureQueriesContext(connection) as queries:
        pieces = list(as_csv(everybody(), columns_named([]), zone=ZONE))
    assert len(queries) == 1
    assert len(pieces) > 1
    assert max(map(len, pieces)) < 64_000
    assert "".join(pieces).count("\r\n") == 601
