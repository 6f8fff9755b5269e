"""Writing events and consents: what known customers did and said."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from cdp import bulk
from cdp.ingest import consent_events, products
from cdp.ingest.changes import Changes
from cdp.ingest.consent_events import CHANNEL_PURPOSES, PURPOSE_CHANNELS, Statement
from cdp.ingest.context import ERASED, Context, Outcome, Row, rejected
from cdp.ingest.identity import Directory
from cdp.models import Channel, Event, Purpose

_COLUMNS = (
    "source",
    "external_id",
    "customer_id",
    "kind",
    "occurred_at",
    "product_id",
    "query",
    "detail",
)
_PURPOSE_WORDS = {
    **{purpose.value: purpose for purpose in Purpose},
    "marketing": Purpose.EMAIL,
    "newsletter": Purpose.EMAIL,
    "e_mail": Purpose.EMAIL,
    "advertising": Purpose.ADS,
    "personalisation": Purpose.PROFILING,
    "personalization": Purpose.PROFILING,
}
_CHANNEL_WORDS = {
    **{channel.value: channel for channel in Channel},
    "e_mail": Channel.EMAIL,
    "mail": Channel.EMAIL,
    "newsletter": Channel.EMAIL,
    "text": Channel.SMS,
    "facebook": Channel.MESSENGER,
    "facebook_messenger": Channel.MESSENGER,
    "letter": Channel.POST,
    "web_push": Channel.PUSH,
}


def _split_known(
    rows: Sequence[Row], context: Context, unknown: str
) -> tuple[list[tuple[int, Row]], Outcome]:
    """Return the rows of known customers with the customer's id; the others are rejected with
    `unknown` as the reason.
    """
    directory = Directory(
        context.source,
        (row.values["customer_id"] for row in rows if "customer_id" in row.values),
        (row.values["email"] for row in rows if "email" in row.values),
    )
    outcome = Outcome()
    found = []
    for row in rows:
        known = directory.find(row.values.get("customer_id", ""), row.values.get("email", ""))
        if known is None or known.pk is None:
            outcome.rejections.append(rejected(row, unknown))
        elif known.is_erased:
            context.notes.add("erased", ERASED)
            outcome.unchanged += 1
        else:
            found.append((known.pk, row))
    directory.store_identities(now=context.now)
    return found, outcome


def _word(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


def write(rows: Sequence[Row], *, context: Context) -> Outcome:
    """Store events; one without id is known by everything its row says."""
    unknown = _("The customer of this event is not known. Import the customers first.")
    found, outcome = _split_known(rows, context, unknown)
    named = [row for _customer, row in found if row.values.get("product_id")]
    product_ids = products.known_or_new(named, context=context)
    stored = []
    for customer, row in found:
        values = row.values
        name = values.get("event_id")
        if name is None:
            text = "\x1f".join(cell.strip() for cell in row.cells)
            name = f"row:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:40]}"
        stored.append(
            (
                context.source,
                name,
                customer,
                _word(values["kind"])[:40],
                values["occurred_at"],
                product_ids.get(values.get("product_id", "")[: products.ID_LIMIT]),
                values.get("query"),
                values.get("detail"),
            )
        )
    result = bulk.upsert(Event, _COLUMNS, stored, key=("source", "external_id"))
    changes = Changes()
    touched = Event.objects.filter(pk__in=result.touched).values_list("customer_id", flat=True)
    changes.add_all(set(touched))
    changes.store(now=context.now)
    written = Outcome.of(result, len(stored))
    outcome.new, outcome.changed = written.new, written.changed
    outcome.unchanged += written.unchanged
    return outcome


def write_consents(rows: Sequence[Row], *, context: Context) -> Outcome:
    """Add consents to the ledger; it only ever grows."""
    unknown = _("The customer of this consent is not known. Import the customers first.")
    found, outcome = _split_known(rows, context, unknown)
    statements = []
    for customer, row in found:
        values = row.values
        purpose = _PURPOSE_WORDS.get(_word(values.get("purpose", "")))
        channel = _CHANNEL_WORDS.get(_word(values.get("channel", "")))
        reason = ""
        if "purpose" in values and purpose is None:
            said = _("The purpose is not known. Write one of %(words)s.")
            reason = said % {"words": ", ".join(Purpose.values)}
        elif "channel" in values and channel is None:
            said = _("The channel is not known. Write one of %(words)s.")
            reason = said % {"words": ", ".join(Channel.values)}
        purpose = purpose or CHANNEL_PURPOSES.get(channel or Channel.NONE)
        if not reason and purpose is None:
            said = _("The row has no purpose. Write one of %(words)s.")
            reason = said % {"words": ", ".join(Purpose.values)}
        if reason or purpose is None:
            outcome.rejections.append(rejected(row, reason))
            continue
        statements.append(
            Statement(
                customer,
                purpose,
                channel or PURPOSE_CHANNELS.get(purpose, Channel.NONE),
                values["choice"],
                values["occurred_at"],
                values.get("proof", ""),
            )
        )
    result = consent_events.record(statements, source=context.source)
    changes = Changes()
    changes.add_all(consent_events.customers_of(result.new))
    changes.store(now=context.now)
    outcome.new = len(result.new)
    outcome.unchanged += len(statements) - len(result.new)
    return outcome
