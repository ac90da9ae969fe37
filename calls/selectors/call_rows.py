"""Calls read as facts, column by column: models of call, contact and user would cost three times as much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from calls.documents.facts import (
    CALL_COLUMNS,
    AgentFacts,
    CallFacts,
    ContactFacts,
    DispositionFacts,
    TagFacts,
    UserFacts,
    tag_facts,
)
from calls.models import Call
from calls.models.label import tags_of

_ALL = len(CALL_COLUMNS)
# Without the two that are free-form JSON, which stand last.
_WITHOUT_JSON = _ALL - 2
_CONTACT_ID, _USER_ID, _AGENT_ID, _DISPOSITION_ID, _TAG_IDS = (
    CALL_COLUMNS.index(name) for name in ("contact_id", "user_id", "ai_agent_id", "disposition_id", "tag_ids")
)
_CONTACT = ("contact__phone_number", "contact__first_name", "contact__last_name", "contact__email")
_USER = ("user__email", "user__full_name")
_DISPOSITION = ("disposition__name", "disposition__kind")
_AGENT = ("ai_agent__name", "ai_agent__elevenlabs_agent_id")


def with_people(calls: QuerySet[Call, Any], *, with_transcript: bool) -> list[CallFacts]:
    """With contact, user, disposition and tags. One statement, and one where a call has tags."""
    texts = ("ai_transcript", "analysis") if with_transcript else ()
    rows = list(calls.values_list(*CALL_COLUMNS, *_CONTACT, *_USER, *_DISPOSITION, *texts))
    tags = _tags(rows)
    return [
        CallFacts(
            *row[:_ALL],
            ai_transcript=row[_ALL + 8] if with_transcript else None,
            analysis=row[_ALL + 9] if with_transcript else None,
            contact=_contact(row, _ALL),
            user=None if row[_USER_ID] is None else UserFacts(row[_USER_ID], *row[_ALL + 4 : _ALL + 6]),
            disposition=_disposition(row, _ALL + 6),
            tags=tags[row[_TAG_IDS]],
        )
        for row in rows
    ]


def with_agent_and_contact(calls: QuerySet[Call, Any]) -> list[CallFacts]:
    """Without transcript, metadata and provider metadata. One statement, and one where a call has tags."""
    rows = list(calls.values_list(*CALL_COLUMNS[:_WITHOUT_JSON], *_CONTACT, *_DISPOSITION, *_AGENT))
    tags = _tags(rows)
    return [
        CallFacts(
            *row[:_WITHOUT_JSON],
            ai_agent=None if row[_AGENT_ID] is None else AgentFacts(row[_AGENT_ID], *row[-2:]),
            contact=_contact(row, _WITHOUT_JSON),
            disposition=_disposition(row, _WITHOUT_JSON + 4),
            tags=tags[row[_TAG_IDS]],
        )
        for row in rows
    ]


def _tags(rows: Sequence[tuple[Any, ...]]) -> dict[str, list[TagFacts]]:
    # wall: of calls that their readers were given
    return {ids: tag_facts(tags) for ids, tags in tags_of({row[_TAG_IDS] for row in rows}).items()}


def _disposition(row: tuple[Any, ...], begin: int) -> DispositionFacts | None:
    return None if row[_DISPOSITION_ID] is None else DispositionFacts(row[_DISPOSITION_ID], *row[begin : begin + 2])


def _contact(row: tuple[Any, ...], begin: int) -> ContactFacts | None:
    return None if row[_CONTACT_ID] is None else ContactFacts(row[_CONTACT_ID], *row[begin : begin + 4])
