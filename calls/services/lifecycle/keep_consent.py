"""Whether people agree to the recording of a call: kept with it, and followed. Who says no has no audio kept."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from calls.events import call_event
from calls.models import Call
from calls.recording_consent import ConsentState, RecordingConsent, is_announced, outranks
from calls.selectors.history import recordings_of_locked
from tether_calls.background.wake import wake
from tether_calls.common.statements import after_commit
from tether_calls.realtime.events import EventName, publish

JOB = "drop_denied_audio"
_COLUMNS = ("recording_consent", "recording_consent_at", "recording_consent_source", "updated_at")
_HEARD = "disclosure"


def merge_consent(call: Call, consent: RecordingConsent | None) -> bool:
    """Have the call say so where it is more than it says; whether it does. The call is to be saved. No statement.

    A no stays, whatever is told later: who has changed their mind has another call. Where it is new, a job takes away
    what audio there is.
    """
    if consent is None or not outranks(consent.state, call.recording_consent):
        return False
    call.recording_consent = consent.state
    call.recording_consent_at = consent.at or timezone.now()
    call.recording_consent_source = consent.source
    if consent.state == ConsentState.DENIED:
        after_commit(partial(wake, JOB))
    return True


def hear_announcement(call: Call) -> bool:
    """Take it from the transcript that the agent has said so; whether that is news. No statement."""
    if call.recording_consent != ConsentState.UNKNOWN:
        return False
    turns = ((turn["role"], turn["message"]) for turn in call.ai_transcript or ())
    if not is_announced(turns):
        return False
    return merge_consent(call, RecordingConsent(ConsentState.ANNOUNCED, call.start_time, _HEARD))


def consent_of(call: Call) -> RecordingConsent:
    """What a call says of it."""
    state = ConsentState(call.recording_consent)
    return RecordingConsent(state, call.recording_consent_at, call.recording_consent_source)


def takes_audio(call: Call) -> bool:
    return call.recording_consent != ConsentState.DENIED


@transaction.atomic
def keep_consent(*, organization_id: str, call_id: str, consent: RecordingConsent) -> Call:
    """Have a call say so; clients hear of it where it is news. At most five statements. Raises Call.DoesNotExist."""
    calls = Call.objects.of_organization(organization_id).select_for_update(of=("self",))
    call = calls.get(pk=call_id)
    if merge_consent(call, consent):
        call.save(update_fields=_COLUMNS)
        event = call_event(EventName.CALL_UPDATED, call, recordings_of_locked(call))
        publish(organization_id=organization_id, call_id=call.pk, events=[event])
    return call
