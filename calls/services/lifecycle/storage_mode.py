"""What a call takes of what is told of it: nothing that its organization does not keep, and nothing once erased."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeVar

from django.utils import timezone

from calls.models import Call, StorageMode
from calls.reports import CallReport, ProviderMetadata

# What of `provider_metadata` was said, or written of what was said.
SAID_IN_METADATA: Final = ("callSummaryTitle",)

ReportT = TypeVar("ReportT", bound=CallReport)


def storage_mode_in(call: Call) -> str:
    """Of a call that was read `with_storage_mode`."""
    mode: str = call.storage_mode  # type: ignore[attr-defined]  # annotated
    return mode


def without_person(report: ReportT) -> ReportT:
    """A report of a call of which it is not known any more whose it was: how it ended, and nothing else."""
    return replace(
        report,
        from_number=None,
        to_number=None,
        caller_name="",
        transcript=None,
        summary=None,
        analysis=None,
        provider_metadata=ProviderMetadata(),
    )


def withhold(call: Call, mode: str) -> None:
    """Drop from a call, before it is written, what is not kept of it; from then on it takes none of that. No statement.

    An opt-out that was heard counts; what was said is not kept with it.
    """
    now = timezone.now()
    if mode != StorageMode.EVERYTHING and call.audio_erased_at is None:
        call.audio_erased_at = now
    if mode == StorageMode.METADATA_ONLY and call.transcript_erased_at is None:
        call.transcript_erased_at = now
    if call.transcript_erased_at is not None:
        call.ai_transcript, call.ai_summary, call.analysis = None, "", None
        for name in SAID_IN_METADATA:
            call.provider_metadata.pop(name, None)
        if call.opt_out:
            call.opt_out = {**call.opt_out, "turn": None, "text": ""}
