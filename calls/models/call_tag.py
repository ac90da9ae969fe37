from __future__ import annotations

from typing import ClassVar

from django.db import models

from calls.models.call import Call
from calls.models.label import Tag
from tether_calls.common.object_id import ObjectIdModel


class CallTag(ObjectIdModel):
    """That a call has a tag: what a tag's history is entered by. Of a call in hand `Call.tag_ids` says the same."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="tag_rows", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+", db_index=False)
    # As the call has it: so the index has a tag's calls in the order of history.
    start_time = models.DateTimeField()

    objects: ClassVar[models.Manager[CallTag]]

    class Meta:
        constraints = (models.UniqueConstraint(fields=["call", "tag"], name="a_tag_once_on_a_call"),)
        indexes = (models.Index(fields=["tag", "-start_time", "-call"], name="call_history_of_tag"),)

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.call_id}"
