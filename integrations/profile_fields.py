"""The figures about a customer that a destination may be sent on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FieldKind = Literal["text", "number", "date"]


@dataclass(frozen=True)
class ProfileField:
    """One figure: its key in `Person.fields`, how people call it, and a tag of ten letters at most
    for services that want one.
    """

    key: str
    label: StrOrPromise
    kind: FieldKind
    tag: str


PROFILE_FIELDS = {
    one.key: one
    for one in (
        ProfileField("life_cycle", _("Life cycle"), "text", "REG_CYCLE"),
        ProfileField("importance", _("Importance"), "text", "REG_WEIGHT"),
        ProfileField("predicted_value", _("Predicted value"), "number", "REG_VALUE"),
        ProfileField("next_order_on", _("Expected next order"), "date", "REG_NEXT"),
        ProfileField("recommended", _("Recommended products"), "text", "REG_ADVICE"),
    )
}
