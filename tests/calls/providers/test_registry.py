"""Every provider that is registered shows what it can do."""

from __future__ import annotations

import re
from importlib import import_module
from itertools import chain
from types import FunctionType
from typing import Any

import pytest

from calls.providers.base import Provider
from calls.providers.registry import carriers, provider_of, providers, trunk_carriers
from tests.calls.providers.capability_contracts import CONTRACTS
from tests.calls.providers.endpoint_contract import EndpointContract
from tests.calls.providers.provider_contract import ASKS, ProviderContract
from tests.docs.markdown import PROJECT

NAMES = [provider.name for provider in providers()]
# Methods of the interface that every provider has.
_COMMON = {"credentials_from", "can"}
# Where a provider has its place: its folder, the demo's world, the enums of the columns and what Django wrote of them.
_OF_PROVIDERS = (
    "calls/providers/",
    "calls/demo/",
    "/migrations/",
    *(f"calls/models/{name}.py" for name in ("call_choices", "voice_account", "phone_number")),
)
# Texts for users, settings of a provider, and the metadata that it alone has: so many files, and no more.
_FEW = 12


def contract_of(name: str) -> type[ProviderContract]:
    """The class of the provider's own tests."""
    module = import_module(f"tests.calls.providers.{name}.test_provider")
    [found] = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, ProviderContract) and each.__module__ == module.__name__
    ]
    return found


def test_every_capability_of_the_interface_is_asked_for_and_has_a_contract() -> None:
    capabilities = {
        name for name, value in vars(Provider).items() if isinstance(value, FunctionType) and not name.startswith("_")
    } - _COMMON
    assert ASKS.keys() == CONTRACTS.keys() == capabilities


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_has_a_class_that_inherits_a_contract_for_all_that_it_does(name: str) -> None:
    contract = contract_of(name)

    assert contract.provider is provider_of(name)
    wanted: list[type[Any]] = [CONTRACTS[capability] for capability in contract.capabilities]
    if contract.provider.endpoints:
        wanted.append(EndpointContract)
    assert [each.__name__ for each in wanted if not issubclass(contract, each)] == []


def test_settings_and_addresses_are_one_providers_each() -> None:
    fields = [setting.field for provider in providers() for setting in provider.settings]
    paths = [endpoint.path for provider in providers() for endpoint in provider.endpoints]
    for names in (fields, paths, NAMES):
        assert len(set(names)) == len(names)


def test_only_carriers_have_trunks_and_tokens() -> None:
    others = [provider for provider in providers() if not provider.carries_calls]
    assert others
    assert not [each.name for each in others if each.can("sip_trunk") or each.can("browser_token")]
    assert set(trunk_carriers()) <= set(carriers())


def test_a_setting_shows_neither_its_check_nor_a_value() -> None:
    for setting in chain.from_iterable(provider.settings for provider in providers()):
        assert "fault" not in repr(setting)


@pytest.mark.parametrize("name", ["sinch", "twilio", "elevenlabs"])
def test_few_files_elsewhere_name_a_provider(name: str) -> None:
    named = re.compile(rf"\b{name}\b", re.IGNORECASE)
    modules = {
        str(file.relative_to(PROJECT)): file.read_text()
        for app in ("calls", "contacts", "conversations", "tether_calls")
        for file in (PROJECT / app).rglob("*.py")
    }
    assert any(named.search(text) for file, text in modules.items() if file.startswith(f"calls/providers/{name}/"))

    elsewhere = [
        file for file, text in modules.items() if named.search(text) and not any(part in file for part in _OF_PROVIDERS)
    ]

    assert len(elsewhere) < _FEW, sorted(elsewhere)
