"""A provider's request: verified or refused, kept either way, and processed; once more when it is replayed."""

from __future__ import annotations

from dataclasses import replace

from calls.models import Call, Delivery, VoiceAccount
from calls.providers.endpoint import Incoming
from calls.providers.registry import endpoint_of, provider_of
from calls.providers.verdicts import Verdict
from calls.selectors.voice_accounts.accounts import account_with
from calls.services.deliveries.keep import incoming_of, keep_refused, keep_verified
from calls.services.deliveries.process import ProcessedDelivery, follow_up, process
from calls.services.deliveries.redact_delivery import redacted_delivery
from calls.services.deliveries.verify_sender import verify_sender
from calls.services.lifecycle.hand_over import join_transfers
from tether_calls.common.errors import ErrorCode, TetherError


def receive_delivery(*, path: str, incoming: Incoming) -> ProcessedDelivery:
    """Keep a delivery and process it. Not within a transaction: what is kept must outlive a failure.

    Raises INVALID_SIGNATURE; VALIDATION_ERROR where a verified body is not the provider's protocol; RECORDING_*; and
    any other failure is ours: the delivery is kept as failed, to be replayed.
    """
    provider, endpoint = endpoint_of(path)
    check = verify_sender(provider=provider, endpoint=endpoint, incoming=incoming)
    if check.verdict is not Verdict.VALID or check.account is None:
        # A redacted body can be verified no more: where the secret was wrong, the provider has to send it again.
        incoming = redacted_delivery(endpoint=endpoint, incoming=incoming, kinds=check.redacts)
        keep_refused(provider=provider, endpoint=endpoint, incoming=incoming, check=check)
        raise TetherError(ErrorCode.INVALID_SIGNATURE)
    incoming = redacted_delivery(endpoint=endpoint, incoming=incoming, kinds=check.account.organization.redacts)
    delivery = keep_verified(provider=provider, endpoint=endpoint, incoming=incoming, account=check.account)
    return _processed(delivery, incoming, check.account)


def replay_delivery(*, delivery_id: str) -> ProcessedDelivery:
    """Process a kept delivery once more, in any state; one that was refused only where it is verified now.

    By the clock of when it came, so that a secret that was corrected since makes it valid. Raises like
    `receive_delivery`.
    """
    # wall: a refused delivery has no organization; the id comes from a job, a command or the admin's list
    delivery = Delivery.objects.get(pk=delivery_id)
    incoming = incoming_of(delivery)
    account = _known_sender(delivery)
    if account is None:
        provider, endpoint = endpoint_of(delivery.endpoint)
        check = verify_sender(provider=provider, endpoint=endpoint, incoming=incoming)
        if check.verdict is not Verdict.VALID or check.account is None:
            raise TetherError(ErrorCode.INVALID_SIGNATURE)
        account, delivery.verdict = check.account, check.verdict
        delivery.organization_id = account.organization_id
        delivery.save(update_fields=["verdict", "organization"])
    return _processed(delivery, incoming, account, again=True)


def _processed(
    delivery: Delivery, incoming: Incoming, account: VoiceAccount, *, again: bool = False
) -> ProcessedDelivery:
    processed = process(delivery=delivery, incoming=incoming, account=account, again=again)
    call, provider_call_id = processed.call, processed.interpretation.provider_call_id
    if call is not None and provider_call_id:
        if provider_of(account.provider).holds_conversations:
            join_transfers(call=call, provider=account.provider, conversation_id=provider_call_id)
        if follow_up(call=call, provider=account.provider, provider_call_id=provider_call_id):
            # What overtook this one may have ended the call that it asks about.
            return replace(processed, call=_as_it_is(call))
    return processed


def _as_it_is(call: Call) -> Call | None:
    """The call once more; None where it was thrown away meanwhile. One statement."""
    return Call.objects.of_organization(call.organization_id).filter(pk=call.pk).first()


def _known_sender(delivery: Delivery) -> VoiceAccount | None:
    """Whose account it was found to be of when it came."""
    if delivery.verdict != Verdict.VALID or delivery.organization_id is None:
        return None
    return account_with(delivery.organization_id, delivery.provider)
