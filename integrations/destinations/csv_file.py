"""CSV file: the members of a segment as a file that is kept here or sent by e-mail."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from smtplib import SMTPException
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings as site
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp.jobs.clock import system_clock
from cdp.models import Purpose
from integrations.destinations.base import (
    Account,
    Destination,
    Receipt,
    destinations,
    unusable,
)
from integrations.exceptions import BadRequest, Unavailable
from integrations.guides import GuideStep
from integrations.identity.normalising import e164
from integrations.identity.normalising import email as normal_email
from integrations.identity.people import Person
from integrations.network.http import Door, Patience
from integrations.stored_files import folder, readers, root, store, title_of
from segments.handouts.dialects import DIALECTS, CsvDialect, neutral, written
from segments.models import ExportDialect

KEEP, NOTE, ATTACH = "keep", "note", "attach"
LARGEST_ATTACHMENT = 10_000_000  # bytes
_COLUMNS = (
    "id",
    "external_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "country",
    "postal_code",
    "city",
    "language",
)
_SEPARATORS = re.compile(r"[\s,;]+")
# Cells are disarmed one by one, see `_row`.
_DISARMED = {
    key: replace(dialect, is_raw=True)
    for key, dialect in DIALECTS.items()
    if isinstance(dialect, CsvDialect)
}
_PURPOSES = [(one.value, one.label) for one in (Purpose.EMAIL, Purpose.SMS, Purpose.ADS)]
_DELIVERIES = [
    (KEEP, gettext_lazy("Keep it here, to be downloaded")),
    (NOTE, gettext_lazy("Keep it here, tell colleagues by e-mail")),
    (ATTACH, gettext_lazy("Keep it here, send it by e-mail")),
]
_DIALECTS = [
    (ExportDialect.SEMICOLON.value, gettext_lazy("Semicolons, for spreadsheets")),
    (ExportDialect.COMMA.value, gettext_lazy("Commas, for programs")),
]


class CsvSettings(forms.Form):
    """What a marketer decides about the file."""

    delivery = forms.ChoiceField(
        choices=_DELIVERIES,
        initial=KEEP,
        label=gettext_lazy("What happens with the file"),
        help_text=gettext_lazy("It is always kept here, on the page of the audience."),
    )
    recipients = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        label=gettext_lazy("E-mail addresses of colleagues"),
        help_text=gettext_lazy(
            "One a line. Only users of Regulars who may export customers get the e-mail."
        ),
    )
    accepts_mail = forms.BooleanField(
        required=False,
        label=gettext_lazy("Personal data may travel by e-mail"),
        help_text=gettext_lazy(
            "An e-mail can be forwarded, stays in mailboxes and backups, and is out of reach when "
            "a customer asks to be erased. Needed only where the file itself is sent."
        ),
    )
    separator = forms.ChoiceField(choices=_DIALECTS, label=gettext_lazy("Separated by"))
    purpose = forms.ChoiceField(
        choices=_PURPOSES,
        label=gettext_lazy("Consent that people need"),
        help_text=gettext_lazy(
            "What the file is used for. Whoever did not agree to it is never in it."
        ),
    )
    # Where the files of this connection lie; made once.
    folder = forms.RegexField(r"^[0-9a-f]{16}$", required=False, widget=forms.HiddenInput)

    def clean_folder(self) -> str:
        """Make a folder for a new connection."""
        return self.cleaned_data["folder"] or secrets.token_hex(8)

    def clean_recipients(self) -> str:
        """Refuse addresses of people who may not have the file."""
        entered = [one for one in _SEPARATORS.split(self.cleaned_data["recipients"]) if one]
        strangers = sorted({one.lower() for one in entered} - set(readers(entered)))
        if strangers:
            raise forms.ValidationError(
                _(
                    "%(addresses)s: no user with this e-mail address may export customers. Ask an "
                    "administrator to give them the right, or take the address away."
                )
                % {"addresses": ", ".join(strangers)}
            )
        return "\n".join(entered)

    def clean(self) -> dict[str, Any]:
        """Ask for what sending needs."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        delivery = cleaned.get("delivery")
        if delivery in (NOTE, ATTACH):
            if not site.EMAIL_HOST:
                self.add_error("delivery", _no_mail_server())
            if not cleaned.get("recipients") and "recipients" not in self.errors:
                self.add_error("recipients", _("Enter at least one address."))
        if delivery == ATTACH and not cleaned.get("accepts_mail"):
            self.add_error(
                "accepts_mail", _("Tick this to send the file itself, or send a note only.")
            )
        return cleaned


@destinations.register
class CsvFile(Destination):
    """Nothing leaves but by e-mail to colleagues; `finish` writes everybody after each change.

    The file of an audience replaces the one before, so that whoever left is in none.
    """

    key = "csv"
    label = gettext_lazy("CSV file")
    purpose = Purpose.EMAIL
    batch_size = 5_000
    takes_fields = True
    needs_everybody = True
    keeps_audiences = False
    summary = gettext_lazy(
        "A file with the people of a segment, always up to date: to download, or by e-mail to "
        "colleagues. For services that Regulars does not know."
    )
    guide = (
        GuideStep(
            gettext_lazy(
                "Decide what happens with the file. The safest is to keep it here: whoever needs "
                "it downloads it on the page of the audience."
            )
        ),
        GuideStep(
            gettext_lazy(
                "To tell colleagues by e-mail, enter the addresses that they have as users of "
                "Regulars. They need the right to export customers."
            )
        ),
        GuideStep(
            gettext_lazy(
                "Choose semicolons if the file is opened in a spreadsheet, commas if a program "
                "reads it."
            )
        ),
        GuideStep(
            gettext_lazy(
                "Choose the consent that fits what the file is used for. People without it are "
                "never in it."
            )
        ),
    )
    rights = gettext_lazy(
        "Whoever downloads the file needs the right to export customers in Regulars."
    )
    Settings = CsvSettings

    def open_door(self, patience: Patience) -> Door:
        """Return a door that nobody goes through: files stay on this machine."""
        return Door(str(self.label), "https://localhost", patience=patience)

    def check(self) -> Account:
        """Look whether files can be written and e-mails be sent."""
        place = root()
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            (place / f"{self.settings['folder']}.test").touch()
            (place / f"{self.settings['folder']}.test").unlink()
        except OSError as error:
            raise _not_written(error) from None
        if self.settings["delivery"] == KEEP:
            return Account(_("Files kept in Regulars"))
        if not site.EMAIL_HOST:
            raise BadRequest(_no_mail_server())
        people = readers(self._recipients())
        if not people:
            raise _nobody_to_tell()
        return Account(_("Files for %(people)s") % {"people": ", ".join(people)})

    def find_audience(self, name: str) -> str | None:
        """Return the name: the file is made by the first run."""
        return name

    def make_audience(self, name: str) -> str:
        """Return the name: nothing has to be made."""
        return name

    def put_in(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Take people in by our own record; `finish` writes them."""
        return Receipt(tuple(unusable(one) for one in people if not _is_reachable(one)))

    def remove(self, audience_id: str, people: Sequence[Person]) -> Receipt:
        """Take people out by our own record; `finish` writes the others."""
        return Receipt()

    def outline(self, person: Person) -> object:
        """Return the row of the file, as text."""
        fields = {key: str(value) for key, value in sorted(person.fields.items())}
        return [*map(str, _row(person, ())), fields]

    def traces(self, person: Person) -> Person:
        """Return address and number: by them we know later that somebody is in the file."""
        address, phone = normal_email(person.email), e164(person.phone)
        return Person(
            id=person.id,
            emails=(address,) if address else (),
            phones=(phone,) if phone else (),
        )

    def finish(self, audience_id: str, people: Iterable[Person]) -> Receipt:
        """Write the file anew, and tell or send it to whoever is to have it."""
        now = system_clock()
        place = folder(self.settings["folder"], audience_id)
        try:
            path = store(place, self._pieces(people), now=now)
        except OSError as error:
            raise _not_written(error) from None
        if self.settings["delivery"] == KEEP:
            return Receipt()
        return self._tell(audience_id, path)

    def _pieces(self, people: Iterable[Person]) -> Iterator[str]:
        """Give the file piece by piece; nobody without consent is in it."""
        allowed = (one for one in people if self.purpose in one.consents and _is_reachable(one))
        first = list(islice(allowed, 1))
        keys = sorted(first[0].fields) if first else []
        rows = (_row(one, keys) for one in chain(first, allowed))
        dialect = _DISARMED[self.settings["separator"]]
        return written(dialect, [*_COLUMNS, *keys], rows, zone=ZoneInfo(site.TIME_ZONE))

    def _recipients(self) -> list[str]:
        return self.settings.get("recipients", "").split()

    def _tell(self, audience_id: str, path: Path) -> Receipt:
        """Write to those who may still have the file."""
        recipients = readers(self._recipients())
        if not recipients:
            raise _nobody_to_tell()
        named = {"name": audience_id, "site": next(iter(site.CSRF_TRUSTED_ORIGINS), "")}
        notes: tuple[str, ...] = ()
        attaches = self.settings["delivery"] == ATTACH and self.settings.get("accepts_mail")
        if attaches and path.stat().st_size > LARGEST_ATTACHMENT:
            attaches, notes = (
                False,
                (_("The file is too large for an e-mail, so a note was sent."),),
            )
        if attaches:
            text = (
                _(
                    "The attached file holds everybody in “%(name)s” at this moment. Delete it "
                    "when you no longer need it."
                )
                % named
            )
        else:
            text = (
                _(
                    "There is a new file of “%(name)s”. Log in to Regulars and open Audiences to "
                    "download it. %(site)s"
                )
                % named
            )
        subject = _("Regulars: new file of “%(name)s”") % named
        message = EmailMessage(subject=" ".join(subject.split()), body=text.strip(), bcc=recipients)
        if attaches:
            message.attach(title_of(audience_id, path), path.read_bytes(), "text/csv")
        try:
            message.send()
        except (OSError, SMTPException):
            raise Unavailable(
                _("The e-mail server did not take the message about “%(name)s”.") % named,
                hint=_(
                    "The file is kept here. Regulars tries again by itself; if it does not help, "
                    "ask the operator to check EMAIL_HOST."
                ),
            ) from None
        return Receipt(notes=notes)


def _row(person: Person, keys: Sequence[str]) -> list[object]:
    """Return the cells, disarmed for spreadsheets but for the number, whose plus sign matters."""
    return [
        person.id,
        neutral(person.shop_id),
        neutral(normal_email(person.email)),
        e164(person.phone),
        neutral(person.first_name),
        neutral(person.last_name),
        neutral(person.country),
        neutral(person.postal_code),
        neutral(person.city),
        neutral(person.language),
        *(neutral(one) if isinstance(one, str) else one for one in map(person.fields.get, keys)),
    ]


def _is_reachable(person: Person) -> bool:
    return bool(normal_email(person.email) or e164(person.phone))


def _no_mail_server() -> str:
    return _(
        "Regulars cannot send e-mails yet. Ask the operator to set EMAIL_HOST, or keep the file "
        "here only."
    )


def _nobody_to_tell() -> BadRequest:
    return BadRequest(
        _("None of the colleagues entered may export customers any more."),
        hint=_("Enter others under Connections, or keep the file here only, then press Resume."),
    )


def _not_written(error: OSError) -> Unavailable:
    return Unavailable(
        _("The file could not be written: %(reason)s.") % {"reason": error.strerror or "?"},
        hint=_("Ask the operator whether the disk of the server is full."),
    )
