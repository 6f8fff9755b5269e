"""What leaves the house by hand: files made of members, and secret links that programs read."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models import CustomerSelection, Job
from segments.models.segment import Segment


class ExportDialect(models.TextChoices):
    """How a file is written: for programs and spreadsheets of different countries."""

    COMMA = "comma", _("CSV with commas, decimal point")
    SEMICOLON = "semicolon", _("CSV with semicolons, decimal comma")
    JSON = "json", _("JSON")


class LinkFormat(models.TextChoices):
    """In which form a secret link answers."""

    CSV = "csv", _("CSV")
    JSON = "json", _("JSON")


class LinkOutcome(models.TextChoices):
    """What became of an attempt to read a link."""

    READ = "read", _("read")
    EXPIRED = "expired", _("refused: expired")
    REVOKED = "revoked", _("refused: revoked")
    ROTATED = "rotated", _("refused: an older secret")


class Export(models.Model):
    """A file of customers made by a job: of a segment's members, or of a selection on a list.

    `path` lies in the data folder; the file is removed when `expires_at` has passed. `columns`
    holds the keys of `segments.handouts.export.COLUMNS`, separated by commas.
    """

    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, null=True, blank=True, related_name="exports"
    )
    selection = models.OneToOneField(
        CustomerSelection, on_delete=models.SET_NULL, null=True, blank=True, related_name="export"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    job = models.OneToOneField(
        Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="export"
    )
    dialect = models.CharField(
        _("format"), max_length=9, choices=ExportDialect.choices, default=ExportDialect.COMMA
    )
    columns = models.CharField(_("columns"), max_length=1000)
    path = models.CharField(_("path"), max_length=1000, blank=True)
    row_count = models.PositiveBigIntegerField(_("rows"), null=True, blank=True)
    file_size = models.PositiveBigIntegerField(_("size in bytes"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(dialect__in=ExportDialect.values), name="export_dialect"
            )
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"


class SecretLink(models.Model):
    """An address that gives a segment's members to whoever knows its secret.

    Only the SHA-256 hash of the 256-bit secret is stored; `hint` is its last characters, to tell
    links apart. Rotating replaces the secret, `former_hash` keeps the one before to say so in the
    log; the reader gets the same answer as for any wrong address.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="links")
    label = models.CharField(_("for whom"), max_length=80)
    secret_hash = models.CharField(max_length=64, editable=False)
    former_hash = models.CharField(max_length=64, blank=True, editable=False)
    hint = models.CharField(_("ends with"), max_length=4, editable=False)
    format = models.CharField(
        _("format"), max_length=4, choices=LinkFormat.choices, default=LinkFormat.CSV
    )
    columns = models.CharField(_("columns"), max_length=1000)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    rotated_at = models.DateTimeField(_("rotated"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("secret link")
        verbose_name_plural = _("secret links")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=("secret_hash",), name="secret_link_hash_unique"),
            models.CheckConstraint(
                condition=Q(format__in=LinkFormat.values), name="secret_link_format"
            ),
        ]
        indexes = [models.Index(fields=("former_hash",), name="secret_link_former")]

    def __str__(self) -> str:
        return self.label


class LinkRead(models.Model):
    """Somebody used a secret link: when and with what outcome, nothing about the reader."""

    link = models.ForeignKey(
        SecretLink, on_delete=models.CASCADE, related_name="reads", db_index=False
    )
    read_at = models.DateTimeField(_("when"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=LinkOutcome.choices)
    row_count = models.PositiveBigIntegerField(_("rows"), null=True, blank=True)

    class Meta:
        verbose_name = _("read of a link")
        verbose_name_plural = _("reads of links")
        ordering = ("-pk",)
        indexes = [models.Index(fields=("link", "read_at"), name="link_read_when")]

    def __str__(self) -> str:
        return f"read {self.pk} of link {self.link_id}"
