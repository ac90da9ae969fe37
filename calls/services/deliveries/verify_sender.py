"""Whose delivery it is: named in the delivery, and believed only where that organization's secret verifies it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.conf import settings

from calls.models import VoiceAccount
from calls.providers.base import Provider
from calls.providers.endpoint import Endpoint, Incoming
from calls.providers.reading import PayloadError
from calls.providers.verdicts import Verdict
from calls.selectors.deliveries.senders import accounts_named
from calls.selectors.voice_accounts.accounts import credentials_in
from tether_calls.common.encryption import UndecipherableSecret

# Each costs a digest over the whole body: of a body with a recording in it, fewer are tried.
_MOST_CANDIDATES, _MOST_FOR_LARGE_BODIES = 20, 5

# Which verdict says most of a delivery that no secret verifies.
_RANK = {
    Verdict.STALE: 6,
    Verdict.FUTURE: 5,
    Verdict.WRONG: 4,
    Verdict.MALFORMED: 3,
    Verdict.MISSING: 2,
    Verdict.NOT_CONFIGURED: 1,
}
# Rightly signed, though not now: so the sender is known.
_KNOWN_SENDER = frozenset({Verdict.VALID, Verdict.STALE, Verdict.FUTURE})


@dataclass(frozen=True, kw_only=True)
class SenderCheck:
    """`account` is the sender's: known as well where a right signature is too old or too new."""

    verdict: Verdict
    account: VoiceAccount | None


def verify_sender(*, provider: Provider[Any], endpoint: Endpoint[Any], incoming: Incoming) -> SenderCheck:
    """The verdict on a delivery. One that names no organization is refused like one without a signature.

    Raises UndecipherableSecret where it may be of an account whose secrets no key opens, and is of no other one.
    """
    best = SenderCheck(verdict=Verdict.NOT_CONFIGURED, account=None)
    unreadable: UndecipherableSecret | None = None
    try:
        for account in islice(accounts_named(provider, endpoint.sender(incoming)), _most(incoming)):
            try:
                verdict = endpoint.verify(incoming, credentials_in(account, provider))
            except UndecipherableSecret as error:
                unreadable = error
                continue
            found = SenderCheck(verdict=verdict, account=account if verdict in _KNOWN_SENDER else None)
            if verdict is Verdict.VALID:
                return found
            if _RANK[verdict] > _RANK[best.verdict]:
                best = found
    except PayloadError:
        return SenderCheck(verdict=Verdict.MALFORMED, account=None)
    if unreadable is not None:
        raise unreadable
    return best


def _most(incoming: Incoming) -> int:
    return _MOST_CANDIDATES if len(incoming.body) <= settings.TETHER_BODY_MAX_BYTES else _MOST_FOR_LARGE_BODIES
