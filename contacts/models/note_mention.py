from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.models.contact_note import ContactNote
from tether_calls.common.object_id import ObjectIdModel


class NoteMention(ObjectIdModel):
    """That a note mentions a user: what their mentions are found by. Of a note in hand `mentions` says the same."""

    note = models.ForeignKey(ContactNote, on_delete=models.CASCADE, related_name="mention_rows", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    is_seen = models.BooleanField("seen", default=False, db_default=False)

    objects: ClassVar[models.Manager[NoteMention]]

    class Meta:
        verbose_name = "mention"
        ordering = ("-note",)
        constraints = (models.UniqueConstraint(fields=["note", "user"], name="a_user_once_in_a_note"),)
        indexes = (
            models.Index(fields=["user", "-note"], name="note_mentions_of_user"),
            models.Index(fields=["user"], condition=Q(is_seen=False), name="note_mentions_unseen"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} in {self.note_id}"
