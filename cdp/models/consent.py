"""Consent: an append-only ledger and the current state folded from it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models.customer import Customer


class Purpose(models.TextChoices):
    """What the customer's data may be used for."""

    EMAIL = "email", _("marketing e-mail")
    SMS = "sms", _("marketing SMS")
    ADS = "ads", _("advertising")
    PROFILING = "profiling", _("profiling")
    MESSAGES = "messages", _("marketing messages")


class Channel(models.TextChoices):
    """By which way the customer may be reached."""

    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    MESSENGER = "messenger", _("Messenger")
    VIBER = "viber", _("Viber")
    PUSH = "push", _("push message")
    POST = "post", _("letter post")
    NONE = "none", _("no channel")


# The columns of `Customer` that repeat a purpose: granted when it is granted on any channel, else
# withdrawn when it was withdrawn on any, else unknown.
FLAG_PURPOSES = {
    "email_consent": "email",
    "sms_consent": "sms",
    "ads_consent": "ads",
    "profiling_consent": "profiling",
}


class ConsentChoice(models.TextChoices):
    """What the customer said."""

    GRANTED = "granted", _("granted")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ConsentEvent(models.Model):
    """A customer granted or withdrew a purpose on a channel. Rows are only ever added."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="consent_events", db_index=False
    )
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    choice = models.CharField(_("choice"), max_length=10, choices=ConsentChoice.choices)
    occurred_at = models.DateTimeField(_("when"))
    source = models.CharField(_("source"), max_length=40)
    proof = models.CharField(_("proof"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("consent event")
        verbose_name_plural = _("consent events")
        constraints = [
            models.UniqueConstraint(
                fields=("customer", "purpose", "channel", "occurred_at", "choice", "source"),
                name="consent_event_unique",
            ),
            models.CheckConstraint(
                condition=Q(choice__in=("granted", "withdrawn")), name="consent_event_choice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}/{self.channel} {self.choice} by customer {self.customer_id}"


class Consent(models.Model):
    """The current state of a purpose on a channel: the latest event, on a tie the withdrawal."""

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="consents", db_index=False
    )
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    state = models.CharField(_("state"), max_length=10, choices=ConsentChoice.choices)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=("customer", "purpose", "channel"), name="consent_unique"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("granted", "withdrawn")), name="consent_state"
            ),
        ]
        indexes = [
            models.Index(
                fields=("channel", "state", "purpose", "customer"), name="consent_channel_state"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose}/{self.channel} {self.state} for customer {self.customer_id}"
