"""A user has the carrier's recording of a call pause, and go on: for a card's number that must be nowhere.

What is asked for is in the call's row before the carrier is asked, and stays there where its answer is lost: the
document then says `pausing`, and the same may be asked again, which changes nothing where it was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from calls.events import call_event
from calls.models import Call
from calls.models.call_choices import RecordingPause
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.registry import provider_of
from calls.selectors.history import recordings_of
from calls.selectors.voice_accounts.accounts import credentials_of
from calls.services.lifecycle.apply_report import lock_call
from calls.services.lifecycle.change_status import has_ended
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.http import FetchLimits
from tether_calls.realtime.events import EventName, publish

# Interactive: short time-outs.
_LIMITS = FetchLimits(connect_seconds=5, read_seconds=10, total_seconds=15, max_bytes=1024 * 1024)
# Longer than that: what was asked for before has had its answer, or never will.
UNDER_WAY: Final = timedelta(seconds=20)


@dataclass(frozen=True)
class _Wish:
    """`capability`: how a provider is asked; what the row says meanwhile, and what once it is done."""

    capability: str
    meanwhile: RecordingPause
    done: RecordingPause


_PAUSE: Final = _Wish("pause_recording", RecordingPause.PAUSING, RecordingPause.PAUSED)
_RESUME: Final = _Wish("resume_recording", RecordingPause.RESUMING, RecordingPause.NONE)
_MEANWHILE: Final = (RecordingPause.PAUSING, RecordingPause.RESUMING)


def pause_recording(*, organization_id: str, call_id: str) -> None:
    """Have the recording of a call be silent from now on; where it is so, nothing happens. Not in a transaction.

    Raises CALL_NOT_FOUND, CALL_HAS_ENDED, RECORDING_NOT_PAUSABLE, NOT_RECORDED, RECORDING_BEING_CHANGED,
    PROVIDER_ERROR: it is as it was; PROVIDER_UNKNOWN: the call says so, and the same may be asked again.
    """
    _change(organization_id, call_id, _PAUSE)


def resume_recording(*, organization_id: str, call_id: str) -> None:
    """Have it go on. As `pause_recording`."""
    _change(organization_id, call_id, _RESUME)


def may_pause(call: Call) -> bool:
    """Whether its carrier can be asked, as far as that is known here."""
    return provider_of(call.provider).can(_PAUSE.capability) and call.provider_call_id is not None


def _change(organization_id: str, call_id: str, wish: _Wish) -> None:
    asked = _written(organization_id, call_id, wish)
    if asked is None:
        return
    provider = provider_of(asked.call.provider)
    ask: Any = getattr(provider, wish.capability)
    try:
        ask(asked.credentials, asked.call.provider_call_id or "", limits=_LIMITS)
    except ProviderError as error:
        if error.is_undecided:
            raise TetherError(ErrorCode.PROVIDER_UNKNOWN) from error
        _settle(asked, asked.before, asked.before_at)
        is_none = error.problem is ProviderProblem.NOT_FOUND
        raise TetherError(ErrorCode.NOT_RECORDED if is_none else ErrorCode.PROVIDER_ERROR) from error
    _settle(asked, wish.done, timezone.now())


@dataclass(frozen=True)
class _Asked:
    """`before`, `before_at`: what the row said, and since when; `at`: by which what was written is known again."""

    call: Call
    credentials: Any
    before: RecordingPause
    before_at: datetime | None
    at: datetime


# durable: what follows is the outside world, which must find the row committed.
@transaction.atomic(durable=True)
def _written(organization_id: str, call_id: str, wish: _Wish) -> _Asked | None:
    """What is asked for, written down; None where it is so already, or somebody has just asked for it."""
    try:
        call = lock_call(organization_id=organization_id, call_id=call_id)
    except Call.DoesNotExist:
        raise TetherError(ErrorCode.CALL_NOT_FOUND) from None
    if has_ended(call):
        raise TetherError(ErrorCode.CALL_HAS_ENDED)
    provider = provider_of(call.provider)
    if not provider.can(wish.capability):
        raise TetherError(ErrorCode.RECORDING_NOT_PAUSABLE)
    before, before_at, now = RecordingPause(call.recording_pause), call.recording_pause_at, timezone.now()
    if before == wish.done:
        return None
    if before in _MEANWHILE and before_at is not None and now < before_at + UNDER_WAY:
        if before == wish.meanwhile:
            return None
        # The carrier may get the two in another order.
        raise TetherError(ErrorCode.RECORDING_BEING_CHANGED)
    if call.provider_call_id is None:
        raise TetherError(ErrorCode.NOT_RECORDED)
    credentials = credentials_of(organization_id, provider)
    if credentials is None:
        raise TetherError(ErrorCode.RECORDING_NOT_PAUSABLE)
    _say(call, wish.meanwhile, now)
    return _Asked(call=call, credentials=credentials, before=before, before_at=before_at, at=now)


@transaction.atomic
def _settle(asked: _Asked, state: RecordingPause, at: datetime | None) -> None:
    """Unless something else has been asked for since, or the call is gone."""
    try:
        call = lock_call(organization_id=asked.call.organization_id, call_id=asked.call.pk)
    except Call.DoesNotExist:
        return
    if call.recording_pause_at == asked.at:
        _say(call, state, at)


def _say(call: Call, state: RecordingPause, at: datetime | None) -> None:
    call.recording_pause, call.recording_pause_at = state, at
    call.save(update_fields=["recording_pause", "recording_pause_at", "updated_at"])
    event = call_event(EventName.CALL_UPDATED, call, recordings_of([call.pk])[call.pk])
    publish(organization_id=call.organization_id, call_id=call.pk, events=[event])
