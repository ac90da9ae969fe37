"""What calls, and all that is around them, know of persons; how it is found, exported and erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from calls.models import (
    AgentRate,
    Call,
    CallDelta,
    CallDirection,
    CallImport,
    CallRollup,
    CallScore,
    CallWords,
    Criterion,
    CriterionScore,
    Delivery,
    Disposition,
    Export,
    IdempotentRequest,
    LegalHold,
    ListeningQueue,
    LiveTurn,
    OutgoingText,
    PhoneNumber,
    PrivacyRequest,
    Prompt,
    PromptVersion,
    Recording,
    RedactionRun,
    RefusedPush,
    RegisteredTool,
    RetentionRule,
    ScheduledCall,
    Scorecard,
    Tag,
    ToolCall,
    Transfer,
    VoiceAccount,
    WebhookAttempt,
    WebhookCursor,
    WebhookEvent,
    WebhookMessage,
    WebhookSubscription,
)
from calls.services.exports.discard import discard, export_files
from calls.services.privacy.erase_content import leave_tombstones
from calls.services.recordings.remove_files import remove_files
from tether_calls.common.personal_data import (
    Cached,
    Files,
    Person,
    Place,
    StoredFile,
    register,
    register_cached,
    register_files,
    register_harmless,
)


def _calls(person: Person) -> QuerySet[Call]:
    """By the contact, by the number at the other end, and by the request that has erased both."""
    of_person = (
        Q(contact__in=person.contact_ids)
        | Q(direction=CallDirection.INBOUND, from_number__in=person.phone_numbers)
        | Q(direction=CallDirection.OUTBOUND, to_number__in=person.phone_numbers)
    )
    calls = Call.objects.of_organization(person.organization_id)
    if person.before is not None:
        of_person &= Q(created_at__lt=person.before)
    if person.request_id is not None:
        of_person |= Q(erased_in=person.request_id)
    return calls.filter(of_person)


def _call_ids(person: Person) -> QuerySet[Any, Any]:
    return _calls(person).order_by().values("pk")


def _named(person: Person) -> Iterable[str]:
    """The ids that logs have of a call: ours, the providers', the vendor's."""
    for names in _calls(person).values_list("pk", "provider_call_id", "ai_conversation_id", "external_call_id"):
        yield from filter(None, names)


def _leave_tombstones(person: Person, rows: Sequence[Call]) -> None:
    leave_tombstones(
        organization_id=person.organization_id, call_ids=[row.pk for row in rows], request_id=person.request_id
    )


def _is_tombstone(call: Call) -> bool:
    return call.person_erased_at is not None and call.content_erased_at is not None


def _has_no_comment(row: CallScore | CriterionScore) -> bool:
    return not row.comment


def _recordings(person: Person) -> QuerySet[Recording]:
    # wall: parts of the person's calls
    return Recording.objects.filter(call__in=_call_ids(person))


def _words(person: Person) -> QuerySet[CallWords]:
    return CallWords.objects.of_organization(person.organization_id).filter(call__in=_call_ids(person))


def _turns(person: Person) -> QuerySet[LiveTurn]:
    return LiveTurn.objects.of_organization(person.organization_id).filter(live__in=_call_ids(person))


def _transfers(person: Person) -> QuerySet[Transfer]:
    of_calls = Q(call__in=_call_ids(person)) | Q(leg__in=_call_ids(person))
    return Transfer.objects.of_organization(person.organization_id).filter(
        of_calls | Q(from_number__in=person.phone_numbers)
    )


def _scores(person: Person) -> QuerySet[CallScore]:
    return CallScore.objects.of_organization(person.organization_id).filter(call__in=_call_ids(person))


def _answers(person: Person) -> QuerySet[CriterionScore]:
    # wall: parts of scores of the person's calls
    answers = CriterionScore.objects.filter(score__in=_scores(person).order_by().values("pk"))
    return answers.select_related("score")


def _without_comment(_person: Person, rows: Sequence[CallScore | CriterionScore]) -> None:
    # wall: rows that were found of one organization's person
    type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).update(comment="")


def _texts(person: Person) -> QuerySet[OutgoingText]:
    return OutgoingText.objects.of_organization(person.organization_id).filter(
        Q(to_number__in=person.phone_numbers) | Q(message__contact__in=person.contact_ids)
    )


def _scheduled(person: Person) -> QuerySet[ScheduledCall]:
    return ScheduledCall.objects.of_organization(person.organization_id).filter(
        Q(contact__in=person.contact_ids) | Q(phone_number__in=person.phone_numbers)
    )


def _deliveries(person: Person) -> QuerySet[Delivery]:
    return Delivery.objects.of_organization(person.organization_id)


def _is_of_delivery(person: Person, row: Delivery) -> bool:
    if row.call_id in person.traces.ids or row.provider_call_id in person.traces.ids:
        return True
    return person.traces.are_in(f"{row.url}\n{row.headers}\n{bytes(row.body).decode(errors='replace')}")


def _requests(person: Person) -> QuerySet[IdempotentRequest]:
    return IdempotentRequest.objects.of_organization(person.organization_id)


def _without_answer(person: Person, rows: Sequence[IdempotentRequest]) -> None:
    """The key is still known, so that nobody is dialled again by it; what was answered is said without the person."""
    for row in rows:
        row.answer = _scrubbed(person, row.answer)
        row.save(update_fields=["answer"])


def _scrubbed(person: Person, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _scrubbed(person, each) for name, each in value.items()}
    if isinstance(value, list):
        return [_scrubbed(person, each) for each in value]
    return "" if isinstance(value, str) and person.traces.names_person(value) else value


def _tool_calls(person: Person) -> QuerySet[ToolCall]:
    return ToolCall.objects.of_organization(person.organization_id)


def _refused(person: Person) -> QuerySet[RefusedPush]:
    return RefusedPush.objects.of_organization(person.organization_id)


def _webhooks(person: Person) -> QuerySet[WebhookMessage]:
    # wall: of the organization's subscriptions
    messages = WebhookMessage.objects.filter(subscription__organization_id=person.organization_id)
    # It has ids alone, and may be still to be told.
    return messages.exclude(event_type=WebhookEvent.CALL_ERASED)


def _attempts(person: Person) -> QuerySet[WebhookAttempt]:
    # wall: of the organization's subscriptions
    return WebhookAttempt.objects.filter(message__subscription__organization_id=person.organization_id)


def _exports(person: Person) -> QuerySet[Export]:
    return Export.objects.of_organization(person.organization_id).exclude(kind="wallet")


def _holds(person: Person) -> QuerySet[LegalHold]:
    return LegalHold.objects.of_organization(person.organization_id).filter(
        Q(phone_number__in=person.phone_numbers) | Q(contact_id__in=person.contact_ids)
    )


def _without_person(_person: Person, rows: Sequence[LegalHold]) -> None:
    # wall: rows that were found of one organization's person
    LegalHold.objects.filter(pk__in=[row.pk for row in rows]).update(
        phone_number="+0", contact_id="0" * 24, reason="The person was erased"
    )


def _is_nobodys(row: LegalHold) -> bool:
    return row.reason == "The person was erased" or row.released_at is None


def _privacy_requests(person: Person) -> QuerySet[PrivacyRequest]:
    others = PrivacyRequest.objects.of_organization(person.organization_id).exclude(pk=person.request_id)
    return others.filter(Q(phone_number__in=person.phone_numbers) | Q(contact_id__in=person.contact_ids))


def _remove_archive(rows: Sequence[PrivacyRequest]) -> None:
    for row in rows:
        if row.file:
            export_files().delete(row.file)


def _without_subject(_person: Person, rows: Sequence[PrivacyRequest]) -> None:
    """That there were requests, and their certificates, stay; they name nobody."""
    # wall: rows that were found of one organization's person
    PrivacyRequest.objects.filter(pk__in=[row.pk for row in rows]).update(
        phone_number="", contact_id=None, sought={}, file=""
    )


def _discard(rows: Sequence[Export]) -> None:
    for row in rows:
        discard(row)


def _remove(rows: Sequence[Recording]) -> None:
    for row in rows:
        remove_files(row.file.name)


def _files_of(recording: Recording) -> list[StoredFile]:
    return [StoredFile("recordings", recording.file.name or "")]


register(
    # After the calls, which from then on take no other.
    Place(
        name="recordings",
        title="Recordings and their waveforms",
        model=Recording,
        of=_recordings,
        personal=("file",),
        harmless={"what the file is": ("content_type", "sha256"), "which seconds are silent": ("silenced",)},
        exported=("call_id", "duration", "created_at"),
        release=_remove,
        files=_files_of,
        call="call_id",
        order=20,
    ),
    Place(
        name="calls",
        title="Calls: transcript, summary, numbers, names, data",
        model=Call,
        of=_calls,
        ids=_named,
        personal=(
            "from_number",
            "to_number",
            "ai_transcript",
            "ai_summary",
            "analysis",
            "opt_out",
            "metadata",
            "provider_metadata",
            "external_call_id",
        ),
        harmless={
            "ids of providers, by which what arrives late is refused": ("provider_call_id", "ai_conversation_id"),
            "our side's": ("provider_phone_number", "agent_name", "tag_ids"),
            "a word of ours": ("endings_told",),
            "by whose word a recording is agreed to": ("recording_consent_source",),
        },
        exported=("provider", "direction", "status", "start_time", "answer_time", "end_time", "duration", "agent_name"),
        erase=_leave_tombstones,
        is_gone=_is_tombstone,
        kept="Of each call a tombstone stays: ids, times, length, status, agent, costs. It names no person.",
        call="pk",
        order=10,
    ),
    Place(
        name="searchWords",
        title="Words for searches",
        model=CallWords,
        of=_words,
        personal=("words",),
        call="call_id",
    ),
    Place(
        name="liveTurns",
        title="What was said in calls while they went on",
        model=LiveTurn,
        of=_turns,
        personal=("message",),
        harmless={"agent or user": ("role",)},
        call="live_id",
    ),
    Place(
        name="transfers",
        title="Callers handed over by agents",
        model=Transfer,
        of=_transfers,
        personal=("reason", "summary", "from_number", "conversation_id"),
        harmless={"ours": ("provider", "transfer_number")},
        call="call_id",
    ),
    Place(
        name="scores",
        title="Comments of reviewers",
        model=CallScore,
        of=_scores,
        personal=("comment",),
        erase=_without_comment,
        is_gone=_has_no_comment,
        kept="How the call was judged stays, in figures.",
        call="call_id",
    ),
    Place(
        name="scoreAnswers",
        title="Comments of reviewers on single questions",
        model=CriterionScore,
        of=_answers,
        personal=("comment",),
        erase=_without_comment,
        is_gone=_has_no_comment,
        kept="How the call was judged stays, in figures.",
        call="call_id",
    ),
    Place(
        name="outgoingTexts",
        title="Texts on their way",
        model=OutgoingText,
        of=_texts,
        personal=("to_number", "idempotency_key", "digest"),
        harmless={
            "ours": ("from_number", "reports_to"),
            "the words of its message, encrypted until they are sent; a keyed digest": ("sealed", "shown_digest"),
        },
        exported=("created_at",),
    ),
    Place(
        name="scheduledCalls",
        title="Calls at a time",
        model=ScheduledCall,
        of=_scheduled,
        personal=("phone_number", "call_reason", "variables"),
        harmless={"ours": ("from_number", "time_zone", "delays_minutes", "retry_on", "code", "outcome")},
        exported=("not_before", "state", "created_at"),
    ),
    Place(
        name="deliveries",
        title="Providers' requests, as they came",
        model=Delivery,
        of=_deliveries,
        tells=_is_of_delivery,
        personal=("provider_call_id", "url", "headers", "body"),
        harmless={"words of providers and ours": ("endpoint", "provider", "kind", "verdict", "content_type", "error")},
        exported=("kind", "received_at"),
        call="call_id",
        order=60,
        at_once=20,
    ),
    Place(
        name="idempotencyKeys",
        title="Answers to requests with an Idempotency-Key",
        model=IdempotentRequest,
        of=_requests,
        tells=lambda person, row: person.traces.names_person(f"{row.answer}"),
        personal=("answer",),
        harmless={
            "the client's word for its request, gone within a day or two": ("key",),
            "a digest of the request": ("digest",),
        },
        exported=("created_at",),
        erase=_without_answer,
        order=60,
    ),
    Place(
        name="toolAnswers",
        title="Answers to agents' tools",
        model=ToolCall,
        of=_tool_calls,
        is_scanned=True,
        personal=("answer",),
        harmless={"a digest of the request": ("digest",), "the tool's name": ("tool",)},
        order=60,
    ),
    Place(
        name="refusedPushes",
        title="Calls that vendors pushed and that were refused",
        model=RefusedPush,
        of=_refused,
        is_scanned=True,
        personal=("external_call_id", "field"),
        harmless={"a code of ours": ("code",)},
        exported=("created_at",),
        order=60,
    ),
    Place(
        name="webhookAttempts",
        title="Answers of webhooks' receivers",
        model=WebhookAttempt,
        of=_attempts,
        is_scanned=True,
        personal=("response", "error"),
        exported=("started_at",),
        order=60,
    ),
    Place(
        name="webhookMessages",
        title="Webhooks, sent and to be sent",
        model=WebhookMessage,
        of=_webhooks,
        is_scanned=True,
        personal=("call_id", "body"),
        harmless={"the type, and what must not be sent twice": ("event_type", "key")},
        exported=("event_type", "created_at"),
        order=61,
    ),
    Place(
        name="legalHolds",
        title="Legal holds that were released",
        model=LegalHold,
        of=_holds,
        personal=("phone_number", "reason"),
        exported=("scope", "created_at", "released_at"),
        erase=_without_person,
        is_gone=_is_nobodys,
        kept="That a hold was placed and released stays, with time and user; whom it covered goes.",
        order=66,
    ),
    Place(
        name="privacyRequests",
        title="Earlier requests of the person",
        model=PrivacyRequest,
        of=_privacy_requests,
        personal=("phone_number", "sought", "file"),
        harmless={
            "digests, and what was done": ("subject", "places", "certificate"),
            "the last two digits": ("shown",),
            "ours": ("cursor", "error"),
        },
        exported=("kind", "created_at", "finished_at"),
        erase=_without_subject,
        is_gone=lambda row: not row.phone_number and row.contact_id is None,
        release=_remove_archive,
        kept="That there was a request, and what was done, stays; it names nobody.",
        order=66,
    ),
    Place(
        name="exports",
        title="Files of exports, which may hold the person's rows",
        model=Export,
        of=_exports,
        personal=("filter", "file", "carry"),
        harmless={"ours": ("columns", "time_zone", "error", "checkpoint")},
        exported=("kind", "created_at"),
        release=_discard,
        order=65,
    ),
)
register_harmless("words that administrators define", Tag, Disposition, Scorecard, Criterion, ListeningQueue)
register_harmless("what agents say to everybody; a person's values come from the call", Prompt, PromptVersion)
register_harmless("our accounts, numbers, prices and tools", VoiceAccount, PhoneNumber, AgentRate, RegisteredTool)
register_harmless("how long calls are kept, and how far the redaction of old ones is", RetentionRule, RedactionRun)
register_harmless("counts and sums", CallDelta, CallRollup)
register_harmless("how far a file is imported; a digest of it", CallImport)
register_harmless("whom webhooks are sent to, and how far the log has been read", WebhookSubscription, WebhookCursor)
register_files(
    Files(storage="recordings", place="recordings"),
    Files(storage="exports", place="exports"),
    Files(storage="erasures", harmless="keyed digests of the numbers of persons who were erased, to be erased again"),
)
register_cached(
    Cached(
        module="calls.services.live_calls.listen",
        holds="that a provider's account lets nobody read along, under a digest of its organization",
        why="nothing of a call; gone within an hour",
    ),
    Cached(
        module="calls.services.agent_calls.dial_lock",
        holds="ids of the call that a dial has made, under a digest of whom it dialled",
        why="no number; gone within a minute",
    ),
    Cached(
        module="calls.services.lifecycle.call_context",
        holds="the ids of a call and its organization, under a provider's id of it",
        why="no number, and nothing of what the call is about; gone within a day",
    ),
)
