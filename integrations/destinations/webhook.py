"""Webhook: every change of a segment is posted to an address of the shop, signed."""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import blake2b, sha256
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.jobs.clock import system_clock
from cdp.models import Purpose
from integrations.destinations.base import (
    Account,
    Destination,
    Receipt,
    SecretField,
    destinations,
    unusable,
)
from integrations.exceptions import AddressRefused
from integrations.guides import GuideStep
from integrations.identity.normalising import e164
from integrations.identity.normalising import email as normal_email
from integrations.identity.people import FieldValue, Person
from integrations.network.addresses import check_url
from integrations.network.http import Door, Patience
from integrations.refusals import webhook as refusals

READ_SECONDS = 15
LARGEST_BODY = 1_000_000  # bytes
MOST_MEMBERS = 1000
CHANGED = "audience.members"
PING = "ping"
_SUCCESS = range(200, 300)
_SHORTEST_SECRET = 24
_LARGEST_ANSWER = 64_000
PURPOSES = [(one.value, one.label) for one in (Purpose.EMAIL, Purpose.SMS, Purpose.ADS)]


class WebhookSettings(forms.Form):
    """What a marketer enters to connect an address."""

    url = forms.CharField(
        max_length=500,
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("The https address of the receiver. It has to be public."),
    )
    secret = SecretField(
        min_length=_SHORTEST_SECRET,
        label=gettext_lazy("Secret"),
        help_text=gettext_lazy(
            "At least 24 random characters that only Regulars and the receiver know. Every message "
            "is signed with it."
        ),
    )
    previous_secret = SecretField(
        required=False,
        label=gettext_lazy("Previous secret"),
        help_text=gettext_lazy("Only while you change the secret: what the receiver still knows."),
    )
    signs_twice = forms.BooleanField(
        required=False,
        label=gettext_lazy("Sign with the previous secret too"),
        help_text=gettext_lazy("Take this away once the receiver knows the new secret."),
    )
    purpose = forms.ChoiceField(
        choices=PURPOSES,
        label=gettext_lazy("Consent that people need"),
        help_text=gettext_lazy(
            "What the receiver uses the people for. Whoever did not agree to it is never sent, and "
            "whoever takes it back is reported as removed."
        ),
    )

    def clean_url(self) -> str:
        """Refuse an address that Regulars does not call."""
        url: str = self.cleaned_data["url"].strip()
        try:
            check_url(url)
        except AddressRefused as error:
            raise ValidationError([error.message, error.hint]) from None
        return url

    def clean(self) -> dict[str, Any]:
        """Refuse to sign twice with one secret."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("secret") and cleaned.get("secret") == cleaned.get("previous_secret"):
            self.add_error("secret", _("This is the previous secret. Enter a new one."))
        return cleaned


@destinations.register
class Webhook(Destination):
    """People travel plain, to one address for all audiences; what the receiver does is theirs.

    A message keeps its id over repetitions, so that a receiver can leave out what it had already.
    """

    key = "webhook"
    label = gettext_lazy("Webhook")
    purpose = Purpose.EMAIL
    batch_size = MOST_MEMBERS
    takes_fields = True
    keeps_audiences = False
    summary = gettext_lazy(
        "Your own system, or a service such as Zapier or Make: every change arrives as a signed "
        "message."
    )
    guide = (
        GuideStep(
            gettext_lazy(
                "Make the receiver: a page of your own site that takes a POST request, or a hook "
                "of a service such as Zapier, Make or n8n."
            )
        ),
        GuideStep(gettext_lazy("Copy its address, which begins with https://, into the form.")),
        GuideStep(
            gettext_lazy(
                "Make up a secret of at least 24 random characters (a password manager does it), "
                "enter it here and in the receiver."
            )
        ),
        GuideStep(
            gettext_lazy(
                "Let the receiver check the signature of every message; the help shows how in "
                "Python and PHP."
            )
        ),
        GuideStep(
            gettext_lazy("Press Save and test: the receiver gets a message of the type ping.")
        ),
    )
    rights = gettext_lazy(
        "None. Everybody who knows the secret can write messages that look like ours, so keep it "
        "safe."
    )
    Settings = WebhookSettings

    def open_door(self, patience: Patience) -> Door:
        """Return the way to the receiver; the address dialled is checked to be a public one."""
        parts = urlsplit(self.settings["url"])
        return Door(
            self._host,
            urlunsplit((parts.scheme, parts.netloc, "", "", "")),
            explain=refusals.Explainer(self._host),
            patience=patience,
            is_checked=True,
            read_seconds=READ_SECONDS,
            largest_answer=_LARGEST_ANSWER,
        )

    @property
    def _host(self) -> str:
        return urlsplit(self.settings["url"]).hostname or ""

    def check(self) -> Account:
        """Send a message of the type ping, which names nobody."""
        self._post({"type": PING}, secrets.token_hex(16))
        return Account(self._host, notes=(_("The receiver took a test message of the type ping."),))

    def find_audience(self, name: str) -> str | None:
        """Return the name: the receiver is told it with every message."""
        return name

    def make_audience(self, name: str) -> str:
        """Return the name: nothing has to be made."""
        return name

    def put_in(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Post as many messages as the size of the people asks for."""
        rejections = [unusable(one) for one in people if not _is_reachable(one)]
        members = [_member(one) for one in people if _is_reachable(one)]
        self._send(audience_id, "added", members)
        return Receipt(tuple(rejections))

    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Post who is out, by our id, address and number as they were sent."""
        self._send(audience_id, "removed", [_trace(one) for one in people if _is_reachable(one)])
        return Receipt()

    def finish(self, audience_id: str, people: Iterable[Person]) -> Receipt:
        """Post a message without people that says it is the last of the run."""
        self._post(self._message(audience_id, is_last=True), self._number(audience_id, "last", []))
        return Receipt()

    def outline(self, person: Person) -> object:
        """Return the member of a message."""
        return _member(person)

    def traces(self, person: Person) -> Person:
        """Return address and number, plain: the receiver has to recognise them."""
        address, phone = normal_email(person.email), e164(person.phone)
        return Person(
            id=person.id,
            emails=(address,) if address else (),
            phones=(phone,) if phone else (),
        )

    def _send(self, audience_id: str, change: str, members: Sequence[Mapping[str, Any]]) -> None:
        for part in _parts(members):
            message = {**self._message(audience_id, is_last=False), change: part}
            self._post(message, self._number(audience_id, change, part))

    def _message(self, audience_id: str, *, is_last: bool) -> dict[str, Any]:
        self.sequence += 1
        return {
            "type": CHANGED,
            "segment": audience_id,
            "destination": self.key,
            "run_id": self.run_id,
            "sequence": self.sequence,
            "last": is_last,
            "added": [],
            "removed": [],
        }

    def _number(self, audience_id: str, change: str, members: Sequence[object]) -> str:
        """Return the same id for the same change of the same run, however often it is sent."""
        run = self.run_id or secrets.token_hex(16)
        text = json.dumps([run, audience_id, change, members], ensure_ascii=False, sort_keys=True)
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def _post(self, message: Mapping[str, Any], number: str) -> None:
        parts = urlsplit(self.settings["url"])
        now = system_clock().replace(microsecond=0)
        moment = int(now.timestamp())
        whole = {"id": number, **message, "sent_at": now.isoformat()}
        body = json.dumps(whole, ensure_ascii=False, allow_nan=False).encode()
        self.door.send(
            "POST",
            urlunsplit(("", "", parts.path or "/", parts.query, "")),
            body=body,
            headers={
                "Content-Type": "application/json",
                "webhook-id": number,
                "webhook-timestamp": str(moment),
                "webhook-signature": " ".join(
                    signature(secret, number, moment, body) for secret in self._secrets()
                ),
            },
            accept=_SUCCESS,
        )

    def _secrets(self) -> Iterator[str]:
        yield self.settings["secret"]
        if self.settings.get("signs_twice") and self.settings.get("previous_secret"):
            yield self.settings["previous_secret"]


def signature(secret: str, number: str, moment: int, body: bytes) -> str:
    """Return how a message is signed: HMAC-SHA256 over its id, the second it left, and its body."""
    signed = f"{number}.{moment}.".encode() + body
    return "v1," + b64encode(hmac.new(secret.encode(), signed, sha256).digest()).decode()


def _is_reachable(person: Person) -> bool:
    return bool(normal_email(person.email) or e164(person.phone))


def _trace(person: Person) -> dict[str, Any]:
    return {"id": person.id, "email": normal_email(person.email), "phone": e164(person.phone)}


def _member(person: Person) -> dict[str, Any]:
    return {
        **_trace(person),
        "external_id": person.shop_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "country": person.country,
        "language": person.language,
        "fields": {key: _plain(value) for key, value in sorted(person.fields.items())},
    }


def _plain(value: FieldValue) -> str | int | float | None:
    return value.isoformat() if isinstance(value, date) else value


def _parts(members: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Cut members so that no message grows too large in bytes."""
    part: list[Mapping[str, Any]] = []
    size = 0
    for member in members:
        weight = len(json.dumps(member, ensure_ascii=False).encode()) + 2
        if part and (size + weight > LARGEST_BODY - 2000 or len(part) == MOST_MEMBERS):
            yield part
            part, size = [], 0
        part.append(member)
        size += weight
    if part:
        yield part
