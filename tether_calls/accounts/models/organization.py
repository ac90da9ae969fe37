from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from tether_calls.common.number_types import CostlyType
from tether_calls.common.object_id import ObjectIdModel


def known_number_types(names: Any) -> None:
    """Raises ValidationError for anything but a list of types, each named once."""
    known = [its_type.value for its_type in CostlyType]
    if not isinstance(names, list) or any(names.count(name) > 1 or name not in known for name in names):
        raise ValidationError(f"A list of types, out of {', '.join(CostlyType)}")


class Organization(ObjectIdModel):
    """A company: the wall that no read, write or event crosses."""

    name = models.CharField(max_length=200)
    is_active = models.BooleanField(
        default=True, help_text="An inactive organization's users and API keys are refused."
    )
    is_prepaid = models.BooleanField(
        default=False, help_text="Agents' calls are paid from the wallet, and none is placed without the money for it."
    )
    allowed_number_types = models.JSONField(
        default=list,
        blank=True,
        validators=[known_number_types],
        help_text="Of the types of numbers that cost whoever calls them, those that it dials all the same.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
