"""Amounts of money: exact, down to a hundredth of a cent, on every database."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

# Prices of a minute are often fractions of a cent.
PLACES = 4
SMALLEST = Decimal(1).scaleb(-PLACES)

if TYPE_CHECKING:
    _Field = models.Field[Decimal, Decimal]
else:
    _Field = models.Field


class MoneyField(_Field):
    """A Decimal of four places, kept as a whole number of ten-thousandths: SQLite calculates decimals as floats."""

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-PLACES)

    def to_python(self, value: Any) -> Decimal | None:
        return None if value is None else Decimal(value)

    def get_prep_value(self, value: Any) -> int | None:
        value = super().get_prep_value(value)
        return None if value is None else in_units(Decimal(value))

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


def in_units(amount: Decimal) -> int:
    """Ten-thousandths. Raises ValidationError for an amount that is finer, or no number."""
    units = amount.scaleb(PLACES) if amount.is_finite() else Decimal("0.5")
    if units != units.to_integral_value():
        raise ValidationError(f"An amount has {PLACES} decimal places at most")
    return int(units)


def rounded_up(amount: Decimal) -> Decimal:
    return amount.quantize(SMALLEST, rounding=ROUND_CEILING)


def money_text(amount: Decimal) -> str:
    """`1.50`, `0.0125`: two places at least, further ones as far as there are any."""
    # Adding nothing takes the sign of a negative zero away.
    text = f"{amount + 0:.{PLACES}f}"
    return text[:-2] + text[-2:].rstrip("0")
