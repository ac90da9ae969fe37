"""The final push of a call that was pushed while it went on: it takes the call over."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from django.utils import timezone

from calls.events import call_event, content_changed, fetch_messages, recording_ready
from calls.models import Call, CallTag, LiveCall, Recording
from calls.models.label import MAX_TAGS
from calls.models.live_call import LiveState
from calls.reports import StoredRecording
from calls.selectors.history import recordings_of
from calls.services.lifecycle.apply_report import attach_recording, lock_call
from calls.services.lifecycle.call_message import keep_call_message
from calls.services.lifecycle.change_status import has_ended
from calls.services.lifecycle.hear_opt_out import hear_opt_out
from calls.services.lifecycle.keep_consent import consent_of, hear_announcement, merge_consent, takes_audio
from calls.services.lifecycle.keep_words import keep_words
from calls.services.lifecycle.storage_mode import storage_mode_in, withhold
from calls.services.lifecycle.want_silence import want_silence
from contacts.services.notes import keep_summary_note
from tether_calls.common.statements import after_commit, insert
from tether_calls.realtime.events import Event, EventName, publish
from tether_calls.realtime.waking import wake_watchers

# What the final push says of it, in place of what was said before.
_TOLD: Final = (
    *("contact_id", "conversation_id", "direction", "status", "from_number", "to_number", "provider_phone_number"),
    *("end_time", "end_time_is_counted", "end_authority", "duration", "duration_is_counted", "agent_name"),
    *("ai_transcript", "ai_summary", "ai_handled_duration"),
    *("answered_by", "end_reason", "end_fault", "endings_told"),
)


def keep_pushed(*, told: Call, tags: Sequence[CallTag], call_id: str, stored: StoredRecording | None) -> Call | None:
    """Give the live call what its final push says; None where that has been done, or the call is gone.

    `told` is the call as the push alone would have made it, `tags` what it would have borne. What people made of the
    call meanwhile stays. To be called in a transaction.
    """
    organization_id = told.organization_id
    live = LiveCall.objects.of_organization(organization_id).select_for_update(of=("self",)).filter(pk=call_id).first()
    if live is None or live.state == LiveState.KEPT:
        return None
    live.state, live.heard_at = LiveState.KEPT, timezone.now()
    live.save(update_fields=["state", "heard_at"])
    call = lock_call(organization_id=organization_id, call_id=call_id)
    had_ended, content = has_ended(call), (call.ai_transcript or None, call.ai_summary)
    for name in _TOLD:
        setattr(call, name, getattr(told, name))
    call.start_time = min(call.start_time, told.start_time)
    call.provider_metadata = {**call.provider_metadata, **told.provider_metadata}
    call.disposition_id = call.disposition_id or told.disposition_id
    _tag(call, tags)
    merge_consent(call, consent_of(told))
    hear_announcement(call)
    opts_out = hear_opt_out(call)
    withhold(call, storage_mode_in(call))
    call.save()
    keep_words(call)
    attached: list[Recording] = []
    if stored is not None and call.audio_erased_at is None and takes_audio(call):
        attached = [attach_recording(call=call, stored=stored)]
    recordings = [*recordings_of([call.pk])[call.pk]]
    want_silence(call, recordings)
    events: list[Event] = []
    told_of = call_event(EventName.CALL_UPDATED if had_ended else EventName.CALL_ENDED, call, recordings)
    events.append(told_of)
    if had_ended and content != (call.ai_transcript or None, call.ai_summary):
        events.append(content_changed())
    events += [recording_ready(told_of, recording) for recording in attached]
    if keep_call_message(call=call):
        events.append(fetch_messages(call))
    if opts_out:
        events.append(call_event(EventName.CALL_OPTED_OUT, call, recordings))
    if call.ai_summary and call.contact_id is not None:
        # Nobody is told of it: the call's own events have the summary.
        keep_summary_note(
            organization_id=organization_id, contact_id=call.contact_id, call_id=call.pk, summary=call.ai_summary
        )
    publish(organization_id=organization_id, call_id=call.pk, events=events)
    after_commit(partial(wake_watchers, organization_id))
    return call


def _tag(call: Call, told: Sequence[CallTag]) -> None:
    """Those that it has stay, as many as there is room for come."""
    there = call.tag_ids.split()
    new = [each.tag_id for each in told if each.tag_id not in there][: MAX_TAGS - len(there)]
    if there:
        # wall: of the call that was locked
        CallTag.objects.filter(call_id=call.pk).update(start_time=call.start_time)
    if new:
        insert(*(CallTag(call_id=call.pk, tag_id=tag_id, start_time=call.start_time) for tag_id in new))
        call.tag_ids = " ".join([*there, *new])
