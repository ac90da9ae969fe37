"""Whose delivery it is: said by the delivery itself, and believed only where that organization's secret verifies it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from calls.models import VoiceAccount
from calls.providers.reading import PayloadError
from calls.providers.verdicts import Verdict
from calls.services.deliveries.incoming import Endpoint, Incoming
from tether_calls.common.encryption import UndecipherableSecret

# Each costs a digest over the whole body.
_MOST_CANDIDATES = 20

# Which verdict tells most of a delivery that nobody's secret verifies.
_RANK = {
    Verdict.STALE: 6,
    Verdict.FUTURE: 5,
    Verdict.WRONG: 4,
    Verdict.MALFORMED: 3,
    Verdict.MISSING: 2,
    Verdict.NOT_CONFIGURED: 1,
}
# Rightly signed, only not now: so the sender is known.
_KNOWN_SENDER = frozenset({Verdict.VALID, Verdict.STALE, Verdict.FUTURE})


@dataclass(frozen=True, kw_only=True)
class SenderCheck:
    """`account` is the sender's: known as well where a right signature is too old or too new."""

    verdict: Verdict
    account: VoiceAccount | None


def verify_sender(*, endpoint: Endpoint, incoming: Incoming) -> SenderCheck:
    """The verdict on a delivery. What names nobody is refused like what nobody has signed.

    Raises UndecipherableSecret where it may be of an account whose secrets no key opens, and is of no other one.
    """
    best = SenderCheck(verdict=Verdict.NOT_CONFIGURED, account=None)
    unreadable: UndecipherableSecret | None = None
    try:
        for account in islice(endpoint.accounts(incoming), _MOST_CANDIDATES):
            try:
                verdict = endpoint.verdict(incoming, account)
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
