from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class IdempotentRequest(ObjectIdModel):
    """A request that came with an `Idempotency-Key`: a repetition gets the first one's answer."""

    KEY_MAX: ClassVar[int] = 255

    # Of no use once the organization is gone.
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=KEY_MAX)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body, however it was written.")
    # By id: a call that is deleted has been placed all the same.
    call_id = ObjectIdField(null=True, blank=True, help_text="Set with the call's row, before anybody is dialled.")
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: not answered yet.")
    answer = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[OrganizationQuerySet[IdempotentRequest]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["organization", "key"], name="one_request_per_idempotency_key"),
            models.CheckConstraint(
                condition=models.Q(status__isnull=True, answer__isnull=True)
                | models.Q(status__isnull=False, answer__isnull=False),
                name="idempotent_answer_has_both_parts",
            ),
        )
        indexes = (models.Index(fields=["created_at"], name="idempotent_request_by_age"),)

    def __str__(self) -> str:
        return self.key
