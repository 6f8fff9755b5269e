"""Klaviyo: a segment is a list; people arrive by import jobs and leave by their profile."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django import forms
from django.conf import settings as site
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.models import Purpose
from integrations.destinations.base import (
    Account,
    Destination,
    Member,
    Page,
    Receipt,
    Rejection,
    RemoteAudience,
    SecretField,
    Withdrawal,
    Withdrawals,
    destinations,
    unusable,
)
from integrations.guides.klaviyo import GUIDE, RIGHTS
from integrations.identity.normalising import e164
from integrations.identity.normalising import email as normal_email
from integrations.identity.people import Person
from integrations.identity.profile_fields import PROFILE_FIELDS
from integrations.moments import moment_of
from integrations.network.discretion import discreet
from integrations.network.http import Door, Patience
from integrations.network.pace import Pace
from integrations.refusals import klaviyo as refusals

REVISION = "2026-10-15"
_MEDIA = "application/vnd.api+json"
_LARGEST_JOB = 4_500_000  # bytes; 5 MB are allowed
_LONGEST_FILTER = 100
_MOST_REMOVED = 1000
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_DONE = "complete"
_SUPPRESSED = "subscriptions.email.marketing.suppression"
_SUPPRESSED_PAGE = 100
_CHOICES = {"UNSUBSCRIBE", "UNSUBSCRIBED", "SPAM_REPORT", "SPAM_COMPLAINT"}


class KlaviyoSettings(forms.Form):
    """What a marketer enters to connect Klaviyo."""

    api_key = SecretField(
        label=gettext_lazy("Private API key"),
        help_text=gettext_lazy(
            "In Klaviyo under Settings, API keys: a private key with full access to lists and "
            "profiles and read access to accounts. It begins with pk_."
        ),
    )


@destinations.register
class Klaviyo(Destination):
    """Profiles carry our id as external id. Being on a list is no consent and changes none."""

    key = "klaviyo"
    label = "Klaviyo"
    purpose = Purpose.EMAIL
    batch_size = 10_000
    is_readable = True
    takes_fields = True
    tells_withdrawals = True
    summary = gettext_lazy(
        "Newsletters and flows: a segment becomes a list that flows and campaigns use."
    )
    guide = GUIDE
    rights = RIGHTS
    Settings = KlaviyoSettings

    _reads: Pace
    _rare: Pace

    def open_door(self, patience: Patience) -> Door:
        """Return the way to the account, at the pace that its key allows."""
        self._reads = Pace(((75, 1.0), (750, 60.0)))
        self._rare = Pace(((1, 1.0), (15, 60.0)))
        return Door(
            str(self.label),
            site.KLAVIYO_URL,
            headers={
                "Authorization": f"Klaviyo-API-Key {self.settings['api_key']}",
                "revision": REVISION,
                "Accept": _MEDIA,
                "Content-Type": _MEDIA,
            },
            explain=refusals.explain,
            pace=Pace(((10, 1.0), (150, 60.0))),
            patience=patience,
        )

    def check(self) -> Account:
        """Read the account's name and its lists."""
        account = self.door.send("GET", "/api/accounts", pace=self._rare)
        name = account.at("data", 0, "attributes", "contact_information", "organization_name")
        return Account(
            str(name or account.at("data", 0, "id") or ""),
            tuple(RemoteAudience(one["id"], one["attributes"]["name"]) for one in self._lists()),
            (_("Whether the key may write shows only when the first people are sent."),),
        )

    def _lists(self) -> Iterator[Mapping[str, Any]]:
        yield from self._pages("/api/lists", {"page[size]": 10}, self._reads)

    def _pages(
        self, path: str, query: Mapping[str, str | int], pace: Pace
    ) -> Iterator[Mapping[str, Any]]:
        rows, cursor = self._one_page(path, query, pace)
        yield from rows
        while cursor:
            rows, cursor = self._one_page(path, query, pace, cursor)
            yield from rows

    def _one_page(
        self, path: str, query: Mapping[str, str | int], pace: Pace, cursor: str = ""
    ) -> tuple[Sequence[Mapping[str, Any]], str]:
        """Return the rows of a page and the cursor of the next one, empty at the end."""
        asked = {**query, "page[cursor]": cursor} if cursor else query
        answer = self.door.send("GET", path, query=asked, pace=pace, accept=(404,))
        if answer.status == 404:
            raise refusals.gone()
        following = answer.at("links", "next")
        found = parse_qs(urlsplit(following).query) if following else {}
        return answer.at("data") or [], found.get("page[cursor]", [""])[0]

    def find_audience(self, name: str) -> str | None:
        """Look through all lists of the account."""
        return next((one["id"] for one in self._lists() if one["attributes"]["name"] == name), None)

    def make_audience(self, name: str) -> str:
        """Make a list without members."""
        body = {"data": {"type": "list", "attributes": {"name": name}}}
        answer = self.door.send("POST", "/api/lists", body=body, is_repeatable=False)
        return str(answer.at("data", "id"))

    def put_in(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Start as many import jobs as the size of the profiles asks for; `settle` ends them."""
        usable, rejections = [], []
        for person in people:
            profile = _profile(person)
            if profile is None:
                rejections.append(unusable(person))
            else:
                usable.append(profile)
        jobs = [self._import(audience_id, part) for part in _parts(usable)]
        return Receipt(tuple(rejections), ticket=",".join(jobs))

    def _import(self, audience_id: str, profiles: list[dict[str, Any]]) -> str:
        body = {
            "data": {
                "type": "profile-bulk-import-job",
                "attributes": {"profiles": {"data": profiles}},
                "relationships": {"lists": {"data": [{"type": "list", "id": audience_id}]}},
            }
        }
        path = "/api/profile-bulk-import-jobs"
        answer = self.door.send("POST", path, body=body, accept=(404,))
        if answer.status == 404:
            raise refusals.gone()
        return str(answer.at("data", "id"))

    def settle(self, ticket: str) -> Receipt:
        """Ask each job of the batch once; read whom it refused when all are done."""
        rejections: list[Rejection] = []
        problems: list[str] = []
        for job in ticket.split(","):
            path = f"/api/profile-bulk-import-jobs/{job}"
            attributes = self.door.send("GET", path).at("data", "attributes") or {}
            if attributes.get("status") in ("queued", "processing"):
                return Receipt(ticket=ticket)
            if attributes.get("status") != _DONE:
                problems.append(_("Klaviyo cancelled the import."))
            elif attributes.get("failed_count"):
                named = list(self._refused(path))
                rejections += named
                if len(named) < attributes["failed_count"]:
                    problems.append(_("Klaviyo refused people without saying whom."))
        return Receipt(tuple(rejections), problems=tuple(problems))

    def _refused(self, job_path: str) -> Iterator[Rejection]:
        query = {"page[size]": 100}
        for one in self._pages(f"{job_path}/import-errors", query, self.door.pace):
            attributes = one["attributes"]
            payload = attributes.get("original_payload") or {}
            known = (
                payload.get("attributes") or payload.get("data", {}).get("attributes") or payload
            )
            if known.get("external_id"):
                yield Rejection(str(known["external_id"]), discreet(str(attributes["detail"])))

    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Take profiles off the list, found by their number, else our id, else their address.

        Somebody whom Klaviyo does not know is on no list, and is no error.
        """
        ids = list(dict.fromkeys(self._profile_ids(people)))
        for start in range(0, len(ids), _MOST_REMOVED):
            part = ids[start : start + _MOST_REMOVED]
            body = {"data": [{"type": "profile", "id": one} for one in part]}
            path = f"/api/lists/{audience_id}/relationships/profiles"
            if self.door.send("DELETE", path, body=body, accept=(404,)).status == 404:
                raise refusals.gone()
        return Receipt()

    def _profile_ids(self, people: Sequence[Person]) -> Iterator[str]:
        yield from (person.remote_id for person in people if person.remote_id)
        unknown = [person for person in people if not person.remote_id]
        by_id = self._found("external_id", [person.id for person in unknown])
        yield from by_id.values()
        rest = [normal_email(person.email) for person in unknown if person.id not in by_id]
        yield from self._found("email", [address for address in rest if address]).values()

    def _found(self, what: str, values: Sequence[str]) -> dict[str, str]:
        """Return Klaviyo's numbers of the profiles with these values, by the value."""
        found: dict[str, str] = {}
        for start in range(0, len(values), _LONGEST_FILTER):
            asked = json.dumps(list(values[start : start + _LONGEST_FILTER]), ensure_ascii=False)
            query: dict[str, str | int] = {
                "filter": f"any({what},{asked})",
                "fields[profile]": what,
                "page[size]": 100,
            }
            for one in self._pages("/api/profiles", query, self._reads):
                found[str(one["attributes"].get(what))] = str(one["id"])
        return found

    def page(self, audience_id: str, cursor: str = "") -> Page:
        """Return some profiles of the list."""
        query: dict[str, str | int] = {"page[size]": 100, "fields[profile]": "email,external_id"}
        path = f"/api/lists/{audience_id}/profiles"
        rows, following = self._one_page(path, query, self._reads, cursor)
        members = (
            Member(
                email=one["attributes"].get("email") or "",
                external_id=one["attributes"].get("external_id") or "",
                remote_id=str(one["id"]),
            )
            for one in rows
        )
        return Page(tuple(members), following)

    def withdrawals(self, since: datetime, cursor: str = "") -> Withdrawals:
        """Return whose e-mail is suppressed because they unsubscribed or complained of spam.

        Bounces and what a user of Klaviyo suppressed are no choice of the customer.
        """
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query: dict[str, str | int] = {
            "filter": f"greater-than({_SUPPRESSED}.timestamp,{moment})",
            "additional-fields[profile]": "subscriptions",
            "fields[profile]": "email,subscriptions",
            "page[size]": _SUPPRESSED_PAGE,
        }
        rows, following = self._one_page("/api/profiles", query, self._reads, cursor)
        found = (
            Withdrawal(str(row["attributes"].get("email") or ""), moment)
            for row in rows
            for moment in _choices(row["attributes"], since)
        )
        return Withdrawals(tuple(found), following)

    def outline(self, person: Person) -> object:
        """Return the row of an import."""
        return _profile(person)

    def traces(self, person: Person) -> Person:
        """Return the address, else the number: what a profile is found by if not by our id."""
        address, phone = normal_email(person.email), e164(person.phone)
        if address:
            return Person(id=person.id, emails=(address,))
        return Person(id=person.id, phones=(phone,) if _PHONE.fullmatch(phone) else ())


def _choices(attributes: Mapping[str, Any], since: datetime) -> Iterator[datetime]:
    """Yield when somebody told Klaviyo to stop sending."""
    marketing = ((attributes.get("subscriptions") or {}).get("email") or {}).get("marketing") or {}
    for one in marketing.get("suppression") or ():
        if str(one.get("reason", "")).upper() in _CHOICES:
            yield moment_of(one.get("timestamp"), since)


def _profile(person: Person) -> dict[str, Any] | None:
    """Return one row of an import, None for somebody without address and number.

    The number is sent only where there is no address: two profiles that share one are refused.
    Names are left out where we have none; what is left out stays as it is.
    """
    address, phone = normal_email(person.email), e164(person.phone)
    attributes: dict[str, Any] = {"external_id": person.id}
    if address:
        attributes["email"] = address
    elif _PHONE.fullmatch(phone):
        attributes["phone_number"] = phone
    else:
        return None
    if person.first_name:
        attributes["first_name"] = person.first_name
    if person.last_name:
        attributes["last_name"] = person.last_name
    properties = {
        f"regulars_{key}": value.isoformat() if isinstance(value, date) else value
        for key, value in person.fields.items()
        if key in PROFILE_FIELDS
    }
    if properties:
        attributes["properties"] = properties
    return {"type": "profile", "attributes": attributes}


def _parts(profiles: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Cut profiles so that no job grows too large in bytes."""
    part: list[dict[str, Any]] = []
    size = 0
    for profile in profiles:
        weight = len(json.dumps(profile, ensure_ascii=False).encode()) + 2
        if part and size + weight > _LARGEST_JOB:
            yield part
            part, size = [], 0
        part.append(profile)
        size += weight
    if part:
        yield part
