"""Our own record of who is in an audience: the truth that differences are computed from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cdp.models import Customer
from integrations.models.audience import Audience
from integrations.models.sync import SyncBatch
from integrations.text_fields import GroupsField


class MemberState(models.TextChoices):
    """Where a person stands. Only what the service confirmed is `in` or `out`.

    `pending_add` and `pending_remove` may have taken effect over there already: both are sent until
    they are confirmed. `refused`: the service does not take this person. `error`: the service
    refused people of a batch without naming them; tried again after `retry_at`.
    """

    PENDING_ADD = "pending_add", _("to be added")
    IN = "in", _("in")
    PENDING_REMOVE = "pending_remove", _("to be removed")
    OUT = "out", _("out")
    REFUSED = "refused", _("refused")
    ERROR = "error", _("not confirmed")


class AudienceMember(models.Model):
    """A person of an audience, from the first wish to add them on.

    `person_id` is the id they are sent with. `sent` holds what they were sent as, the only thing
    they can be removed by: {"emails": [...], "phones": [...]}, plain or hashed as the destination
    keeps it; it is emptied once they are out. `payload_hash` tells whether something else would be
    sent today. `returns`: taken out only to come back with other identifiers. `batch` is the
    upload whose outcome is not known yet. `remote_id` is the service's own number of the person.
    `confirmed_at` is since when the service confirms them there, NULL until it has and once they
    are out: it tells a change of somebody who is there from a first arrival.
    """

    audience = models.ForeignKey(
        Audience, on_delete=models.CASCADE, related_name="members", db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, related_name="audience_memberships"
    )
    person_id = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=14, choices=MemberState.choices)
    sent = GroupsField()
    payload_hash = models.CharField(max_length=32, blank=True)
    returns = models.BooleanField(default=False)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    remote_id = models.CharField(max_length=64, blank=True)
    batch = models.ForeignKey(
        SyncBatch, on_delete=models.SET_NULL, null=True, blank=True, related_name="members"
    )
    tries = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(_("there since"), null=True, blank=True)
    seen_at = models.DateTimeField(_("seen over there"), null=True, blank=True)
    changed_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("audience member")
        verbose_name_plural = _("audience members")
        constraints = [
            models.UniqueConstraint(
                fields=("audience", "person_id"), name="audience_member_unique"
            ),
            models.CheckConstraint(
                condition=Q(state__in=MemberState.values), name="audience_member_state"
            ),
        ]
        indexes = [
            models.Index(fields=("audience", "state", "id"), name="audience_member_by_state"),
            models.Index(fields=("audience", "customer"), name="audience_member_customer"),
            models.Index(fields=("audience", "remote_id"), name="audience_member_remote"),
        ]

    def __str__(self) -> str:
        return f"member {self.pk} of audience {self.audience_id}"
