"""An agent's request to have something looked up or done, and what it is answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction
from django.utils.crypto import salted_hmac

from calls.models import ToolCall
from calls.providers.tools import ToolRequested
from calls.services.agent_tools import call_back, contacts, hours, people, recording, texts
from calls.services.agent_tools.asked import Asked, CannotBeDone
from tether_calls.common.errors import TetherError
from tether_calls.common.statements import insert_or_get
from tether_calls.common.wire import SnakeStruct

_DOING: Mapping[str, Callable[[Asked], SnakeStruct]] = {
    "check-business-hours": hours.check_business_hours,
    "check-availability": people.check_availability,
    "transfer": people.transfer,
    "get-contact": contacts.get_contact,
    "create-note": contacts.create_note,
    "update-contact": contacts.update_contact,
    "schedule-callback": call_back.schedule_callback,
    "send-sms": texts.send_sms,
    "do-not-call": contacts.do_not_call,
    "recording-consent": recording.recording_consent,
}

_UNIQUE: Final = ("organization", "tool", "digest")


def answer_tool(
    *,
    organization_id: str,
    requested: ToolRequested,
    call_id: str | None,
    received_at: datetime,
    online: frozenset[str] = frozenset(),
) -> SnakeStruct:
    """What the tool answers; what it cannot do is answered with `error`. Within a transaction.

    Of the same request in a conversation again, or within the same hour outside of one, nothing more is done: it gets
    the same answer. `call_id` is the call that it is asked in, where that is known; `online` are who has a browser
    open, for a tool that asks who is there.
    """
    asked = Asked(organization_id=organization_id, requested=requested, call_id=call_id, at=received_at, online=online)
    do = _DOING[requested.tool.name]
    try:
        return _once(asked, do) if requested.tool.changes else do(asked)
    except (CannotBeDone, TetherError) as error:
        return requested.tool.reply(success=False, error=str(error))


def digest_of(requested: ToolRequested, *, at: datetime) -> str:
    """By what a request that came `at` is known again, as it is kept."""
    return requested.digest if requested.conversation_id else f"{at:%Y%m%d%H}{requested.digest[10:]}"


def _once(asked: Asked, do: Callable[[Asked], SnakeStruct]) -> SnakeStruct:
    """Two statements more: of the same requests at once, one waits here until the other is committed."""
    requested = asked.requested
    digest = digest_of(requested, at=asked.at)
    if (done := _done_whole(asked)) is not None:
        return done
    with transaction.atomic():
        # What cannot be done is asked again: nothing of it is kept.
        if not requested.is_masked:
            return _first_time(asked, do, digest)
        # Two that are masked alike are two. One that is replayed is known as it was kept.
        reply = _first_time(asked, do, _keyed_digest(requested, digest))
        answer = msgspec.to_builtins(reply)
        as_kept = ToolCall(
            organization_id=asked.organization_id, tool=requested.tool.name, digest=digest, answer=answer
        )
        insert_or_get(as_kept, unique=_UNIQUE)
        return reply


def _done_whole(asked: Asked) -> SnakeStruct | None:
    """What was answered to it when nothing was masked yet; it may be processed once more since."""
    requested = asked.requested
    if not requested.whole_digest:
        return None
    digest = digest_of(replace(requested, digest=requested.whole_digest), at=asked.at)
    done = ToolCall.objects.of_organization(asked.organization_id)
    kept = done.filter(tool=requested.tool.name, digest=digest).first()
    return None if kept is None else msgspec.convert(kept.answer, requested.tool.reply)


def _keyed_digest(requested: ToolRequested, digest: str) -> str:
    """Keyed, since few numbers would have to be tried."""
    told = json.dumps([digest, requested.arguments], sort_keys=True)
    return salted_hmac("calls.services.agent_tools.answer_tool", told, algorithm="sha256").hexdigest()


def _first_time(asked: Asked, do: Callable[[Asked], SnakeStruct], digest: str) -> SnakeStruct:
    requested = asked.requested
    kept = ToolCall(organization_id=asked.organization_id, tool=requested.tool.name, digest=digest)
    if not insert_or_get(kept, unique=_UNIQUE):
        kept.refresh_from_db()
        return msgspec.convert(kept.answer, requested.tool.reply)
    reply = do(asked)
    kept.answer = msgspec.to_builtins(reply)
    kept.save(update_fields=["answer"])
    return reply
