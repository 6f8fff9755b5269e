"""Google Ads: a segment is a Customer Match list, kept through the Data Manager API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
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
    Rejection,
    RemoteAudience,
    Replacement,
    SecretField,
    destinations,
    unusable,
)
from integrations.exceptions import BadRequest, DestinationError
from integrations.guides.google import GUIDE, RIGHTS
from integrations.identity import normalising
from integrations.identity.hashing import (
    GOOGLE_IDENTIFIERS,
    GoogleIdentifier,
    google_identifiers,
    hashed,
)
from integrations.identity.people import Person
from integrations.network.http import Answer, Door, Json, Patience
from integrations.network.pace import Pace
from integrations.refusals import google as refusals

_DAY = 86_400
_MOST_DROPPED = 20
_GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
_ACCEPTED = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
_UNAUTHORIZED = 401


class GoogleSettings(forms.Form):
    """What a marketer enters to connect Google Ads."""

    customer_id = forms.RegexField(
        r"^[0-9-]+$",
        label=gettext_lazy("Customer ID"),
        help_text=gettext_lazy("Of the Google Ads account, such as 123-456-7890."),
    )
    manager_id = forms.RegexField(
        r"^[0-9-]+$",
        required=False,
        label=gettext_lazy("Customer ID of the manager account"),
        help_text=gettext_lazy("Only where the log-in belongs to a manager account."),
    )
    client_id = forms.CharField(
        label=gettext_lazy("OAuth client ID"),
        help_text=gettext_lazy(
            "Of your own project in the Google Cloud console, with the Data Manager API enabled."
        ),
    )
    client_secret = SecretField(label=gettext_lazy("OAuth client secret"))
    refresh_token = SecretField(
        label=gettext_lazy("Refresh token"),
        help_text=gettext_lazy(
            "For the scope datamanager. While the project is in testing, tokens end after 7 days."
        ),
    )
    accepts_terms = forms.BooleanField(
        label=gettext_lazy("The shop accepts the Customer Match terms of Google"),
    )


@destinations.register
class Google(Destination):
    """People travel hashed; a list cannot be read back and forgets people in 540 days."""

    key = "google"
    label = "Google Ads"
    purpose = Purpose.ADS
    batch_size = 10_000
    member_days = 540
    summary = gettext_lazy(
        "Ads in search, on YouTube and in Gmail: reach these customers again, or leave them out."
    )
    is_hashed = True
    resend_days = 30
    can_replace = True
    guide = GUIDE
    rights = RIGHTS
    Settings = GoogleSettings

    _tokens: Door
    _token = ""

    def open_door(self, patience: Patience) -> Door:
        """Return the way to the API; access tokens are fetched when they are needed."""
        self._tokens = Door(
            "Google", site.GOOGLE_TOKEN_URL, explain=self._explain, patience=patience
        )
        return Door(
            "Google",
            site.GOOGLE_URL,
            explain=self._explain,
            pace=Pace(((290, 60.0),)),
            patience=patience,
        )

    def _explain(self, answer: Answer) -> DestinationError | None:
        return refusals.explain(answer, self.settings["customer_id"])

    def close(self) -> None:
        """Give the connections back."""
        self._tokens.close()
        super().close()

    @property
    def _customer(self) -> str:
        return self.settings["customer_id"].replace("-", "")

    @property
    def _manager(self) -> str:
        return (self.settings.get("manager_id") or "").replace("-", "")

    @property
    def _lists(self) -> str:
        return f"/v1/accountTypes/GOOGLE_ADS/accounts/{self._customer}/userLists"

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Json = None,
        accept: tuple[int, ...] = (),
        is_repeatable: bool = True,
    ) -> Answer:
        """Send with a fresh access token; one that ran out is replaced once."""
        is_fresh = not self._token
        while True:
            self._token = self._token or self._new_token()
            headers = {"Authorization": f"Bearer {self._token}"}
            if self._manager and path.startswith(self._lists):
                headers["login-account"] = f"accountTypes/GOOGLE_ADS/accounts/{self._manager}"
            answer = self.door.send(
                method,
                path,
                query=query,
                body=body,
                headers=headers,
                accept=(*accept, _UNAUTHORIZED),
                is_repeatable=is_repeatable,
            )
            if answer.status != _UNAUTHORIZED:
                return answer
            self._token = ""
            if is_fresh:
                raise refusals.reconnect()
            is_fresh = True

    def _new_token(self) -> str:
        form = {
            "client_id": self.settings["client_id"],
            "client_secret": self.settings["client_secret"],
            "refresh_token": self.settings["refresh_token"],
            "grant_type": "refresh_token",
        }
        answer = self._tokens.send("POST", "", form=form, accept=(400, _UNAUTHORIZED))
        if answer.at("error") in ("invalid_client", "unauthorized_client"):
            raise refusals.wrong_client()
        if answer.status >= 400:
            raise refusals.reconnect()
        return str(answer.at("access_token"))

    def check(self) -> Account:
        """Read the lists of the account; Google tells no name of it."""
        number = self._customer
        name = f"Google Ads {number[:3]}-{number[3:6]}-{number[6:]}"
        return Account(
            name,
            tuple(self._audiences()),
            (_("Google shows sizes a day or more after the upload, and none of small lists."),),
        )

    def _audiences(self) -> Iterator[RemoteAudience]:
        query: dict[str, str | int] = {"pageSize": 1000}
        while True:
            page = self._send("GET", self._lists, query=query)
            for one in page.at("userLists") or []:
                yield RemoteAudience(str(one["id"]), str(one["displayName"]))
            following = page.at("nextPageToken")
            if not following:
                return
            query = {**query, "pageToken": str(following)}

    def find_audience(self, name: str) -> str | None:
        """Look through all lists of the account."""
        return next((one.id for one in self._audiences() if one.name == name), None)

    def make_audience(self, name: str) -> str:
        """Make a Customer Match list without members, which keeps people as long as Google does."""
        body: Json = {
            "displayName": name,
            "membershipStatus": "OPEN",
            "membershipDuration": f"{self.member_days * _DAY}s",
            "ingestedUserListInfo": {"uploadKeyTypes": ["CONTACT_ID"]},
        }
        return str(self._send("POST", self._lists, body=body, is_repeatable=False).at("id"))

    def put_in(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Upload one batch; `settle` tells minutes to hours later what became of it."""
        return self._members("ingest", audience_id, people)

    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Take one batch out, by the identifiers that were sent."""
        receipt = self._members("remove", audience_id, people)
        # Whoever could not be recognised was never in.
        return Receipt(ticket=receipt.ticket, problems=receipt.problems)

    def outline(self, person: Person) -> object:
        """Return the hashed identifiers."""
        return google_identifiers(person)

    def traces(self, person: Person) -> Person:
        """Return the hashes of addresses and numbers, which pass through hashing unchanged."""
        return Person(
            id=person.id,
            emails=_hashes(person.emails, normalising.google_email),
            phones=_hashes(person.phones, normalising.e164),
        )

    def replace(self, audience_id: str, people: Sequence[Person], part: Replacement) -> Receipt:
        """Send one batch of those who stay; whoever was not sent leaves in `end_replacement`."""
        return self.add(audience_id, people)

    def end_replacement(self, audience_id: str, began_at: datetime) -> Receipt:
        """Take out whoever was last sent before the replacement began; `settle` tells of it."""
        body: Json = {
            "destinations": [self._destination(audience_id)],
            "removeAsOfTime": began_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        answer = self._send("POST", "/v1/audienceMembers:removeAll", body=body)
        return Receipt(ticket=str(answer.at("requestId") or ""))

    def _members(self, verb: str, audience_id: str, people: Sequence[Person]) -> Receipt:
        rejections: list[Rejection] = []
        rows: list[tuple[Person, list[GoogleIdentifier]]] = []
        for person in people:
            identifiers = google_identifiers(person)
            if identifiers:
                rows.append((person, identifiers))
            else:
                rejections.append(unusable(person))
        # One malformed row makes Google refuse them all and say which: drop it, send again.
        for _attempt in range(_MOST_DROPPED):
            if not rows:
                return Receipt(tuple(rejections))
            body = self._body(verb, audience_id, [identifiers for _who, identifiers in rows])
            answer = self._send("POST", f"/v1/audienceMembers:{verb}", body=body, accept=(400,))
            if answer.status < 300:
                return Receipt(tuple(rejections), ticket=str(answer.at("requestId") or ""))
            wrong = refusals.wrong_rows(answer, len(rows))
            if not wrong:
                raise self._explain(answer) or self.door.refusal(answer)
            rejections += [Rejection(rows[at][0].id, reason) for at, reason in wrong.items()]
            rows = [row for at, row in enumerate(rows) if at not in wrong]
        raise BadRequest(
            _("Google refused too many people of one batch."),
            hint=_("Press Test connection. If that finds nothing, ask whoever runs Regulars."),
        )

    def _body(self, verb: str, audience_id: str, rows: list[list[GoogleIdentifier]]) -> Json:
        body: dict[str, Any] = {
            "destinations": [self._destination(audience_id)],
            "audienceMembers": [{"userData": {"userIdentifiers": row}} for row in rows],
            "encoding": "HEX",
        }
        if verb == "ingest":
            body |= {"consent": _GRANTED, "termsOfService": _ACCEPTED}
        return body

    def _destination(self, audience_id: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": self._customer},
            "productDestinationId": audience_id,
        }
        if self._manager:
            found["loginAccount"] = {"accountType": "GOOGLE_ADS", "accountId": self._manager}
        return found

    def settle(self, ticket: str) -> Receipt:
        """Ask once what became of a batch. Google counts refusals and names nobody."""
        query = {"requestId": ticket}
        answer = self._send("GET", "/v1/requestStatus:retrieve", query=query)
        problems: list[str] = []
        for one in answer.at("requestStatusPerDestination") or []:
            if one["requestStatus"] in ("PROCESSING", "REQUEST_STATUS_UNKNOWN"):
                return Receipt(ticket=ticket)
            if one["requestStatus"] == "SUCCESS":
                continue
            counts = one.get("errorInfo", {}).get("errorCounts", [])
            problems += [
                _("Google refused %(count)s people: %(reason)s.")
                % {"count": count.get("recordCount", "?"), "reason": _plain(count["reason"])}
                for count in counts
            ] or [_("Google could not process the batch.")]
        return Receipt(problems=tuple(problems))


def _plain(reason: str) -> str:
    """Return a reason of Google as words."""
    return reason.removeprefix("PROCESSING_ERROR_REASON_").replace("_", " ").lower()


def _hashes(texts: Sequence[str], normalise: Callable[[str], str]) -> tuple[str, ...]:
    found = (hashed(text, normalise) for text in texts[:GOOGLE_IDENTIFIERS])
    return tuple(digest for digest in found if digest)
