from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from tether_calls.common.object_id import ObjectIdModel


class SessionKind(models.TextChoices):
    API = "api", "Frontend"
    ADMIN = "admin", "Admin"


class UserSession(ObjectIdModel):
    """A session of a user's that goes on: of a frontend, whose tokens name its id, or of the admin."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions", db_index=False
    )
    kind = models.CharField(max_length=5, choices=SessionKind)
    address = models.CharField(max_length=45, blank=True, help_text="From where it was begun.")
    user_agent = models.CharField(max_length=300, blank=True)
    # Of the admin; Django's own table has it in clear as well.
    session_key = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(help_text="When its tokens were last exchanged.")
    expires_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager[UserSession]] = models.Manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(kind__in=SessionKind.values), name="session_kind_known"),
        )
        indexes = (models.Index(fields=["user", "-id"], name="session_of_user"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
