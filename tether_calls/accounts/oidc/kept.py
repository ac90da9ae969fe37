"""What a provider publishes, kept in the process for a while, by its address."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, Generic, TypeVar

from tether_calls.accounts.oidc.problems import OidcError

ValueT = TypeVar("ValueT")

# What is published seldom changes; a new key that signs is asked for when a token names it.
KEPT_SECONDS: Final = 3_600.0
# How long a provider is left alone that did not answer, and that was asked for a key that it does not have.
LEFT_ALONE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class _Found(Generic[ValueT]):
    at: float
    value: ValueT | OidcError


def _told(found: _Found[ValueT]) -> ValueT:
    if isinstance(found.value, OidcError):
        raise OidcError(found.value.problem)
    return found.value


class Kept(Generic[ValueT]):
    """Asked for once by all who need it at the same time; that there was no answer is kept as well, for moments."""

    def __init__(self, ask: Callable[[str], ValueT]) -> None:
        self._ask = ask
        self._found: dict[str, _Found[ValueT]] = {}
        self._turn = Lock()

    def of(self, address: str, *, anew: bool = False) -> ValueT:
        """`anew`: what is known does not do; it is asked for again, unless that has just been done. Raises OidcError"""
        found = self._fresh(address, anew)
        if found is None:
            with self._turn:
                found = self._fresh(address, anew)
                if found is None:
                    found = self._found[address] = self._asked(address)
        return _told(found)

    def known(self, address: str) -> ValueT | None:
        """What nobody has to be asked for, and nobody waits for; None: somebody has to ask. Raises OidcError."""
        found = self._fresh(address, anew=False)
        return None if found is None else _told(found)

    def _fresh(self, address: str, anew: bool) -> _Found[ValueT] | None:
        found = self._found.get(address)
        return None if found is None or time.monotonic() - found.at > self._seconds(found, anew) else found

    def _asked(self, address: str) -> _Found[ValueT]:
        try:
            value: ValueT | OidcError = self._ask(address)
        except OidcError as error:
            value = error
        return _Found(time.monotonic(), value)

    @staticmethod
    def _seconds(found: _Found[ValueT], anew: bool) -> float:
        return LEFT_ALONE_SECONDS if anew or isinstance(found.value, OidcError) else KEPT_SECONDS
