"""Secret links: addresses that give a segment's members to whoever knows them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.models import AuditAction, AuditEntry, Shop, User
from cdp.periods import local_day
from segments.handouts.dialects import CsvDialect, Dialect, JsonDialect, written
from segments.handouts.export import COLUMNS, Column, columns_named, keys_of, member_ids, rows_of
from segments.handouts.exporting import (
    CONTACT_RIGHT,
    EXPORT_RIGHT,
    HandingOutRefused,
    refuse_uncomputed,
    refuse_without_right,
)
from segments.handouts.link_log import note
from segments.models import LinkFormat, LinkOutcome, LinkRead, SecretLink, Segment

SECRET_BYTES = 32
HINT_LENGTH = 4
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
DIALECTS: dict[str, Dialect] = {LinkFormat.CSV: CsvDialect(), LinkFormat.JSON: JsonDialect()}


class LinkState(Enum):
    """Whether a link works and, if not, why."""

    WORKS = gettext_lazy("works"), "good"
    EXPIRED = gettext_lazy("expired"), "warn"
    REVOKED = gettext_lazy("revoked"), ""
    ARCHIVED = gettext_lazy("stopped: the segment is archived"), "warn"
    NO_RIGHT = gettext_lazy("stopped: its maker may no longer hand this out"), "bad"

    def __init__(self, label: Promise, tone: str) -> None:
        self.label = label
        self.tone = tone


@dataclass(frozen=True)
class OpenedLink:
    """A link that was opened with its secret, by somebody we know nothing about."""

    link: SecretLink
    dialect: Dialect
    columns: Sequence[Column]


def make_link(
    segment: Segment,
    *,
    user: User,
    now: datetime,
    label: str,
    columns: Sequence[str],
    format: str = LinkFormat.CSV,
    expires_at: datetime | None = None,
) -> tuple[SecretLink, str]:
    """Return a new link and its secret, which cannot be had again."""
    chosen = columns_named(columns)
    refuse_without_right(user, chosen)
    refuse_uncomputed(segment)
    if segment.is_archived:
        raise HandingOutRefused(
            _("The segment “%(name)s” is archived.") % {"name": segment.name},
            hint=_("Take it out of the archive first."),
        )
    if expires_at is not None and expires_at <= now:
        raise HandingOutRefused(_("The day on which the link ends has passed."))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        link = SecretLink.objects.create(
            segment=segment,
            label=label,
            secret_hash=_hash(secret),
            hint=secret[-HINT_LENGTH:],
            format=format,
            columns=",".join(keys_of(chosen)),
            user=user,
            created_at=now,
            expires_at=expires_at,
        )
        until = f"until {expires_at:%Y-%m-%d}" if expires_at else "no end"
        _record(
            AuditAction.LINK_MADE, link, f"{format}; {link.columns}; {until}", now=now, user=user
        )
    return link, secret


def rotate_link(link: SecretLink, *, user: User, now: datetime) -> tuple[SecretLink, str]:
    """Return the link with a new secret; the one before is dead from this moment on.

    Whoever rotates a link answers for it from now on, with their rights. Of two people who rotate
    at the same time one is refused, so that nobody is shown a secret that never works.
    """
    refuse_without_right(user, columns_of(link))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        seen = SecretLink.objects.filter(
            pk=link.pk, secret_hash=link.secret_hash, revoked_at__isnull=True
        )
        rotated = seen.update(
            secret_hash=_hash(secret),
            former_hash=link.secret_hash,
            hint=secret[-HINT_LENGTH:],
            rotated_at=now,
            user=user,
        )
        if not rotated:
            raise HandingOutRefused(
                _("The link “%(label)s” was rotated or revoked a moment ago.")
                % {"label": link.label},
                hint=_("Look at it again before you rotate it."),
            )
        link.refresh_from_db()
        _record(AuditAction.LINK_ROTATED, link, "", now=now, user=user)
    return link, secret


def revoke_link(link: SecretLink, *, user: User, now: datetime) -> None:
    """End the link for good; a second time changes nothing."""
    with transaction.atomic():
        if SecretLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=now):
            _record(AuditAction.LINK_REVOKED, link, "", now=now, user=user)


def open_link(secret: str, *, now: datetime) -> OpenedLink | None:
    """Return the link of a secret if it may be read now; None otherwise, whatever the reason.

    The secret is looked up by its hash, so how long that takes says nothing about it. A refusal is
    noted for whoever made the link, never told to the reader.
    """
    found = SecretLink.objects.select_related("segment", "user")
    hashed = _hash(secret)
    link = found.filter(secret_hash=hashed).first()
    if link is None:
        former = found.filter(former_hash=hashed).first()
        if former is not None:
            note(former, LinkOutcome.ROTATED, now=now)
        return None
    state = states_of([link], now=now)[link.pk]
    if state is not LinkState.WORKS:
        outcomes = {
            LinkState.EXPIRED: LinkOutcome.EXPIRED,
            LinkState.REVOKED: LinkOutcome.REVOKED,
        }
        if state in outcomes:
            note(link, outcomes[state], now=now)
        return None
    columns = columns_of(link)
    return OpenedLink(link, DIALECTS[link.format], columns) if columns else None


def read_link(opened: OpenedLink, *, now: datetime) -> Iterator[str]:
    """Give the members in pieces and keep the log: when it was read, how many rows were sent.

    Who belongs to it is read at once, then their rows in short queries: a refresh of the segment
    meanwhile changes nothing, and a slow reader keeps no query open.
    """
    link = opened.link
    with transaction.atomic():
        read = note(link, LinkOutcome.READ, now=now)
        _record(AuditAction.LINK_READ, link, link.format, now=now, user=None)
    ids = member_ids(link.segment)
    rows = _Counted(rows_of(ids, opened.columns))
    zone = Shop.objects.current().zone
    yield from written(opened.dialect, keys_of(opened.columns), rows, zone=zone)
    LinkRead.objects.filter(pk=read.pk).update(row_count=rows.count)


def links_of(segment: Segment) -> QuerySet[SecretLink]:
    """Return the links of a segment, revoked ones last."""
    return (
        SecretLink.objects.filter(segment=segment)
        .select_related("segment", "user")
        .order_by(F("revoked_at").desc(nulls_first=True), "-pk")
    )


def states_of(links: Collection[SecretLink], *, now: datetime) -> dict[int, LinkState]:
    """Return by number whether each link works, with the same few queries for any number."""
    makers = {link.user_id for link in links if link.user_id is not None}
    exporters = _holders(EXPORT_RIGHT, makers)
    contacts = _holders(CONTACT_RIGHT, exporters)
    states = {}
    for link in links:
        has_contacts = any(column.is_contact for column in columns_of(link))
        if link.revoked_at is not None:
            states[link.pk] = LinkState.REVOKED
        elif link.expires_at is not None and link.expires_at <= now:
            states[link.pk] = LinkState.EXPIRED
        elif link.segment.is_archived:
            states[link.pk] = LinkState.ARCHIVED
        elif link.user_id not in (contacts if has_contacts else exporters):
            states[link.pk] = LinkState.NO_RIGHT
        else:
            states[link.pk] = LinkState.WORKS
    return states


def last_day_of(link: SecretLink, zone: ZoneInfo) -> date | None:
    """Return the last day of the shop on which the link works, None for a link without end."""
    if link.expires_at is None:
        return None
    return local_day(link.expires_at - timedelta(microseconds=1), zone)


def columns_of(link: SecretLink) -> list[Column]:
    """Return the columns of a link that this version knows."""
    return [COLUMNS[key] for key in link.columns.split(",") if key in COLUMNS]


def _holders(right: str, user_ids: Iterable[int]) -> set[int]:
    """Return those of these users who are active and have a right."""
    holders = User.objects.with_perm(right, backend=MODEL_BACKEND)
    return set(holders.filter(pk__in=user_ids).values_list("pk", flat=True))


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _record(
    action: AuditAction, link: SecretLink, details: str, *, now: datetime, user: User | None
) -> None:
    AuditEntry.objects.record(
        action,
        now=now,
        user=user,
        subject=f"link {link.pk} of segment {link.segment_id}",
        details=details,
    )


class _Counted:
    """Passes rows on and counts them."""

    def __init__(self, rows: Iterator[Sequence[object]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[object]]:
        return self

    def __next__(self) -> Sequence[object]:
        row = next(self._rows)
        self.count += 1
        return row
