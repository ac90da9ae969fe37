"""Where what was said and written lies: how the rows of an organization are read, and what of them is words.

All that only the database can tell is in here; what is masked, and how, is `tether_calls.common.redaction`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import CharField, Q, QuerySet

from calls.models import (
    Call,
    CallScore,
    CriterionScore,
    Delivery,
    LegalHold,
    LiveTurn,
    OutgoingText,
    Recording,
    TextState,
    ToolCall,
    Transfer,
    WebhookAttempt,
    WebhookEvent,
    WebhookMessage,
)
from calls.providers.registry import endpoint_of
from calls.selectors.privacy.holds import held_numbers
from calls.services.deliveries.keep import incoming_of
from calls.services.lifecycle.keep_words import keep_words
from calls.services.lifecycle.want_silence import want_silence
from calls.services.redacting.told import redacted_body, redacted_said, redacted_told, redacted_turn_documents
from calls.services.redacting.tool_answers import held_answers, tool_digest
from calls.services.texts.seal import digest_of, sealed
from contacts.models import ContactNote, DoNotCallNumber, DoNotCallSource, Reminder
from contacts.note_followers import note_changed
from contacts.services.do_not_call import QUOTED, QUOTED_TEXT
from conversations.models import ChannelType, Conversation, Message
from tether_calls.common.redacted_kinds import NONE, Kinds
from tether_calls.common.redaction.mask import redacted_bytes, redacted_json, redacted_text
from tether_calls.realtime.models import EventLog

# A row that was changed, and what its columns had in them before.
Changed = Sequence[tuple[Any, Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A table. `redacted`: the columns of a row that are words, as they are to be. No statement.

    `follow` is called with the rows that were changed, in the transaction that changes them. `calls`, `contact`: the
    columns by which a legal hold keeps a row, and `conversation` the one with the provider's id of a call that was not
    known yet; `held` is asked where these are not enough: the ids of those of some rows that the holds of an
    organization keep. `at_once`: rows of a slice, fewer where they are large.
    """

    name: str
    title: str
    of: Callable[[str], QuerySet[Any, Any]]
    redacted: Callable[[Any, Kinds], dict[str, Any]]
    follow: Callable[[Changed], None] | None = None
    calls: tuple[str, ...] = ()
    conversation: str = ""
    contact: str = ""
    held: Callable[[str, Sequence[LegalHold], Sequence[Any]], Collection[str]] | None = None
    at_once: int = 200


def _call(call: Call, kinds: Kinds) -> dict[str, Any]:
    return {
        "ai_transcript": redacted_turn_documents(call.ai_transcript, kinds),
        "ai_summary": redacted_text(call.ai_summary, kinds),
        "analysis": redacted_json(call.analysis, kinds),
        "opt_out": redacted_told(call.opt_out, kinds),
        "provider_metadata": redacted_said(call.provider_metadata, kinds),
    }


def _follow_calls(changed: Changed) -> None:
    """Searches find what they say now, and recordings are silent where it was said."""
    calls = [call for call, _ in changed]
    keep_words(*calls)
    recordings: dict[str, list[Recording]] = {call.pk: [] for call in calls}
    # wall: parts of the calls that were changed
    for recording in Recording.objects.filter(call_id__in=list(recordings)):
        recordings[recording.call_id].append(recording)
    for call in calls:
        want_silence(call, recordings[call.pk])


def _texts(*names: str) -> Callable[[Any, Kinds], dict[str, Any]]:
    """Columns that are texts, each by itself."""
    return lambda row, kinds: {name: _text(row, name, kinds) for name in names}


def _text(row: Any, name: str, kinds: Kinds) -> str:
    """As it fits: a mask may be longer than what it stands for, and PostgreSQL takes no letter too many."""
    column = row._meta.get_field(name)
    text = redacted_text(getattr(row, name), kinds)
    return text[: column.max_length] if isinstance(column, CharField) else text


def _turn(turn: LiveTurn, kinds: Kinds) -> dict[str, Any]:
    """As it is shown while a call goes on: the rest of a number may be in another row."""
    [told] = redacted_turn_documents([{"role": turn.role, "message": turn.message}], kinds, is_unfinished=True) or []
    return {"message": told["message"]}


def _follow_notes(changed: Changed) -> None:
    for note, _ in changed:
        note_changed(note)


def _follow_messages(changed: Changed) -> None:
    """What is still to be sent is sent as it was written."""
    written = {row.pk: before["content"] for row, before in changed if row.channel_type == ChannelType.SMS}
    # wall: of the messages that were changed
    waiting = OutgoingText.objects.filter(message__in=list(written), sealed="").exclude(state=TextState.DONE)
    for text in waiting.select_for_update(of=("self",)):
        content = written[text.message_id]
        # wall: the row that was read here
        OutgoingText.objects.filter(pk=text.pk).update(
            sealed=sealed(content), shown_digest=digest_of(text.organization_id, content)
        )


def _delivery(delivery: Delivery, kinds: Kinds) -> dict[str, Any]:
    """As it came, byte by byte, where nothing is found."""
    incoming = incoming_of(delivery)
    try:
        _, endpoint = endpoint_of(delivery.endpoint)
    except KeyError:
        # Of an address that there is no more.
        redacted, unmasked = redacted_bytes(incoming.body, kinds), redacted_bytes(incoming.body, NONE)
    else:
        redacted, unmasked = endpoint.redacted(incoming, kinds), endpoint.redacted(incoming, NONE)
    return {"body": incoming.body if redacted == unmasked else redacted}


def _follow_deliveries(changed: Changed) -> None:
    """What an agent's tool has done is known by the request as it is kept: processed once more it is done no more."""
    for delivery, before in changed:
        was, now = tool_digest(delivery, bytes(before["body"])), tool_digest(delivery, bytes(delivery.body))
        done = ToolCall.objects.of_organization(delivery.organization_id)
        # Of two that are masked alike the first is enough.
        if was is not None and now is not None and not done.filter(tool=now[0], digest=now[1]).exists():
            done.filter(tool=was[0], digest=was[1]).update(digest=now[1])


def _webhooks(organization_id: str) -> QuerySet[WebhookMessage]:
    # wall: of the organization's subscriptions
    messages = WebhookMessage.objects.filter(subscription__organization_id=organization_id)
    return messages.exclude(event_type=WebhookEvent.CALL_ERASED)


def _attempts(organization_id: str) -> QuerySet[WebhookAttempt]:
    # wall: of the organization's subscriptions
    attempts = WebhookAttempt.objects.filter(message__subscription__organization_id=organization_id)
    return attempts.select_related("message")


def _answers(organization_id: str) -> QuerySet[CriterionScore]:
    # wall: of the organization's scores
    answers = CriterionScore.objects.filter(score__organization_id=organization_id).exclude(comment="")
    return answers.select_related("score")


# An entry that people have put on the list as well has the reason of before, if they gave none.
_QUOTES: Final = (
    Q(source__in=(DoNotCallSource.CALL, DoNotCallSource.SMS))
    | Q(reason__startswith=QUOTED)
    | Q(reason__startswith=QUOTED_TEXT)
)


def _held_entries(organization_id: str, holds: Sequence[LegalHold], rows: Sequence[DoNotCallNumber]) -> frozenset[str]:
    numbers = held_numbers(organization_id, holds)
    return frozenset(row.pk for row in rows if row.phone_number in numbers)


# In this order: what others are made of comes first.
PLACES: Final = (
    Place(
        name="calls",
        title="Calls, their words for searches, their recordings",
        of=lambda organization_id: Call.objects.of_organization(organization_id),
        redacted=_call,
        follow=_follow_calls,
        calls=("pk",),
        at_once=25,
    ),
    Place(
        name="liveTurns",
        title="What was said in calls while they went on",
        of=lambda organization_id: LiveTurn.objects.of_organization(organization_id),
        redacted=_turn,
        calls=("live_id",),
    ),
    Place(
        name="transfers",
        title="Callers handed over by agents",
        of=lambda organization_id: Transfer.objects.of_organization(organization_id),
        redacted=_texts("reason", "summary"),
        calls=("call_id", "leg_id"),
        conversation="conversation_id",
    ),
    Place(
        name="notes",
        title="Notes",
        of=lambda organization_id: ContactNote.objects.of_organization(organization_id),
        redacted=_texts("note"),
        follow=_follow_notes,
        calls=("call_id",),
        contact="contact_id",
    ),
    Place(
        name="reminders",
        title="Reminders, without those that are texts still to be sent",
        of=lambda organization_id: Reminder.objects.of_organization(organization_id).filter(text_at=None),
        redacted=_texts("note"),
        contact="contact_id",
    ),
    Place(
        name="messages",
        title="Texts, and what calls have left in conversations",
        of=lambda organization_id: Message.objects.of_organization(organization_id),
        redacted=_texts("content"),
        follow=_follow_messages,
        calls=("call_id",),
        contact="contact_id",
    ),
    Place(
        name="conversations",
        title="The newest words of conversations",
        of=lambda organization_id: Conversation.objects.of_organization(organization_id),
        redacted=_texts("latest_message"),
        contact="contact_id",
    ),
    Place(
        name="scores",
        title="Comments of reviewers",
        of=lambda organization_id: CallScore.objects.of_organization(organization_id).exclude(comment=""),
        redacted=_texts("comment"),
        calls=("call_id",),
    ),
    Place(
        name="scoreAnswers",
        title="Comments of reviewers on single questions",
        of=_answers,
        redacted=_texts("comment"),
        calls=("call_id",),
    ),
    Place(
        name="deliveries",
        title="Providers' requests",
        of=lambda organization_id: Delivery.objects.of_organization(organization_id),
        redacted=_delivery,
        follow=_follow_deliveries,
        calls=("call_id",),
        conversation="provider_call_id",
        at_once=10,
    ),
    Place(
        name="toolAnswers",
        title="Answers to agents' tools",
        of=lambda organization_id: ToolCall.objects.of_organization(organization_id),
        redacted=lambda row, kinds: {"answer": redacted_told(row.answer, kinds)},
        held=held_answers,
    ),
    Place(
        name="events",
        title="What sockets and webhooks are told of",
        of=lambda organization_id: EventLog.objects.of_organization(organization_id),
        redacted=lambda row, kinds: {"data": redacted_told(row.data, kinds)},
        calls=("call_id",),
    ),
    Place(
        name="webhookMessages",
        title="Webhooks, sent and to be sent",
        of=_webhooks,
        redacted=lambda row, kinds: {"body": redacted_body(row.body, kinds)},
        calls=("call_id",),
    ),
    Place(
        name="webhookAttempts",
        title="Answers of webhooks' receivers",
        of=_attempts,
        redacted=_texts("response", "error"),
        calls=("call_id",),
    ),
    Place(
        name="doNotCall",
        title="What the Do Not Call list quotes",
        of=lambda organization_id: DoNotCallNumber.objects.of_organization(organization_id).filter(_QUOTES),
        redacted=_texts("reason"),
        calls=("call_id",),
        held=_held_entries,
    ),
)
