"""Words within documents that also have ids, numbers and times in them, which stay. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from calls.redaction.reports import redacted_provider_metadata
from tether_calls.common.redacted_kinds import Kinds
from tether_calls.common.redaction.mask import redacted_json, redacted_text, redacted_turns

# What is words, in documents of frontends and of partners; all else of them is ids, codes, figures and numbers by
# which calls and contacts are known.
_WORDS: Final = frozenset(
    {
        *("aiSummary", "ai_summary", "summary", "analysis", "metadata", "text", "note", "content", "reason", "comment"),
        *("message", "recent_notes", "recentNotes", "latestMessage", "latest_message", "callSummaryTitle"),
        *("callerName", "caller_name", "title"),
    }
)
_TRANSCRIPTS: Final = frozenset({"aiTranscript", "ai_transcript", "transcript", "turns"})
# A line of a transcript that is one text.
_LINE: Final = re.compile(r"^(agent|user|system): ", re.MULTILINE)


def redacted_turn_documents(
    turns: Sequence[Mapping[str, Any]] | None, kinds: Kinds, *, is_unfinished: bool = False
) -> list[dict[str, Any]] | None:
    """Turns as documents have them, as one conversation; what else a turn has stays."""
    if turns is None:
        return None
    told = [(str(turn.get("role", "")), str(turn.get("message", ""))) for turn in turns]
    texts, _ = redacted_turns(told, kinds, is_unfinished=is_unfinished)
    return [
        {**turn, "message": text} if isinstance(turn.get("message"), str) else dict(turn)
        for turn, text in zip(turns, texts, strict=True)
    ]


def redacted_said(metadata: dict[str, Any], kinds: Kinds) -> dict[str, Any]:
    """A call's `provider_metadata`."""
    told: Any = metadata
    redacted: Any = redacted_provider_metadata(told, kinds)
    return dict(redacted)


def redacted_told(value: Any, kinds: Kinds) -> Any:
    """A document with each of its words redacted, however deep it lies."""
    if isinstance(value, list):
        return [redacted_told(each, kinds) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _redacted(name, each, kinds) for name, each in value.items()}


def redacted_body(body: str, kinds: Kinds) -> str:
    """A document as it is sent; as it is where nothing is found, byte by byte."""
    try:
        told = json.loads(body)
    except ValueError:
        return redacted_text(body, kinds)
    redacted = redacted_told(told, kinds)
    return body if redacted == told else json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))


def _redacted(name: str, value: Any, kinds: Kinds) -> Any:
    if name in _TRANSCRIPTS:
        if isinstance(value, str):
            return _redacted_lines(value, kinds)
        if isinstance(value, list) and all(isinstance(turn, dict) for turn in value):
            return redacted_turn_documents(value, kinds)
    if isinstance(value, dict) and name in ("note", "message", "optOut", "opt_out"):
        # The document of one, with ids.
        return redacted_told(value, kinds)
    if name in _WORDS:
        return redacted_json(value, kinds)
    return redacted_told(value, kinds)


def _redacted_lines(text: str, kinds: Kinds) -> str:
    """`role: message`, a turn each; a message may have several lines."""
    begins = [match.start() for match in _LINE.finditer(text)]
    if not begins or begins[0] != 0:
        return redacted_text(text, kinds)
    lines = [text[begin:end] for begin, end in zip(begins, [*begins[1:], len(text)], strict=True)]
    turns = [line.split(": ", 1) for line in lines]
    messages, _ = redacted_turns([(role, message) for role, message in turns], kinds)
    return "".join(f"{role}: {message}" for (role, _), message in zip(turns, messages, strict=True))
