from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from tether_calls.common.object_id import ObjectIdModel


class PasswordReset(ObjectIdModel):
    """A user has asked for another password by mail. The token is computed of the row, and stored nowhere."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=500, help_text="Where the link leads; {token} is put in.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    # Before it is handed to the mail server: of two mails, or one that may have been sent, none is sent again.
    sent_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[PasswordReset]] = models.Manager()

    class Meta:
        indexes = (
            models.Index(fields=["id"], condition=models.Q(sent_at__isnull=True), name="password_reset_to_send"),
        )

    def __str__(self) -> str:
        return f"Password reset {self.pk}"
