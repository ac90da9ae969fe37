"""The rows that past calls would have left, as if the service had run all the while."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calls.demo.past_calls import PastCall
from calls.demo.people import Person
from calls.events import call_event, fetch_messages, recording_ready
from calls.models import Call, CallStatus, Prompt, Recording
from calls.reports import StoredRecording
from contacts.models import Contact
from contacts.services import FROM_EXTERNAL_CALL
from conversations.models import Conversation, Message
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.events import Event, EventName
from tether_calls.realtime.models import EventLog

# Events of one moment keep their order.
_STEP = timedelta(milliseconds=1)


@dataclass
class DemoRows:
    """Rows of one organization, collected and then written in a few statements: one for each row takes seconds."""

    owner: User
    agents: Mapping[str, Prompt]
    contacts: dict[Person, Contact] = field(default_factory=dict)
    conversations: dict[tuple[Person, str], Conversation] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    events: list[EventLog] = field(default_factory=list)

    def write(self) -> None:
        Contact.objects.bulk_create(self.contacts.values())
        Conversation.objects.bulk_create(self.conversations.values())
        Call.objects.bulk_create(self.calls)
        Recording.objects.bulk_create(self.recordings)
        Message.objects.bulk_create(self.messages)
        # Into the log alone: what is long over is not sent.
        EventLog.objects.bulk_create(self.events)

    def add_contact(self, person: Person, *, at: datetime) -> None:
        self.contacts[person] = Contact(
            id=new_object_id(at=at),
            organization_id=self.owner.home_id,
            user=self.owner,
            first_name=person.first_name,
            last_name=person.last_name,
            phone_number=person.phone_number,
            email=person.email,
            source=FROM_EXTERNAL_CALL if person.is_unknown else "Import",
            created_at=at,
        )

    def add_call(self, past: PastCall, stored: StoredRecording | None) -> None:
        call = self._call(past)
        self.calls.append(call)
        recordings = [_recording(call, past, stored)] if stored is not None else []
        self.recordings += recordings
        self._add_message(call, past)
        for position, (at, event) in enumerate(_events(call, past, recordings)):
            moment = at + position * _STEP
            self.events.append(
                EventLog(
                    id=new_object_id(at=moment),
                    organization_id=self.owner.home_id,
                    call_id=call.pk,
                    name=event.name,
                    data=event.data,
                    created_at=moment,
                )
            )

    def _call(self, past: PastCall) -> Call:
        conversation = self._conversation(past)
        is_inbound = past.direction == "inbound"
        agent = self.agents.get(past.agent)
        return Call(
            id=new_object_id(at=past.start),
            organization_id=self.owner.home_id,
            user=self.owner,
            contact=conversation.contact,
            conversation=conversation,
            provider=past.provider,
            provider_call_id=None if past.is_vendors else f"demo-{uuid.uuid4()}",
            external_call_id=f"demo-{uuid.uuid4()}" if past.is_vendors else None,
            direction=past.direction,
            status=past.status,
            from_number=past.person.phone_number if is_inbound else past.own_number,
            to_number=past.own_number if is_inbound else past.person.phone_number,
            provider_phone_number=past.own_number,
            start_time=past.start,
            answer_time=past.answer,
            end_time=past.end,
            duration=past.duration,
            ai_agent=agent,
            agent_name=past.vendor_agent,
            ai_transcript=None if past.turns is None else [turn.as_document() for turn in past.turns],
            ai_summary=past.summary,
            ai_handled_duration=past.duration if past.turns is not None else None,
            created_at=past.end if past.is_vendors else past.start,
            updated_at=past.end,
        )

    def _conversation(self, past: PastCall) -> Conversation:
        key = (past.person, past.own_number)
        if key not in self.conversations:
            self.conversations[key] = Conversation(
                id=new_object_id(at=past.start),
                organization_id=self.owner.home_id,
                contact=self.contacts[past.person],
                user=self.owner,
                channel_identifier=past.own_number,
                created_at=past.start,
            )
        return self.conversations[key]

    def _add_message(self, call: Call, past: PastCall) -> None:
        conversation = self._conversation(past)
        content = past.summary or f"Call {CallStatus(past.status).label.lower()} ({past.duration:g} s)"
        self.messages.append(
            Message(
                id=new_object_id(at=past.end),
                organization_id=self.owner.home_id,
                conversation=conversation,
                contact=conversation.contact,
                call_id=call.pk,
                content=content,
                direction=past.direction,
                status=past.status,
                sent_by=past.vendor_agent or past.agent,
                is_ai_generated=bool(past.summary),
                created_at=past.end,
            )
        )
        conversation.latest_message = content
        conversation.last_message_time = past.end
        conversation.message_count += 1


def _recording(call: Call, past: PastCall, stored: StoredRecording) -> Recording:
    return Recording(
        id=new_object_id(at=past.end),
        call=call,
        file=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        duration=round(stored.duration, 3),
        created_at=past.end,
    )


def _events(call: Call, past: PastCall, recordings: list[Recording]) -> Iterator[tuple[datetime, Event]]:
    """The events of a call, and when they were: of a vendor's call all at once, when it was over."""
    if past.is_vendors:
        yield past.end, call_event(EventName.CALL_INITIATED, call, recordings)
    else:
        before = _as_it_began(call)
        yield past.start, call_event(EventName.CALL_INITIATED, before)
        if past.answer is not None:
            before.status, before.answer_time = CallStatus.IN_PROGRESS, past.answer
            yield past.answer, call_event(EventName.CALL_ANSWERED, before)
    yield past.end, call_event(EventName.CALL_ENDED, call, recordings)
    for recording in recordings:
        yield past.end, recording_ready(call, recording, recordings)
    yield past.end, fetch_messages(call)


def _as_it_began(call: Call) -> Call:
    before = copy.copy(call)
    before.status = CallStatus.RINGING if call.direction == "inbound" else CallStatus.INITIATED
    before.answer_time = before.end_time = before.duration = before.ai_handled_duration = None
    before.ai_summary = ""
    before.updated_at = call.created_at
    return before
