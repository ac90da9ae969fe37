"""What a search shows of the calls that it has found: where what was looked for was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from calls.documents.facts import CallFacts
from calls.models import Call, Recording
from calls.selectors.call_rows import with_agent_and_contact, with_people
from calls.selectors.history import recordings_of
from contacts.selectors.notes import notes_to_search
from tether_calls.common.search.highlight import LONGEST_SHOWN, Found, find_terms, marked
from tether_calls.common.search.query import Term

MOST_MATCHES: Final = 5
SUMMARY: Final = "summary"
NOTE: Final = "note"


_Written = Literal["summary", "note"]
# A turn and its place, or what is none.
_Where = tuple[int, dict[str, Any]] | _Written


@dataclass(frozen=True)
class Match:
    """Where it was said: the turn, counted from 0, or the summary or a note, which are none; `text` is HTML."""

    role: Literal["agent", "user", "summary", "note"]
    text: str
    turn: int | None = None
    timestamp: float | None = None


@dataclass(frozen=True)
class Hit:
    """A call without its transcript, its recordings, and where it has what was looked for."""

    facts: CallFacts
    recordings: Sequence[Recording]
    matches: list[Match]


def hits_of(
    *, organization_id: str, ids: Sequence[str], terms: Sequence[Term], role: str | None, for_partner: bool = False
) -> list[Hit]:
    """The calls, in the order of their ids. Four statements, or three."""
    if not ids:
        return []
    calls = Call.objects.of_organization(organization_id).filter(pk__in=ids)
    if for_partner:
        transcripts = dict(calls.values_list("pk", "ai_transcript"))
        facts = {found.id: found for found in with_agent_and_contact(calls)}
    else:
        facts = {found.id: found for found in with_people(calls, with_transcript=True)}
        transcripts = {call_id: found.ai_transcript for call_id, found in facts.items()}
    recordings = recordings_of(list(facts))
    notes = notes_to_search(list(facts)) if role is None else {}
    return [
        Hit(
            msgspec.structs.replace(facts[call_id], ai_transcript=None),
            recordings.get(call_id, ()),
            matches_in(
                transcripts.get(call_id),
                facts[call_id].ai_summary,
                notes.get(call_id, ()),
                terms=terms,
                role=role,
            ),
        )
        # A call may have gone since it was found.
        for call_id in ids
        if call_id in facts
    ]


def matches_in(
    transcript: list[dict[str, Any]] | None,
    summary: str,
    notes: Sequence[str] = (),
    *,
    terms: Sequence[Term],
    role: str | None,
    most: int = MOST_MATCHES,
    longest: int = LONGEST_SHOWN,
    most_before: int | None = None,
) -> list[Match]:
    """Those places that have most of what was looked for, the first ones of equals, in their order."""
    found = list(_found(transcript, summary, notes, terms=terms, role=role))
    best = sorted(found, key=lambda each: -each[1].terms)[:most]
    chosen = [(where, place) for where, place in found if any(place is each for _, each in best)]
    return [_match(where, place, longest, most_before) for where, place in chosen]


def _found(
    transcript: list[dict[str, Any]] | None,
    summary: str,
    notes: Sequence[str],
    *,
    terms: Sequence[Term],
    role: str | None,
) -> Iterator[tuple[_Where, Found]]:
    for number, turn in enumerate(transcript or []):
        if role in (None, turn["role"]) and (place := find_terms(turn["message"], terms)) is not None:
            yield (number, turn), place
    if role is not None:
        return
    written: list[tuple[_Written, str]] = [(SUMMARY, summary), *((NOTE, note) for note in notes)]
    for which, text in written:
        if text and (place := find_terms(text, terms)) is not None:
            yield which, place


def _match(where: _Where, place: Found, longest: int, most_before: int | None) -> Match:
    text = marked(place, longest=longest, most_before=most_before)
    if isinstance(where, str):
        return Match(where, text)
    number, turn = where
    return Match(turn["role"], text, number, turn.get("timestamp"))
