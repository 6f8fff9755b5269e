"""Mailchimp: a segment is a tag (static segment) within one of the account's audiences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django import forms
from django.conf import settings as site
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from requests.auth import HTTPBasicAuth

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
from integrations.exceptions import BadRequest
from integrations.guides.mailchimp import GUIDE, RIGHTS
from integrations.identity.hashing import subscriber_hash
from integrations.identity.normalising import email as normal_email
from integrations.identity.people import Person
from integrations.mailchimp_contacts import Contacts, figures
from integrations.moments import moment_of
from integrations.network.discretion import discreet
from integrations.network.http import Door, Patience
from integrations.refusals import mailchimp as refusals

_PAGE = 1000
_NEW_CONTACTS = [
    ("transactional", gettext_lazy("Add them without a subscription")),
    ("pending", gettext_lazy("Ask them by e-mail whether they want to subscribe (double opt-in)")),
]


class MailchimpSettings(forms.Form):
    """What a marketer enters to connect Mailchimp."""

    api_key = SecretField(
        label=gettext_lazy("API key"),
        validators=[
            RegexValidator(
                r"^\S+-[a-z]+[0-9]+$",
                gettext_lazy("A key of Mailchimp ends with its data centre, such as -us21."),
            )
        ],
        help_text=gettext_lazy(
            "In Mailchimp under your account, Extras, API keys. It ends with -us21 or alike."
        ),
    )
    list_id = forms.RegexField(
        r"^[A-Za-z0-9]+$",
        label=gettext_lazy("Audience ID"),
        help_text=gettext_lazy(
            "In Mailchimp under Audience, Settings, Audience name and defaults: ten letters and "
            "digits."
        ),
    )
    new_contacts = forms.ChoiceField(
        label=gettext_lazy("People who are not in Mailchimp yet"),
        choices=_NEW_CONTACTS,
        help_text=gettext_lazy(
            "Regulars never subscribes anybody and never changes the status of a contact who is "
            "there already."
        ),
    )


@destinations.register
class Mailchimp(Destination):
    """Contacts are made without a subscription where missing, then tagged; leaving takes the tag.

    Rows are told apart by their plain address, as Mailchimp does.
    """

    key = "mailchimp"
    label = "Mailchimp"
    purpose = Purpose.EMAIL
    batch_size = 500
    is_readable = True
    takes_fields = True
    tells_withdrawals = True
    calls_us = True
    summary = gettext_lazy(
        "Newsletters and automations: a segment becomes a tag that campaigns are sent to."
    )
    guide = GUIDE
    rights = RIGHTS
    Settings = MailchimpSettings

    _contacts: Contacts

    def open_door(self, patience: Patience) -> Door:
        """Return the way to the data centre that the key names."""
        key = self.settings["api_key"]
        door = Door(
            str(self.label),
            site.MAILCHIMP_URL.replace("{dc}", key.rpartition("-")[2]),
            auth=HTTPBasicAuth("regulars", key),
            explain=refusals.explain,
            patience=patience,
        )
        status = self.settings.get("new_contacts") or "transactional"
        self._contacts = Contacts(door, self.settings["list_id"], status)
        return door

    @property
    def _list(self) -> str:
        return f"/lists/{self.settings['list_id']}"

    def check(self) -> Account:
        """Read the audience's name and its tags."""
        answer = self.door.send("GET", self._list, query={"fields": "id,name"}, accept=(404,))
        if answer.status == 404:
            known = self.door.send("GET", "/lists", query={"count": 100}).at("lists") or []
            names = ", ".join(f"{one['name']} ({one['id']})" for one in known)
            raise BadRequest(
                _("Mailchimp has no audience with the ID %(id)s.") % {"id": self._list[7:]},
                hint=_("The audiences of this account are: %(names)s.") % {"names": names or "-"},
            )
        return Account(str(answer.at("name")), tuple(self._segments()))

    def _segments(self) -> Iterator[RemoteAudience]:
        query = {"type": "static", "fields": "segments.id,segments.name,segments.member_count"}
        for one in self._pages(f"{self._list}/segments", "segments", query):
            yield RemoteAudience(str(one["id"]), str(one["name"]), _count(one.get("member_count")))

    def _pages(
        self, path: str, what: str, query: Mapping[str, str]
    ) -> Iterator[Mapping[str, object]]:
        offset = 0
        while True:
            answer = self.door.send(
                "GET", path, query={**query, "count": _PAGE, "offset": offset}, accept=(404,)
            )
            if answer.status == 404:
                raise refusals.gone()
            page = answer.at(what) or []
            yield from page
            if len(page) < _PAGE:
                return
            offset += _PAGE

    def find_audience(self, name: str) -> str | None:
        """Look through the static segments of the audience."""
        return next((one.id for one in self._segments() if one.name == name), None)

    def make_audience(self, name: str) -> str:
        """Make a static segment without members."""
        body = {"name": name, "static_segment": []}
        path = f"{self._list}/segments"
        return str(self.door.send("POST", path, body=body, is_repeatable=False).at("id"))

    def put_in(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Make missing contacts, refresh the others, then tag them all."""
        found, rejections = _by_address(people)
        if not found:
            return Receipt(tuple(rejections))
        written = self._contacts.write(found)
        refused = dict(written.refused)
        wanted = [address for address in found if address not in refused]
        if wanted:
            refused |= self._change(audience_id, {"members_to_add": wanted})
        numbers = {
            person.id: subscriber_hash(address)
            for address in wanted
            if address not in refused
            for person in found[address]
        }
        return Receipt(
            (*rejections, *_rejections(found, refused)),
            ticket=written.ticket,
            notes=written.notes,
            remote_ids=numbers,
        )

    def settle(self, ticket: str) -> Receipt:
        """Ask whether the names and figures of known contacts are written; they are tagged."""
        written = self._contacts.settle(ticket)
        return Receipt(ticket=written.ticket, notes=written.notes)

    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Take the tag away. Somebody whom Mailchimp does not know has none, and is no error."""
        found, _unknown = _by_address(people)
        if found:
            self._change(audience_id, {"members_to_remove": list(found)})
        return Receipt()

    def page(self, audience_id: str, cursor: str = "") -> Page:
        """Return some of those with the tag, whatever their status; the cursor counts them."""
        start = int(cursor or 0)
        query: dict[str, str | int] = {
            "fields": "members.id,members.email_address",
            "include_cleaned": "true",
            "include_transactional": "true",
            "include_unsubscribed": "true",
            "count": _PAGE,
            "offset": start,
        }
        path = f"{self._list}/segments/{audience_id}/members"
        answer = self.door.send("GET", path, query=query, accept=(404,))
        if answer.status == 404:
            raise refusals.gone()
        found = answer.at("members") or []
        members = tuple(Member(str(one["email_address"]), "", str(one["id"])) for one in found)
        return Page(members, str(start + _PAGE) if len(found) == _PAGE else "")

    def withdrawals(self, since: datetime, cursor: str = "") -> Withdrawals:
        """Return who unsubscribed from the audience; the cursor counts them.

        The moment is that of the contact's last change: Mailchimp tells no other. Contacts that
        were cleaned are left out: their mailbox is at fault, they chose nothing.
        """
        start = int(cursor or 0)
        query: dict[str, str | int] = {
            "status": "unsubscribed",
            "unsubscribed_since": since.isoformat(),
            "fields": "members.email_address,members.last_changed",
            "count": _PAGE,
            "offset": start,
        }
        rows = self.door.send("GET", f"{self._list}/members", query=query).at("members") or []
        found = tuple(
            Withdrawal(str(one["email_address"]), moment_of(one.get("last_changed"), since))
            for one in rows
        )
        return Withdrawals(found, str(start + _PAGE) if len(rows) == _PAGE else "")

    def heard(self, call: Mapping[str, str], *, now: datetime) -> tuple[Withdrawal, ...]:
        """Return who unsubscribed from this audience; contacts deleted by a user chose nothing."""
        is_choice = call.get("type") == "unsubscribe" and call.get("data[action]") != "delete"
        if not is_choice or call.get("data[list_id]") != self.settings["list_id"]:
            return ()
        fired_at = moment_of(call.get("fired_at"), now)
        return (Withdrawal(call.get("data[email]", ""), fired_at),)

    def outline(self, person: Person) -> object:
        """Return address, names and merge fields."""
        return [
            normal_email(person.email),
            person.first_name,
            person.last_name,
            figures(person),
        ]

    def traces(self, person: Person) -> Person:
        """Return the address as Mailchimp compares it: the tag is taken from it."""
        address = normal_email(person.email)
        return Person(id=person.id, emails=(address,) if address else ())

    def _change(self, audience_id: str, body: Mapping[str, list[str]]) -> dict[str, str]:
        path = f"{self._list}/segments/{audience_id}"
        answer = self.door.send("POST", path, body=dict(body), accept=(404,))
        if answer.status == 404:
            raise refusals.gone()
        return {
            normal_email(str(address)): discreet(str(error.get("error", "")))
            for error in answer.at("errors") or []
            for address in error.get("email_addresses") or []
        }


def _by_address(people: Sequence[Person]) -> tuple[dict[str, list[Person]], list[Rejection]]:
    found: dict[str, list[Person]] = {}
    rejections = []
    for person in people:
        address = normal_email(person.email)
        if address:
            found.setdefault(address, []).append(person)
        else:
            rejections.append(unusable(person))
    return found, rejections


def _rejections(
    found: Mapping[str, Sequence[Person]], refused: Mapping[str, str]
) -> Iterator[Rejection]:
    for address, reason in refused.items():
        for person in found.get(address, ()):
            yield Rejection(person.id, reason or _("Mailchimp gives no reason."))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None
