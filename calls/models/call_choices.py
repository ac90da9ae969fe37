"""The words that columns of calls have."""

from __future__ import annotations

from django.db import models


class CallProvider(models.TextChoices):
    TWILIO = "twilio", "Twilio"
    SINCH = "sinch", "Sinch"
    ELEVENLABS = "elevenlabs", "ElevenLabs"
    EXTERNAL = "external", "External"


class CallDirection(models.TextChoices):
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"


class CallStatus(models.TextChoices):
    INITIATED = "initiated", "Initiated"
    RINGING = "ringing", "Ringing"
    IN_PROGRESS = "in-progress", "In progress"
    ANSWERED = "answered", "Answered"
    COMPLETED = "completed", "Completed"
    NO_ANSWER = "no-answer", "No answer"
    BUSY = "busy", "Busy"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


class RecordingPause(models.TextChoices):
    NONE = "", "Records"
    PAUSING = "pausing", "Pausing"
    PAUSED = "paused", "Paused"
    RESUMING = "resuming", "Resuming"
