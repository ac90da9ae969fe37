"""What of a call an answer hands out, as the access log names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calls.documents.call import CallDocument
from calls.documents.facts import CallFacts
from calls.models import Export, PrivacyRequest, Recording
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed


def transcripts_in(documents: Iterable[CallDocument]) -> Iterator[Accessed]:
    """One for each document that has a turn in its transcript."""
    for document in documents:
        if document.ai_transcript and isinstance(document.id, str):
            yield Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=document.id)


def address_of(recording: Recording) -> Accessed:
    """The address of a recording; the transcript that goes along is the same act."""
    return Accessed(kind=AccessKind.RECORDING_ADDRESS, call_id=recording.call_id, recording_id=recording.pk)


def addresses_of(recordings: Iterable[Recording | None]) -> Iterator[Accessed]:
    return (address_of(recording) for recording in recordings if recording is not None)


def partner_call_in(facts: CallFacts, recording: Recording | None) -> Iterator[Accessed]:
    """One call as partners read it, whole: one act, with its recording or without."""
    if recording is not None:
        yield address_of(recording)
    elif facts.ai_transcript:
        yield Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=facts.id)


def archive_of(request: PrivacyRequest, *, to: str) -> Accessed:
    """The address of the file with all that is known of a person; as of an export's."""
    return Accessed(kind=AccessKind.EXPORT, export_id=request.pk, act=f"export:{request.pk}:{to}")


def file_of(export: Export, *, to: str) -> Accessed:
    """The address of an export's file; whoever asks for it again, has had it. `to` is the user's id, or the key's."""
    return Accessed(kind=AccessKind.EXPORT, export_id=export.pk, act=f"export:{export.pk}:{to}")
