"""System checks: the providers that are registered and what the rest of the product knows of them belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from django.core.checks import CheckMessage, Error, register

from calls.models import CallProvider, Delivery, NumberProvider, VoiceProvider
from calls.providers.base import Provider
from calls.providers.registry import endpoints, providers

_HINT = "A provider is a folder, a line in calls/providers/registry.py, and a member of each enum that it belongs to."


@register()
def check_providers(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """What is wrong with the registry; a server does not start with it."""
    known = providers()
    return [
        *_unlike(CallProvider, known),
        # An account is what has settings.
        *_unlike(VoiceProvider, [provider for provider in known if provider.settings]),
        *_unlike(NumberProvider, [provider for provider in known if provider.carries_calls]),
        *_agents_providers(known),
        *_fields(known),
        *_addresses(),
        *(fault for provider in known for fault in _of_one(provider)),
    ]


def _unlike(enum: Any, known: Iterable[Provider[Any]]) -> Iterator[CheckMessage]:
    members, registered = set(enum.values), {provider.name for provider in known}
    for name in sorted(members - registered):
        yield Error(f"{enum.__name__} has {name!r}, which no such provider is named", hint=_HINT, id="calls.E001")
    for name in sorted(registered - members):
        yield Error(f"The provider {name!r} is no member of {enum.__name__}", hint=_HINT, id="calls.E002")


def _agents_providers(known: Iterable[Provider[Any]]) -> Iterator[CheckMessage]:
    names = [provider.name for provider in known if provider.holds_conversations]
    if len(names) != 1:
        yield Error(f"Agents' conversations are held by one provider, not by {len(names)}: {names}", id="calls.E003")


def _fields(known: Iterable[Provider[Any]]) -> Iterator[CheckMessage]:
    counts = Counter(setting.field for provider in known for setting in provider.settings)
    for field in sorted(field for field, count in counts.items() if count > 1):
        yield Error(f"Two settings have the field {field!r}: bodies name each by its field", id="calls.E004")


def _addresses() -> Iterator[CheckMessage]:
    counts = Counter(endpoint.path for endpoint in endpoints())
    longest = Delivery._meta.get_field("endpoint").max_length or 0
    for path, count in sorted(counts.items()):
        if count > 1:
            yield Error(f"Two endpoints have the path {path!r}", id="calls.E005")
        if len(path) > longest:
            yield Error(f"The path {path!r} is longer than the {longest} characters of its column", id="calls.E005")


def _of_one(provider: Provider[Any]) -> Iterator[CheckMessage]:
    names = [setting.name for setting in provider.settings]
    wanted = {field.name for field in fields(provider.credentials)} - {"base_url"}
    for name in sorted(wanted - set(names)):
        yield Error(f"No setting of {provider.name!r} is the {name!r} of its credentials", id="calls.E006")
    if provider.account_id is not None and provider.account_id not in names:
        yield Error(
            f"{provider.account_id!r}, the account of {provider.name!r}, is none of its settings", id="calls.E006"
        )
    if provider.can("browser_token") is (provider.token_document is None):
        yield Error(f"{provider.name!r} has a browser's token and a document for it, or neither", id="calls.E007")
