"""What a kind of service must be able to do, and the words it says it in."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from django import forms
from django.utils.translation import gettext as _

from cdp.models import Purpose
from cdp.registry import Registry
from integrations.exceptions import Unavailable
from integrations.guides import GuideStep
from integrations.identity.people import Person
from integrations.network.http import Door, Patience

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

destinations: Registry[Destination] = Registry("destination")

_TRIES = 3


@dataclass(frozen=True)
class RemoteAudience:
    """An audience as the service lists it; `count` is None where it does not say."""

    id: str
    name: str
    count: int | None = None


@dataclass(frozen=True)
class Account:
    """What a test of the connection found: the account's name, its audiences, what to know."""

    name: str
    audiences: tuple[RemoteAudience, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Member:
    """Somebody in an audience as the service tells it; what it does not tell is empty."""

    email: str = ""
    external_id: str = ""
    remote_id: str = ""


@dataclass(frozen=True)
class Page:
    """Some members of an audience; `following` is the cursor of the next page, empty at the end."""

    members: tuple[Member, ...]
    following: str = ""


@dataclass(frozen=True)
class Withdrawal:
    """Somebody took back their consent at the service, at a moment it tells."""

    email: str
    occurred_at: datetime


@dataclass(frozen=True)
class Withdrawals:
    """Some withdrawals; `following` is the cursor of the next page, empty at the end."""

    found: tuple[Withdrawal, ...]
    following: str = ""


@dataclass(frozen=True)
class Replacement:
    """One batch of a replacement of everybody: `session` is a number made for the whole of it.

    `sequence` counts batches from 1, `total` is how many people there are in all.
    """

    session: int
    sequence: int
    total: int
    is_last: bool


@dataclass(frozen=True)
class Rejection:
    """One person the service does not take, and why, in a sentence. The others are not affected."""

    person_id: str
    reason: str


@dataclass(frozen=True)
class Receipt:
    """What is known of a batch after it was sent.

    Everybody not named in `rejections` is confirmed, unless `ticket` is set: then nothing is known
    yet, and `settle` tells later. `problems` are refusals the service counts but does not name;
    with them nobody of the batch counts as confirmed. `notes` are worth showing and hold up
    nothing. `remote_ids` are the service's own numbers by our id, worth keeping.
    """

    rejections: tuple[Rejection, ...] = ()
    ticket: str = ""
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    remote_ids: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class SecretField(forms.CharField):
    """A setting that is stored sealed and never shown again."""

    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})


class Destination(ABC):
    """A kind of service. The registered instance declares; `connect` gives one that talks.

    `purpose` is the consent that people need to be sent there (a form with a field of this name
    lets the marketer choose); `batch_size` the most people of one call, `batch_size_with_fields` of
    one that carries profile fields; `is_readable` whether members can be listed; `member_days`
    after how many days the service forgets people who are not sent again (None: never),
    `resend_days` after how many we send everybody again; `takes_fields` whether profile fields go
    there; `can_replace` whether it can be told to keep nobody but those sent now;
    `needs_everybody` whether `finish` wants all members after a run; `keeps_audiences` whether
    audiences exist over there and can be deleted there; `tells_withdrawals` whether unsubscribes
    can be read, `calls_us` whether the service tells them by itself; `makes_lookalikes` whether it
    finds people who resemble ours; `is_verified` whether it was tried against the live service.
    `summary` says in a sentence what an audience is good for there, `is_hashed` whether identifiers
    leave the house as hashes only; `guide` says how to get what the form asks for, `rights` which
    rights that needs.

    Whoever sends a run sets `run_id`, and in `sequence` how many requests of the run went before,
    for services that are told. `add` and `remove` may be repeated with the same people without
    harm. No method subscribes, unsubscribes or deletes anybody, or touches people that were not
    given to it.
    """

    key: str
    label: StrOrPromise
    purpose: Purpose
    batch_size: int
    batch_size_with_fields: int | None = None
    is_readable: bool = False
    member_days: int | None = None
    resend_days: int | None = None
    takes_fields: bool = False
    can_replace: bool = False
    needs_everybody: bool = False
    keeps_audiences: bool = True
    is_verified: bool = True
    tells_withdrawals: bool = False
    calls_us: bool = False
    makes_lookalikes: bool = False
    summary: StrOrPromise = ""
    is_hashed: bool = False
    guide: Sequence[GuideStep] = ()
    rights: StrOrPromise = ""
    Settings: type[forms.Form]

    settings: Mapping[str, str]
    door: Door
    run_id: str = ""
    sequence: int = 0

    def configured(self, settings: Mapping[str, str]) -> Self:
        """Return this destination under the cleaned data of its `Settings` form.

        Where the settings choose the consent that people need, `purpose` is the chosen one.
        """
        configured = copy.copy(self)
        configured.settings = settings
        if "purpose" in self.Settings.base_fields:
            configured.purpose = Purpose(settings.get("purpose") or self.purpose)
        return configured

    def connect(self, settings: Mapping[str, str], *, patience: Patience | None = None) -> Self:
        """Return this destination as `configured`, ready to talk."""
        connected = self.configured(settings)
        connected.door = connected.open_door(patience or Patience())
        return connected

    def close(self) -> None:
        """Give the connections back."""
        self.door.close()

    @abstractmethod
    def open_door(self, patience: Patience) -> Door:
        """Return the way to the service under `self.settings`."""

    @abstractmethod
    def check(self) -> Account:
        """Return what the credentials open; raise a `DestinationError` saying what is wrong."""

    @abstractmethod
    def find_audience(self, name: str) -> str | None:
        """Return the id of the audience with exactly this name, None if there is none."""

    def create_audience(self, name: str) -> str:
        """Return the id of the audience with this name, which is made if it does not exist.

        After a lost answer it looks again before it makes another.
        """
        for _attempt in range(_TRIES):
            found = self.find_audience(name)
            if found:
                return found
            try:
                return self.make_audience(name)
            except Unavailable as error:
                failure = error
        found = self.find_audience(name)
        if not found:
            raise failure
        return found

    @abstractmethod
    def make_audience(self, name: str) -> str:
        """Make an empty audience and return its id; never repeat it by itself."""

    def add(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Put at most `batch_size` people into the audience; nobody without consent gets through.

        This is the last look at consent, whoever chose the people.
        """
        allowed, rejections = self.allowed(people)
        receipt = self.put_in(audience_id, allowed) if allowed else Receipt()
        return replace(receipt, rejections=(*rejections, *receipt.rejections))

    def allowed(self, people: Iterable[Person]) -> tuple[list[Person], list[Rejection]]:
        """Return those who agreed to what the service is used for, and why not the others."""
        allowed, rejections = [], []
        for person in people:
            if self.purpose in person.consents:
                allowed.append(person)
            else:
                reason = _("There is no consent to %(purpose)s.") % {"purpose": self.purpose.label}
                rejections.append(Rejection(person.id, reason))
        return allowed, rejections

    @abstractmethod
    def put_in(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Do what `add` promises for people with consent."""

    @abstractmethod
    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Take at most `batch_size` people out of the audience, and nothing else of them."""

    def settle(self, ticket: str) -> Receipt:
        """Return what became of the batch with this ticket; the same ticket while it is worked on.

        Services that answer at once give no tickets.
        """
        return Receipt(ticket=ticket)

    def most_per_call(self, *, with_fields: bool) -> int:
        """Return how many people go into one call."""
        return (self.batch_size_with_fields if with_fields else None) or self.batch_size

    def outline(self, person: Person) -> object:
        """Return what would be sent of a person, as JSON can hold it: equal means unchanged."""
        return [
            *(person.emails[:1] or person.phones[:1]),
            person.first_name,
            person.last_name,
            {key: str(value) for key, value in sorted(person.fields.items())},
        ]

    def traces(self, person: Person) -> Person:
        """Return what must be kept of a person to take them out later, and nothing more."""
        return Person(id=person.id, emails=person.emails[:1], phones=person.phones[:1])

    def page(self, audience_id: str, cursor: str = "") -> Page:
        """Return some of those who are in the audience; raise TypeError unless `is_readable`."""
        raise TypeError(f"The destination '{self.key}' does not list members: see `is_readable`.")

    def members(self, audience_id: str) -> Iterator[Member]:
        """Return who is in the audience, page by page; raise TypeError unless `is_readable`."""
        return self._further(audience_id, self.page(audience_id))

    def _further(self, audience_id: str, page: Page) -> Iterator[Member]:
        yield from page.members
        while page.following:
            page = self.page(audience_id, page.following)
            yield from page.members

    def withdrawals(self, since: datetime, cursor: str = "") -> Withdrawals:
        """Return who unsubscribed from `since` on; raise TypeError unless `tells_withdrawals`."""
        raise TypeError(f"The destination '{self.key}' tells no withdrawals.")

    def heard(self, call: Mapping[str, str], *, now: datetime) -> tuple[Withdrawal, ...]:
        """Return who unsubscribed by what the service called us with; only the settings are known.

        Whatever else it may tell is passed over. Raise TypeError unless `calls_us`.
        """
        raise TypeError(f"The destination '{self.key}' does not call us.")

    def replace(self, audience_id: str, people: Sequence[Person], part: Replacement) -> Receipt:
        """Send one batch of those who stay; raise TypeError unless `can_replace`.

        Like `add`, it lets nobody through without consent. After the last batch is confirmed,
        `end_replacement` takes out everybody who was not sent.
        """
        raise TypeError(f"The destination '{self.key}' cannot replace everybody.")

    def make_lookalike(self, name: str, origin_id: str, *, country: str, ratio: float) -> str:
        """Return the id of an audience of people who resemble those of another one; raise TypeError
        unless `makes_lookalikes`. `country` is an ISO code, `ratio` the share of its people.
        """
        raise TypeError(f"The destination '{self.key}' makes no lookalikes.")

    def end_replacement(self, audience_id: str, began_at: datetime) -> Receipt:
        """Take out whoever was not sent since `began_at`, where the service needs to be told."""
        return Receipt()

    def finish(self, audience_id: str, people: Iterable[Person]) -> Receipt:
        """Do what is left once a run has changed the audience and everything is confirmed.

        `people` are all who are in now where `needs_everybody`, else nobody. May be repeated.
        """
        return Receipt()


def unusable(person: Person) -> Rejection:
    """Return the rejection of somebody whom the service could not recognise."""
    return Rejection(person.id, _("There is no usable e-mail address or phone number."))
