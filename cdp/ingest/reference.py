"""The page that lists the columns every kind of file may have, written from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

from cdp.ingest.records import RECORDS, Record

_TYPES = {
    "text": "text",
    "id": "identifier",
    "raw": "text",
    "money": "amount",
    "quantity": "whole number",
    "flag": "yes/no",
    "moment": "date",
    "past": "date, not in the future",
    "email": "e-mail address",
    "country": "country code or name",
    "language": "language code",
    "currency": "currency code",
    "labels": "names separated by `,` `;` or `|`",
}
_EXTRAS = {
    "fields": "Every other column becomes a custom field.",
    "attributes": "Every other column becomes a product attribute.",
    "": "Other columns are not used; the report names them.",
}


def columns_page() -> str:
    """Return the part of docs/import.md that follows the code."""
    return "\n".join(line for record in RECORDS.values() for line in _section(record)) + "\n"


def _section(record: Record) -> Iterator[str]:
    yield f"### {record.kind.value}"
    yield ""
    needed = "; ".join(" or ".join(f"`{name}`" for name in group) for group in record.needs)
    yield f"Needed: {needed}. {_EXTRAS[record.extras]}"
    yield ""
    yield "| field | value | also understood |"
    yield "| --- | --- | --- |"
    for field in record.fields:
        others = ", ".join(f"`{name}`" for name in field.headers[1:])
        yield f"| `{field.name}` | {_TYPES[field.type]} | {others} |"
    yield ""
