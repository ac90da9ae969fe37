from __future__ import annotations

from django.db import models
from django.db.models import Q

from tether_calls.common.object_id import ObjectIdField
from tether_calls.trails.models.entry import ActorKind, TrailEntry


class AccessKind(models.TextChoices):
    RECORDING_ADDRESS = "recording_address", "Address of a recording"
    RECORDING_PLAY = "recording_play", "Recording played"
    RECORDING_DOWNLOAD = "recording_download", "Recording saved"
    TRANSCRIPT_READ = "transcript_read", "Transcript read"
    EXPORT = "export", "Export"
    SEARCH = "search", "Search in what was said"


class AccessEntry(TrailEntry):
    """That somebody got at what was said: one row for each act."""

    kind = models.CharField(max_length=18, choices=AccessKind)
    call_id = ObjectIdField(null=True, blank=True)
    recording_id = ObjectIdField(null=True, blank=True)
    export_id = ObjectIdField(null=True, blank=True)
    # What is asked for again and again in one act (a player reads on) has one row.
    act = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)

    class Meta:
        verbose_name = "access"
        verbose_name_plural = "accesses"
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=AccessKind.values), name="access_kind_known"),
            models.CheckConstraint(condition=Q(actor_kind__in=ActorKind.values), name="access_actor_known"),
        )
        indexes = (
            models.Index(fields=["organization_id", "id"], name="access_of_organization"),
            models.Index(fields=["organization_id", "kind", "id"], name="access_by_kind"),
            models.Index(fields=["organization_id", "user_id", "id"], name="access_by_user"),
            models.Index(fields=["call_id", "id"], condition=Q(call_id__isnull=False), name="access_of_call"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.actor_name}"
