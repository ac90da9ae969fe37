from __future__ import annotations

from typing import ClassVar

from django.db import models

from tether_calls.accounts.models.user import User
from tether_calls.common.object_id import ObjectIdModel


class ApiKey(ObjectIdModel):
    """A user's key for machines. The key itself is computed (`accounts.api_keys`), never stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, help_text="Which system uses it.")
    generation = models.PositiveIntegerField(
        default=1, editable=False, help_text="Part of what is signed: one more, and the old key is void."
    )
    is_default = models.BooleanField(
        default=False, editable=False, help_text="The one that GET /api/user/api-key shows to its user."
    )
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Written at most once a minute."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[ApiKey]] = models.Manager()

    class Meta:
        verbose_name = "API key"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="one_default_api_key_per_user"
            ),
        )

    def __str__(self) -> str:
        return self.name
