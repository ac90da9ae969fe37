"""Who takes over an agent's caller is told of what, at carriers that ask nobody once a browser has answered."""

from __future__ import annotations

from django.utils import timezone

from calls.models import Call, CallDirection, Transfer
from calls.providers.errors import ProviderError
from calls.providers.registry import provider_of
from calls.selectors.transfers.awaited import whisper_for
from calls.selectors.voice_accounts.accounts import credentials_of
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.http import FetchLimits

# The browser waits for the answer to its own request.
_LIMITS = FetchLimits(connect_seconds=2, read_seconds=4, total_seconds=5, max_bytes=64 * 1024)


def tell_person(leg: Call) -> None:
    """Have the carrier say it to the person alone. Not within a transaction, and at most once, whatever comes of it.

    Without it they read on their screen what the call is about: a carrier that does not do it is no error.
    """
    carrier = provider_of(leg.provider)
    if leg.direction != CallDirection.INBOUND or leg.provider_call_id is None or not carrier.can("tell_person"):
        return
    transfers = Transfer.objects.of_organization(leg.organization_id).filter(leg=leg, told_at=None)
    # The row before the request: who asks once more, or at the same time, has it said by nobody.
    if not transfers.update(told_at=timezone.now()):
        return
    try:
        credentials, text = credentials_of(leg.organization_id, carrier), whisper_for(leg)
        if credentials is not None and text:
            carrier.tell_person(credentials, leg.provider_call_id, text, limits=_LIMITS)
    except (ProviderError, UndecipherableSecret):
        return  # in the log already, or nothing to do with who talks by now
