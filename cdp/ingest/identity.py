"""Who a row speaks of: by the source's own id first, then by e-mail address; two ids of one source
never merge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cdp import bulk
from cdp.models import BUCKETS, Customer, CustomerIdentity

EMAIL_ID_PREFIX = "email:"
_KINDS = CustomerIdentity.Kind
_IDENTITY_COLUMNS = ("kind", "source", "value", "customer_id", "is_former", "first_seen_at")
_IDENTITY_KEY = ("kind", "source", "value", "customer_id")


def bucket_of(source: str, external_id: str) -> int:
    """Return the stable bucket of a customer."""
    digest = hashlib.sha256(f"{source}:{external_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def id_from_email(email: str) -> str:
    """Return the external id of a customer who is known by e-mail only; it does not reveal the
    address.
    """
    return EMAIL_ID_PREFIX + hashlib.sha256(email.encode()).hexdigest()[:32]


@dataclass(eq=False)
class Known:
    """A customer of this chunk, stored (with `pk`) or about to be."""

    source: str
    external_id: str
    pk: int | None = None
    email: str = ""
    stored_email: str = ""
    updated_at: datetime | None = None
    is_erased: bool = False
    has_own_id: bool = False


class Directory:
    """The customers that a chunk of rows may speak of, and those it adds."""

    def __init__(self, source: str, external_ids: Iterable[str], emails: Iterable[str]) -> None:
        self.source = source
        self.by_external: dict[str, Known] = {}
        self.by_email: dict[str, Known] = {}
        self.added: list[Known] = []
        self._identities: list[tuple[str, str, str, Known, bool]] = []
        self._load(set(external_ids), set(emails))

    def _load(self, external_ids: set[str], emails: set[str]) -> None:
        pairs = list(
            CustomerIdentity.objects.filter(
                kind=_KINDS.EXTERNAL_ID, source=self.source, value__in=external_ids
            ).values_list("value", "customer_id")
        )
        columns = ("pk", "source", "external_id", "email", "source_updated_at", "erased_at")
        known: dict[int, Known] = {}
        rows = [
            *Customer.objects.filter(pk__in={pk for _value, pk in pairs}).values_list(*columns),
            *Customer.objects.filter(source=self.source, external_id__in=external_ids).values_list(
                *columns
            ),
            *Customer.objects.filter(email__in=emails - {""}).values_list(*columns),
        ]
        for pk, source, external_id, email, updated_at, erased_at in rows:
            known.setdefault(
                pk,
                Known(source, external_id, pk, email, email, updated_at, erased_at is not None),
            )
        for item in known.values():
            if item.source == self.source:
                self.by_external[item.external_id] = item
                item.has_own_id = not item.external_id.startswith(EMAIL_ID_PREFIX)
            if item.email:
                self.by_email[item.email] = item
        for value, pk in pairs:
            self.by_external[value] = known[pk]
            known[pk].has_own_id = True
        for pk in CustomerIdentity.objects.filter(
            kind=_KINDS.EXTERNAL_ID,
            source=self.source,
            customer__in=[pk for pk, item in known.items() if not item.has_own_id],
        ).values_list("customer_id", flat=True):
            known[pk].has_own_id = True

    def find(self, external_id: str, email: str) -> Known | None:
        """Return the customer with this id or, failing that, this address; attach a new id to the
        latter.
        """
        if external_id and external_id in self.by_external:
            return self.by_external[external_id]
        found = self.by_email.get(email) if email else None
        if found is None or not external_id:
            return found
        if found.has_own_id:
            return None
        self._attach(found, external_id)
        return found

    def _attach(self, known: Known, external_id: str) -> None:
        known.has_own_id = True
        self.by_external[external_id] = known
        self._identities.append((_KINDS.EXTERNAL_ID, self.source, external_id, known, False))

    def add(self, external_id: str, email: str) -> Known:
        """Return a new customer; the address is theirs only if nobody has it."""
        known = Known(self.source, external_id or id_from_email(email))
        self.added.append(known)
        if external_id:
            self._attach(known, external_id)
        else:
            self.by_external[known.external_id] = known
        if email:
            self.claim(known, email)
        return known

    def release(self, known: Known) -> None:
        """Let go of a customer's address."""
        if known.email and self.by_email.get(known.email) is known:
            del self.by_email[known.email]
        known.email = ""

    def claim(self, known: Known, email: str) -> bool:
        """Give a customer an address unless somebody else has it."""
        owner = self.by_email.get(email)
        if owner is not None:
            return owner is known
        self.release(known)
        known.email = email
        self.by_email[email] = known
        return True

    def store_stubs(self) -> int:
        """Store the added customers with nothing but their identifiers; return how many."""
        columns = ("source", "external_id", "email", "bucket")
        rows = [
            (item.source, item.external_id, item.email or None, self._bucket(item))
            for item in self.added
        ]
        bulk.upsert(Customer, columns, rows, key=("source", "external_id"), insert_only=("bucket",))
        return len(rows)

    @staticmethod
    def _bucket(item: Known) -> int:
        return bucket_of(item.source, item.external_id)

    def store_identities(self, *, now: datetime) -> None:
        """Store what identifies the customers; call it once all of them are stored."""
        waiting = {item.external_id: item for item in self.added if item.pk is None}
        for pk, external_id in Customer.objects.filter(
            source=self.source, external_id__in=waiting
        ).values_list("pk", "external_id"):
            waiting[external_id].pk = pk
        every = {id(item): item for item in [*self.by_external.values(), *self.by_email.values()]}
        for item in every.values():
            if item.email != item.stored_email:
                if item.stored_email:
                    self._identities.append((_KINDS.EMAIL, "", item.stored_email, item, True))
                if item.email:
                    self._identities.append((_KINDS.EMAIL, "", item.email, item, False))
        for wanted in (True, False):
            bulk.upsert(
                CustomerIdentity,
                _IDENTITY_COLUMNS,
                [
                    (kind, source, value, known.pk, is_former, now)
                    for kind, source, value, known, is_former in self._identities
                    if is_former is wanted
                ],
                key=_IDENTITY_KEY,
                insert_only=("first_seen_at",),
            )
        self._identities.clear()
