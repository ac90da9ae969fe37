"""manage.py, and with it the server, does not start with a registry that is not whole."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from calls.checks import check_providers
from calls.models import CallProvider, NumberProvider, VoiceProvider
from calls.providers import registry
from calls.providers.base import Provider
from calls.providers.setting import Setting
from calls.providers.sinch.provider import Sinch
from calls.providers.twilio.deliveries import TwilioInbound
from calls.providers.twilio.provider import Twilio
from tests.calls.providers.registering import add_member, register
from tether_calls.common.wire import WireStruct


def faults() -> list[tuple[str | None, str]]:
    """The ids of the errors, and the first sentence of each."""
    return [(fault.id, str(fault.msg)) for fault in check_providers(None)]


def replace(monkeypatch: pytest.MonkeyPatch, provider: Provider[Any]) -> None:
    monkeypatch.setitem(registry._PROVIDERS, provider.name, provider)


def test_what_is_registered_is_whole() -> None:
    assert faults() == []


def test_django_runs_it_and_stops_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(registry._PROVIDERS, "sinch")

    assert "calls.E001" in [fault.id for fault in run_checks()]
    with pytest.raises(CommandError, match=r"calls\.E001"):
        call_command("check")


@pytest.mark.parametrize("enum", [CallProvider, VoiceProvider, NumberProvider])
def test_a_member_without_a_provider_is_named(enum: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    add_member(enum, "orbit", "Orbit", monkeypatch)

    assert faults() == [("calls.E001", f"{enum.__name__} has 'orbit', which no such provider is named")]


def test_a_provider_that_is_no_member_is_named_for_each_enum_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    class Orbit(Sinch):
        name = "orbit"
        settings = tuple(Setting(each.name, f"orbit_{each.name}") for each in Sinch.settings)
        endpoints = ()

    replace(monkeypatch, Orbit())

    assert faults() == [
        ("calls.E002", f"The provider 'orbit' is no member of {enum}")
        for enum in ("CallProvider", "VoiceProvider", "NumberProvider")
    ]

    register(Orbit(), monkeypatch)

    assert faults() == []


def test_a_provider_without_settings_has_no_accounts_and_one_that_carries_nothing_no_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Pushing(Provider[Any]):
        name = "pushing"
        label = "Pushing"
        credentials = registry.provider_of("external").credentials

    add_member(CallProvider, "pushing", "Pushing", monkeypatch)
    replace(monkeypatch, Pushing())

    assert faults() == []


@pytest.mark.parametrize("names", [(), ("elevenlabs", "sinch")])
def test_agents_have_one_provider(names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in registry.providers():
        monkeypatch.setattr(type(provider), "holds_conversations", provider.name in names)

    assert [fault for fault, _ in faults()] == ["calls.E003"]


def test_a_field_stands_for_one_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sinch, "settings", (*Sinch.settings, Setting("auth_token", "twilio_auth_token")))

    assert faults() == [
        ("calls.E004", "Two settings have the field 'twilio_auth_token': bodies name each by its field")
    ]


def test_a_path_is_one_endpoints_and_fits_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    class Long(TwilioInbound):
        path: ClassVar[str] = "calls/" + "x" * 40

    monkeypatch.setattr(Twilio, "endpoints", (*Twilio.endpoints, Twilio.endpoints[0], Long()))

    assert [fault for fault, _ in faults()] == ["calls.E005"] * 2


def test_credentials_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sinch, "settings", Sinch.settings[1:])

    assert faults() == [
        ("calls.E006", "No setting of 'sinch' is the 'application_key' of its credentials"),
        ("calls.E006", "'application_key', the account of 'sinch', is none of its settings"),
    ]


def test_a_token_has_a_document_and_a_document_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    class Token(WireStruct):
        pass

    monkeypatch.setattr(Sinch, "token_document", None)
    monkeypatch.setattr(registry.provider_of("elevenlabs").__class__, "token_document", Token)

    assert [fault for fault, _ in faults()] == ["calls.E007"] * 2
