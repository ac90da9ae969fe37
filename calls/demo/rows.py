"""The rows that past calls would have left, as if the service had run all the while."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calls.demo.past_calls import PastCall
from calls.demo.people import Person
from calls.demo.reviews import DISPOSITIONS, TAGS, Reviewed
from calls.events import call_event, fetch_messages, recording_ready
from calls.models import Call, CallStatus, CallTag, Disposition, Prompt, Recording, Tag
from calls.models.label import label_key
from calls.outcomes import AnsweredBy, Ending, EndReason, Weight
from calls.reports import HAS_AUDIO, StoredRecording
from calls.services.lifecycle.keep_words import keep_words
from calls.services.lifecycle.merge_outcome import merge_outcome
from contacts.models import Contact, ContactNote, NoteMention
from contacts.services import FROM_EXTERNAL_CALL
from contacts.services.notes import new_summary_note
from conversations.models import Conversation, Message
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.events import Event, EventName
from tether_calls.realtime.models import EventLog

_BY_AGENT, _BY_CUSTOMER = Ending(EndReason.AGENT_HANGUP, weight=Weight.DEED), Ending(EndReason.CUSTOMER_HANGUP)
# How long after a call something is written of it.
_UNTIL_WRITTEN = timedelta(minutes=2)
# Events of one moment keep their order.
_STEP = timedelta(milliseconds=1)


@dataclass
class DemoRows:
    """Rows of one organization, collected and then written in a few statements: one for each row takes seconds."""

    owner: User
    # Who judges the calls, and is mentioned in notes; None: nobody does.
    colleague: User | None
    agents: Mapping[str, Prompt]
    contacts: dict[Person, Contact] = field(default_factory=dict)
    conversations: dict[tuple[Person, str], Conversation] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    events: list[EventLog] = field(default_factory=list)
    tags: dict[str, Tag] = field(default_factory=dict)
    dispositions: dict[str, Disposition] = field(default_factory=dict)
    notes: list[ContactNote] = field(default_factory=list)

    def write(self) -> None:
        Tag.objects.bulk_create(self.tags.values())
        Disposition.objects.bulk_create(self.dispositions.values())
        Contact.objects.bulk_create(self.contacts.values())
        Conversation.objects.bulk_create(self.conversations.values())
        Call.objects.bulk_create(self.calls)
        CallTag.objects.bulk_create(
            CallTag(id=new_object_id(at=call.end_time), call=call, tag_id=tag_id, start_time=call.start_time)
            for call in self.calls
            for tag_id in call.tag_ids.split()
        )
        ContactNote.objects.bulk_create(self.notes)
        NoteMention.objects.bulk_create(
            NoteMention(note=note, user_id=user_id) for note in self.notes for user_id in note.mentions
        )
        keep_words(*self.calls)
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

    def add_labels(self, *, at: datetime) -> None:
        """The words that the calls are judged by."""
        common = {"organization_id": self.owner.home_id, "created_at": at}
        for name, color in TAGS.items():
            self.tags[name] = Tag(id=new_object_id(at=at), name=name, key=label_key(name), color=color, **common)
        for name, kind in DISPOSITIONS.items():
            self.dispositions[name] = Disposition(
                id=new_object_id(at=at), name=name, key=label_key(name), kind=kind, **common
            )

    def add_call(self, past: PastCall, stored: StoredRecording | None, reviewed: Reviewed) -> None:
        call = self._call(past)
        call.tag_ids = " ".join(self.tags[name].pk for name in reviewed.tags)
        call.disposition = self.dispositions[reviewed.disposition] if reviewed.disposition else None
        call.is_starred = reviewed.is_starred
        self._add_notes(call, reviewed)
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
        call = Call(
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
            # What providers were to be asked for would be nowhere.
            provider_metadata={} if past.is_vendors else {HAS_AUDIO: False},
            created_at=past.end if past.is_vendors else past.start,
            updated_at=past.end,
        )
        if past.status == CallStatus.COMPLETED:
            # An agent says goodbye and hangs up; after a talk between people the customer does.
            merge_outcome(call, endings=(_BY_AGENT if agent else _BY_CUSTOMER,), answered_by=AnsweredBy.HUMAN)
        else:
            merge_outcome(call)
        return call

    def _add_notes(self, call: Call, reviewed: Reviewed) -> None:
        """The summary, as every call leaves it, and what was written besides, some minutes later."""
        assert call.contact_id is not None
        assert call.end_time is not None
        names = {"organization_id": call.organization_id, "contact_id": call.contact_id, "call_id": call.pk}
        if call.ai_summary:
            note = new_summary_note(**names, summary=call.ai_summary)
            note.id, note.created_at = new_object_id(at=call.end_time), call.end_time
            self.notes.append(note)
        if reviewed.note and self.colleague is not None:
            later = call.end_time + _UNTIL_WRITTEN
            text = reviewed.note.format(colleague=self.colleague.full_name)
            mentions = [self.colleague.pk] if text != reviewed.note else []
            note = ContactNote(**names, user=self.owner, note=text, mentions=mentions, created_at=later)
            note.id = new_object_id(at=later)
            self.notes.append(note)

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
        yield past.end, recording_ready(call_event(EventName.CALL_RECORDING_READY, call, recordings), recording)
    yield past.end, fetch_messages(call)


def _as_it_began(call: Call) -> Call:
    before = copy.copy(call)
    before.status = CallStatus.RINGING if call.direction == "inbound" else CallStatus.INITIATED
    before.answer_time = before.end_time = before.duration = before.ai_handled_duration = None
    before.ai_summary = before.answered_by = before.end_reason = before.end_fault = ""
    before.updated_at = call.created_at
    return before
