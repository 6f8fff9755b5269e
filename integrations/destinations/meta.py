"""Facebook and Instagram (Meta): a segment is a custom audience of hashed people."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from django import forms
from django.conf import settings as site
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.models import Purpose
from integrations.destinations.base import (
    Account,
    Destination,
    Receipt,
    RemoteAudience,
    Replacement,
    SecretField,
    destinations,
    unusable,
)
from integrations.exceptions import AudienceGone, BadRequest, DestinationError, RateLimited
from integrations.guides.meta import GUIDE, RIGHTS
from integrations.identity import normalising
from integrations.identity.hashing import META_COLUMNS, hashed, meta_row
from integrations.identity.people import Person
from integrations.network.http import Answer, Door, Patience
from integrations.refusals import meta as refusals

_SLOW_FROM = 80  # per cent of what the account may use in an hour
_LONGEST_REST = 10.0


class MetaSettings(forms.Form):
    """What a marketer enters to connect Meta."""

    ad_account_id = forms.RegexField(
        r"^[0-9]+$",
        label=gettext_lazy("Ad account ID"),
        help_text=gettext_lazy("In the Ads Manager, in the list of accounts: digits only."),
    )
    access_token = SecretField(
        label=gettext_lazy("Access token"),
        help_text=gettext_lazy(
            "In the business settings under System users: a token with ads_management for this "
            "ad account."
        ),
    )
    app_secret = SecretField(
        label=gettext_lazy("App secret"),
        required=False,
        help_text=gettext_lazy(
            "Of the app the token was made for. Needed where the app asks for a proof of the "
            "secret."
        ),
    )


@destinations.register
class Meta(Destination):
    """People travel hashed, with our id; the audience cannot be read back."""

    key = "meta"
    label = gettext_lazy("Facebook and Instagram")
    purpose = Purpose.ADS
    batch_size = 10_000
    summary = gettext_lazy(
        "Ads on Facebook and Instagram: reach these customers again, leave them out, or find "
        "people like them."
    )
    is_hashed = True
    can_replace = True
    makes_lookalikes = True
    guide = GUIDE
    rights = RIGHTS
    Settings = MetaSettings

    _rest = 0.0  # Seconds to leave the account alone before the next request.

    def open_door(self, patience: Patience) -> Door:
        """Return the way to the version of the API that the site is set to."""
        return Door(
            "Facebook",
            site.META_URL,
            headers={"Authorization": f"Bearer {self.settings['access_token']}"},
            explain=self._explain,
            patience=patience,
        )

    @property
    def _account(self) -> str:
        return f"/act_{self.settings['ad_account_id']}"

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: dict[str, Any] | None = None,
        is_repeatable: bool = True,
    ) -> Answer:
        asked = dict(query or {})
        if self.settings.get("app_secret"):
            key, token = self.settings["app_secret"], self.settings["access_token"]
            asked["appsecret_proof"] = hmac.new(key.encode(), token.encode(), sha256).hexdigest()
        self._take_a_rest()
        answer = self.door.send(method, path, query=asked, body=body, is_repeatable=is_repeatable)
        used, regain = refusals.usage(answer)
        slower = min(_LONGEST_REST, (used - _SLOW_FROM) / 2) if used > _SLOW_FROM else 0.0
        self._rest = regain or slower
        return answer

    def _take_a_rest(self) -> None:
        """Go slower where the last answer said that most of an hour's share is used up."""
        if self._rest > self.door.patience.longest_pause:
            raise RateLimited(
                _("Facebook asks to slow down."),
                hint=_("Regulars goes on by itself later."),
                retry_after=self._rest,
            )
        if self._rest:
            self.door.patience.wait(self._rest)

    def _explain(self, answer: Answer) -> DestinationError | None:
        return refusals.explain(answer, self.settings["ad_account_id"])

    def check(self) -> Account:
        """Read the account's name, whether its terms are accepted, and its audiences."""
        try:
            account = self._send("GET", self._account, query={"fields": "name,tos_accepted"})
        except AudienceGone:
            raise BadRequest(
                _("Facebook has no ad account %(id)s, or the token may not use it.")
                % {"id": self.settings["ad_account_id"]},
                hint=_("Give the system user the right to manage this ad account."),
            ) from None
        if account.at("tos_accepted", "custom_audience_tos") != 1:
            raise refusals.terms(self.settings["ad_account_id"])
        return Account(str(account.at("name")), tuple(self._audiences()))

    def _audiences(self) -> Iterator[RemoteAudience]:
        query: dict[str, str | int] = {
            "fields": "id,name,approximate_count_lower_bound",
            "limit": 100,
        }
        while True:
            page = self._send("GET", f"{self._account}/customaudiences", query=query)
            for one in page.at("data") or []:
                count = one.get("approximate_count_lower_bound")
                # Small audiences are told as -1.
                size = count if isinstance(count, int) and count >= 0 else None
                yield RemoteAudience(str(one["id"]), str(one.get("name", "")), size)
            after = page.at("paging", "cursors", "after")
            if not after or not page.at("paging", "next"):
                return
            query = {**query, "after": str(after)}

    def find_audience(self, name: str) -> str | None:
        """Look through all custom audiences of the ad account."""
        return next((one.id for one in self._audiences() if one.name == name), None)

    def make_audience(self, name: str) -> str:
        """Make a customer-file audience without members."""
        body = {
            "name": name,
            "subtype": "CUSTOM",
            "customer_file_source": "USER_PROVIDED_ONLY",
        }
        path = f"{self._account}/customaudiences"
        return str(self._send("POST", path, body=body, is_repeatable=False).at("id"))

    def make_lookalike(self, name: str, origin_id: str, *, country: str, ratio: float) -> str:
        """Make an audience of people who resemble another one's members, and return its id.

        `country` is an ISO code, `ratio` the share of its people, 0.01 to 0.2. Needs at least a
        hundred matched people in that country. One of this name that exists is returned.
        """
        found = self.find_audience(name)
        if found:
            return found
        body = {
            "name": name,
            "subtype": "LOOKALIKE",
            "origin_audience_id": origin_id,
            "lookalike_spec": {"country": country.upper(), "ratio": ratio},
        }
        path = f"{self._account}/customaudiences"
        return str(self._send("POST", path, body=body, is_repeatable=False).at("id"))

    def put_in(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Upload one batch; accepted rows count as confirmed, matching takes up to a day."""
        return self._upload("POST", f"/{audience_id}/users", people, _session())

    def replace(self, audience_id: str, people: Sequence[Person], part: Replacement) -> Receipt:
        """Send one batch of a session after whose end only those sent in it are in.

        A session has to end within 90 minutes; meanwhile Meta takes nobody in or out.
        """
        allowed, rejections = self.allowed(people)
        session = _session(part.session, part.sequence, is_last=part.is_last)
        session["estimated_num_total"] = max(part.total, 1)
        receipt = self._upload("POST", f"/{audience_id}/usersreplace", allowed, session)
        if part.is_last and not allowed:
            problem = _("Facebook could not be told that the replacement is complete.")
            receipt = Receipt(problems=(problem,))
        return replace(receipt, rejections=(*rejections, *receipt.rejections))

    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Take one batch out, by our id, address and number as they were sent.

        An audience that would become too small refuses for now: a problem, not an error.
        """
        path = f"/{audience_id}/users"
        try:
            receipt = self._upload("DELETE", path, people, _session(), is_named=False)
        except refusals.TooSmall as error:
            return Receipt(problems=(error.message,))
        # Whoever could not be recognised was never in.
        return replace(receipt, rejections=())

    def outline(self, person: Person) -> object:
        """Return the hashed row."""
        return meta_row(person)

    def traces(self, person: Person) -> Person:
        """Return the hashes of address and number, which pass through hashing unchanged."""
        email = hashed(person.email, normalising.email)
        phone = hashed(person.phone, normalising.meta_phone)
        return Person(
            id=person.id, emails=(email,) if email else (), phones=(phone,) if phone else ()
        )

    def _upload(
        self,
        method: str,
        path: str,
        people: Sequence[Person],
        session: Mapping[str, int | bool],
        *,
        is_named: bool = True,
    ) -> Receipt:
        rows, rejections = [], []
        for person in people:
            row = meta_row(person, is_named=is_named)
            if row is None:
                rejections.append(unusable(person))
            else:
                rows.append(row)
        if not rows:
            return Receipt(tuple(rejections))
        payload = {"schema": list(META_COLUMNS), "data": rows}
        answer = self._send(method, path, body={"payload": payload, "session": dict(session)})
        invalid, received = answer.at("num_invalid_entries"), answer.at("num_received")
        notes: tuple[str, ...] = ()
        problems: tuple[str, ...] = ()
        if invalid:
            notes = (_("Facebook could not use %(count)s rows.") % {"count": invalid},)
        if isinstance(received, int) and received < len(rows):
            problems = (
                _("Facebook received %(received)s of %(sent)s rows.")
                % {"received": received, "sent": len(rows)},
            )
        return Receipt(tuple(rejections), notes=notes, problems=problems)


def _session(number: int = 0, sequence: int = 1, *, is_last: bool = True) -> dict[str, int | bool]:
    """Return what marks an upload; one of a single batch gets a number of its own.

    A repetition of the request is the same session.
    """
    return {
        "session_id": number or secrets.randbits(62) + 1,
        "batch_seq": sequence,
        "last_batch_flag": is_last,
    }
