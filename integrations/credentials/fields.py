"""A model field whose text is sealed in the database and opened only on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import FieldError
from django.db import models

from integrations.credentials.sealing import PREFIX, SealedText

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Expression

    _Base = models.TextField[str | SealedText, SealedText]
else:
    _Base = models.TextField


class EncryptedField(_Base):
    """Text that is stored sealed. Reading gives a `SealedText`, assigning takes plain text.

    Empty text stays empty. It is in no form, cannot be searched, and is dumped sealed.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{**kwargs, "editable": False})  # type: ignore[arg-type]

    @property
    def owner(self) -> str:
        """What the texts of this column belong to."""
        return f"{self.model._meta.label}.{self.name}"

    def from_db_value(
        self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> SealedText | None:
        """Wrap what the database holds; nothing is opened."""
        return None if value is None else SealedText(value, owner=self.owner)

    def to_python(self, value: str | SealedText | None) -> SealedText | None:
        """Return a value sealed; text of a dump is sealed already."""
        if value is None or isinstance(value, SealedText):
            return value
        if value == "" or value.startswith(PREFIX):
            return SealedText(value, owner=self.owner)
        return SealedText.of(value, owner=self.owner)

    def pre_save(self, model_instance: models.Model, add: bool) -> SealedText | None:
        """Seal plain text once, and leave it sealed on the instance."""
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: str | SealedText | None) -> str | None:
        """Return what is stored."""
        sealed = self.to_python(value)
        return None if sealed is None else sealed.token

    def get_lookup(self, lookup_name: str) -> type[models.Lookup] | None:
        """Allow no search but for NULL: the same text is sealed differently each time."""
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.owner} is encrypted and cannot be searched")

    def value_to_string(self, obj: models.Model) -> str:
        """Return the sealed text for a dump."""
        return self.get_prep_value(self.value_from_object(obj)) or ""
