"""Files as shops export them: none crashes or loses a good row, every reason is understood."""

from __future__ import annotations

import gzip
import zipfile
from io import BytesIO

import pytest

from cdp.ingest.exceptions import ImportFileError
from cdp.models import Customer, Order
from tests.cdp.ingest.files import take

pytestmark = pytest.mark.django_db

C = b"customer_id,city\n"
O = b"order_id,customer_id,date,total,currency,status\n"  # noqa: E741
GOOD = b"1,Aarhus\n2,Ribe\n"
LONG = b"x" * 70_000
QUOTE = "A quotation mark is opened in this row and not closed."
CELLS = "The row has 3 cells, but the header has 2 columns."
DATE = "is not a date. Write it as 2024-12-31."
AMOUNT = "is not an amount. Write it as 1234.56."

# name: (kind, content, rows stored, {line: beginning or part of the reason})
FILES: dict[str, tuple[str, bytes, int, dict[int, str]]] = {
    # Encodings
    "utf-8 with BOM": ("customers", b"\xef\xbb\xbf" + C + GOOD, 2, {}),
    "utf-16 little endian": ("customers", (C + GOOD).decode().encode("utf-16"), 2, {}),
    "utf-16 big endian with BOM": (
        "customers",
        b"\xfe\xff" + (C + GOOD).decode().encode("utf-16-be"),
        2,
        {},
    ),
    "utf-16 without BOM": ("customers", (C + GOOD).decode().encode("utf-16-le"), 2, {}),
    "latin-1": ("customers", C + "1,Ærø\n2,Møn\n".encode("latin-1"), 2, {}),
    "windows-1252 euro sign": ("customers", C + "1,5 € øl\n2,Ribe\n".encode("cp1252"), 2, {}),
    "cyrillic windows-1251": (
        "customers",
        C + "1,Санкт-Петербург\n2,Нижний Новгород\n3,Екатеринбург\n".encode("cp1251"),
        3,
        {},
    ),
    "one line in another encoding": (
        "customers",
        C + "1,Århus\n2,Ærø\n".encode() + b"3,M\xf8n\n" + "4,Rømø\n".encode(),
        4,
        {},
    ),
    "invalid bytes": ("customers", C + b"1,\xff\xfe\x81\n2,Ribe\n", 2, {}),
    # Line ends, blanks, dialects
    "carriage returns of old Macs": ("customers", (C + GOOD).replace(b"\n", b"\r"), 2, {}),
    "windows line ends": ("customers", (C + GOOD).replace(b"\n", b"\r\n"), 2, {}),
    "no line end at the end": ("customers", (C + GOOD).rstrip(), 2, {}),
    "blank lines": ("customers", b"\n\n" + C + b"\n1,Aarhus\n\n  \n,\n2,Ribe\n\n", 2, {}),
    "semicolons": ("customers", (C + GOOD).replace(b",", b";"), 2, {}),
    "tabs": ("customers", (C + GOOD).replace(b",", b"\t"), 2, {}),
    "bars": ("customers", (C + GOOD).replace(b",", b"|"), 2, {}),
    "sep line of a spreadsheet": (
        "customers",
        b"sep=;\n" + (C + GOOD).replace(b",", b";"),
        2,
        {},
    ),
    "everything quoted": ("customers", b'"customer_id","city"\n"1","Aarhus"\n"2","Ribe"\n', 2, {}),
    "single quotes": ("customers", b"'customer_id','city'\n'1','Aar, hus'\n'2','Ribe'\n", 2, {}),
    "commas inside quotes": ("customers", C + b'1,"Aarhus, DK"\n2,Ribe\n', 2, {}),
    "one column only": ("customers", b"customer_id\n1\n2\n", 2, {}),
    "headers with blanks and capitals": (
        "customers",
        b" Customer ID , CITY \n1,Aarhus\n",
        1,
        {},
    ),
    "a stray carriage return in a row": ("customers", C + b"1,Aar\rhus\n2,Ribe\n", 2, {}),
    "form feeds and odd blanks": ("customers", C + b"\x0c1,Aarhus\n2\xc2\xa0,Ribe\n", 2, {}),
    # NUL, quotes, size
    "NUL bytes": ("customers", C + b"1,Aar\0hus\n2,\0Ribe\n", 2, {}),
    "NUL padding at the end": ("customers", C + GOOD + b"\0\0\0\0\n", 2, {}),
    "open quote at the end": ("customers", C + b'1,Aarhus\n2,"Ribe\n', 1, {3: QUOTE}),
    "open quote in the middle": (
        "customers",
        C + b'1,"Aarhus\n2,Ribe\n3,Skagen\n',
        2,
        {2: QUOTE},
    ),
    "open quote far from the next one": (
        "customers",
        C + b'1,"Aarhus\n' + b"".join(b"%d,X\n" % n for n in range(2, 1200)) + b'1200,"Y"\n',
        1199,
        {2: QUOTE},
    ),
    "two open quotes": ("customers", C + b'1,"A\n2,B\n3,"C\n4,D\n', 2, {2: QUOTE, 4: QUOTE}),
    "open quote in the first column": ("customers", C + b'"1,A\n2,B\n3,C\n', 2, {2: QUOTE}),
    "quotes inside a cell": ("customers", C + b'1,5" pipe\n2,"say ""hi"""\n', 2, {}),
    "text after a closing quote": ("customers", C + b'1,"Aar"hus\n2,Ribe\n', 2, {}),
    "backslashed quotes": ("customers", C + b'1,"the \\"old\\" town"\n2,Ribe\n', 2, {}),
    "line breaks inside quotes": ("customers", C + b'1,"Aar\nhus"\n2,Ribe\n', 2, {}),
    "huge cell": ("customers", C + b"1," + LONG + b"\n2,Ribe\n", 1, {2: "A cell holds more"}),
    "enormous cell": (
        "customers",
        C + b"1," + LONG * 3 + b"\n2,Ribe\n",
        1,
        {2: "A cell holds more"},
    ),
    "endless line": (
        "customers",
        C + b"1," + LONG * 40 + b"\n2,Ribe\n",
        1,
        {2: "The row is longer"},
    ),
    "huge quoted cell": (
        "customers",
        C + b'1,"' + LONG + b'"\n2,Ribe\n',
        1,
        {2: "A cell holds more"},
    ),
    # Shape
    "header only": ("customers", C, 0, {}),
    "header twice": ("customers", C + C + GOOD, 3, {}),
    "short rows": ("customers", C + b"1\n2,Ribe\n", 2, {}),
    "long rows": ("customers", C + b"1,Aarhus,DK\n2,Ribe\n", 1, {2: CELLS}),
    "long rows with nothing in them": ("customers", C + b"1,Aarhus,,,\n2,Ribe,\n", 2, {}),
    "duplicate headers": ("customers", b"customer_id,city,city\n1,Aarhus,Ribe\n", 1, {}),
    "two names for one field": ("customers", b"customer_id,email,e-mail\n1,a@x.dk,b@x.dk\n", 1, {}),
    "column without name": ("customers", b"customer_id,,city\n1,x,Aarhus\n", 1, {}),
    "repeated rows": ("customers", C + GOOD + GOOD, 2, {}),
    # Orders: identifiers, dates, amounts, statuses
    "row without id": ("customers", C + b",Aarhus\n2,Ribe\n", 1, {2: "The row has no customer id"}),
    "id too long": (
        "orders",
        O + b"A" * 200 + b",1,2024-01-01,5,EUR,paid\n",
        0,
        {2: "The order id"},
    ),
    "impossible date": ("orders", O + b"A,1,31/31/2024,5,EUR,paid\n", 0, {2: DATE}),
    "30 February": ("orders", O + b"A,1,2024-02-30,5,EUR,paid\n", 0, {2: "'2024-02-30' " + DATE}),
    "no date": (
        "orders",
        O + b"A,1,,5,EUR,paid\nB,1,2024-01-01,5,EUR,paid\n",
        1,
        {2: "order date"},
    ),
    "words for a date": (
        "orders",
        O + b"A,1,yesterday,5,EUR,paid\n",
        0,
        {2: "The order date " + DATE},
    ),
    "date in the future": ("orders", O + b"A,1,2031-01-01,5,EUR,paid\n", 0, {2: "in the future"}),
    "year 20245": ("orders", O + b"A,1,20245-01-01,5,EUR,paid\n", 0, {2: DATE}),
    "words for an amount": ("orders", O + b"A,1,2024-01-01,free,EUR,paid\n", 0, {2: AMOUNT}),
    "two amounts in a cell": ("orders", O + b"A,1,2024-01-01,5 6,EUR,paid\n", 0, {2: AMOUNT}),
    "amount without end": (
        "orders",
        O + b"A,1,2024-01-01,9999999999999999,EUR,paid\n",
        0,
        {2: "order total"},
    ),
    "not a number": ("orders", O + b"A,1,2024-01-01,inf,EUR,paid\n", 0, {2: AMOUNT}),
    "exponent": ("orders", O + b"A,1,2024-01-01,1e9,EUR,paid\n", 0, {2: AMOUNT}),
    "no amount": (
        "orders",
        O + b"A,1,2024-01-01,,EUR,paid\n",
        0,
        {2: "The row has no order total"},
    ),
    "unknown status": (
        "orders",
        O + b"A,1,2024-01-01,5,EUR,eaten\n",
        0,
        {2: "'eaten' is not known"},
    ),
    "unknown status of a return": ("orders", O + b"A,1,2024-01-01,-5,EUR,eaten\n", 1, {}),
    "currency in words": ("orders", O + b"A,1,2024-01-01,5,euros,paid\n", 0, {2: "currency code"}),
    "mixed currencies": (
        "orders",
        O + b"A,1,2024-01-01,5,EUR,paid\nB,1,2024-01-01,5,SEK,paid\n",
        2,
        {},
    ),
    "unquoted decimal comma": (
        "orders",
        O + b"A,1,2024-01-01,5,50,EUR,paid\n",
        0,
        {2: "The row has 7 cells"},
    ),
    "shifted columns do not show an address": (
        "orders",
        O + b"A,2024-01-01,a7@x.dk,EUR,paid,\n",
        0,
        {2: "The order date " + DATE},
    ),
    # References
    "line of an unknown order": (
        "order_lines",
        b"order_id,product_id,quantity,line_total\nNO,P,1,5\n",
        0,
        {2: "The order of this row is not known."},
    ),
    "line without product": (
        "order_lines",
        b"order_id,product_id,quantity,line_total\nNO,,1,5\n",
        0,
        {2: "The row has no product id or sku or product name."},
    ),
    "event of an unknown customer": (
        "events",
        b"customer_id,date,event\n5,2024-01-01,page_view\n",
        0,
        {2: "The customer of this event is not known."},
    ),
    "consent of an unknown customer": (
        "consents",
        b"customer_id,purpose,state,date\n5,email,yes,2024-01-01\n",
        0,
        {2: "The customer of this consent is not known."},
    ),
    "refund of an unknown order": (
        "refunds",
        b"order_id,date,amount\nNO,2024-01-01,5\n",
        0,
        {2: "The order of this refund is not known."},
    ),
    "cart abandoned before it began": (
        "carts",
        b"cart_id,created_at,abandoned_at\nC,2024-01-02,2024-01-01\n",
        0,
        {2: "abandoned before it was started"},
    ),
    "cart with a negative total": (
        "carts",
        b"cart_id,created_at,total\nC,2024-01-02,-5\n",
        0,
        {2: "negative"},
    ),
}


def test_there_are_at_least_sixty():
    assert len(FILES) >= 60


@pytest.mark.parametrize("name", FILES)
def test_broken_file(name, tmp_path):
    kind, content, stored, reasons = FILES[name]
    result = take(tmp_path, kind, content)
    assert result.new == stored
    assert set(result.reasons) == set(reasons), result.reasons
    for line, part in reasons.items():
        assert part in result.reasons[line]
        assert result.reasons[line].endswith(".")
        assert "@" not in result.reasons[line]
    assert take(tmp_path, kind, content).counts[:2] == (0, 0)


def test_values_survive_odd_spellings(tmp_path):
    take(tmp_path, "customers", FILES["latin-1"][1])
    assert set(Customer.objects.values_list("city", flat=True)) == {"Ærø", "Møn"}
    take(tmp_path, "customers", FILES["cyrillic windows-1251"][1])
    assert Customer.objects.filter(city_key="санкт-петербург").exists()
    take(tmp_path, "customers", FILES["NUL bytes"][1])
    assert set(Customer.objects.values_list("city", flat=True)) == {
        "Aarhus",
        "Ribe",
        "Екатеринбург",
    }
    take(tmp_path, "customers", FILES["line breaks inside quotes"][1])
    assert Customer.objects.get(external_id="1").city == "Aar hus"
    take(tmp_path, "customers", FILES["backslashed quotes"][1])
    assert Customer.objects.get(external_id="1").city == 'the "old" town'
    take(tmp_path, "customers", FILES["single quotes"][1])
    assert Customer.objects.get(external_id="1").city == "Aar, hus"
    take(tmp_path, "customers", FILES["duplicate headers"][1])
    assert Customer.objects.get(external_id="1").city == "Aarhus"


def _archive() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("customers.csv", C + GOOD)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "content", "part"),
    [
        ("customers", b"", "is empty"),
        ("customers", b"\n\n  \n", "is empty"),
        ("customers", b"\xef\xbb\xbf", "is empty"),
        ("customers", _archive(), "spreadsheet or archive"),
        ("customers", gzip.compress(C + GOOD, mtime=0)[:-12], "incomplete gzip"),
        ("customers", b"\x1f\x8b not gzip at all", "damaged"),
        ("customers", b"city,country\nAarhus,DK\n", "no column for the customer id or e-mail"),
        ("orders", b"order_id,total\nA,5\n", "no column for the order date"),
        ("customers", b"1,Aarhus\n2,Ribe\n", "Columns found: 1, Aarhus"),
        ("customers", b",".join(b"c%d" % n for n in range(300)), "200 are allowed"),
        ("animals", C + GOOD, "no kind of file 'animals'"),
    ],
)
def test_unreadable_file_is_refused_with_a_reason(kind, content, part, tmp_path):
    with pytest.raises(ImportFileError, match=part):
        take(tmp_path, kind, content)


def test_gzip_is_recognised_whatever_the_name(tmp_path):
    assert take(tmp_path, "customers", C + GOOD, name="customers.csv.gz").new == 2
    assert (
        take(tmp_path, "customers", gzip.compress(C + GOOD, mtime=0), name="x.csv").unchanged == 2
    )


def test_orders_of_mixed_currencies_are_kept_and_noted(tmp_path):
    result = take(tmp_path, "orders", FILES["mixed currencies"][1])
    assert result.notes["no_rate"] == 1
    assert Order.objects.get(external_id="B").amount is None
