"""Whose delivery it is: named in the delivery, and verified by that organization's secret alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from calls.models import VoiceAccount
from calls.providers.base import Provider
from calls.providers.bodies import PayloadError
from calls.providers.endpoint import Endpoint, Incoming
from calls.providers.verdicts import Verdict
from calls.selectors.deliveries.senders import Candidates, accounts_named, owner_among
from calls.selectors.voice_accounts.accounts import credentials_in
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.redacted_kinds import NONE, Kinds

# Each costs a digest over the whole body: of a body with a recording in it, fewer are tried.
_MOST_CANDIDATES, _MOST_FOR_LARGE_BODIES = 20, 5

# Of several verdicts on a delivery that no secret verifies, the greatest is kept: it explains most.
_RANK = {
    Verdict.STALE: 6,
    Verdict.FUTURE: 5,
    Verdict.WRONG: 4,
    Verdict.MALFORMED: 3,
    Verdict.MISSING: 2,
    Verdict.NOT_CONFIGURED: 1,
}
# Signed with the right secret at another time: so the sender is known.
_KNOWN_SENDER = frozenset({Verdict.STALE, Verdict.FUTURE})


@dataclass(frozen=True, kw_only=True)
class SenderCheck:
    """`account` is the sender's: known as well where a right signature is too old or too new.

    `named_organization_id` is that of which the delivery claims to be, verified or not; `redacts`: what that one does
    not keep.
    """

    verdict: Verdict
    account: VoiceAccount | None
    named_organization_id: str | None = None
    redacts: Kinds = NONE


def verify_sender(*, provider: Provider[Any], endpoint: Endpoint[Any], incoming: Incoming) -> SenderCheck:
    """The verdict on a delivery. One that names no organization is refused like one without a signature.

    Where several organizations have the same account with the provider, it is of the one that owns the call, the
    browser or the number; AMBIGUOUS where that is not known. Raises UndecipherableSecret where it may be of an account
    whose secrets no key opens, and is of no other one.
    """
    check = _Check(provider=provider, endpoint=endpoint, incoming=incoming)
    try:
        for candidates in accounts_named(provider, endpoint.sender(incoming)):
            valid = check.valid_among(candidates)
            if len(valid) > 1:
                owner = owner_among(valid, endpoint.interpret(incoming))
                return SenderCheck(verdict=Verdict.VALID if owner else Verdict.AMBIGUOUS, account=owner)
            if valid:
                return SenderCheck(verdict=Verdict.VALID, account=valid[0])
            if not check.candidates_left:
                break
    except PayloadError:
        return SenderCheck(verdict=Verdict.MALFORMED, account=None)
    if check.unreadable is not None:
        raise check.unreadable
    return replace(check.best, named_organization_id=check.named_organization_id, redacts=check.redacts)


class _Check:
    """One delivery against one account after another: how many may still be tried, and what was found so far."""

    def __init__(self, *, provider: Provider[Any], endpoint: Endpoint[Any], incoming: Incoming) -> None:
        self._provider, self._endpoint, self._incoming = provider, endpoint, incoming
        is_large = len(incoming.body) > settings.TETHER_BODY_MAX_BYTES
        self.candidates_left = _MOST_FOR_LARGE_BODIES if is_large else _MOST_CANDIDATES
        self.best = SenderCheck(verdict=Verdict.NOT_CONFIGURED, account=None)
        self.unreadable: UndecipherableSecret | None = None
        self.named_organization_id: str | None = None
        self.redacts = NONE

    def valid_among(self, candidates: Candidates) -> list[VoiceAccount]:
        """Those whose secret verifies the delivery."""
        tried = candidates.accounts[: self.candidates_left]
        if candidates.are_named and tried and self.named_organization_id is None:
            self.named_organization_id = tried[0].organization_id
            self.redacts = tried[0].organization.redacts
        self.candidates_left -= len(tried)
        return [account for account in tried if self._verdict(account) is Verdict.VALID]

    def _verdict(self, account: VoiceAccount) -> Verdict | None:
        try:
            verdict = self._endpoint.verify(self._incoming, credentials_in(account, self._provider))
        except UndecipherableSecret as error:
            self.unreadable = error
            return None
        if verdict is not Verdict.VALID and _RANK[verdict] > _RANK[self.best.verdict]:
            self.best = SenderCheck(verdict=verdict, account=account if verdict in _KNOWN_SENDER else None)
        return verdict
