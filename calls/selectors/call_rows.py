"""Calls read as facts, column by column: models of call, contact and user would cost three times as much."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from calls.documents.facts import CALL_COLUMNS, AgentFacts, CallFacts, ContactFacts, UserFacts
from calls.models import Call

_ALL = len(CALL_COLUMNS)
# Without the two that are free-form JSON, which stand last.
_WITHOUT_JSON = _ALL - 2
_CONTACT_ID, _USER_ID, _AGENT_ID = (CALL_COLUMNS.index(name) for name in ("contact_id", "user_id", "ai_agent_id"))
_CONTACT = ("contact__phone_number", "contact__first_name", "contact__last_name", "contact__email")
_USER = ("user__email", "user__full_name")
_AGENT = ("ai_agent__name", "ai_agent__elevenlabs_agent_id")


def with_people(calls: QuerySet[Call, Any], *, with_transcript: bool) -> list[CallFacts]:
    """With contact and user. One statement."""
    columns = (*CALL_COLUMNS, *_CONTACT, *_USER, *(["ai_transcript"] if with_transcript else []))
    return [
        CallFacts(
            *row[:_ALL],
            ai_transcript=row[_ALL + 6] if with_transcript else None,
            contact=_contact(row, _ALL),
            user=None if row[_USER_ID] is None else UserFacts(row[_USER_ID], *row[_ALL + 4 : _ALL + 6]),
        )
        for row in calls.values_list(*columns)
    ]


def with_agent_and_contact(calls: QuerySet[Call, Any]) -> list[CallFacts]:
    """Without transcript, metadata and provider metadata. One statement."""
    columns = (*CALL_COLUMNS[:_WITHOUT_JSON], *_CONTACT, *_AGENT)
    return [
        CallFacts(
            *row[:_WITHOUT_JSON],
            ai_agent=None if row[_AGENT_ID] is None else AgentFacts(row[_AGENT_ID], *row[-2:]),
            contact=_contact(row, _WITHOUT_JSON),
        )
        for row in calls.values_list(*columns)
    ]


def _contact(row: tuple[Any, ...], begin: int) -> ContactFacts | None:
    return None if row[_CONTACT_ID] is None else ContactFacts(row[_CONTACT_ID], *row[begin : begin + 4])
