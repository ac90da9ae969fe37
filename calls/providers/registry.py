"""The providers that there are. A new one is a line here."""

from __future__ import annotations

from typing import Any, Final

from calls.providers.base import Provider
from calls.providers.elevenlabs.provider import ELEVENLABS
from calls.providers.endpoint import Endpoint
from calls.providers.external import EXTERNAL
from calls.providers.setting import Setting
from calls.providers.sinch.provider import SINCH
from calls.providers.twilio.provider import TWILIO

# The carrier under whose name a browser's call is recorded where the organization has chosen none.
_DEFAULT_CARRIER: Final = SINCH
# In the order in which people are shown them.
_PROVIDERS: Final[dict[str, Provider[Any]]] = {
    provider.name: provider for provider in (TWILIO, SINCH, ELEVENLABS, EXTERNAL)
}


def provider_of(name: str) -> Provider[Any]:
    """The provider with this name. Raises KeyError: a system check keeps names and providers together."""
    return _PROVIDERS[name]


def providers() -> tuple[Provider[Any], ...]:
    return tuple(_PROVIDERS.values())


def carriers() -> tuple[str, ...]:
    """The names of those that carry telephone calls, of which an organization has one active."""
    return tuple(provider.name for provider in providers() if provider.carries_calls)


def carrier_settings() -> tuple[Setting, ...]:
    """Every setting of every carrier."""
    return tuple(setting for name in carriers() for setting in provider_of(name).settings)


def default_carrier() -> str:
    return _DEFAULT_CARRIER.name


def trunk_carriers() -> tuple[str, ...]:
    """The names of those over which agents dial."""
    return tuple(provider.name for provider in providers() if provider.can("sip_trunk"))


def agents_provider() -> Provider[Any]:
    """The one that holds the agents' conversations."""
    return next(provider for provider in providers() if provider.holds_conversations)


def endpoints() -> tuple[Endpoint[Any], ...]:
    return tuple(endpoint for provider in providers() for endpoint in provider.endpoints)


def endpoint_of(path: str) -> tuple[Provider[Any], Endpoint[Any]]:
    """The endpoint at /api/webhook/{path}, and whose it is. Raises KeyError."""
    addresses = {each.path: (provider, each) for provider in providers() for each in provider.endpoints}
    return addresses[path]
