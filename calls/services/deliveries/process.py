"""A verified delivery's way into its call: interpreted, applied and marked, the last two together or not at all."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calls.models import Call, Delivery, VoiceAccount
from calls.models.delivery import DeliveryState
from calls.providers.bodies import PayloadError
from calls.providers.endpoint import Incoming, Interpretation
from calls.providers.reading import text
from calls.providers.registry import agents_provider, endpoint_of, provider_of
from calls.providers.texts import TextNews
from calls.providers.tools import ToolRequested
from calls.redaction.sound import Span
from calls.reports import CallReport, StoredRecording
from calls.selectors.lifecycle.match_report import match_by_id, match_report
from calls.selectors.privacy.storage_mode import takes_audio
from calls.selectors.transfers.people import online_users
from calls.selectors.voice_accounts.accounts import account_with, credentials_in
from calls.services.agent_tools.answer_tool import answer_tool
from calls.services.deliveries.complete_report import completed
from calls.services.deliveries.keep import incoming_of
from calls.services.deliveries.redact_delivery import redacted_delivery
from calls.services.lifecycle.apply_report import AppliedReport
from calls.services.lifecycle.call_context import remember_context
from calls.services.lifecycle.record_report import record_report
from calls.services.lifecycle.want_silence import masked_spans
from calls.services.recordings.store_recording import discarded_unless_used, store_recording
from calls.services.texts.take_text import take_text
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.observing.metrics import INVALID_DELIVERIES
from tether_calls.common.wire import WireStruct

logger = logging.getLogger(__name__)

_TO_BE_DONE = (DeliveryState.RECEIVED, DeliveryState.WAITING)
# A carrier's reports may overtake the request that makes the call known; older ones are of a call that never was.
_OVERTAKEN_AT_MOST = timedelta(hours=1)
# A recording of which the next attempt would get the same.
_HOPELESS = frozenset({ErrorCode.RECORDING_INVALID, ErrorCode.RECORDING_TOO_LARGE, ErrorCode.RECORDING_UNREACHABLE})
_KIND_MAX = 60
_ERROR_MAX = 500


@dataclass(frozen=True, kw_only=True)
class ProcessedDelivery:
    """What became of a delivery; `call` is None where it is of none, or of one that is not known yet."""

    account: VoiceAccount
    interpretation: Interpretation
    call: Call | None
    # What a tool answers.
    tool: WireStruct | None = None


def process(*, delivery: Delivery, incoming: Incoming, account: VoiceAccount, again: bool = False) -> ProcessedDelivery:
    """Apply a delivery to its call; `again`: also when that was done before.

    Raises VALIDATION_ERROR where the body is not the provider's protocol, RECORDING_*, and any other exception; the
    delivery is then marked as invalid where another attempt would come to the same, else as failed.
    """
    # Also where it cannot be interpreted: retries end by this count.
    delivery.attempts += 1
    try:
        provider, endpoint = endpoint_of(delivery.endpoint)
        incoming = redacted_delivery(endpoint=endpoint, incoming=incoming, kinds=account.organization.redacts)
        interpretation = completed(
            endpoint.interpret(incoming), provider=provider, account=account, heard_at=incoming.received_at
        )
        _note(delivery, interpretation)
        if isinstance(interpretation.question, ToolRequested):
            return _use_tool(delivery, account, interpretation, interpretation.question)
        if interpretation.text is not None:
            return _take_text(delivery, account, interpretation, interpretation.text)
        stored = _stored_recording(account, interpretation)
        call = _apply(delivery, account.organization_id, interpretation, stored, again=again)
        return ProcessedDelivery(account=account, interpretation=interpretation, call=call)
    except PayloadError as error:
        _give_up(delivery, str(error))
        raise TetherError(ErrorCode.VALIDATION_ERROR, str(error)) from error
    except TetherError as error:
        if error.code in _HOPELESS:
            _give_up(delivery, str(error))
        else:
            _mark_undone(delivery, DeliveryState.FAILED, str(error))
        raise
    except Exception as error:
        # Of errors that are not ours the text may quote anything.
        _mark_undone(delivery, DeliveryState.FAILED, type(error).__name__)
        raise


def follow_up(*, call: Call, provider: str, provider_call_id: str) -> bool:
    """After the commit that gave a call an id at a provider: its context is cached, and what waited is processed.

    So is what was ignored a moment ago, since the call was not known yet. What an agent has asked for the turn alone
    is not: a process that died has left it, and the agent has heard an error since. A failure is marked on the
    delivery, and concerns no other one. Whether anything was there to be processed. One statement where nothing was.
    """
    if provider_of(provider).holds_conversations:
        remember_context(call=call, provider=provider, conversation_id=provider_call_id)
    overtook = Q(state=DeliveryState.IGNORED, received_at__gte=timezone.now() - _OVERTAKEN_AT_MOST)
    waiting = Delivery.objects.of_organization(call.organization_id).filter(
        Q(state__in=_TO_BE_DONE) | overtook, provider=provider, provider_call_id=provider_call_id
    )
    waiting = waiting.exclude(endpoint__in=_momentary_tools())
    delivery_ids = list(waiting.order_by("id").values_list("pk", flat=True))
    account = account_with(call.organization_id, provider) if delivery_ids else None
    if account is None:
        return False
    for delivery_id in delivery_ids:
        delivery = Delivery.objects.of_organization(call.organization_id).get(pk=delivery_id)
        try:
            process(delivery=delivery, incoming=incoming_of(delivery), account=account)
        except Exception:
            logger.exception("A delivery that waited for its call failed; it can be replayed")
    return True


@cache
def _momentary_tools() -> frozenset[str]:
    """The addresses of tools that are not used once more later, as in `deliveries_due`."""
    return frozenset(offered.path for offered in agents_provider().tools() if offered.tool.is_momentary)


def _note(delivery: Delivery, interpretation: Interpretation) -> None:
    """What it is and of which call, before it is processed: `follow_up` of that call looks for it."""
    # The provider's word, perhaps an unknown one.
    delivery.kind, delivery.provider_call_id = (
        text(interpretation.kind, _KIND_MAX) or "",
        interpretation.provider_call_id,
    )
    delivery.save(update_fields=["kind", "provider_call_id", "attempts"])


def _stored_recording(account: VoiceAccount, interpretation: Interpretation) -> StoredRecording | None:
    """The recording, where the call is there to have it. Network: no transaction is open."""
    report, organization_id = interpretation.report, account.organization_id
    if interpretation.recording is None or report is None:
        return None
    call_id = match_report(organization_id=organization_id, report=report)
    if call_id is None and not interpretation.may_create:
        return None
    if call_id is not None and not takes_audio(organization_id=organization_id, call_id=call_id):
        return None
    credentials = credentials_in(account, provider_of(account.provider))
    source = interpretation.recording(credentials, settings.TETHER_RECORDING_MAX_BYTES)
    silent = _silent_spans(organization_id, report) if account.organization.redacts else []
    return store_recording(organization_id=organization_id, source=source, silent=silent)


def _silent_spans(organization_id: str, report: CallReport) -> list[Span]:
    """Where something was said that is not to be kept, as far as the transcript is there; else a job sees to it."""
    call_id = match_report(organization_id=organization_id, report=report)
    calls = Call.objects.of_organization(organization_id).filter(pk=call_id)
    known = calls.values_list("ai_transcript", "duration").first() if call_id is not None else None
    return [] if known is None else masked_spans(known[0] or (), duration=known[1] or 0.0)


def _apply(
    delivery: Delivery,
    organization_id: str,
    interpretation: Interpretation,
    stored: StoredRecording | None,
    *,
    again: bool,
) -> Call | None:
    with discarded_unless_used(stored) as use:
        with transaction.atomic():
            row = _locked(organization_id, delivery.pk)
            # What was ignored may be of a call that has become known since, be it while this one waited for the lock.
            if row.state == DeliveryState.PROCESSED and not again:
                return row.call
            applied = _changed(organization_id, interpretation, stored)
            delivery.call = applied.call if applied else None
            _mark(delivery, _state(delivery.call, interpretation, stored))
            if delivery.state == DeliveryState.PROCESSED and interpretation.without_recording is not None:
                # Words of people have one place where they are kept, and where they are deleted.
                delivery.body = interpretation.without_recording()
                delivery.save(update_fields=["body"])
        use.is_used = applied is not None and applied.stored_is_used
    return delivery.call


def _use_tool(
    delivery: Delivery, account: VoiceAccount, interpretation: Interpretation, requested: ToolRequested
) -> ProcessedDelivery:
    """What the tool does and that it has done it, together or not at all."""
    organization_id, report = account.organization_id, interpretation.report
    online = online_users(organization_id=organization_id) if requested.tool.asks_who_is_there else frozenset()
    with transaction.atomic():
        call_id = match_by_id(organization_id=organization_id, report=report) if report is not None else None
        reply = answer_tool(
            organization_id=organization_id,
            requested=requested,
            call_id=call_id,
            received_at=delivery.received_at,
            online=online,
        )
        delivery.call_id = call_id
        _mark(delivery, DeliveryState.PROCESSED)
    return ProcessedDelivery(account=account, interpretation=interpretation, call=None, tool=reply)


def _take_text(
    delivery: Delivery, account: VoiceAccount, interpretation: Interpretation, news: TextNews
) -> ProcessedDelivery:
    """News of a text; what is answered to one is sent by a job, once it is written down."""
    with transaction.atomic():
        _locked(account.organization_id, delivery.pk)
        is_ours = take_text(account=account, news=news, received_at=delivery.received_at)
        _mark(delivery, DeliveryState.PROCESSED if is_ours else DeliveryState.IGNORED)
    return ProcessedDelivery(account=account, interpretation=interpretation, call=None)


def _locked(organization_id: str, delivery_id: str) -> Delivery:
    deliveries = Delivery.objects.of_organization(organization_id).defer("body")
    return deliveries.select_for_update(of=("self",)).get(pk=delivery_id)


def _changed(
    organization_id: str, interpretation: Interpretation, stored: StoredRecording | None
) -> AppliedReport | None:
    if interpretation.report is None:
        return None
    return record_report(
        organization_id=organization_id,
        report=interpretation.report,
        may_create=interpretation.may_create,
        stored=stored,
    )


def _state(call: Call | None, interpretation: Interpretation, stored: StoredRecording | None) -> DeliveryState:
    if call is None:
        return DeliveryState.WAITING if interpretation.waits else DeliveryState.IGNORED
    # Where the call appeared only after the recording would have been stored, the recording is still to come.
    is_missing = interpretation.recording is not None and stored is None
    return DeliveryState.WAITING if is_missing else DeliveryState.PROCESSED


def _mark(delivery: Delivery, state: DeliveryState, *, error: str = "") -> None:
    delivery.state, delivery.error, delivery.processed_at = state, error[:_ERROR_MAX], timezone.now()
    delivery.save(update_fields=["state", "error", "processed_at", "call", "attempts"])


def _give_up(delivery: Delivery, error: str) -> None:
    _mark_undone(delivery, DeliveryState.INVALID, error)
    INVALID_DELIVERIES.add(delivery.provider)


def _mark_undone(delivery: Delivery, state: DeliveryState, error: str) -> None:
    try:
        _mark(delivery, state, error=error)
    except Exception:
        # The database is away: the delivery stays as received, and is retried as well.
        logger.exception("A delivery cannot be marked as %s", state)
