"""The customers of a chunk as tables: profile, identities, labels, custom fields and consents."""

from __future__ import annotations

import numpy as np

from cdp.demo.catalogue_tables import Labels
from cdp.demo.consents import PROOFS, WAYS, Statements
from cdp.demo.draw import Integers
from cdp.demo.people import People
from cdp.demo.plan import Plan
from cdp.demo.tables import (
    Column,
    Numbers,
    Table,
    constant,
    dates,
    moments,
    numbered,
    texts,
)
from cdp.ingest.identity import bucket_of
from cdp.models import (
    Consent,
    ConsentChoice,
    ConsentEvent,
    Customer,
    CustomerFieldValue,
    CustomerGroupMember,
    CustomerIdentity,
    CustomerTag,
)
from cdp.text import key

FLAG_PURPOSES = ("email", "sms", "ads", "profiling")


def customer_tables(
    plan: Plan, people: People, consents: Statements, labels: Labels, numbers: Numbers
) -> tuple[Integers, list[Table]]:
    """Return the primary keys of the customers, and their tables."""
    count = len(people.registered_at)
    keys, running = numbers.take(Customer, count)
    external_ids = numbered("C", running)
    registered_at = moments(people.registered_at)
    phones = texts(people.phones)
    emails = [
        f"{name}.{number}@{plan.email_domain}" if has else ""
        for name, number, has in zip(
            people.email_names, running, people.has_email.tolist(), strict=True
        )
    ]
    regions, cities = texts(people.regions), texts(people.cities)
    folded = {name: key(name) for name in {*regions, *cities}}
    customers = Table(
        Customer,
        {
            "id": keys.tolist(),
            "source": constant(plan.source, count),
            "external_id": external_ids,
            "email": emails,
            "phone": phones,
            "first_name": texts(people.first_names),
            "last_name": texts(people.last_names),
            "language": texts(people.languages),
            "country": texts(people.country_codes),
            "region": regions,
            "region_key": [folded[name] for name in regions],
            "city": cities,
            "city_key": [folded[name] for name in cities],
            "postal_code": people.postal_codes,
            "registered_at": registered_at,
            "bucket": [bucket_of(plan.source, external_id) for external_id in external_ids],
            **_flags(consents, count),
        },
    )
    return keys, [
        customers,
        _identities(plan, keys.tolist(), external_ids, emails, phones, registered_at, numbers),
        _tags(people, keys, labels, numbers),
        _groups(people, keys, labels, numbers),
        _fields(people, keys, labels, numbers),
        *_consents(plan, consents, keys, numbers),
    ]


def _flags(consents: Statements, count: int) -> dict[str, Column]:
    """Return the columns that keep the current consent per purpose beside the customer."""
    columns: dict[str, Column] = {}
    for number, way in enumerate(WAYS):
        if way.purpose in FLAG_PURPOSES:
            flags = np.zeros(count, dtype=np.int64)
            current = consents.is_last & (consents.ways == number)
            flags[consents.customers[current]] = np.where(consents.is_granted[current], 1, -1)
            columns[f"{way.purpose}_consent"] = flags.tolist()
    return columns


def _identities(
    plan: Plan,
    keys: list[int],
    external_ids: list[str],
    emails: list[str],
    phones: list[str],
    registered_at: list[str],
    numbers: Numbers,
) -> Table:
    kinds = CustomerIdentity.Kind
    rows = []
    for customer, external_id, email, phone, moment in zip(
        keys, external_ids, emails, phones, registered_at, strict=True
    ):
        rows.append((customer, kinds.EXTERNAL_ID.value, plan.source, external_id, moment))
        if email:
            rows.append((customer, kinds.EMAIL.value, "", email, moment))
        if phone:
            rows.append((customer, kinds.PHONE.value, "", phone, moment))
    names = ("customer_id", "kind", "source", "value", "first_seen_at")
    found = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    own, _running = numbers.take(CustomerIdentity, len(rows))
    return Table(
        CustomerIdentity, {"id": own.tolist(), **found, "is_former": constant(False, len(rows))}
    )


def _tags(people: People, keys: Integers, labels: Labels, numbers: Numbers) -> Table:
    own, _running = numbers.take(CustomerTag, len(people.tagged))
    return Table(
        CustomerTag,
        {
            "id": own.tolist(),
            "tag_id": labels.tags[people.tags].tolist(),
            "customer_id": keys[people.tagged].tolist(),
        },
    )


def _groups(people: People, keys: Integers, labels: Labels, numbers: Numbers) -> Table:
    own, _running = numbers.take(CustomerGroupMember, len(keys))
    return Table(
        CustomerGroupMember,
        {
            "id": own.tolist(),
            "group_id": labels.groups[people.groups].tolist(),
            "customer_id": keys.tolist(),
        },
    )


def _fields(people: People, keys: Integers, labels: Labels, numbers: Numbers) -> Table:
    sizes = np.flatnonzero(people.shoe_sizes > 0)
    birthdays = np.flatnonzero(people.has_birthday)
    members = np.flatnonzero(people.says_member)
    sports = np.flatnonzero(people.sports != "")
    parts = (sizes, birthdays, members, sports)
    lengths = [len(part) for part in parts]
    total = sum(lengths)
    names = ("shoe_size", "birthday", "club_member", "favourite_sport")
    liked = texts(people.sports[sports])

    def spread(place: int, values: Column) -> list[object]:
        before = sum(lengths[:place])
        return [None] * before + list(values) + [None] * (total - before - lengths[place])

    own, _running = numbers.take(CustomerFieldValue, total)
    return Table(
        CustomerFieldValue,
        {
            "id": own.tolist(),
            "customer_id": keys[np.concatenate(parts)].tolist(),
            "field_id": np.repeat([labels.fields[name] for name in names], lengths).tolist(),
            "number": spread(
                0, [f"{size // 10}.{size % 10}" for size in people.shoe_sizes[sizes].tolist()]
            ),
            "date": spread(1, dates(people.birthdays[birthdays])),
            "flag": spread(2, people.is_member[members].tolist()),
            "text": spread(3, liked),
            "text_key": spread(3, [key(sport) for sport in liked]),
        },
    )


def _consents(plan: Plan, consents: Statements, keys: Integers, numbers: Numbers) -> list[Table]:
    count = len(consents.customers)
    purposes = np.array([way.purpose for way in WAYS], dtype=object)[consents.ways]
    channels = np.array([way.channel for way in WAYS], dtype=object)[consents.ways]
    choices = np.where(
        consents.is_granted, ConsentChoice.GRANTED.value, ConsentChoice.WITHDRAWN.value
    ).astype(object)
    own, _running = numbers.take(ConsentEvent, count)
    last = consents.is_last
    current, _running = numbers.take(Consent, int(last.sum()))
    return [
        Table(
            ConsentEvent,
            {
                "id": own.tolist(),
                "customer_id": keys[consents.customers].tolist(),
                "purpose": texts(purposes),
                "channel": texts(channels),
                "choice": texts(choices),
                "occurred_at": moments(consents.moments),
                "source": constant(plan.source, count),
                "proof": texts(np.array(PROOFS, dtype=object)[consents.proofs]),
            },
        ),
        Table(
            Consent,
            {
                "id": current.tolist(),
                "customer_id": keys[consents.customers[last]].tolist(),
                "purpose": texts(purposes[last]),
                "channel": texts(channels[last]),
                "state": texts(choices[last]),
                "since": moments(consents.moments[last]),
            },
        ),
    ]
