"""What the database holds of calls: what is unique and allowed among them, and the ways in which they are read."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from calls.models.call_choices import CallDirection, CallProvider, CallStatus, RecordingPause
from calls.outcomes import OF_MACHINES, EndReason
from calls.recording_consent import ConsentState

CONSTRAINTS: Final = (
    # Within the organization: a user who has left another one finds nothing of it.
    models.UniqueConstraint(
        fields=["user", "external_call_id", "organization"],
        condition=Q(external_call_id__isnull=False),
        name="one_call_per_owner_organization_and_external_call_id",
    ),
    # Within the organization: else the first one to use an id would keep it from the others. The id comes
    # first, since the sender of a delivery is looked for by it among all of them.
    models.UniqueConstraint(
        fields=["provider", "provider_call_id", "organization"],
        condition=Q(provider_call_id__isnull=False),
        name="one_call_per_organization_and_provider_call_id",
    ),
    models.UniqueConstraint(
        fields=["ai_conversation_id", "organization"],
        condition=Q(ai_conversation_id__isnull=False),
        name="one_call_per_organization_and_ai_conversation_id",
    ),
    models.CheckConstraint(
        condition=Q(recording_consent__in=[state.value for state in ConsentState]),
        name="call_recording_consent_known",
    ),
    models.CheckConstraint(condition=Q(recording_pause__in=RecordingPause.values), name="call_recording_pause_known"),
    models.CheckConstraint(condition=Q(provider__in=CallProvider.values), name="call_provider_known"),
    models.CheckConstraint(condition=Q(direction__in=CallDirection.values), name="call_direction_known"),
    models.CheckConstraint(condition=Q(status__in=CallStatus.values), name="call_status_known"),
    models.CheckConstraint(condition=Q(duration=None) | Q(duration__gte=0), name="call_duration_not_negative"),
)
# One index for each way in which history is read, all in its order: newest first.
INDEXES: Final = (
    models.Index(fields=["organization", "-start_time", "-id"], name="call_history"),
    # For exports: the order of making never changes, that of starting does where a provider corrects it.
    models.Index(fields=["organization", "-id"], name="call_newest"),
    models.Index(fields=["contact", "-start_time", "-id"], name="call_history_of_contact"),
    models.Index(fields=["user", "-start_time", "-id"], name="call_history_of_user"),
    models.Index(fields=["organization", "status", "-start_time", "-id"], name="call_history_by_status"),
    models.Index(fields=["organization", "provider", "-start_time", "-id"], name="call_history_by_provider"),
    # Of the usual values history has enough rows wherever it is read.
    models.Index(
        fields=["organization", "end_reason", "-start_time", "-id"],
        condition=~Q(end_reason__in=["", EndReason.UNKNOWN]),
        name="call_history_by_end_reason",
    ),
    models.Index(
        fields=["organization", "answered_by", "-start_time", "-id"],
        condition=Q(answered_by__in=OF_MACHINES),
        name="call_history_by_answerer",
    ),
    models.Index(
        fields=["disposition", "-start_time", "-id"],
        condition=Q(disposition__isnull=False),
        name="call_history_of_disposition",
    ),
    models.Index(
        fields=["organization", "-start_time", "-id"], condition=Q(is_starred=True), name="call_history_starred"
    ),
    models.Index(
        fields=["organization", "-start_time", "-id"],
        condition=Q(opted_out_at__isnull=False),
        name="call_history_opted_out",
    ),
    models.Index(
        fields=["ai_agent", "-start_time", "-id"],
        condition=Q(ai_agent__isnull=False),
        name="call_history_of_agent",
    ),
    # For what is deleted, too: the column of few calls has a value.
    models.Index(
        fields=["transferred_from"],
        condition=Q(transferred_from__isnull=False),
        name="calls_that_were_handed_over",
    ),
    models.Index(
        fields=["id"],
        condition=Q(recording_consent="denied", audio_erased_at__isnull=True),
        name="call_with_denied_audio",
    ),
    models.Index(fields=["erased_in"], condition=Q(erased_in__isnull=False), name="call_erased_in"),
    models.Index(fields=["organization", "from_number", "-start_time"], name="call_history_from_number"),
    models.Index(fields=["organization", "to_number", "-start_time"], name="call_history_to_number"),
    models.Index(fields=["organization", "provider_phone_number", "-start_time", "-id"], name="call_history_of_line"),
)
