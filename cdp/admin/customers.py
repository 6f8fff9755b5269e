"""Pages of customers, their labels, consents and changes."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cdp import models
from cdp.site import DetailAdmin, PlainAdmin, RecordAdmin, RecordInline, list_link


class IdentityInline(RecordInline):
    model = models.CustomerIdentity
    fields = ("kind", "source", "value", "is_former", "first_seen_at")


class ConsentInline(RecordInline):
    model = models.Consent
    fields = ("purpose", "channel", "state", "since")


class FieldValueInline(RecordInline):
    model = models.CustomerFieldValue
    fields = ("field", "text", "number", "date", "flag")
    related: ClassVar[tuple[str, ...]] = ("field",)


class TagInline(RecordInline):
    model = models.CustomerTag
    fields = ("tag",)
    related: ClassVar[tuple[str, ...]] = ("tag",)
    verbose_name_plural = _("tags")


class GroupInline(RecordInline):
    model = models.CustomerGroupMember
    fields = ("group",)
    related: ClassVar[tuple[str, ...]] = ("group",)
    verbose_name_plural = _("customer groups")


@admin.register(models.Customer)
class CustomerAdmin(RecordAdmin):
    list_display = ("__str__", "email", "country", "city", "registered_at", "email_consent")
    list_filter = ("email_consent", "sms_consent", "registered_at")
    search_fields = ("email", "external_id", "first_name", "last_name", "phone")
    inlines = (IdentityInline, ConsentInline, FieldValueInline, TagInline, GroupInline)
    readonly_fields = ("activity",)

    @admin.display(description=_("activity"))
    def activity(self, customer: models.Customer) -> SafeString:
        """Link to the lists of what this customer did."""
        shown = (models.Order, models.Cart, models.Event, models.ConsentEvent)
        links = (
            (
                list_link(
                    model, model._meta.verbose_name_plural or "", customer__id__exact=customer.pk
                ),
            )
            for model in shown
        )
        return format_html_join(" · ", "{}", links)


@admin.register(models.CustomerIdentity)
class CustomerIdentityAdmin(DetailAdmin):
    list_display = ("value", "kind", "source", "customer", "is_former", "first_seen_at")
    list_filter = ("kind", "is_former")
    list_select_related = ("customer",)
    search_fields = ("value",)


@admin.register(models.CustomerChange)
class CustomerChangeAdmin(DetailAdmin):
    list_display = ("customer", "changed_at", "oldest_order_at")
    list_select_related = ("customer",)


@admin.register(models.Consent)
class ConsentAdmin(DetailAdmin):
    list_display = ("customer", "purpose", "channel", "state", "since")
    list_filter = ("purpose", "channel", "state")
    list_select_related = ("customer",)
    search_fields = ("customer__email",)


@admin.register(models.ConsentEvent)
class ConsentEventAdmin(RecordAdmin):
    list_display = ("customer", "purpose", "channel", "choice", "occurred_at", "source", "proof")
    list_filter = ("purpose", "channel", "choice", "occurred_at")
    list_select_related = ("customer",)
    search_fields = ("customer__email",)


@admin.register(models.Tag, models.CustomerGroup)
class LabelAdmin(RecordAdmin):
    list_display = ("name",)
    search_fields = ("name",)


@admin.register(models.CustomerTag)
class CustomerTagAdmin(DetailAdmin):
    list_display = ("customer", "tag")
    list_select_related = ("customer", "tag")
    search_fields = ("tag__name", "customer__email")


@admin.register(models.CustomerGroupMember)
class CustomerGroupMemberAdmin(DetailAdmin):
    list_display = ("customer", "group")
    list_select_related = ("customer", "group")
    search_fields = ("group__name", "customer__email")


@admin.register(models.CustomerField)
class CustomerFieldAdmin(PlainAdmin):
    list_display = ("label", "key", "type")
    list_filter = ("type",)
    search_fields = ("label", "key")


@admin.register(models.CustomerFieldValue)
class CustomerFieldValueAdmin(DetailAdmin):
    list_display = ("customer", "field", "text", "number", "date", "flag")
    list_filter = ("field",)
    list_select_related = ("customer", "field")
    search_fields = ("customer__email", "text")
