from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from tether_calls.common.object_id import ObjectIdModel

MAX_QUERY: Final = 2_000


class SavedView(ObjectIdModel):
    """What a user of the admin looks for in one of its lists again and again, under a name."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", db_index=False
    )
    list = models.CharField(max_length=60, help_text="The model that the list is of: app.model")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=MAX_QUERY, blank=True, help_text="As the address of the list has it.")
    is_default = models.BooleanField(default=False, help_text="The list opens with it.")

    objects: ClassVar[models.Manager[SavedView]] = models.Manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["user", "list", "name"], name="one_saved_view_of_a_name"),
            models.UniqueConstraint(
                fields=["user", "list"], condition=Q(is_default=True), name="one_default_view_of_a_list"
            ),
        )

    def __str__(self) -> str:
        return self.name
