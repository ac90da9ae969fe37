from __future__ import annotations

from typing import ClassVar

from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone

from calls.models.call import Call
from tether_calls.common.object_id import ObjectIdModel


def recordings() -> Storage:
    """The storage that recordings lie in; asked for by name, so that settings decide which it is."""
    return storages["recordings"]


class Peaks(models.TextChoices):
    """Whether there are peaks of a recording, of which players draw its waveform."""

    UNMADE = "unmade", "Not made yet"
    WANTED = "wanted", "To be made"
    KEPT = "kept", "Kept beside the recording"
    NONE = "none", "Cannot be made"


class Recording(ObjectIdModel):
    """A call's audio: where it lies, and enough to know it again."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="recordings", db_index=False)
    file = models.FileField(storage=recordings, max_length=200)
    content_type = models.CharField(max_length=50, default="audio/mpeg")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    duration = models.FloatField(null=True, blank=True, help_text="Seconds, as counted in the file.")
    sha256 = models.CharField(max_length=64)
    peaks = models.CharField(max_length=6, choices=Peaks, default=Peaks.WANTED.value, editable=False)
    # [begin, end] in seconds, of what was said and is not to be kept; None: all of it sounds.
    silenced = models.JSONField(null=True, blank=True, editable=False)
    is_to_be_silenced = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="What is not to be kept was said in more of it."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Recording]] = models.Manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            # Serves the look-up by call as well.
            models.UniqueConstraint(fields=["call", "sha256"], name="one_recording_per_call_and_content"),
            models.UniqueConstraint(fields=["file"], name="one_row_per_recording_file"),
        )
        indexes = (
            # Few at any time: what the job has not come to.
            models.Index(fields=["id"], name="recording_without_peaks", condition=models.Q(peaks="wanted")),
            models.Index(fields=["id"], name="recording_to_silence", condition=models.Q(is_to_be_silenced=True)),
        )

    def __str__(self) -> str:
        return f"Recording {self.pk}"
