"""A recording that a provider made becomes its call's: once, however often it is told of."""

from __future__ import annotations

from django.db import transaction

from calls.events import recording_ready
from calls.models import Recording
from calls.services.apply_report import lock_call
from calls.services.store_recording import StoredRecording, attach_recording
from tether_calls.realtime.events import publish


@transaction.atomic
def add_recording(*, call_id: str, stored: StoredRecording) -> bool:
    """Attach a stored recording and publish; False where the call has this content, and the file is not needed.

    The lock on the call makes two that bring the same take turns.
    """
    call = lock_call(call_id)
    if Recording.objects.filter(call_id=call.pk, sha256=stored.sha256).exists():
        return False
    recording = attach_recording(call=call, stored=stored)
    publish(organization_id=call.organization_id, call_id=call.pk, events=[recording_ready(call, recording)])
    return True
