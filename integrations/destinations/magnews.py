"""MagNews: a segment is a static audience of one database. Not tried against the live service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.models import Purpose
from integrations.destinations.base import (
    Account,
    Destination,
    Receipt,
    Rejection,
    RemoteAudience,
    SecretField,
    destinations,
    unusable,
)
from integrations.exceptions import AddressRefused
from integrations.guides import GuideStep
from integrations.identity.normalising import e164
from integrations.identity.normalising import email as normal_email
from integrations.identity.people import Person
from integrations.identity.profile_fields import PROFILE_FIELDS
from integrations.network.addresses import check_url
from integrations.network.http import Door, Patience
from integrations.refusals import magnews as refusals

_REFUSED_ROW = (400, 422)
_PLAIN_FIELD = r"^[A-Za-z][A-Za-z0-9_]{0,49}$"
# The calls this adapter rests on. Only the first is described in full by the vendor; change them
# here once they were confirmed with an account.
_MERGE = "/contacts/merge"
_AUDIENCES = "/audiences"
_ADD = "/audiences/{id}/contacts/add"
_REMOVE = "/audiences/{id}/contacts/remove"


class MagNewsSettings(forms.Form):
    """What a marketer enters to connect MagNews."""

    base_url = forms.CharField(
        max_length=300,
        initial="https://ws-mn1.mag-news.it/ws/rest/api/v19",
        label=gettext_lazy("Address of the API"),
        help_text=gettext_lazy("It ends with /ws/rest/api/v19; the server differs by customer."),
    )
    access_token = SecretField(
        label=gettext_lazy("Access token"),
        help_text=gettext_lazy("A long-lived token of a user who may use the API."),
    )
    database_id = forms.RegexField(
        r"^[0-9]+$",
        label=gettext_lazy("Database"),
        help_text=gettext_lazy("The number of the database that the contacts are in."),
    )
    email_field = forms.RegexField(
        _PLAIN_FIELD, initial="EMAIL", label=gettext_lazy("Field of the e-mail address")
    )
    first_name_field = forms.RegexField(
        _PLAIN_FIELD, required=False, initial="NAME", label=gettext_lazy("Field of the first name")
    )
    last_name_field = forms.RegexField(
        _PLAIN_FIELD,
        required=False,
        initial="SURNAME",
        label=gettext_lazy("Field of the last name"),
    )
    phone_field = forms.RegexField(
        _PLAIN_FIELD, required=False, label=gettext_lazy("Field of the phone number")
    )
    extra_fields = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        label=gettext_lazy("Fields of the extra figures"),
        help_text=gettext_lazy("One a line, such as: life_cycle = LIFECYCLE"),
    )

    def clean_base_url(self) -> str:
        """Refuse an address that Regulars does not call."""
        url: str = self.cleaned_data["base_url"].strip().rstrip("/")
        try:
            check_url(url)
        except AddressRefused as error:
            raise ValidationError([error.message, error.hint]) from None
        return url

    def clean_extra_fields(self) -> str:
        """Refuse figures that Regulars does not have."""
        text: str = self.cleaned_data["extra_fields"]
        for key, field in _mapping(text).items():
            if key not in PROFILE_FIELDS or not field:
                raise ValidationError(
                    _("“%(line)s” is not understood. Write one of %(keys)s, = and the field.")
                    % {"line": key, "keys": ", ".join(PROFILE_FIELDS)}
                )
        return text


@destinations.register
class MagNews(Destination):
    """Contacts are merged one by one, then put into a static audience by their address.

    No request names a status, so that whoever has unsubscribed stays unsubscribed.
    """

    key = "magnews"
    label = "MagNews"
    purpose = Purpose.EMAIL
    batch_size = 25  # Each contact takes a request of its own.
    takes_fields = True
    is_verified = False
    summary = gettext_lazy(
        "Newsletters with MagNews. This connection was written from the public description and "
        "not yet tried against the live service."
    )
    guide = (
        GuideStep(
            gettext_lazy(
                "This connection was not yet tried against the live service. Begin with a database "
                "for tests, and look whether a contact who has unsubscribed stays unsubscribed."
            )
        ),
        GuideStep(
            gettext_lazy(
                "Ask MagNews or your administrator for the address of the API of your server and "
                "for a long-lived access token."
            )
        ),
        GuideStep(
            gettext_lazy(
                "Open the database in MagNews: its number stands in the address of the page and in "
                "its settings."
            )
        ),
        GuideStep(
            gettext_lazy(
                "In the database, look under Fields for the names of the fields and enter them as "
                "they are written there."
            )
        ),
    )
    rights = gettext_lazy(
        "The user of the token may use the API, change contacts of the database and manage static "
        "audiences."
    )
    Settings = MagNewsSettings

    def open_door(self, patience: Patience) -> Door:
        """Return the way to the server that was entered; it has to be a public one."""
        return Door(
            str(self.label),
            self.settings["base_url"],
            headers={"Authorization": f"Bearer {self.settings['access_token']}"},
            explain=refusals.explain,
            patience=patience,
            is_checked=True,
        )

    def check(self) -> Account:
        """Read the audiences of the database."""
        audiences = tuple(self._audiences())
        return Account(
            _("MagNews, database %(id)s") % {"id": self.settings["database_id"]},
            audiences,
            (
                _(
                    "This connection was not yet tried against the live service. Begin with a few "
                    "contacts."
                ),
            ),
        )

    def _audiences(self) -> Iterator[RemoteAudience]:
        query = {"iddatabase": self.settings["database_id"]}
        answer = self.door.send("GET", _AUDIENCES, query=query)
        for one in answer.data if isinstance(answer.data, list) else answer.at("data") or []:
            yield RemoteAudience(str(one["id"]), str(one.get("name", "")))

    def find_audience(self, name: str) -> str | None:
        """Look through the audiences of the database."""
        return next((one.id for one in self._audiences() if one.name == name), None)

    def make_audience(self, name: str) -> str:
        """Make a static audience without contacts."""
        body = {"name": name, "iddatabase": self.settings["database_id"], "type": "STATIC"}
        return str(self.door.send("POST", _AUDIENCES, body=body, is_repeatable=False).at("id"))

    def put_in(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Merge each contact, then put those that were taken into the audience."""
        rejections, addresses = [], []
        for person in people:
            address = normal_email(person.email)
            reason = self._merge(address, person) if address else None
            if not address:
                rejections.append(unusable(person))
            elif reason:
                rejections.append(Rejection(person.id, reason))
            else:
                addresses.append(address)
        self._change(_ADD, audience_id, addresses)
        return Receipt(tuple(rejections))

    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Take contacts out of the audience; they stay contacts."""
        addresses = [normal_email(person.email) for person in people]
        self._change(_REMOVE, audience_id, [address for address in addresses if address])
        return Receipt()

    def outline(self, person: Person) -> object:
        """Return what may be sent, whatever the names of the fields."""
        fields = {key: str(value) for key, value in sorted(person.fields.items())}
        names = [person.first_name, person.last_name]
        return [normal_email(person.email), e164(person.phone), *names, fields]

    def traces(self, person: Person) -> Person:
        """Return the address, by which a contact is taken out."""
        address = normal_email(person.email)
        return Person(id=person.id, emails=(address,) if address else ())

    def _merge(self, address: str, person: Person) -> str:
        """Write a contact and return why MagNews does not take it, empty if it does."""
        values = {self.settings["email_field"]: address, **self._values(person)}
        body = {"options": {"iddatabase": self.settings["database_id"]}, "values": values}
        answer = self.door.send("POST", _MERGE, body=body, accept=_REFUSED_ROW)
        if answer.status in _REFUSED_ROW or answer.at("ok") is False:
            return refusals.detail(answer) or _("MagNews gives no reason.")
        return ""

    def _values(self, person: Person) -> dict[str, Any]:
        given = {
            "first_name_field": person.first_name,
            "last_name_field": person.last_name,
            "phone_field": e164(person.phone),
        }
        # Names and numbers we do not have are left as they are.
        found: dict[str, Any] = {
            self.settings[name]: text
            for name, text in given.items()
            if text and self.settings.get(name)
        }
        for key, field in _mapping(self.settings.get("extra_fields") or "").items():
            if key in person.fields:
                value = person.fields[key]
                plain = value.isoformat() if isinstance(value, date) else value
                found[field] = "" if plain is None else plain
        return found

    def _change(self, path: str, audience_id: str, addresses: Sequence[str]) -> None:
        if not addresses:
            return
        field = self.settings["email_field"]
        body = {
            "iddatabase": self.settings["database_id"],
            "contacts": [{field: address} for address in addresses],
        }
        answer = self.door.send("POST", path.format(id=audience_id), body=body, accept=(404,))
        if answer.status == 404:
            raise refusals.gone()


def _mapping(text: str) -> Mapping[str, str]:
    """Return our figures and the fields they go into, from lines such as `key = FIELD`."""
    lines = (line.partition("=") for line in text.splitlines() if line.strip())
    return {key.strip(): field.strip() for key, _equals, field in lines}
