from __future__ import annotations

from django.db import models

from tether_calls.common.object_id import ObjectIdModel


class Organization(ObjectIdModel):
    """A company: the wall that no read, write or event crosses."""

    name = models.CharField(max_length=200)
    is_active = models.BooleanField(
        default=True, help_text="An inactive organization's users and API keys are refused."
    )
    is_prepaid = models.BooleanField(
        default=False, help_text="Agents' calls are paid from the wallet, and none is placed without the money for it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
