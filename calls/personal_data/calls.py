"""Calls and their parts: recordings, words, what was said while they went on, transfers, scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db.models import Q, QuerySet

from calls.models import Call, CallDirection, CallScore, CallWords, CriterionScore, LiveTurn, Recording, Transfer
from calls.services.privacy.erase_content import forget_recordings, leave_tombstones
from calls.services.recordings.remove_files import remove_files
from tether_calls.common.personal_data import Person, Place, StoredFile


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


def _remove(rows: Sequence[Recording]) -> None:
    for row in rows:
        remove_files(row.file.name)


def _forget_recordings(_person: Person, rows: Sequence[Recording]) -> None:
    forget_recordings(rows)


def _files_of(recording: Recording) -> list[StoredFile]:
    return [StoredFile("recordings", recording.file.name or "")]


CALLS: Final = (
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
        erase=_forget_recordings,
        files=_files_of,
        calls=("call_id",),
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
        calls=("pk",),
        order=10,
    ),
    Place(
        name="searchWords",
        title="Words for searches",
        model=CallWords,
        of=_words,
        personal=("words",),
        calls=("call_id",),
    ),
    Place(
        name="liveTurns",
        title="What was said in calls while they went on",
        model=LiveTurn,
        of=_turns,
        personal=("message",),
        harmless={"agent or user": ("role",)},
        calls=("live_id",),
    ),
    Place(
        name="transfers",
        title="Callers handed over by agents",
        model=Transfer,
        of=_transfers,
        personal=("reason", "summary", "from_number", "conversation_id"),
        harmless={"ours": ("provider", "transfer_number")},
        calls=("call_id", "leg_id"),
        conversation="conversation_id",
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
        calls=("call_id",),
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
        calls=("call_id",),
    ),
)
