from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from tether_calls.accounts.models import ApiKey, Organization, User
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class RefusedPush(ObjectIdModel):
    """A call that a vendor pushed and that was not kept: that it came, and what was wrong; nothing of what it said."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Whose call it would have been."
    )
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="API key")
    status = models.PositiveSmallIntegerField(help_text="As it was answered.")
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=100, blank=True, help_text="What was wrong, by its path in the body.")
    external_call_id = models.CharField(
        "external call ID", max_length=255, blank=True, help_text="The vendor's identifier of the call."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[OrganizationQuerySet[RefusedPush]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "refused pushes"
        ordering = ("-id",)
        indexes = (models.Index(fields=["organization", "-id"], name="refused_push_newest"),)

    def __str__(self) -> str:
        return f"{self.status} {self.code}"
