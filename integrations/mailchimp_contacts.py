"""Contacts of a Mailchimp audience: made where missing, refreshed where known, never subscribed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from integrations.identity.hashing import subscriber_hash
from integrations.identity.normalising import email as normal_email
from integrations.identity.people import FieldValue, Person
from integrations.identity.profile_fields import PROFILE_FIELDS, ProfileField
from integrations.network.discretion import discreet
from integrations.network.http import Door
from integrations.refusals import mailchimp as refusals

# So many contacts are refreshed one by one; more of them go as one batch that Mailchimp works on.
MOST_AT_ONCE = 25
_MOST_FIELDS = 1000
_EXISTS = "ERROR_CONTACT_EXISTS"
_FINISHED = "finished"


@dataclass(frozen=True)
class Written:
    """What became of contacts: whom Mailchimp refused and why, by address, and what to note.

    `ticket` names a batch of refreshed contacts that is not finished yet.
    """

    refused: dict[str, str]
    notes: tuple[str, ...] = ()
    ticket: str = ""


@dataclass
class Contacts:
    """The contacts of one Mailchimp audience; new ones get `status`."""

    door: Door
    list_id: str
    status: str
    _tags: frozenset[str] | None = field(default=None, repr=False)

    @property
    def _path(self) -> str:
        return f"/lists/{self.list_id}"

    def write(self, found: Mapping[str, Sequence[Person]]) -> Written:
        """Make sure that the addresses are contacts, and refresh those that were there.

        Somebody who was there before us keeps their names, unless they carry figures; whoever we
        sent before (`remote_id`) gets the names of today.
        """
        self._prepare({key for same in found.values() for person in same for key in person.fields})
        rows = [
            {
                "email_address": address,
                "status": self.status,
                "merge_fields": self._merge_fields(same[0]),
            }
            for address, same in found.items()
        ]
        # Whoever is there already is left exactly as they are.
        body = {"members": rows, "update_existing": False}
        answer = self.door.send("POST", self._path, body=body, accept=(404,))
        if answer.status == 404:
            raise refusals.no_list(self.list_id)
        refused: dict[str, str] = {}
        known: list[tuple[str, Person]] = []
        for error in answer.at("errors") or []:
            address = normal_email(str(error.get("email_address", "")))
            if address not in found:
                continue
            first = found[address][0]
            if error.get("error_code") != _EXISTS:
                refused[address] = discreet(str(error.get("error", "")))
            elif first.fields or first.remote_id:
                known.append((address, first))
        if len(known) > MOST_AT_ONCE:
            return Written(refused, ticket=self._start(known))
        return Written(refused, self._refresh(known))

    def settle(self, ticket: str) -> Written:
        """Return what became of a batch; the same ticket while Mailchimp works on it."""
        answer = self.door.send("GET", f"/batches/{ticket}", accept=(404,))
        if answer.status < 300 and answer.at("status") != _FINISHED:
            return Written({}, ticket=ticket)
        count = answer.at("errored_operations") or 0
        return Written({}, _not_taken(count) if count else ())

    def _refresh(self, known: Iterable[tuple[str, Person]]) -> tuple[str, ...]:
        """Write names and figures one by one. Who does not take them is a contact all the same."""
        count = 0
        for address, person in known:
            path, body = self._change_of(address, person)
            answer = self.door.send("PUT", path, body=body, accept=(400, 404))
            count += answer.status >= 300
        return _not_taken(count) if count else ()

    def _start(self, known: Iterable[tuple[str, Person]]) -> str:
        """Let Mailchimp write names and figures, and return the number of the batch."""
        operations = []
        for address, person in known:
            path, body = self._change_of(address, person)
            text = json.dumps(body, ensure_ascii=False, allow_nan=False)
            operations.append({"method": "PUT", "path": path, "body": text})
        answer = self.door.send("POST", "/batches", body={"operations": operations})
        return str(answer.at("id"))

    def _change_of(self, address: str, person: Person) -> tuple[str, dict[str, Any]]:
        """Return path and body of a refresh; it names no `status`, so that the status stays."""
        body = {
            "email_address": address,
            "status_if_new": self.status,
            "merge_fields": self._merge_fields(person),
        }
        return f"{self._path}/members/{subscriber_hash(address)}", body

    def _merge_fields(self, person: Person) -> dict[str, str | int | float]:
        names = {"FNAME": person.first_name, "LNAME": person.last_name}
        given = {tag: name for tag, name in names.items() if name and tag in self._known_tags()}
        return {**given, **figures(person)}

    def _known_tags(self) -> frozenset[str]:
        if self._tags is None:
            query: dict[str, str | int] = {"fields": "merge_fields.tag", "count": _MOST_FIELDS}
            answer = self.door.send("GET", f"{self._path}/merge-fields", query=query, accept=(404,))
            if answer.status == 404:
                raise refusals.no_list(self.list_id)
            self._tags = frozenset(str(one["tag"]) for one in answer.at("merge_fields") or [])
        return self._tags

    def _prepare(self, keys: set[str]) -> None:
        """Make the merge fields that the chosen figures need."""
        for one in PROFILE_FIELDS.values():
            if one.key in keys and one.tag not in self._known_tags():
                self._make_field(one)

    def _make_field(self, one: ProfileField) -> None:
        body = {
            "tag": one.tag,
            "name": str(one.label),
            "type": one.kind,
            "required": False,
            "public": False,
        }
        answer = self.door.send("POST", f"{self._path}/merge-fields", body=body, accept=(400,))
        self._tags = None
        # Refused it is also when an earlier try made it and only the answer was lost.
        if one.tag not in self._known_tags():
            raise refusals.explain(answer) or self.door.refusal(answer)


def figures(person: Person) -> dict[str, str | int | float]:
    """Return the figures of a person by the tags of their merge fields."""
    fields = person.fields.items()
    return {
        PROFILE_FIELDS[key].tag: _plain(value) for key, value in fields if key in PROFILE_FIELDS
    }


def _plain(value: FieldValue) -> str | int | float:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else value


def _not_taken(count: int) -> tuple[str, ...]:
    return (
        _("Mailchimp did not take the names or figures of some contacts, who are in: %(count)s.")
        % {"count": count},
    )
