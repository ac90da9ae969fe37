"""Recordings in which something was said that is not to be kept: where that is, and that a job is to silence it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from calls.models import Call, Recording
from calls.redaction.sound import Span, Timed, are_within, spans_of
from tether_calls.accounts.models import Organization
from tether_calls.background.wake import wake
from tether_calls.common.statements import after_commit

JOB = "silence_recordings"


def masked_spans(turns: Iterable[Mapping[str, Any]], *, duration: float) -> list[Span]:
    """The spans of what is masked in a transcript as calls keep it."""
    return spans_of([Timed(turn["message"], turn.get("timestamp")) for turn in turns], duration=duration)


def spans_in(call: Call, recording: Recording) -> list[Span]:
    """Where in a recording of the call something was said that is masked now."""
    duration = recording.duration if recording.duration is not None else call.duration or 0.0
    return masked_spans(call.ai_transcript or (), duration=duration)


def want_silence(call: Call, recordings: Sequence[Recording]) -> None:
    """Have a job silence those that still sound where something is masked.

    For a transcript that has changed, or a recording that has come. No statement where nothing is masked, or all of it
    is silent; two where not.
    """
    sounding = [each for each in recordings if not are_within(spans_in(call, each), _silenced(each))]
    if not sounding:
        return
    # A vendor may have masks of its own.
    organization = Organization.objects.get(pk=call.organization_id)
    if not organization.redacts:
        return
    # wall: parts of the call
    Recording.objects.filter(pk__in=[each.pk for each in sounding]).update(is_to_be_silenced=True)
    after_commit(partial(wake, JOB))


def _silenced(recording: Recording) -> list[Span]:
    return [Span(begin, end) for begin, end in recording.silenced or ()]
