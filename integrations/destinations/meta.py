"""Facebook and Instagram (Meta): a segment is a custom audience of hashed people."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from django import forms
from django.conf import settings as site
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.models import Purpose
from integrations import normalising
from integrations.destinations.base import (
    Account,
    Destination,
    Receipt,
    RemoteAudience,
    SecretField,
    destinations,
    unusable,
)
from integrations.discretion import discreet
from integrations.exceptions import (
    AudienceGone,
    BadRequest,
    DestinationError,
    NotAuthorized,
    RateLimited,
    Unavailable,
)
from integrations.hashing import META_COLUMNS, hashed, meta_row
from integrations.http import Answer, Door, Patience
from integrations.people import Person

_LIMITS = (4, 17, 613, 80003)
_FAULTS = (1, 2)
_TERMS = 1870034
_TOO_SMALL = 1870047
_FLAGGED = 1713230
_TERMS_PAGE = "https://business.facebook.com/ads/manage/customaudiences/tos"


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
    Settings = MetaSettings

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
        return self.door.send(method, path, query=asked, body=body, is_repeatable=is_repeatable)

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
            raise self._terms()
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
        rows, rejections = [], []
        for person in people:
            row = meta_row(person)
            if row is None:
                rejections.append(unusable(person))
            else:
                rows.append(row)
        notes, problems = self._users("POST", audience_id, rows)
        return Receipt(tuple(rejections), notes=notes, problems=problems)

    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Take one batch out, by our id, address and number as they were sent.

        An audience that would become too small refuses for now: a problem, not an error.
        """
        rows = [row for row in (meta_row(one, is_named=False) for one in people) if row]
        try:
            notes, problems = self._users("DELETE", audience_id, rows)
        except _TooSmall as error:
            return Receipt(problems=(error.message,))
        return Receipt(notes=notes, problems=problems)

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

    def _users(
        self, method: str, audience_id: str, rows: list[list[str]]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if not rows:
            return (), ()
        body = {
            "payload": {"schema": list(META_COLUMNS), "data": rows},
            # One session for one batch: a repetition of the request is the same session.
            "session": {
                "session_id": secrets.randbits(62) + 1,
                "batch_seq": 1,
                "last_batch_flag": True,
            },
        }
        answer = self._send(method, f"/{audience_id}/users", body=body)
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
        return notes, problems

    def _terms(self) -> NotAuthorized:
        account = self.settings["ad_account_id"]
        return NotAuthorized(
            _(
                "Facebook refused the upload because the Custom Audience terms are not accepted "
                "for ad account %(account)s."
            )
            % {"account": account},
            hint=_("Accept them at %(page)s, then press Resume.")
            % {"page": f"{_TERMS_PAGE}?act={account}"},
        )

    def _explain(self, answer: Answer) -> DestinationError | None:
        code, subcode = answer.at("error", "code"), answer.at("error", "error_subcode")
        said = answer.at("error", "error_user_msg") or answer.at("error", "message") or ""
        detail = {"detail": discreet(str(said))}
        if code is None:
            return None
        if code in _LIMITS:
            return RateLimited(
                _("Facebook asks to slow down."),
                hint=_("Regulars goes on by itself later."),
                retry_after=_regain(answer),
            )
        if code in _FAULTS or answer.at("error", "is_transient"):
            return Unavailable(
                _("Facebook has a fault of its own."), hint=_("Regulars tries again by itself.")
            )
        if subcode == _TERMS:
            return self._terms()
        if subcode == _TOO_SMALL:
            return _TooSmall(
                _("Facebook removes nobody while the audience would become too small."),
                hint=_("Regulars tries again after the next people were added."),
            )
        if subcode == _FLAGGED:
            return BadRequest(
                _("Facebook blocked the audience, because its name suggests private matters."),
                hint=_("Choose a neutral name and let Regulars make a new audience."),
            )
        if code == 190:
            return NotAuthorized(
                _("Facebook refused the access token."),
                hint=_("Make a new token for the system user and enter it under Connections."),
            )
        if code in (10, 200):
            return NotAuthorized(
                _("Facebook does not allow this: %(detail)s") % detail,
                hint=_("Give the system user the right ads_management for the ad account."),
            )
        if (code, subcode) == (100, 33):
            return AudienceGone(
                _("The audience was deleted at Facebook, or the token may not use it."),
                hint=_("Let Regulars make it again, or end this audience."),
            )
        return BadRequest(_("Facebook refused the request: %(detail)s") % detail)


class _TooSmall(BadRequest):
    """The removal would leave too few people."""


def _regain(answer: Answer) -> float | None:
    """Return the seconds until calls are allowed again; Meta tells them in minutes."""
    try:
        usage = json.loads(answer.headers.get("X-Business-Use-Case-Usage", ""))
        minutes = max(
            float(entry.get("estimated_time_to_regain_access", 0))
            for entries in usage.values()
            for entry in entries
        )
    except (AttributeError, TypeError, ValueError):
        return None
    return minutes * 60 or None
