"""Accounts of the shop at services outside."""

from __future__ import annotations

from django.conf import settings as site
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.credentials.fields import EncryptedField


class ConnectionState(models.TextChoices):
    """Whether anything is sent: paused by a user, stopped by the service's refusal."""

    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    STOPPED = "stopped", _("stopped")


class Connection(models.Model):
    """An account at a destination, by the destination's key.

    `settings` holds what was entered and is no secret, `credentials` the secrets as one sealed JSON
    object. `error` and `hint` say what the service last refused; they are empty when all is well.
    `hook_hash` is the SHA-256 of the secret in the address that the service calls us at.
    """

    destination = models.CharField(_("destination"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    credentials = EncryptedField(blank=True, default="")
    state = models.CharField(
        _("state"),
        max_length=7,
        choices=ConnectionState.choices,
        default=ConnectionState.ACTIVE,
    )
    account_name = models.CharField(_("account"), max_length=200, blank=True)
    checked_at = models.DateTimeField(_("tested"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=1000, blank=True)
    hint = models.CharField(_("what to do"), max_length=1000, blank=True)
    failed_at = models.DateTimeField(_("failed"), null=True, blank=True)
    terms_accepted_at = models.DateTimeField(_("terms accepted"), null=True, blank=True)
    terms_accepted_by = models.ForeignKey(
        site.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    consents_read_until = models.DateTimeField(_("unsubscribes read until"), null=True, blank=True)
    hook_hash = models.CharField(max_length=64, blank=True, editable=False)
    user = models.ForeignKey(
        site.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=("name",), name="connection_name_unique"),
            models.UniqueConstraint(
                fields=("hook_hash",), condition=~Q(hook_hash=""), name="connection_hook_unique"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ConnectionState.values), name="connection_state"
            ),
        ]

    def __str__(self) -> str:
        return self.name
