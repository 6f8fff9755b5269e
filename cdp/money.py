"""Exact money: a database field of 1/10,000 of the unit, and formatting."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

SCALE = 10_000
STEP = Decimal("0.0001")
LIMIT = Decimal(2**63 - 1) / SCALE


def to_units(value: Decimal | int | str) -> int:
    """Return an amount as whole 1/10,000 of the unit, rounded half up at the fifth decimal."""
    return int((Decimal(value) * SCALE).to_integral_value(ROUND_HALF_UP))


def from_units(value: int | Decimal) -> Decimal:
    """Return whole 1/10,000 as an amount with at least two and at most four decimals."""
    amount = Decimal(value) / SCALE
    short = amount.quantize(Decimal("0.01"))
    return short if short == amount else amount.quantize(STEP, ROUND_HALF_UP)


class MoneyField(models.Field):
    """An amount without its currency: `Decimal` in Python, a bigint of 1/10,000 in the database.

    Integer sums are exact on every database; SQLite would keep a `DecimalField` as floating point.
    """

    description = _("An exact amount of money")
    empty_strings_allowed = False

    def get_internal_type(self) -> str:
        """Use the column type of a big integer."""
        return "BigIntegerField"

    def to_python(self, value: object) -> Decimal | None:
        """Return `value` as `Decimal`; raise `ValidationError` if it is not a finite number."""
        if value is None or isinstance(value, Decimal):
            return value
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or abs(amount) > LIMIT:
            raise ValidationError(
                _("“%(value)s” is not an amount of money."), params={"value": value}
            )
        return amount

    def get_prep_value(self, value: object) -> int | object:
        """Return whole 1/10,000; expressions pass through."""
        value = super().get_prep_value(value)
        if value is None or isinstance(value, Combinable):
            return value
        amount = self.to_python(value)
        return None if amount is None else to_units(amount)

    def from_db_value(
        self, value: int | Decimal | None, expression: object, connection: BaseDatabaseWrapper
    ) -> Decimal | None:
        """Return the stored integer (or a sum of them) as an amount."""
        return None if value is None else from_units(value)
