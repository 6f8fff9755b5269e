"""Who did what here: rows that are only ever added, without personal data of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cdp.exceptions import RegularsError

if TYPE_CHECKING:
    from datetime import datetime

    from cdp.models.user import User


class AuditAction(models.TextChoices):
    """What can be done that somebody may later want to know about."""

    SETTINGS_CHANGED = "settings_changed", _("settings changed")
    USER_CHANGED = "user_changed", _("user changed")
    IMPORT_STARTED = "import_started", _("import started")
    EXPORT_MADE = "export_made", _("export made")
    EXPORT_READ = "export_read", _("export downloaded")
    LINK_MADE = "link_made", _("secret link made")
    LINK_ROTATED = "link_rotated", _("secret link rotated")
    LINK_REVOKED = "link_revoked", _("secret link revoked")
    LINK_READ = "link_read", _("secret link read")
    SEGMENT_DELETED = "segment_deleted", _("segment deleted")
    CUSTOMERS_TAGGED = "customers_tagged", _("customers tagged")
    CONNECTION_CHANGED = "connection_changed", _("connection changed")
    AUDIENCE_CHANGED = "audience_changed", _("audience changed")


class AuditLogIsClosed(RegularsError):
    """Somebody tried to change or remove what the audit log holds."""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Entries can be read and added, nothing else."""

    def record(
        self,
        action: AuditAction,
        *,
        now: datetime,
        user: User | None = None,
        subject: str = "",
        details: str = "",
    ) -> AuditEntry:
        """Add an entry. `subject` names the thing by kind and id ("segment 12"), `details` says
        what about it; neither may hold personal data of customers.
        """
        return self.create(
            action=action,
            occurred_at=now,
            user=user,
            actor=user.get_username() if user else "",
            subject=subject,
            details=details[:1000],
        )

    def update(self, **values: object) -> NoReturn:
        """Refuse."""
        raise AuditLogIsClosed(gettext("An entry of the audit log cannot be changed."))

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AuditLogIsClosed(gettext("An entry of the audit log cannot be deleted."))


class AuditEntry(models.Model):
    """One thing that was done. `actor` keeps the name of a user who has been deleted since."""

    occurred_at = models.DateTimeField(_("when"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor = models.CharField(_("user"), max_length=150, blank=True)
    action = models.CharField(_("action"), max_length=20, choices=AuditAction.choices)
    subject = models.CharField(_("subject"), max_length=100, blank=True)
    details = models.CharField(_("details"), max_length=1000, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(condition=Q(action__in=AuditAction.values), name="audit_action")
        ]
        indexes = [models.Index(fields=("action", "occurred_at"), name="audit_action_when")]

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Add the entry; refuse to change a stored one."""
        if not self._state.adding:
            raise AuditLogIsClosed(gettext("An entry of the audit log cannot be changed."))
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        """Refuse."""
        raise AuditLogIsClosed(gettext("An entry of the audit log cannot be deleted."))
