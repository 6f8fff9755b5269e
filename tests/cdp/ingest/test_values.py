from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from cdp.ingest import values
from cdp.ingest.dates import OrderEvidence, parse_moment
from cdp.ingest.values import BadValue

UTC_ZONE = ZoneInfo("UTC")
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1'234.50", "1234.50"),
        ("€ 12,50", "12.50"),
        ("12,50 kr.", "12.50"),
        ("GBP 3.99", "3.99"),
        ("$1,234", "1234"),
        ("1.234.567", "1234567"),
        ("-12", "-12"),
        ("12-", "-12"),
        ("(12.50)", "-12.50"),
        ("\u221212", "-12"),
        ("-€12", "-12"),
        (".5", "0.5"),
        ("0,123", "0.123"),
        ("1.234", "1.234"),
        ("+7", "7"),
    ],
)
def test_numbers_in_many_spellings(text, number):
    assert values.parse_number(text) == Decimal(number)


def test_column_with_decimal_commas_reads_dots_as_groups():
    assert values.parse_number("1.234", has_comma=True) == 1234
    assert values.parse_number("1,234", has_comma=True) == Decimal("1.234")
    assert values.parse_number("1,234") == 1234


@pytest.mark.parametrize(
    "text", ["", "free", "1,2,3", "1.2.3,4", "12,34,56.7", "1e5", "NaN", "--", "5 6"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(BadValue):
        values.parse_number(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-12-31", (2024, 12, 31)),
        ("2024-12-31 23:59:58", (2024, 12, 31, 23, 59, 58)),
        ("2024-12-31T23:59:58Z", (2024, 12, 31, 23, 59, 58)),
        ("2024-12-31T23:59:58.123+01:00", (2024, 12, 31, 22, 59, 58, 123000)),
        ("2024-12-31 23:59:58 +0100", (2024, 12, 31, 22, 59, 58)),
        ("2024-12-31 23:59:58 UTC", (2024, 12, 31, 23, 59, 58)),
        ("20241231", (2024, 12, 31)),
        ("2024/12/31 8:05", (2024, 12, 31, 8, 5)),
        ("31.12.2024", (2024, 12, 31)),
        ("1.2.2024 08:05", (2024, 2, 1, 8, 5)),
        ("31/12/2024 08:05", (2024, 12, 31, 8, 5)),
        ("31-12-2024", (2024, 12, 31)),
        ("31.12.24", (2024, 12, 31)),
        ("31/12/2024 1:05 PM", (2024, 12, 31, 13, 5)),
        ("31/12/2024 12:05 am", (2024, 12, 31, 0, 5)),
        ("31 Dec 2024", (2024, 12, 31)),
        ("31-Dec-24", (2024, 12, 31)),
        ("Dec 31, 2024 1:05 PM", (2024, 12, 31, 13, 5)),
        ("Tue, 31 Dec 2024 08:05:00 +0000", (2024, 12, 31, 8, 5)),
        ("1735689600", (2025, 1, 1)),
        ("1735689600000", (2025, 1, 1)),
    ],
)
def test_dates_in_many_spellings(text, moment):
    assert parse_moment(text, zone=UTC_ZONE) == datetime(*moment, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["31/31/2024", "2024-02-30", "00.01.2024", "soon", "12", "2024", "31.12.2024 25:00", "1.1.1"],
)
def test_what_is_no_date_is_none(text):
    assert parse_moment(text, zone=UTC_ZONE) is None


def test_time_without_offset_is_the_shops():
    assert parse_moment("2024-07-01 10:00", zone=COPENHAGEN) == datetime(2024, 7, 1, 8, tzinfo=UTC)
    skipped = parse_moment("2024-03-31 02:30", zone=COPENHAGEN)
    assert skipped == datetime(2024, 3, 31, 1, 30, tzinfo=UTC)
    twice = parse_moment("2024-10-27 02:30", zone=COPENHAGEN)
    assert twice == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "order", "is_guess"),
    [
        (["01/02/2024", "13/02/2024"], "dmy", False),
        (["01/02/2024", "02/13/2024"], "mdy", False),
        (["01/02/2024"], "dmy", True),
        (["01.02.2024"], "dmy", False),
    ],
)
def test_order_of_day_and_month_is_told_by_the_column(cells, order, is_guess):
    evidence = OrderEvidence()
    for cell in cells:
        evidence.add(cell)
    assert (evidence.order, evidence.is_guess) == (order, is_guess)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Completed", "fulfilled"),
        ("wc-completed", "fulfilled"),
        ("SHIPPED", "fulfilled"),
        ("processing", "paid"),
        ("Canceled", "cancelled"),
        ("on-hold", "pending"),
        ("Awaiting payment", "pending"),
        ("partially refunded", "partially_refunded"),
        ("returned", "refunded"),
    ],
)
def test_status_words(text, status):
    assert values.parse_status(text) == status


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dk", "DK"),
        ("Denmark", "DK"),
        ("EIRE", "IE"),
        ("UK", "GB"),
        ("USA", "US"),
        ("RSA", "ZA"),
        ("deu", "DE"),
        ("Czech Republic", "CZ"),
        ("Channel Islands", "JE"),
        ("Italien", "IT"),
        ("Tyskland", "DE"),
        ("Paesi Bassi", "NL"),
    ],
)
def test_countries_by_code_name_and_alias(text, code):
    assert values.parse_country(text) == code


def test_phone_is_read_as_a_number_of_the_country():
    assert values.parse_phone("12 34 56 78", "DK") == "+4512345678"
    assert values.parse_phone("0045 12345678", "") == "+4512345678"
    with pytest.raises(BadValue):
        values.parse_phone("12345678", "")
    with pytest.raises(BadValue):
        values.parse_phone("call me", "DK")


@pytest.mark.parametrize(
    "text", ["a@b", "a b@x.dk", "a@x..dk", "@x.dk", "a@x.dk, b@x.dk", "a@-x.dk"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BadValue):
        values.parse_email(text)
