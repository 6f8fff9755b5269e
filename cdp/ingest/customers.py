"""Writing customers: profile, identifiers, labels, custom fields and the consents named in their
row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from cdp import bulk
from cdp.ingest import consent_events, labels
from cdp.ingest.changes import Changes
from cdp.ingest.consent_events import FLAGS, PURPOSE_CHANNELS, Statement
from cdp.ingest.context import ERASED, OLDER, Context, Outcome, Row
from cdp.ingest.identity import Directory, Known, bucket_of
from cdp.ingest.records import FIELD_PREFIX
from cdp.ingest.values import BadValue, parse_phone
from cdp.models import (
    Channel,
    Consent,
    ConsentChoice,
    ConsentEvent,
    Customer,
    CustomerIdentity,
)
from cdp.text import key, tidy

_COLUMNS = (
    "source",
    "external_id",
    "source_updated_at",
    "email",
    "phone",
    "first_name",
    "last_name",
    "language",
    "country",
    "region",
    "region_key",
    "city",
    "city_key",
    "postal_code",
    "registered_at",
    "bucket",
)
_EMAIL_TAKEN = _("The e-mail address belongs to another customer of this source and was left out.")
_UNREAD_PHONE = _("The phone number could not be read and was left out.")
_UNDATED_CONSENT = _(
    "The row says that marketing is accepted, but it was withdrawn and the row does not say when "
    "it was accepted again; the withdrawal stays."
)
_GRANTED = ConsentChoice.GRANTED
_LABELS = (("tags", labels.set_tags), ("groups", labels.set_groups))


class _Entry(NamedTuple):
    known: Known
    values: dict[str, Any]


def write(rows: Sequence[Row], *, context: Context) -> Outcome:
    """Store customers; a customer is known by the source's id, else by e-mail address."""
    directory = Directory(
        context.source,
        (row.values["customer_id"] for row in rows if "customer_id" in row.values),
        (row.values["email"] for row in rows if "email" in row.values),
    )
    entries = _recognised(rows, directory, context)
    _settle_emails(entries, directory, context)
    moving = [
        e.known.pk
        for e in entries
        if e.known.pk and e.known.stored_email and e.known.email != e.known.stored_email
    ]
    Customer.objects.filter(pk__in=moving).update(email="")
    result = bulk.upsert(
        Customer,
        _COLUMNS,
        [_stored(entry, context) for entry in entries],
        key=("source", "external_id"),
        insert_only=("bucket",),
        newer_by="source_updated_at",
    )
    directory.store_identities(now=context.now)
    new = set(result.new)
    _write_phones(entries, context)
    changed = set(result.changed)
    for name, assign in _LABELS:
        changed |= assign(
            {e.known.pk: e.values[name] for e in entries if name in e.values and e.known.pk}
        )
    changed |= labels.set_fields(_custom_fields(entries), context=context)
    changed |= _write_consents(entries, context)
    changed -= new
    changes = Changes()
    changes.add_all(new | changed)
    changes.store(now=context.now)
    return Outcome(len(new), len(changed), len(rows) - len(new) - len(changed))


def _recognised(rows: Sequence[Row], directory: Directory, context: Context) -> list[_Entry]:
    entries = []
    for row in rows:
        external_id, email = row.values.get("customer_id", ""), row.values.get("email", "")
        known = directory.find(external_id, email) or directory.add(external_id, email)
        updated_at = row.values.get("updated_at")
        if known.is_erased:
            context.notes.add("erased", ERASED)
            continue
        if updated_at and known.updated_at and updated_at < known.updated_at:
            context.notes.add("older", OLDER)
            continue
        known.updated_at = updated_at or known.updated_at
        entries.append(_Entry(known, row.values))
    return entries


def _settle_emails(entries: Sequence[_Entry], directory: Directory, context: Context) -> None:
    """Move addresses between customers; one that somebody else keeps is left out and noted."""
    wanted = {id(e.known): (e.known, e.values["email"]) for e in entries if "email" in e.values}
    before = {number: known.email for number, (known, _email) in wanted.items()}
    for known, email in wanted.values():
        if known.email != email:
            directory.release(known)
    for number, (known, email) in wanted.items():
        if directory.claim(known, email):
            continue
        context.notes.add("email_taken", _EMAIL_TAKEN)
        if before[number]:
            directory.claim(known, before[number])


def _stored(entry: _Entry, context: Context) -> tuple[object, ...]:
    known, values = entry
    first, last = values.get("first_name"), values.get("last_name")
    if first is None and last is None and "name" in values:
        words = values["name"].rsplit(" ", 1)
        first, last = words[0][:120], (words[1][:120] if len(words) > 1 else None)
    if "phone" in values:
        try:
            values["phone"] = parse_phone(values["phone"], values.get("country", ""))
        except BadValue:
            del values["phone"]
            context.notes.add("unread_phone", _UNREAD_PHONE)
    region, city = values.get("region"), values.get("city")
    return (
        known.source,
        known.external_id,
        values.get("updated_at"),
        known.email if known.email != known.stored_email else None,
        values.get("phone"),
        first,
        last,
        values.get("language"),
        values.get("country"),
        region and tidy(region),
        region and key(region)[:120],
        city and tidy(city),
        city and key(city)[:120],
        values.get("postal_code"),
        values.get("registered_at"),
        bucket_of(known.source, known.external_id),
    )


def _write_phones(entries: Sequence[_Entry], context: Context) -> None:
    """Keep every phone number as an identity; a replaced one becomes a former one."""
    phones = {e.known.pk: e.values["phone"] for e in entries if "phone" in e.values and e.known.pk}
    if not phones:
        return
    kind = CustomerIdentity.Kind.PHONE
    rows = [(kind, "", phone, pk, False, context.now) for pk, phone in phones.items()]
    for value, pk in CustomerIdentity.objects.filter(
        kind=kind, is_former=False, customer__in=phones
    ).values_list("value", "customer_id"):
        if phones[pk] != value:
            rows.append((kind, "", value, pk, True, context.now))
    bulk.upsert(
        CustomerIdentity,
        ("kind", "source", "value", "customer_id", "is_former", "first_seen_at"),
        rows,
        key=("kind", "source", "value", "customer_id"),
        insert_only=("first_seen_at",),
    )


def _custom_fields(entries: Sequence[_Entry]) -> dict[int, dict[str, object]]:
    wanted: dict[int, dict[str, object]] = {}
    for known, values in entries:
        found = {
            name.removeprefix(FIELD_PREFIX): value
            for name, value in values.items()
            if name.startswith(FIELD_PREFIX)
        }
        if found and known.pk:
            wanted.setdefault(known.pk, {}).update(found)
    return wanted


def _write_consents(entries: Sequence[_Entry], context: Context) -> set[int]:
    if not any(column in values for _known, values in entries for column in FLAGS.values()):
        return set()
    state: dict[tuple[int, str, str], tuple[str, datetime]] = {
        (customer, purpose, channel): (choice, since)
        for customer, purpose, channel, choice, since in Consent.objects.filter(
            customer__in=[e.known.pk for e in entries]
        ).values_list("customer_id", "purpose", "channel", "state", "since")
    }
    repeated = _granted_before(state, context)
    statements = []
    for known, values in entries:
        for purpose, column in FLAGS.items():
            if known.pk is None or column not in values:
                continue
            channel = PURPOSE_CHANNELS.get(purpose, Channel.NONE)
            said = values[column]
            moment = values.get(f"{column}_at")
            if moment is None and not (said and (known.pk, purpose, channel) in repeated):
                moment = values.get("updated_at")
            if moment is None:
                moment = _undated(
                    said,
                    state.get((known.pk, purpose, channel)),
                    values.get("registered_at"),
                    context,
                )
            if moment is not None:
                statements.append(Statement(known.pk, purpose, channel, said, moment))
    result = consent_events.record(statements, source=context.source)
    return consent_events.customers_of(result.new)


def _granted_before(
    state: Mapping[tuple[int, str, str], tuple[str, datetime]], context: Context
) -> set[tuple[int, str, str]]:
    """Return what was withdrawn elsewhere since this source granted it.

    A row that is newer for any reason then repeats what the source said before; that is no choice.
    """
    withdrawn = [place for place, (choice, _since) in state.items() if choice != _GRANTED]
    latest: dict[tuple[int, str, str], str] = {}
    events = ConsentEvent.objects.filter(
        customer__in={place[0] for place in withdrawn}, source=context.source
    ).order_by("occurred_at", "choice")  # On a tie the withdrawal comes last.
    for customer_id, purpose, channel, choice in events.values_list(
        "customer_id", "purpose", "channel", "choice"
    ):
        latest[customer_id, purpose, channel] = choice
    return {place for place in withdrawn if latest.get(place) == _GRANTED}


def _undated(
    is_granted: bool,
    current: tuple[str, datetime] | None,
    registered_at: datetime | None,
    context: Context,
) -> datetime | None:
    """Return when an undated statement counts, or None if it says nothing new or may not count."""
    if current is None:
        return min(registered_at or context.now, context.now)
    choice, _since = current
    if is_granted == (choice == _GRANTED):
        return None
    if is_granted:
        context.notes.add("undated_consent", _UNDATED_CONSENT)
        return None
    return context.now
