"""Failed logins are counted per address, per account and network, and per account; past a limit, all have to wait.

In one network the limit for an account is low, so that a stranger elsewhere cannot keep its user from logging in. The
limit for an account in all networks together stops those who have many.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.masking import digest_name
from tether_calls.common.rate_limits import LimitsUnavailable, take, uses_of

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=5)
# So many networks may use up the low limit before the account has to wait everywhere.
_NETWORKS = 10
# More logins than a window can have: passwords take their time to be checked.
_MOST_EXCUSED = 10_000


@dataclass(frozen=True)
class Attempt:
    """One try; counted as failed before the password is looked at, so that parallel guesses count too."""

    _counters: tuple[_Counter, ...]

    def succeeded(self) -> None:
        """Only failures are to be counted."""
        for counter in self._counters:
            counter.excuse()


@contextmanager
def attempt(*, email: str, address: str) -> Iterator[Attempt]:
    """Count a try to log in. Raises TOO_MANY_REQUESTS with the seconds to wait.

    Where Redis is away no account is locked: the password still decides.
    """
    in_network = digest_name("login-account-network", f"{email} {network_of(address)}")
    with _counted(
        _of_address(address),
        _Counter(in_network, settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT),
        _Counter(digest_name("login-account", email), settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT * _NETWORKS),
    ) as tried:
        yield tried


@contextmanager
def attempt_from(address: str) -> Iterator[Attempt]:
    """The same of a try that names no account, such as one that comes back from an OpenID provider."""
    with _counted(_of_address(address)) as tried:
        yield tried


def _of_address(address: str) -> _Counter:
    return _Counter(digest_name("login-address", address), settings.TETHER_LOGIN_FAILURES_PER_ADDRESS)


@contextmanager
def _counted(*counters: _Counter) -> Iterator[Attempt]:
    granted = [counter for counter in counters if counter.take()]
    if len(granted) < len(counters):
        # What is refused is no try: waiting takes no longer because of it.
        for counter in granted:
            counter.excuse()
        raise TetherError(
            ErrorCode.TOO_MANY_REQUESTS,
            "Too many failed logins; try again later",
            retry_after=int(WINDOW.total_seconds()),
        )
    tried = Attempt(counters)
    try:
        yield tried
    except TetherError as error:
        if error.code is ErrorCode.TOO_MANY_REQUESTS:
            tried.succeeded()  # the password was not looked at
        raise


def network_of(address: str) -> str:
    """The part of an address that one customer of a provider has; text that is no address stays as it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 64), strict=False))


@dataclass(frozen=True)
class _Counter:
    """Tries within the window, and beside them those that do not count: a window takes nothing back."""

    name: str
    limit: int

    def take(self) -> bool:
        try:
            excused = uses_of(self._excused, at_most=_MOST_EXCUSED, window=WINDOW)
            return take(self.name, limit=self.limit + excused, window=WINDOW).granted
        except LimitsUnavailable:
            logger.exception("Failed logins cannot be counted: Redis is away")
            return True

    def excuse(self) -> None:
        try:
            take(self._excused, limit=_MOST_EXCUSED, window=WINDOW)
        except LimitsUnavailable:
            logger.exception("A login cannot be excused from the count of failures: Redis is away")

    @property
    def _excused(self) -> str:
        return f"{self.name}:excused"
