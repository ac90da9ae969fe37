from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from calls.models.call import Call
from tether_calls.common.object_id import ObjectIdModel


class CallHearing(ObjectIdModel):
    """That a user has listened to a call's recording in the admin, when first and when last."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="hearings", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[CallHearing]]

    class Meta:
        constraints = (models.UniqueConstraint(fields=["call", "user"], name="a_hearing_of_each_user_and_call"),)

    def __str__(self) -> str:
        return f"{self.call_id} heard by {self.user_id}"
