"""What kind of file somebody has brought, told from its name and from its headers."""

from __future__ import annotations

from pathlib import Path

from cdp.ingest.detect import dialect_of, encoding_of, sample_of
from cdp.ingest.headers import missing_groups, recognised
from cdp.ingest.lines import Dialect
from cdp.ingest.opening import header_of
from cdp.ingest.records import RECORDS, Record, header_key
from cdp.models import ImportKind

# The longest that occurs in the file's name counts: 'order_line' before 'order'.
_NAMES: dict[str, str] = {
    word: kind.value
    for kind, words in {
        ImportKind.CUSTOMERS: "customer client user subscriber contact kunde clienti",
        ImportKind.PRODUCTS: "product article catalog produkt vare artikel prodotti",
        ImportKind.ORDERS: "order sales bestellung bestilling ordre ordini",
        ImportKind.ORDER_LINES: "order_line orderline order_item orderitem line_item lineitem "
        "order_product ordrelinje bestellposition",
        ImportKind.REFUNDS: "refund credit_memo creditmemo",
        ImportKind.CARTS: "cart checkout basket quote abandoned",
        ImportKind.CART_LINES: "cart_line cartline cart_item cartitem quote_item",
        ImportKind.EVENTS: "event activity activities tracking",
        ImportKind.CONSENTS: "consent opt_in optin permission",
    }.items()
    for word in words.split()
}


def kind_named(file_name: str) -> str:
    """Return the kind that the name of a file says, or an empty text."""
    name = header_key(file_name.partition(".")[0])
    found = max((word for word in _NAMES if word in name), key=len, default="")
    return _NAMES.get(found, "")


def guess_kind(path: Path, file_name: str) -> str:
    """Return the most likely kind of the file; raise `ImportFileError` if it cannot be read.

    What a kind needs counts most, then the name, then how many columns are known.
    """
    named = kind_named(file_name)
    sample = sample_of(path, name=file_name, is_checked=True)
    encoding = encoding_of(sample)
    headers: dict[Dialect, list[str]] = {}
    scores: dict[str, tuple[int, bool, int]] = {}
    for kind, record in RECORDS.items():
        dialect = dialect_of(sample, encoding, record)
        if dialect not in headers:
            headers[dialect] = header_of(path, dialect, name=file_name)[0]
        is_enough, known = _fit(headers[dialect], record, file_name)
        is_named = kind == named
        scores[kind] = (is_enough + is_named, is_named, known)
    return max(scores, key=scores.__getitem__)


def _fit(headers: list[str], record: Record, file_name: str) -> tuple[bool, int]:
    """Return whether all that is needed is there, and how many columns are known."""
    columns = recognised(record, headers, {}, name=file_name)
    known = sum(record.field(column.field) is not None for column in columns)
    return not missing_groups(record, columns), known
