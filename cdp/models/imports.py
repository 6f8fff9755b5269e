"""Imported files: what was read, how its columns were understood, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models.job import Job


class ImportKind(models.TextChoices):
    """What the rows of a file are, in the order in which files build on each other."""

    CUSTOMERS = "customers", _("customers")
    PRODUCTS = "products", _("products")
    ORDERS = "orders", _("orders")
    ORDER_LINES = "order_lines", _("order lines")
    REFUNDS = "refunds", _("refunds")
    CARTS = "carts", _("carts")
    CART_LINES = "cart_lines", _("cart lines")
    EVENTS = "events", _("events")
    CONSENTS = "consents", _("consents")


class ImportRun(models.Model):
    """One file taken in. The four counts add up to its rows; stubs and notes come on top."""

    job = models.OneToOneField(
        Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="import_run"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=ImportKind.choices)
    source = models.CharField(_("source"), max_length=40, default="shop")
    path = models.CharField(_("path"), max_length=1000)
    file_name = models.CharField(_("file"), max_length=255)
    file_size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    encoding = models.CharField(_("encoding"), max_length=40, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    is_dry_run = models.BooleanField(_("dry run"), default=False)
    new_count = models.PositiveBigIntegerField(_("new"), default=0)
    changed_count = models.PositiveBigIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveBigIntegerField(_("unchanged"), default=0)
    rejected_count = models.PositiveBigIntegerField(_("rejected"), default=0)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ImportKind.values), name="import_run_kind")
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportColumn(models.Model):
    """How one column of the file was understood; an empty `field` means that it is not used."""

    run = models.ForeignKey(
        ImportRun, on_delete=models.CASCADE, related_name="columns", db_index=False
    )
    position = models.PositiveSmallIntegerField(_("position"))
    header = models.CharField(_("header"), max_length=255)
    field = models.CharField(_("field"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("import column")
        verbose_name_plural = _("import columns")
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=("run", "position"), name="import_column_unique")
        ]

    def __str__(self) -> str:
        return self.header


class ImportNote(models.Model):
    """Something the importer did that is worth knowing, with how many rows it concerned."""

    run = models.ForeignKey(
        ImportRun, on_delete=models.CASCADE, related_name="notes", db_index=False
    )
    key = models.CharField(_("key"), max_length=60)
    text = models.CharField(_("text"), max_length=500)
    count = models.PositiveBigIntegerField(_("rows"), default=0)

    class Meta:
        verbose_name = _("import note")
        verbose_name_plural = _("import notes")
        constraints = [models.UniqueConstraint(fields=("run", "key"), name="import_note_unique")]

    def __str__(self) -> str:
        return self.text


class Upload(models.Model):
    """A file that somebody brought to the import page: checked first, then imported.

    `path` lies in the data folder and is removed when the import has ended or the upload expires.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    file_name = models.CharField(_("file"), max_length=255)
    file_size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    path = models.CharField(_("path"), max_length=1000)
    created_at = models.DateTimeField(_("created"))
    validation = models.OneToOneField(
        ImportRun,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="checked_upload",
        verbose_name=_("check before the import"),
    )
    run = models.OneToOneField(
        ImportRun,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="upload",
        verbose_name=_("import"),
    )

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file_name
