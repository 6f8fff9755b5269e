"""What ad platforms are told of a person: hashes where they belong, in a fixed order."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from integrations.identity.hashing import META_COLUMNS, google_identifiers, meta_row
from integrations.identity.people import Person

ANNA = Person(
    id="42",
    emails=("Anna.Rossi@Gmail.com", "anna@shop.example"),
    phones=("+393331234567",),
    first_name="Anna",
    last_name="Rossi",
    country="it",
    region="Lombardia",
    city="Milano",
    postal_code="20121",
)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_google_gets_all_identifiers_of_a_person() -> None:
    assert google_identifiers(ANNA) == [
        {"emailAddress": digest("annarossi@gmail.com")},
        {"emailAddress": digest("anna@shop.example")},
        {"phoneNumber": digest("+393331234567")},
        {
            "address": {
                "givenName": digest("anna"),
                "familyName": digest("rossi"),
                "regionCode": "IT",
                "postalCode": "20121",
            }
        },
    ]


def test_google_gets_no_half_of_an_address() -> None:
    assert len(google_identifiers(replace(ANNA, postal_code=""))) == 3


def test_google_gets_at_most_ten_identifiers() -> None:
    many = replace(ANNA, emails=tuple(f"anna{n}@shop.example" for n in range(20)))
    found = google_identifiers(many)
    assert len(found) == 10
    assert "address" in found[-1]


def test_meta_gets_one_row_in_the_order_of_the_columns() -> None:
    row = meta_row(ANNA)
    assert row is not None
    assert dict(zip(META_COLUMNS, row, strict=True)) == {
        "EXTERN_ID": "42",
        "EMAIL": digest("anna.rossi@gmail.com"),
        "PHONE": digest("393331234567"),
        "FN": digest("anna"),
        "LN": digest("rossi"),
        "CT": digest("milano"),
        "ST": digest("lombardia"),
        "ZIP": digest("20121"),
        "COUNTRY": digest("it"),
    }


def test_an_unusable_cell_is_empty_and_keeps_the_row() -> None:
    row = meta_row(replace(ANNA, phones=("+0000",), city="..."))
    assert row is not None
    cells = dict(zip(META_COLUMNS, row, strict=True))
    assert cells["PHONE"] == cells["CT"] == ""
    assert cells["EMAIL"]


def test_a_person_without_anything_to_be_found_by_is_dropped() -> None:
    nobody = Person(id="7", emails=("not an address",), first_name="Jo")
    assert google_identifiers(nobody) == []
    assert meta_row(nobody) is None
    assert meta_row(ANNA) is not None


def test_a_removal_repeats_the_hashes_that_were_sent() -> None:
    sent = meta_row(ANNA)
    assert sent is not None
    stored = Person(id="42", emails=(sent[1],), phones=(sent[2],))
    assert meta_row(stored, is_named=False) == [*sent[:3], "", "", "", "", "", ""]
