"""Customers: who they are, under which identifiers they are known, and how the shop labels them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models.shop import Inbound

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BUCKETS = 10_000


class ConsentFlag(models.IntegerChoices):
    """The current state of a purpose, kept beside the customer; unknown means not allowed."""

    WITHDRAWN = -1, _("withdrawn")
    UNKNOWN = 0, _("unknown")
    GRANTED = 1, _("granted")


def _flag(label: StrOrPromise) -> models.SmallIntegerField:
    return models.SmallIntegerField(label, choices=ConsentFlag.choices, default=ConsentFlag.UNKNOWN)


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Reusable filters on customers."""

    def present(self) -> CustomerQuerySet:
        """Customers that have not been erased."""
        return self.filter(erased_at__isnull=True)

    def mailable(self) -> CustomerQuerySet:
        """Customers with an e-mail address who granted marketing e-mail."""
        return self.present().exclude(email="").filter(email_consent=ConsentFlag.GRANTED)


class Customer(Inbound):
    """A person who bought or signed up. Text the shop did not say is empty, never NULL.

    `region_key`, `city_key` are casefolded for comparison; `bucket` is a stable hash of the first
    external id.
    """

    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    region_key = models.CharField(max_length=120, blank=True, editable=False)
    city = models.CharField(_("city"), max_length=120, blank=True)
    city_key = models.CharField(max_length=120, blank=True, editable=False)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True)
    bucket = models.PositiveSmallIntegerField(_("bucket"), editable=False)
    email_consent = _flag(_("marketing e-mail"))
    sms_consent = _flag(_("marketing SMS"))
    ads_consent = _flag(_("advertising"))
    profiling_consent = _flag(_("profiling"))
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("pk",)
        permissions = [
            ("view_contact_data", "Can see names, addresses and numbers of customers"),
            ("export_customers", "Can export customers and hand out links to them"),
            ("tag_customers", "Can tag customers"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("source", "external_id"), name="customer_external_id_unique"
            ),
            models.UniqueConstraint(
                fields=("email",), condition=~Q(email=""), name="customer_email_unique"
            ),
            models.CheckConstraint(
                condition=Q(bucket__range=(0, BUCKETS - 1)), name="customer_bucket_range"
            ),
            models.CheckConstraint(
                condition=Q(email_consent__range=(-1, 1), sms_consent__range=(-1, 1))
                & Q(ads_consent__range=(-1, 1), profiling_consent__range=(-1, 1)),
                name="customer_consent_flags",
            ),
        ]
        indexes = [
            models.Index(fields=("registered_at",), name="customer_registered"),
            models.Index(fields=("postal_code",), name="customer_postal_code"),
            models.Index(fields=("language",), name="customer_language"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.external_id

    @property
    def name(self) -> str:
        """First and last name together."""
        return f"{self.first_name} {self.last_name}".strip()


class CustomerIdentity(models.Model):
    """One identifier of a customer. An e-mail or phone that was replaced stays as a former one.

    `source` is empty for e-mail and phone, which identify a person across sources.
    """

    class Kind(models.TextChoices):
        EXTERNAL_ID = "external_id", _("external id")
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")

    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="identities", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    source = models.CharField(_("source"), max_length=40, blank=True)
    value = models.CharField(_("value"), max_length=254)
    is_former = models.BooleanField(_("former"), default=False)
    first_seen_at = models.DateTimeField(_("first seen"))

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(
                fields=("kind", "source", "value", "customer"), name="identity_once_per_customer"
            ),
            models.UniqueConstraint(
                fields=("kind", "source", "value"),
                condition=Q(is_former=False) & ~Q(kind="phone"),
                name="identity_current_unique",
            ),
        ]
        indexes = [models.Index(fields=("customer", "kind"), name="identity_customer")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of customer {self.customer_id}"


class CustomerChange(models.Model):
    """A customer whose facts changed; the refresh removes the row once it has dealt with it."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed"))
    oldest_order_at = models.DateTimeField(_("oldest order touched"), null=True, blank=True)

    class Meta:
        verbose_name = _("changed customer")
        verbose_name_plural = _("changed customers")

    def __str__(self) -> str:
        return f"customer {self.customer_id}"


class Label(models.Model):
    """A short name the shop gives to many customers; `key` is its casefolded form."""

    name = models.CharField(_("name"), max_length=120)
    key = models.CharField(max_length=120, editable=False)

    class Meta:
        abstract = True
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Tag(Label):
    """A tag such as 'newsletter 2024'."""

    customers = models.ManyToManyField(Customer, through="CustomerTag", related_name="tags")

    class Meta(Label.Meta):
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [models.UniqueConstraint(fields=("key",), name="tag_key_unique")]


class CustomerTag(models.Model):
    """A customer carries a tag; one that a user gave (`is_manual`) is not the import's to take."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    is_manual = models.BooleanField(_("given by a user"), db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("tag", "customer"), name="customer_tag_unique")
        ]

    def __str__(self) -> str:
        return f"tag {self.tag_id} of customer {self.customer_id}"


class CustomerGroup(Label):
    """A customer group of the shop system such as 'Wholesale'."""

    customers = models.ManyToManyField(
        Customer, through="CustomerGroupMember", related_name="groups"
    )

    class Meta(Label.Meta):
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        constraints = [models.UniqueConstraint(fields=("key",), name="customer_group_key_unique")]


class CustomerGroupMember(models.Model):
    """A customer belongs to a customer group."""

    group = models.ForeignKey(CustomerGroup, on_delete=models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("group", "customer"), name="customer_group_member_unique"
            )
        ]

    def __str__(self) -> str:
        return f"group {self.group_id} of customer {self.customer_id}"


class CustomerField(models.Model):
    """A custom field declared for this shop."""

    class Type(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        DATE = "date", _("date")
        FLAG = "flag", _("yes/no")

    key = models.CharField(_("key"), max_length=60)
    label = models.CharField(_("label"), max_length=120)
    type = models.CharField(_("type"), max_length=8, choices=Type.choices, default=Type.TEXT)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ("label",)
        constraints = [
            models.UniqueConstraint(fields=("key",), name="customer_field_key_unique"),
            models.CheckConstraint(
                condition=Q(type__in=("text", "number", "date", "flag")), name="customer_field_type"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class CustomerFieldValue(models.Model):
    """The value of one custom field of one customer, in the column of its type."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="field_values")
    field = models.ForeignKey(
        CustomerField, on_delete=models.CASCADE, related_name="values", db_index=False
    )
    text = models.CharField(_("text"), max_length=500, null=True, blank=True)  # noqa: DJ001 - NULL: another type
    text_key = models.CharField(max_length=500, null=True, blank=True, editable=False)  # noqa: DJ001
    number = models.DecimalField(
        _("number"), max_digits=24, decimal_places=6, null=True, blank=True
    )
    date = models.DateField(_("date"), null=True, blank=True)
    flag = models.BooleanField(_("yes/no"), null=True, blank=True)

    class Meta:
        verbose_name = _("custom field value")
        verbose_name_plural = _("custom field values")
        constraints = [
            models.UniqueConstraint(
                fields=("customer", "field"), name="customer_field_value_unique"
            ),
            models.CheckConstraint(
                condition=Q(
                    text__isnull=False, number__isnull=True, date__isnull=True, flag__isnull=True
                )
                | Q(text__isnull=True, number__isnull=False, date__isnull=True, flag__isnull=True)
                | Q(text__isnull=True, number__isnull=True, date__isnull=False, flag__isnull=True)
                | Q(text__isnull=True, number__isnull=True, date__isnull=True, flag__isnull=False),
                name="customer_field_value_one_type",
            ),
        ]
        indexes = [
            models.Index(fields=("field", "text_key", "customer"), name="field_value_text"),
            models.Index(fields=("field", "number", "customer"), name="field_value_number"),
            models.Index(fields=("field", "date", "customer"), name="field_value_date"),
            models.Index(fields=("field", "flag", "customer"), name="field_value_flag"),
        ]

    def __str__(self) -> str:
        return f"field {self.field_id} of customer {self.customer_id}"
