from __future__ import annotations

from typing import ClassVar

from django.db import models

from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class ToolCall(ObjectIdModel):
    """What an agent's tool has done, and answered: of the same request again nothing more comes than this answer."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    tool = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, help_text="Of the request.")
    answer = models.JSONField(default=dict)

    objects: ClassVar[OrganizationQuerySet[ToolCall]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organization", "tool", "digest"], name="a_tool_request_once"),)

    def __str__(self) -> str:
        return f"{self.tool} {self.pk}"
