"""The plain pages of segments: their rows, members, history and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin
from django.db.models import QuerySet, Value
from django.forms import ModelForm
from django.forms.models import BaseModelFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from cdp.jobs.requests import enqueue
from cdp.models import Shop
from cdp.site import DetailAdmin, PlainAdmin, list_link
from segments import models
from segments.dependencies import segments_with_rows
from segments.forms import ConditionForm, ConditionFormSet
from segments.sentences import sentence_of
from segments.storing import carry_name

if TYPE_CHECKING:
    from collections.abc import Iterable


class ConditionInline(StackedInline):
    model = models.Condition
    form = ConditionForm
    formset = ConditionFormSet
    fk_name = "segment"
    extra = 1
    fields = ("criterion", "operator", "parameters", "is_negated")


@admin.register(models.Segment)
class SegmentAdmin(PlainAdmin):
    list_display = (
        "name",
        "sentence",
        "member_count",
        "mailable_count",
        "computed_at",
        "error",
        "is_starred",
    )
    list_filter = ("type", "is_starred", "is_archived")
    search_fields = ("name", "note")
    autocomplete_fields = ("excluded_segment",)
    inlines = (ConditionInline,)
    fields = (
        "name",
        "sentence",
        "match",
        "excluded_segment",
        "note",
        "is_starred",
        "is_archived",
        "type",
        "member_count",
        "mailable_count",
        "computed_at",
        "error",
        "related",
    )
    readonly_fields = (
        "sentence",
        "type",
        "member_count",
        "mailable_count",
        "computed_at",
        "error",
        "related",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Segment]:
        ordering = self.get_ordering(request)
        currency = Shop.objects.current().currency
        return (
            segments_with_rows()
            .annotate(shop_currency=Value(currency))
            .order_by(*(ordering or ("name",)))
        )

    @admin.display(description=_("who is in it"))
    def sentence(self, segment: models.Segment) -> str:
        if segment.pk is None:
            return "–"
        return sentence_of(segment, currency=getattr(segment, "shop_currency", ""))

    @admin.display(description=_("more"))
    def related(self, segment: models.Segment) -> SafeString | str:
        """Link to the lists of members and of what happened."""
        if segment.pk is None:
            return "–"
        shown = (
            models.Membership,
            models.MembershipEvent,
            models.SegmentRun,
            models.SegmentSize,
        )
        links = (
            (
                list_link(
                    model, model._meta.verbose_name_plural or "", segment__id__exact=segment.pk
                ),
            )
            for model in shown
        )
        return format_html_join(" · ", "{}", links)

    def save_model(
        self, request: HttpRequest, obj: models.Segment, form: ModelForm, change: bool
    ) -> None:
        obj.edited_at = timezone.now()
        if not change:
            obj.created_at = obj.edited_at
            obj.owner_id = request.user.pk
        super().save_model(request, obj, form, change)

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm,
        formsets: Iterable[BaseModelFormSet],
        change: bool,
    ) -> None:
        super().save_related(request, form, formsets, change)
        if "name" in form.changed_data:
            carry_name(form.instance)
        enqueue("refresh_segments", now=timezone.now())

    def get_deleted_objects(
        self, objs: QuerySet[models.Segment], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name the segments and what still asks for them; members are counted, not listed."""
        names = [segment.name for segment in objs]
        asking = models.Segment.objects.exclude(name__in=names)
        users = asking.filter(excluded_segment__in=objs) | asking.filter(
            pk__in=models.Condition.objects.filter(referenced_segment__in=objs).values("segment")
        )
        protected = [segment.name for segment in users.order_by("name")]
        counts = {
            str(models.Segment._meta.verbose_name_plural): len(names),
            str(models.Membership._meta.verbose_name_plural): sum(
                segment.member_count or 0 for segment in objs
            ),
        }
        return names, counts, set(), protected


class SegmentDetailAdmin(DetailAdmin):
    list_select_related: ClassVar[tuple[str, ...]] = ("segment",)
    search_fields: ClassVar[tuple[str, ...]] = ("segment__name",)


@admin.register(models.Membership)
class MembershipAdmin(SegmentDetailAdmin):
    list_display = ("customer", "segment", "entered_at")
    list_select_related = ("segment", "customer")


@admin.register(models.MembershipEvent)
class MembershipEventAdmin(SegmentDetailAdmin):
    list_display = ("customer", "segment", "change", "occurred_at")
    list_filter = ("change", "occurred_at")
    list_select_related = ("segment", "customer")


@admin.register(models.SegmentRun)
class SegmentRunAdmin(SegmentDetailAdmin):
    list_display = (
        "segment",
        "started_at",
        "as_of",
        "member_count",
        "entered_count",
        "left_count",
        "error",
    )
    list_filter = ("started_at",)


@admin.register(models.SegmentSize)
class SegmentSizeAdmin(SegmentDetailAdmin):
    list_display = (
        "segment",
        "local_date",
        "member_count",
        "mailable_count",
        "entered_count",
        "left_count",
    )


@admin.register(models.Export)
class ExportAdmin(DetailAdmin):
    list_display = ("__str__", "segment", "user", "dialect", "row_count", "created_at")
    list_select_related = ("segment", "user")


@admin.register(models.SecretLink)
class SecretLinkAdmin(DetailAdmin):
    list_display = ("label", "segment", "hint", "expires_at", "revoked_at")
    list_select_related = ("segment",)


@admin.register(models.LinkRead)
class LinkReadAdmin(DetailAdmin):
    list_display = ("link", "read_at", "outcome", "row_count")
    list_select_related = ("link",)
