"""Calls of which no more is heard: their providers are asked, and the rows end as the calls did."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from calls.models import Call, CallProvider, CallStatus
from calls.providers.elevenlabs.conversation import HAS_AUDIO
from calls.providers.errors import ProviderError, ProviderProblem
from calls.reports import CallReport
from calls.selectors.find_call import UNANSWERED
from calls.selectors.unsettled import PROVIDERS, calls_not_ended, calls_without_audio, lacks_audio
from calls.services.apply_report import AppliedReport, apply_report, lock_call
from calls.services.call_context import remember_context
from calls.services.change_status import has_ended
from calls.services.deliveries.process import process_waiting
from calls.services.look_up_call import LookUp, Standing, look_up_call, look_up_conversation
from calls.services.record_report import record_report
from calls.services.store_recording import StoredRecording, discard_stored, store_recording
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.transactions import is_rolled_back

logger = logging.getLogger(__name__)

# Calls of an organization without credentials, or of which a browser has said that it talks, end after that.
GIVE_UP_AFTER: Final = timedelta(hours=24)
# A dial is decided by then: before, a conversation that is not found may still begin.
_DIAL_TAKES: Final = timedelta(minutes=2)
# After these, further questions to the same account would fare alike.
_CLOSING: Final = frozenset(
    {
        ProviderProblem.UNAUTHORIZED,
        ProviderProblem.BUSY,
        ProviderProblem.UNAVAILABLE,
        ProviderProblem.UNKNOWN,
    }
)


class Outcome(StrEnum):
    """What became of a call, in the words of the summary."""

    SETTLED = "settled"
    FAILED = "failed"  # the provider does not know it, or there is nobody to be asked
    AUDIO_FETCHED = "recording fetched"
    NO_AUDIO = "without recording"
    GOING_ON = "in progress"
    NOT_REACHED = "provider not reached"
    NO_CREDENTIALS = "without credentials"
    MEANWHILE = "settled meanwhile"
    BROKEN = "broken"


_LEFT_ALONE = frozenset({Outcome.GOING_ON, Outcome.NOT_REACHED, Outcome.NO_CREDENTIALS})


@dataclass
class Reconciliation:
    """How a run went; `problems` are the providers' errors, `recordings_missed` are asked for again later."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    recordings_missed: int = 0
    # Ours: an exception that nobody foresaw, or a storage that takes no recordings.
    broken: int = 0
    # Accounts that are not asked again in this run: organization and provider.
    closed: set[tuple[str, str]] = field(default_factory=set)


def reconcile_calls(
    *,
    older_than: timedelta,
    organization_id: str | None = None,
    call_id: str | None = None,
    limit: int = 500,
    progress: Callable[[list[str]], Iterable[str]] = iter,
) -> Reconciliation:
    """Settle calls that were made longer than `older_than` ago and have not ended, and fetch recordings that did not
    come; or look at one call, whatever its age. Not within a transaction.

    At most `limit` of each; those first that nobody has looked at for the longest time. Two runs at once are harmless.
    """
    run = Reconciliation()
    for each in progress(_candidates(older_than, organization_id, call_id, limit)):
        outcome = _attempt(each, run)
        run.outcomes[outcome] += 1
    return run


def _candidates(older_than: timedelta, organization_id: str | None, call_id: str | None, limit: int) -> list[str]:
    if call_id is not None:
        return [call_id]
    now = timezone.now()
    before = now - older_than
    return [
        *calls_not_ended(created_before=before, organization_id=organization_id, limit=limit),
        *calls_without_audio(ended_before=before, now=now, organization_id=organization_id, limit=limit),
    ]


def _attempt(call_id: str, run: Reconciliation) -> Outcome:
    try:
        call = Call.objects.without_transcript().select_related("ai_agent").filter(pk=call_id).first()
        if call is None or not _is_open(call):
            return Outcome.MEANWHILE
        outcome = _settle(call, run)
    except Exception:
        # Whatever it is, it is this call's: the others are looked at all the same.
        logger.exception("Call %s cannot be reconciled", call_id)
        run.broken += 1
        outcome = Outcome.BROKEN
    if outcome in _LEFT_ALONE or outcome is Outcome.BROKEN:
        with suppress(DatabaseError):
            # To the end of the line: what cannot be settled must not keep others from it.
            Call.objects.filter(pk=call_id).update(updated_at=timezone.now())
    return outcome


def _is_open(call: Call) -> bool:
    if not has_ended(call):
        return call.provider in PROVIDERS
    conversation_id = call.provider_call_id if call.provider == CallProvider.ELEVENLABS else call.ai_conversation_id
    return call.status == CallStatus.COMPLETED and conversation_id is not None and lacks_audio(call)


def _settle(call: Call, run: Reconciliation) -> Outcome:
    ended = has_ended(call)
    is_unnamed = call.provider_call_id is None and call.provider != CallProvider.ELEVENLABS
    if is_unnamed and call.ai_conversation_id is None:
        return _unheard(call)
    by_conversation = ended or is_unnamed
    account = (call.organization_id, CallProvider.ELEVENLABS if by_conversation else call.provider)
    if account in run.closed:
        return Outcome.NOT_REACHED
    try:
        found = look_up_conversation(call) if by_conversation else look_up_call(call)
    except ProviderError as error:
        return _not_told(call, error, account, run)
    if ended:
        return _fetch_audio(call, found, run)
    if found.standing is Standing.UNKNOWN:
        if call.provider_call_id is None and timezone.now() - call.created_at < _DIAL_TAKES:
            return Outcome.GOING_ON
        return _fail(call, "unknown_at_provider")
    if found.standing is Standing.GOING_ON:
        _name(call, found)
        return Outcome.GOING_ON
    return _end(call, found, run)


def _unheard(call: Call) -> Outcome:
    """A browser's call that no provider has told us of, so that nobody can be asked."""
    if call.status not in UNANSWERED and timezone.now() - call.created_at < GIVE_UP_AFTER:
        return Outcome.GOING_ON
    return _fail(call, "unheard_of")


def _not_told(call: Call, error: ProviderError, account: tuple[str, str], run: Reconciliation) -> Outcome:
    if error.problem is ProviderProblem.NOT_CONFIGURED:
        is_given_up = not has_ended(call) and timezone.now() - call.created_at >= GIVE_UP_AFTER
        return _fail(call, "no_credentials") if is_given_up else Outcome.NO_CREDENTIALS
    run.problems[str(error)] += 1
    if error.problem in _CLOSING:
        run.closed.add(account)
    return Outcome.NOT_REACHED


def _end(call: Call, found: LookUp, run: Reconciliation) -> Outcome:
    assert found.report is not None
    applied = _record(call, found.report, _stored(call, found, run))
    if applied is None:
        return Outcome.MEANWHILE
    if applied.call.pk != call.pk:
        # Its provider's reports went to another row, since nothing led to this one.
        return _fail(call, "recorded_as_another_call")
    _follow_up(call, applied.call)
    return Outcome.SETTLED


def _name(call: Call, found: LookUp) -> None:
    """A conversation that goes on: its webhooks are to find the call by its name."""
    if call.provider_call_id is not None or found.report is None:
        return
    name = CallReport(provider=found.report.provider, provider_call_id=found.report.provider_call_id, call_id=call.pk)
    applied = _record(call, name, None)
    if applied is not None:
        _follow_up(call, applied.call)


def _fetch_audio(call: Call, found: LookUp, run: Reconciliation) -> Outcome:
    """The recording of a call that has ended, and what else its provider can add."""
    if found.standing is Standing.UNKNOWN or found.has_audio is False:
        note = CallReport(provider=call.provider, provider_metadata={HAS_AUDIO: False})
        try:
            apply_report(call_id=call.pk, report=note)
        except Call.DoesNotExist:
            return Outcome.MEANWHILE
        return Outcome.NO_AUDIO
    stored = _stored(call, found, run)
    if stored is None or found.report is None:
        return Outcome.NOT_REACHED if found.audio is not None else Outcome.GOING_ON
    return Outcome.MEANWHILE if _record(call, found.report, stored) is None else Outcome.AUDIO_FETCHED


def _stored(call: Call, found: LookUp, run: Reconciliation) -> StoredRecording | None:
    if found.audio is None or not lacks_audio(call):
        return None
    try:
        return store_recording(organization_id=call.organization_id, source=found.audio)
    except TetherError as error:
        # The call is settled without it, and the recording asked for again later.
        logger.warning("The recording of call %s was not fetched: %s", call.pk, error.code)
        run.recordings_missed += 1
        run.broken += error.code is ErrorCode.RECORDING_NOT_STORED
        return None


def _record(call: Call, report: CallReport, stored: StoredRecording | None) -> AppliedReport | None:
    """None where the call was thrown away meanwhile; a recording that is not used goes."""
    is_used = False
    try:
        applied = record_report(organization_id=call.organization_id, report=report, may_create=False, stored=stored)
        is_used = applied is not None and applied.stored_is_used
        return applied
    except (OperationalError, InterfaceError) as error:
        # The connection may have broken after the commit had arrived.
        is_used = not is_rolled_back(error)
        raise
    finally:
        if stored is not None and not is_used:
            discard_stored(stored)


def _follow_up(before: Call, call: Call) -> None:
    """What came for the call before it had its name."""
    if call.provider_call_id is None:
        return
    if before.provider_call_id is None:
        remember_context(call=call, conversation_id=call.provider_call_id)
    process_waiting(
        organization_id=call.organization_id, provider=call.provider, provider_call_id=call.provider_call_id
    )


@transaction.atomic
def _fail(call: Call, reason: str) -> Outcome:
    """The call has failed, unless somebody has told more of it since it was looked at."""
    try:
        row = lock_call(call.pk)
    except Call.DoesNotExist:
        return Outcome.MEANWHILE
    if (row.status, row.provider_call_id) != (call.status, call.provider_call_id):
        return Outcome.MEANWHILE
    report = CallReport(provider=call.provider, status=CallStatus.FAILED, provider_metadata={"failureReason": reason})
    apply_report(call_id=call.pk, report=report)
    return Outcome.FAILED
