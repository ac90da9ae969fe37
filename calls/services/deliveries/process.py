"""A verified delivery's way into its call: interpreted, applied and marked, the last two together or not at all."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls.models import Call, Delivery, VoiceAccount
from calls.models.delivery import DeliveryState
from calls.providers.endpoint import Incoming, Interpretation
from calls.providers.reading import PayloadError, text
from calls.providers.registry import endpoint_of, provider_of
from calls.reports import StoredRecording
from calls.selectors.lifecycle.match_report import ForeignCall, match_report
from calls.selectors.voice_accounts.accounts import account_with, credentials_in
from calls.services.deliveries.complete_report import completed
from calls.services.deliveries.keep import incoming_of
from calls.services.lifecycle.apply_report import AppliedReport
from calls.services.lifecycle.call_context import remember_context
from calls.services.lifecycle.record_report import record_report
from calls.services.recordings.store_recording import discarded_unless_used, store_recording
from tether_calls.common.errors import ErrorCode, TetherError

logger = logging.getLogger(__name__)

_DONE = (DeliveryState.PROCESSED, DeliveryState.IGNORED)
_TO_BE_DONE = (DeliveryState.RECEIVED, DeliveryState.WAITING)
_KIND_MAX = 60
_ERROR_MAX = 500


@dataclass(frozen=True, kw_only=True)
class ProcessedDelivery:
    """What became of a delivery; `call` is None where it is of none, or of one that is not known yet."""

    account: VoiceAccount
    interpretation: Interpretation
    call: Call | None


def process(*, delivery: Delivery, incoming: Incoming, account: VoiceAccount, again: bool = False) -> ProcessedDelivery:
    """Apply a delivery to its call; `again`: also when that was done before.

    Raises VALIDATION_ERROR where the body is not the provider's protocol, RECORDING_*, and any other exception;
    the delivery is marked as failed then.
    """
    # Also where it cannot be interpreted: retries end by this count.
    delivery.attempts += 1
    try:
        provider, endpoint = endpoint_of(delivery.endpoint)
        interpretation = completed(endpoint.interpret(incoming), provider=provider, account=account)
        _note(delivery, interpretation)
        try:
            stored = _stored_recording(account, interpretation)
            call = _apply(delivery, account.organization_id, interpretation, stored, again=again)
            return ProcessedDelivery(account=account, interpretation=interpretation, call=call)
        except ForeignCall:
            # Signed by one organization, of a call of another one: the answer must not show that there is such a call.
            _mark(delivery, DeliveryState.IGNORED)
            return ProcessedDelivery(account=account, interpretation=interpretation, call=None)
    except PayloadError as error:
        _mark(delivery, DeliveryState.FAILED, error=str(error))
        raise TetherError(ErrorCode.VALIDATION_ERROR, str(error)) from error
    except Exception as error:
        # Of errors that are not ours the text may quote anything.
        _mark_failed(delivery, str(error) if isinstance(error, TetherError) else type(error).__name__)
        raise


def follow_up(*, call: Call, provider: str, provider_call_id: str) -> None:
    """After the commit that gave a call an id at a provider: its context is cached, and what waited is processed.

    A failure is marked on the delivery, and concerns no other one. One statement where nothing waited.
    """
    if provider_of(provider).holds_conversations:
        remember_context(call=call, provider=provider, conversation_id=provider_call_id)
    waiting = Delivery.objects.of_organization(call.organization_id).filter(
        provider=provider, provider_call_id=provider_call_id, state__in=_TO_BE_DONE
    )
    delivery_ids = list(waiting.order_by("id").values_list("pk", flat=True))
    account = account_with(call.organization_id, provider) if delivery_ids else None
    if account is None:
        return
    for delivery_id in delivery_ids:
        delivery = Delivery.objects.of_organization(call.organization_id).get(pk=delivery_id)
        try:
            process(delivery=delivery, incoming=incoming_of(delivery), account=account)
        except Exception:
            logger.exception("A delivery that waited for its call failed; it can be replayed")


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
    if not interpretation.may_create and match_report(organization_id=organization_id, report=report) is None:
        return None
    credentials = credentials_in(account, provider_of(account.provider))
    source = interpretation.recording(credentials, settings.TETHER_RECORDING_MAX_BYTES)
    return store_recording(organization_id=organization_id, source=source)


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
            if row.state in _DONE and not again:
                return row.call
            applied = _changed(organization_id, interpretation, stored)
            delivery.call = applied.call if applied else None
            _mark(delivery, _state(delivery.call, interpretation, stored))
        use.is_used = applied is not None and applied.stored_is_used
    return delivery.call


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


def _mark_failed(delivery: Delivery, error: str) -> None:
    try:
        _mark(delivery, DeliveryState.FAILED, error=error)
    except Exception:
        # The database is away: the delivery stays as received, and is retried as well.
        logger.exception("A delivery cannot be marked as failed")
