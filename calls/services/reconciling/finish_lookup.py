"""What becomes of a call whose provider has been asked about it: ended, failed, or left alone."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.db import transaction

from calls.models import Call, CallStatus
from calls.providers.call_state import LookUp, ProviderState
from calls.providers.registry import provider_of
from calls.redaction.sound import Span
from calls.reports import HAS_AUDIO, Authority, CallReport, StoredRecording
from calls.selectors.privacy.storage_mode import takes_audio
from calls.selectors.reconciling.unsettled import lacks_audio
from calls.services.deliveries.process import follow_up
from calls.services.lifecycle.apply_report import AppliedReport, apply_report, lock_call
from calls.services.lifecycle.hand_over import join_transfers
from calls.services.lifecycle.record_report import record_report
from calls.services.lifecycle.want_silence import masked_spans
from calls.services.recordings.store_recording import discarded_unless_used, store_recording
from tether_calls.common.errors import ErrorCode, TetherError

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of a call, in the words of the summary."""

    SETTLED = "settled"
    FAILED = "failed"  # the provider does not know it, or cannot be asked
    AUDIO_FETCHED = "recording fetched"
    NO_AUDIO = "without recording"
    GOING_ON = "in progress"
    NOT_REACHED = "provider not reached"
    NO_CREDENTIALS = "without credentials"
    SETTLED_BEFORE = "settled by another report"
    BROKEN = "broken"


@dataclass
class Reconciliation:
    """How a run goes; `problems` are the providers' errors, `recordings_missed` are asked for again later."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    recordings_missed: int = 0
    # Ours: an unforeseen exception, or a storage that takes no recordings.
    broken: int = 0
    # Accounts that are not asked again in this run: organization and provider.
    closed: set[tuple[str, str]] = field(default_factory=set)


def end_as_told(*, call: Call, found: LookUp, run: Reconciliation) -> Outcome:
    """The call has ended, with the report of it and, where there is one, its recording."""
    assert found.report is not None
    report = replace(found.report, authority=Authority.LOOK_UP)
    applied = _record(call, report, _stored(call, found, run))
    if applied is None:
        return Outcome.SETTLED_BEFORE
    if applied.call.pk != call.pk:
        # Its provider's reports went to another row, since nothing led to this one.
        return fail(call=call, reason="recorded_as_another_call")
    _follow_up(applied.call)
    return Outcome.SETTLED


def name_conversation(*, call: Call, found: LookUp) -> None:
    """A conversation that goes on: its webhooks are to find the call by its name."""
    if call.provider_call_id is not None or found.report is None:
        return
    name = CallReport(provider=found.report.provider, provider_call_id=found.report.provider_call_id, call_id=call.pk)
    applied = _record(call, name, None)
    if applied is not None:
        _follow_up(applied.call)


def fetch_audio(*, call: Call, found: LookUp, run: Reconciliation) -> Outcome:
    """The recording of a call that has ended, and what else its provider can add."""
    if found.state is ProviderState.UNKNOWN or found.has_audio is False:
        note = CallReport(provider=call.provider, provider_metadata={HAS_AUDIO: False})
        try:
            apply_report(organization_id=call.organization_id, call_id=call.pk, report=note)
        except Call.DoesNotExist:
            return Outcome.SETTLED_BEFORE
        return Outcome.NO_AUDIO
    stored = _stored(call, found, run)
    if stored is None or found.report is None:
        return Outcome.NOT_REACHED if found.audio is not None else Outcome.GOING_ON
    report = replace(found.report, authority=Authority.LOOK_UP)
    return Outcome.SETTLED_BEFORE if _record(call, report, stored) is None else Outcome.AUDIO_FETCHED


def _stored(call: Call, found: LookUp, run: Reconciliation) -> StoredRecording | None:
    if found.audio is None or not lacks_audio(call):
        return None
    if not takes_audio(organization_id=call.organization_id, call_id=call.pk):
        return None
    try:
        silent = _silent_spans(call, found.report)
        return store_recording(organization_id=call.organization_id, source=found.audio, silent=silent)
    except TetherError as error:
        # The call is settled without it, and the recording asked for again later.
        logger.warning("The recording of call %s was not fetched: %s", call.pk, error.code)
        run.recordings_missed += 1
        run.broken += error.code is ErrorCode.RECORDING_NOT_STORED
        return None


def _silent_spans(call: Call, report: CallReport | None) -> list[Span]:
    """Where something was said that is masked. A statement where anything is."""
    turns = [turn.as_document() for turn in (report.transcript if report is not None else None) or ()]
    spans = masked_spans(turns, duration=(report.duration if report is not None else None) or call.duration or 0.0)
    return spans if spans and call.organization.redacts else []


def _record(call: Call, report: CallReport, stored: StoredRecording | None) -> AppliedReport | None:
    """None where the call has been discarded; a recording that is not used is removed."""
    with discarded_unless_used(stored) as use:
        applied = record_report(organization_id=call.organization_id, report=report, may_create=False, stored=stored)
        use.is_used = applied is not None and applied.stored_is_used
    return applied


def _follow_up(call: Call) -> None:
    if call.provider_call_id is not None:
        if provider_of(call.provider).holds_conversations:
            join_transfers(call=call, provider=call.provider, conversation_id=call.provider_call_id)
        follow_up(call=call, provider=call.provider, provider_call_id=call.provider_call_id)


@transaction.atomic
def fail(*, call: Call, reason: str) -> Outcome:
    """The call has failed, unless another report came since it was looked at."""
    try:
        row = lock_call(organization_id=call.organization_id, call_id=call.pk)
    except Call.DoesNotExist:
        return Outcome.SETTLED_BEFORE
    if (row.status, row.provider_call_id) != (call.status, call.provider_call_id):
        return Outcome.SETTLED_BEFORE
    report = CallReport(
        provider=call.provider,
        status=CallStatus.FAILED,
        authority=Authority.GIVEN_UP,
        provider_metadata={"failureReason": reason},
    )
    apply_report(organization_id=call.organization_id, call_id=call.pk, report=report)
    return Outcome.FAILED
