"""Voice AI is configured without ever being shown."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import VoiceAccount
from tests.calls.api.configuring import VOICE_AI, assert_refused, paths_of, superadmin_of
from tests.clients import ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_user
from tether_calls.accounts.models import AccessRole, User

KEY, WEBHOOK_SECRET = "sk_elevenlabs_of_nobody", "wsec_of_nobody_at_all"
BOTH = {"aiVoiceProvider": "elevenlabs", "elevenlabsApiKey": KEY, "elevenlabsWebhookSecret": WEBHOOK_SECRET}
NOTHING = {
    "success": True,
    "elevenlabsApiKeyConfigured": False,
    "elevenlabsWebhookSecretConfigured": False,
    "toolSecretConfigured": False,
}


@pytest.fixture
def boss(user: User) -> ApiClient:
    return superadmin_of(user.organization)


def secrets_of(user: User) -> dict[str, str]:
    stored: dict[str, str] = VoiceAccount.objects.get(organization_id=user.organization_id).secrets
    return stored


def test_only_what_is_there_is_told_never_what_it_is(boss: ApiClient, api: ApiClient, user: User) -> None:
    assert api.get(VOICE_AI).body == NOTHING

    written = boss.post(VOICE_AI, BOTH)
    read = api.get(VOICE_AI)

    assert_is("CallsVoiceAiConfigResponse", written.body)
    assert written.body == read.body
    assert read.body == {
        **NOTHING,
        "aiVoiceProvider": "elevenlabs",
        "elevenlabsApiKeyConfigured": True,
        "elevenlabsWebhookSecretConfigured": True,
    }
    assert not [text for text in (KEY, WEBHOOK_SECRET, KEY[-4:]) if text.encode() in written.content + read.content]
    assert secrets_of(user) == {"api_key": KEY, "webhook_secret": WEBHOOK_SECRET}


def test_a_tool_secret_is_made_shown_once_and_replaced(boss: ApiClient, api: ApiClient, user: User) -> None:
    first, second = (boss.post(VOICE_AI, {"generateToolSecret": True}) for _ in range(2))

    assert_is("CallsVoiceAiConfigResponse", first.body)
    assert first.body["toolSecret"] != second.body["toolSecret"]
    assert len(second.body["toolSecret"]) >= 40
    assert first.headers["Cache-Control"] == "no-store"
    assert secrets_of(user) == {"tool_secret": second.body["toolSecret"]}
    assert api.get(VOICE_AI).body == boss.post(VOICE_AI, {}).body == {**NOTHING, "toolSecretConfigured": True}


@pytest.mark.parametrize("body", [{}, {"elevenlabsApiKey": ""}, {"generateToolSecret": False}, {"unknown": 1}])
def test_what_is_left_out_or_empty_stays(boss: ApiClient, user: User, body: dict[str, Any]) -> None:
    boss.post(VOICE_AI, BOTH)
    assert boss.post(VOICE_AI, body).status == 200
    assert secrets_of(user) == {"api_key": KEY, "webhook_secret": WEBHOOK_SECRET}


def test_null_removes(boss: ApiClient, user: User) -> None:
    boss.post(VOICE_AI, BOTH)
    assert boss.post(VOICE_AI, {"elevenlabsApiKey": None}).body["elevenlabsApiKeyConfigured"] is False
    assert secrets_of(user) == {"webhook_secret": WEBHOOK_SECRET}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("aiVoiceProvider", "openai"),
        ("aiVoiceProvider", None),
        ("elevenlabsApiKey", "two words"),
        ("elevenlabsApiKey", "line\nbreak"),
        ("elevenlabsApiKey", 7),
        ("elevenlabsApiKey", ["x"]),
        ("elevenlabsWebhookSecret", "x" * 201),
        ("generateToolSecret", "perhaps"),
        ("generateToolSecret", "true"),
        ("generateToolSecret", 1),
        ("generateToolSecret", None),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_saved(boss: ApiClient, field: str, value: Any) -> None:
    answer = boss.post(VOICE_AI, {**BOTH, field: value})

    assert paths_of(answer) == [field]
    assert KEY.encode() not in answer.content
    assert not VoiceAccount.objects.exists()


@pytest.mark.parametrize("role", [role for role in AccessRole if role is not AccessRole.SUPERADMIN])
def test_below_superadmin_it_is_read_only(user: User, role: AccessRole) -> None:
    client = logged_in(make_user(organization=user.organization, access_role=role))
    assert_refused(client.post(VOICE_AI, BOTH), 403, "FORBIDDEN")
    assert client.get(VOICE_AI).status == 200
    assert_refused(ApiClient().get(VOICE_AI), 401, "UNAUTHORIZED")


def test_another_organization_has_its_own(boss: ApiClient, other_user: User, user: User) -> None:
    boss.post(VOICE_AI, BOTH)
    stranger = superadmin_of(other_user.organization)

    assert stranger.get(VOICE_AI).body == NOTHING
    stranger.post(VOICE_AI, {"elevenlabsApiKey": "sk_other", "generateToolSecret": True})

    assert secrets_of(user) == {"api_key": KEY, "webhook_secret": WEBHOOK_SECRET}
