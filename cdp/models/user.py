"""People who log in here."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Someone who works with Regulars (never a customer of the shop)."""

    language = models.CharField(_("language"), max_length=8, blank=True)
    is_checklist_hidden = models.BooleanField(_("first steps hidden"), default=False)
