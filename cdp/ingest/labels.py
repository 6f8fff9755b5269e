"""Tags, groups and custom fields of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import models
from django.db.models import Q

from cdp import bulk
from cdp.ingest.context import Context
from cdp.models import (
    CustomerField,
    CustomerFieldValue,
    CustomerGroup,
    CustomerGroupMember,
    CustomerTag,
    Tag,
)
from cdp.models.customer import Label
from cdp.text import key


def set_tags(wanted: Mapping[int, Sequence[str]]) -> set[int]:
    """Give each customer exactly these tags; return the customers that changes.

    Tags that users gave here stay: the feed did not give them, so it does not take them away.
    """
    return _set(Tag, CustomerTag, "tag_id", wanted, kept=Q(is_manual=True))


def set_groups(wanted: Mapping[int, Sequence[str]]) -> set[int]:
    """Put each customer into exactly these groups; return the customers that changes."""
    return _set(CustomerGroup, CustomerGroupMember, "group_id", wanted)


def _set(
    label: type[Label],
    link: type[models.Model],
    column: str,
    wanted: Mapping[int, Sequence[str]],
    *,
    kept: Q | None = None,
) -> set[int]:
    if not wanted:
        return set()
    names = {key(name)[:120]: name for found in wanted.values() for name in found}
    manager = label._default_manager
    bulk.upsert(label, ("key", "name"), list(names.items()), key=("key",), insert_only=("name",))
    ids = dict(manager.filter(key__in=names).values_list("key", "pk"))
    should = {
        (customer, ids[key(name)[:120]]) for customer, found in wanted.items() for name in found
    }
    links = link._default_manager.filter(customer__in=wanted)
    have = {
        (customer, to): pk for customer, to, pk in links.values_list("customer_id", column, "pk")
    }
    missing = [pair for pair in should if pair not in have]
    extra = [pair for pair in have if pair not in should]
    if extra and kept is not None:
        staying = set(links.filter(kept).values_list("pk", flat=True))
        extra = [pair for pair in extra if have[pair] not in staying]
    link._default_manager.filter(pk__in=[have[pair] for pair in extra]).delete()
    bulk.insert_rows(link, ("customer_id", column), sorted(missing))
    return {customer for customer, _to in [*extra, *missing]}


def set_fields(wanted: Mapping[int, Mapping[str, object]], *, context: Context) -> set[int]:
    """Store values of custom fields by field key; return the customers that changes."""
    keys = sorted({name for found in wanted.values() for name in found})
    if not keys:
        return set()
    bulk.upsert(
        CustomerField,
        ("key", "label", "type"),
        [
            (name, context.labels.get(name, name)[:120], context.types.get(name, "text"))
            for name in keys
        ],
        key=("key",),
        insert_only=("label", "type"),
    )
    fields = {f.key: f for f in CustomerField.objects.filter(key__in=keys)}
    rows = []
    for customer, found in wanted.items():
        for name, value in found.items():
            field = fields[name]
            text = str(value)[:500] if field.type == CustomerField.Type.TEXT else None
            rows.append(
                (
                    customer,
                    field.pk,
                    text,
                    key(text)[:500] if text is not None else None,
                    value if field.type == CustomerField.Type.NUMBER else None,
                    value if field.type == CustomerField.Type.DATE else None,
                    value if field.type == CustomerField.Type.FLAG else None,
                )
            )
    result = bulk.upsert(
        CustomerFieldValue,
        ("customer_id", "field_id", "text", "text_key", "number", "date", "flag"),
        rows,
        key=("customer_id", "field_id"),
    )
    touched = CustomerFieldValue.objects.filter(pk__in=result.touched)
    return set(touched.values_list("customer_id", flat=True))
