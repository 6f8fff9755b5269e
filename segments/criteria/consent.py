"""Criteria on what the customer allowed."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.models import CustomerStatistics
from cdp.models import Channel, Consent, ConsentChoice, ConsentFlag, Customer, Purpose
from cdp.models.consent import FLAG_PURPOSES
from cdp.periods import local_day
from segments.criteria import operators as ops
from segments.criteria.base import CONSENT, Criterion, criteria
from segments.criteria.days import day_words, zone_of
from segments.criteria.fields import KnownField, KnownListField
from segments.criteria.operators import Operator
from segments.criteria.params import Params, text, texts
from segments.criteria.queries import owners
from segments.criteria.wording import either

GRANTED = Operator("granted", _("is granted"), _("{subject} is granted"))
WITHDRAWN = Operator("withdrawn", _("is withdrawn"), _("{subject} is withdrawn"))
FLAGS = {
    GRANTED: ConsentFlag.GRANTED,
    WITHDRAWN: ConsentFlag.WITHDRAWN,
    ops.IS_UNKNOWN: ConsentFlag.UNKNOWN,
}
COLUMNS = {purpose: column for column, purpose in FLAG_PURPOSES.items()}


@criteria.register
class AcceptsMarketing(Criterion):
    """Whether a purpose is granted, withdrawn or was never asked."""

    key, label, group = "accepts_marketing", _("Accepts marketing"), CONSENT
    help = _(
        "The consent for a purpose (marketing e-mail if none is named), on any channel or on "
        "certain ones. Granted on one of the channels counts as granted."
    )
    summary = _("Whether the customer said yes to marketing e-mail or another purpose.")
    proposed = (GRANTED, {"purpose": Purpose.EMAIL.value})
    operators = (GRANTED, WITHDRAWN, ops.IS_UNKNOWN)
    example = {"purpose": "email"}

    def extra_fields(self, operator: Operator) -> dict[str, forms.Field]:
        """Choose purpose and channels."""
        return {
            "purpose": KnownField(dict(Purpose.choices), label=_("Purpose"), required=False),
            "channels": KnownListField(dict(Channel.choices), label=_("Channels"), required=False),
        }

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Compare the flag kept beside the customer, or the state per channel."""
        purpose = text({"purpose": Purpose.EMAIL.value, **params}, "purpose")
        if "channels" not in params and purpose in COLUMNS:
            flag = {COLUMNS[purpose]: FLAGS[operator]}
            if purpose == Purpose.EMAIL:
                return Q(**flag)
            return owners(Customer.objects.filter(**flag), by="pk")
        states = Consent.objects.filter(purpose=purpose)
        if "channels" in params:
            states = states.filter(channel__in=texts(params, "channels"))
        granted = owners(states.filter(state=ConsentChoice.GRANTED))
        if operator is GRANTED:
            return granted
        if operator is WITHDRAWN:
            return owners(states.filter(state=ConsentChoice.WITHDRAWN)) & ~granted
        return ~owners(states)

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers who never said anything."""
        return None if operator is ops.IS_UNKNOWN else self.q(ops.IS_UNKNOWN, params, now=now)

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return what the customer said, channel by channel."""
        purpose = text({"purpose": Purpose.EMAIL.value, **params}, "purpose")
        states = Consent.objects.filter(customer=about.pk, purpose=purpose)
        if "channels" in params:
            states = states.filter(channel__in=texts(params, "channels"))
        said = [
            gettext("%(channel)s: %(state)s since %(day)s")
            % {
                "channel": Channel(consent.channel).label,
                "state": ConsentChoice(consent.state).label,
                "day": day_words(local_day(consent.since, zone_of(now))),
            }
            for consent in states.order_by("channel")
        ]
        return ", ".join(said) or gettext("never asked")

    def subject(self, operator: Operator, params: Params, *, currency: str = "") -> str:
        """Name the purpose and the channels."""
        purpose = Purpose(text({"purpose": Purpose.EMAIL.value, **params}, "purpose"))
        words = gettext("Consent to %(purpose)s") % {"purpose": purpose.label}
        if channels := texts(params, "channels"):
            named = either([str(Channel(channel).label) for channel in channels])
            words += " " + gettext("by %(channels)s") % {"channels": named}
        return words


@criteria.register
class CommunicationChannel(Criterion):
    """By which ways the customer may be reached."""

    key, label, group = "communication_channel", _("Communication channel"), CONSENT
    help = _("Customers who granted some purpose on at least one of the channels: its subscribers.")
    summary = _("Subscribers of e-mail, SMS, Messenger and other channels.")
    suggests = {"values": "channels"}
    operators = (ops.IS_ANY_OF,)
    example = {"values": ["messenger"]}

    def value_field(self, operator: Operator, name: str) -> forms.Field:
        """Take channels by key or by name."""
        return KnownListField(dict(Channel.choices), label=_("Channels"))

    def q(self, operator: Operator, params: Params, *, now: datetime) -> Q:
        """Look among the granted consents."""
        states = Consent.objects.filter(
            channel__in=texts(params, "values"), state=ConsentChoice.GRANTED
        )
        return owners(states)

    def unknown(self, operator: Operator, params: Params, *, now: datetime) -> Q | None:
        """Customers who never said anything about these channels."""
        return ~owners(Consent.objects.filter(channel__in=texts(params, "values")))

    def actual(
        self,
        operator: Operator,
        params: Params,
        *,
        about: CustomerStatistics,
        now: datetime,
        currency: str = "",
    ) -> str:
        """Return the channels on which something is granted."""
        granted = Consent.objects.filter(customer=about.pk, state=ConsentChoice.GRANTED)
        channels = granted.order_by("channel").values_list("channel", flat=True).distinct()
        return ", ".join(self.show_value(channel) for channel in channels) or gettext("none")

    def show_value(self, value: str) -> str:
        """Return the channel's name."""
        return str(Channel(value).label)
