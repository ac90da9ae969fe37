"""What every row of a trail has, and the one form of it that is hashed."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from tether_calls.common.object_id import ObjectIdField
from tether_calls.trails.models.chain import AddedOnlyModel


class ActorKind(models.TextChoices):
    USER = "user", "User"
    API_KEY = "api_key", "API key"
    PLATFORM_STAFF = "platform_staff", "Platform's staff"
    SYSTEM = "system", "The service itself"


class TrailEntry(AddedOnlyModel):
    """Who it was, from where, and when. Rows are named by id: what they name may be gone one day, the row stays."""

    organization_id = ObjectIdField()
    actor_kind = models.CharField(max_length=14, choices=ActorKind)
    actor_id = ObjectIdField(null=True, blank=True, help_text="The user's, or the key's.")
    actor_name = models.CharField(max_length=254, blank=True, default="", help_text="As they were called then.")
    user_id = ObjectIdField(null=True, blank=True, help_text="The user; of a key, whose it is.")
    ip = models.CharField(max_length=45, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="", help_text="Of the platform's staff: why.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def hash_after(self, previous: str) -> str:
        """SHA-256 over the hash of the row before and all of this one, as 64 hexadecimal digits.

        What is empty is left out, so that a column that comes later changes nothing of the rows before.
        """
        values = {field.attname: _plain(getattr(self, field.attname)) for field in self._meta.concrete_fields}
        told = {name: value for name, value in values.items() if value not in (None, "")}
        text = json.dumps([previous, told], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value
