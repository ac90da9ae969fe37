"""The query strings of scheduled calls, and of reminders."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from calls.models import ScheduledState
from tether_calls.common.object_id import is_object_id
from tether_calls.common.pagination import PageQuery
from tether_calls.common.queries import ObjectIdParameter, QuerySerializer

_MOST_CONTACTS = 200


class ScheduledCallsQuery(PageQuery):
    status = serializers.ChoiceField(choices=ScheduledState.values, required=False)
    agent_id = ObjectIdParameter(required=False)
    contact_id = ObjectIdParameter(required=False)


class ObjectIdsParameter(serializers.CharField):
    """Ids with commas between them; the value is a list."""

    def to_internal_value(self, data: Any) -> Any:
        ids = [part.strip() for part in str(data).split(",") if part.strip()]
        if not ids or len(ids) > _MOST_CONTACTS or not all(map(is_object_id, ids)):
            raise serializers.ValidationError("Not ids of 24 hex digits with commas between them, 200 at most")
        return ids


class RemindersQuery(QuerySerializer):
    contact_id = ObjectIdParameter(required=False)
    contact_ids = ObjectIdsParameter(required=False, help_text="Ids, with commas between them; 200 at most.")
