"""What users keep on their desk: saved views of lists, and customers chosen for an action."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cdp.models.customer import Customer


class SavedView(models.Model):
    """The filters, search and order of a list under a name, for one user."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views", db_index=False
    )
    page = models.CharField(_("page"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(_("query"), blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=("user", "page", "name"), name="saved_view_unique")
        ]

    def __str__(self) -> str:
        return self.name


class CustomerSelection(models.Model):
    """Customers chosen on a list, as they were at that moment, for a job to work on."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"))
    argument = models.CharField(_("argument"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("customer selection")
        verbose_name_plural = _("customer selections")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"selection {self.pk}"


class SelectedCustomer(models.Model):
    """One customer of a selection."""

    selection = models.ForeignKey(
        CustomerSelection, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("selected customer")
        verbose_name_plural = _("selected customers")
        constraints = [
            models.UniqueConstraint(
                fields=("selection", "customer"), name="selected_customer_unique"
            )
        ]

    def __str__(self) -> str:
        return f"customer {self.customer_id} in selection {self.selection_id}"
