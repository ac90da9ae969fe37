"""Reports of calls without what is not to be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import msgspec

from calls.reports import CallReport, ProviderMetadata, TranscriptTurn
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.redaction.mask import redacted_json, redacted_text, redacted_turns

ReportT = TypeVar("ReportT", bound=CallReport)

# What of the metadata is people's words; the rest is ids, codes and figures.
_WORDS = ("callerName", "callSummaryTitle", "metadata")


def redacted_report(report: ReportT, kinds: Kinds) -> ReportT:
    """The report with its words redacted: transcript, summary, analysis, names, what a vendor adds.

    The same report where nothing is to be redacted.
    """
    if not kinds:
        return report
    return replace(
        report,
        transcript=None if report.transcript is None else redacted_transcript(report.transcript, kinds),
        summary=None if report.summary is None else redacted_text(report.summary, kinds),
        caller_name=redacted_text(report.caller_name, kinds),
        analysis=redacted_json(report.analysis, kinds),
        provider_metadata=redacted_provider_metadata(report.provider_metadata, kinds),
    )


def redacted_transcript(
    turns: Sequence[TranscriptTurn], kinds: Kinds, *, is_unfinished: bool = False
) -> tuple[TranscriptTurn, ...]:
    """`is_unfinished`: more turns follow, with the rest of a number perhaps."""
    texts, _ = redacted_turns([(turn.role, turn.message) for turn in turns], kinds, is_unfinished=is_unfinished)
    return tuple(msgspec.structs.replace(turn, message=text) for turn, text in zip(turns, texts, strict=True))


def redacted_provider_metadata(metadata: ProviderMetadata, kinds: Kinds) -> ProviderMetadata:
    """What of it is people's words, redacted."""
    redacted = metadata.copy()
    for name in _WORDS:
        if name in redacted:
            redacted[name] = redacted_json(redacted[name], kinds)  # type: ignore[literal-required]  # three of its names
    return redacted
