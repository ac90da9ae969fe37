"""A vendor tells of a call while it goes on: that it has begun, what is said, that it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists
from django.utils import timezone

from calls.events import call_event
from calls.models import Call, CallStatus, LiveCall, LiveTurn, RetentionRule, StorageMode
from calls.models.live_call import LiveState
from calls.outcomes import told_ending
from calls.recording_consent import RecordingConsent
from calls.redaction.reports import redacted_transcript
from calls.reports import CallReport, Direction, TranscriptTurn, known_metadata
from calls.selectors.live_calls.pushed import live_calls_at_once, pushed_call_id, turns_told
from calls.services.lifecycle.apply_report import apply_report
from calls.services.lifecycle.keep_consent import keep_consent
from calls.services.live_calls.keep_turns import keep_turns
from contacts.services import find_or_create_caller
from conversations.services import find_or_create_conversation
from tether_calls.accounts.models import User
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.redaction.mask import redacted_text
from tether_calls.common.statements import after_commit, insert
from tether_calls.common.transactions import is_rolled_back
from tether_calls.realtime.events import EventName, publish
from tether_calls.realtime.waking import wake_watchers

# Each failure means that another request was faster with the same call, or with its contact.
_ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class Started:
    """A call that goes on; `status` ringing or in-progress."""

    direction: Direction
    from_number: str
    to_number: str
    start_time: datetime
    status: str = CallStatus.IN_PROGRESS
    agent_name: str = ""
    caller_name: str = ""
    recording_consent: RecordingConsent | None = None

    @property
    def is_inbound(self) -> bool:
        return self.direction == "inbound"


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """Turns, of which the first has this place in the conversation, counted from 0."""

    place: int
    turns: Sequence[TranscriptTurn]
    recording_consent: RecordingConsent | None = None


@dataclass(frozen=True, kw_only=True)
class Over:
    """How it ended, as far as the vendor knows before its final push."""

    status: str = CallStatus.COMPLETED
    duration: float | None = None
    # A value of calls.outcomes.EndReason.
    end_reason: str | None = None
    recording_consent: RecordingConsent | None = None


Told = Started | Spoken | Over


@dataclass(frozen=True)
class Heard:
    """The call, and whether what was told was known already."""

    call_id: str
    deduplicated: bool


def push_live(*, user: User, external_call_id: str, told: Told) -> Heard:
    """Keep what a vendor tells of its running call. Not within a transaction.

    The same again changes nothing. Raises CALL_NOT_FOUND where a call that has not been started is told of,
    CALL_HAS_ENDED where it is over, TOO_MANY_LIVE_CALLS, and VALIDATION_ERROR for more turns than a call may have.
    """
    apply: Callable[[], Heard]
    match told:
        case Started():
            name = redacted_text(told.caller_name, user.redacts)
            apply = partial(_start, user, external_call_id, replace(told, caller_name=name))
        case Spoken():
            # The rest of a number may be told in the next push, and this one is shown by then.
            turns = redacted_transcript(told.turns, user.redacts, is_unfinished=True)
            apply = partial(_speak, user, external_call_id, replace(told, turns=turns))
        case Over():
            apply = partial(_end, user, external_call_id, told)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                heard = apply()
                if told.recording_consent is not None:
                    keep_consent(organization_id=user.home_id, call_id=heard.call_id, consent=told.recording_consent)
                return heard
        except (IntegrityError, OperationalError) as error:
            if not is_rolled_back(error) or attempt == _ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


def end_live_call(live: LiveCall, report: CallReport) -> None:
    """End a live call as the report says; what was said in it becomes its transcript, until the final push comes.

    To be called in a transaction that holds the lock of `live`.
    """
    turns = turns_told(organization_id=live.organization_id, call_id=live.call_id)
    live.state = LiveState.ENDED
    live.save(update_fields=["state", "heard_at"])
    apply_report(
        organization_id=live.organization_id, call_id=live.call_id, report=replace(report, transcript=turns or None)
    )
    after_commit(partial(wake_watchers, live.organization_id))


def _start(user: User, external_call_id: str, told: Started) -> Heard:
    organization_id = user.home_id
    live = _locked(user, external_call_id)
    if live is not None:
        if live.state != LiveState.LIVE:
            raise TetherError(ErrorCode.CALL_HAS_ENDED)
        if told.status == CallStatus.IN_PROGRESS:
            # It rang before; a repetition moves nothing.
            report = CallReport(provider="external", status=CallStatus.IN_PROGRESS, answer_time=timezone.now())
            known = Call.objects.of_organization(organization_id).filter(pk=live.call_id, answer_time=None)
            if known.exists():
                apply_report(organization_id=organization_id, call_id=live.call_id, report=report)
                return Heard(live.call_id, deduplicated=False)
        return Heard(live.call_id, deduplicated=True)
    if _find(user, external_call_id) is not None:
        raise TetherError(ErrorCode.CALL_HAS_ENDED)
    call = _new_call(user, external_call_id, told)
    insert(call)
    insert(LiveCall(call_id=call.pk, organization_id=organization_id))
    events = [call_event(EventName.CALL_INITIATED, call)]
    if call.status == CallStatus.IN_PROGRESS:
        events.append(call_event(EventName.CALL_ANSWERED, call))
    publish(organization_id=organization_id, call_id=call.pk, events=events)
    return Heard(call.pk, deduplicated=False)


def _new_call(user: User, external_call_id: str, told: Started) -> Call:
    customer, own = (told.from_number, told.to_number) if told.is_inbound else (told.to_number, told.from_number)
    contact, _ = find_or_create_caller(
        organization_id=user.home_id, user_id=user.pk, phone_number=customer, caller_name=told.caller_name
    )
    # Behind the contact and before the conversation, as everywhere.
    take_turns(user.home_id)
    limit = settings.TETHER_LIVE_CALLS
    if live_calls_at_once(organization_id=user.home_id, at_most=limit) >= limit:
        raise TetherError(ErrorCode.TOO_MANY_LIVE_CALLS, f"{limit} calls are live; end some of them first")
    conversation = find_or_create_conversation(
        organization_id=user.home_id, user_id=user.pk, contact_id=contact.pk, channel_identifier=own
    )
    is_answered = told.status == CallStatus.IN_PROGRESS
    return Call(
        organization_id=user.home_id,
        user_id=user.pk,
        contact_id=contact.pk,
        conversation_id=conversation.pk,
        provider="external",
        external_call_id=external_call_id,
        direction=told.direction,
        status=told.status,
        from_number=told.from_number,
        to_number=told.to_number,
        provider_phone_number=own,
        start_time=told.start_time,
        answer_time=told.start_time if is_answered else None,
        agent_name=told.agent_name,
        provider_metadata=known_metadata(
            externalCallId=external_call_id, agentName=told.agent_name, callerName=told.caller_name
        ),
    )


def _speak(user: User, external_call_id: str, told: Spoken) -> Heard:
    """Three statements where the turns follow those that are there."""
    live = _locked(user, external_call_id)
    if live is None:
        is_there = _find(user, external_call_id) is not None
        raise TetherError(ErrorCode.CALL_HAS_ENDED if is_there else ErrorCode.CALL_NOT_FOUND)
    if live.state != LiveState.LIVE:
        raise TetherError(ErrorCode.CALL_HAS_ENDED)
    places = range(told.place, told.place + len(told.turns))
    limit = settings.TETHER_TRANSCRIPT_MAX_TURNS
    if places.stop > limit:
        raise TetherError.of_field("place", f"A call has at most {limit} turns")
    there: set[int] = set()
    if places.start < live.next_place:
        kept = LiveTurn.objects.of_organization(live.organization_id).filter(live_id=live.call_id)
        there = set(kept.filter(place__in=places).values_list("place", flat=True))
    new = [(place, turn) for place, turn in zip(places, told.turns, strict=True) if place not in there]
    if live.keeps_no_words:  # type: ignore[attr-defined]  # annotated
        new = []
    keep_turns(live, new)
    return Heard(live.call_id, deduplicated=not new)


def _end(user: User, external_call_id: str, told: Over) -> Heard:
    live = _locked(user, external_call_id)
    if live is None:
        known = _find(user, external_call_id)
        if known is None:
            raise TetherError(ErrorCode.CALL_NOT_FOUND)
        # Its final push was faster.
        return Heard(known, deduplicated=True)
    if live.state != LiveState.LIVE:
        return Heard(live.call_id, deduplicated=True)
    live.heard_at = timezone.now()
    report = CallReport(
        provider="external",
        status=told.status,
        duration=told.duration,
        endings=() if told.end_reason is None else (told_ending(told.end_reason, live.call.direction),),
        # Without a duration: now.
        end_time=None if told.duration is not None else live.heard_at,
    )
    end_live_call(live, report)
    return Heard(live.call_id, deduplicated=False)


def _locked(user: User, external_call_id: str) -> LiveCall | None:
    """The user's live call of that name, held until the transaction ends: pushes of one call take turns."""
    no_words = RetentionRule.objects.of_organization(user.home_id).filter(
        agent=None, storage_mode=StorageMode.METADATA_ONLY
    )
    live = LiveCall.objects.of_organization(user.home_id).annotate(keeps_no_words=Exists(no_words))
    live = live.select_for_update(of=("self",))
    return live.filter(call__user_id=user.pk, call__external_call_id=external_call_id).first()


def _find(user: User, external_call_id: str) -> str | None:
    return pushed_call_id(organization_id=user.home_id, user_id=user.pk, external_call_id=external_call_id)
