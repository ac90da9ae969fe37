"""Which provider carries an organization's calls, and with which credentials."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import VoiceAccount
from tests.admin_site import make_account, make_phone_number
from tests.at_once import at_once
from tests.calls.api.configuring import (
    ACTIVE,
    CONFIG,
    PROVIDERS,
    SECRETS,
    SINCH,
    SINCH_TOKEN,
    TWILIO,
    assert_refused,
    configure,
    paths_of,
    superadmin_of,
)
from tests.clients import ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_user
from tether_calls.accounts.models import AccessRole, User

BELOW = [role for role in AccessRole if role is not AccessRole.SUPERADMIN]


@pytest.fixture
def boss(user: User) -> ApiClient:
    """A superadmin of `user`'s organization."""
    return superadmin_of(user.organization)


# ---- Reading and writing ---------------------------------------------------------------------------------------------


def test_secrets_come_back_masked_to_their_last_four(boss: ApiClient) -> None:
    answer = boss.post(CONFIG, TWILIO)

    assert_is("CallsProviderConfigResponse", answer.body)
    config = answer.body["config"]
    assert (config["twilioAuthToken"], config["twilioApiKeySecret"]) == ("********1234", "********5678")
    assert config["twilioAccountSid"] == TWILIO["twilioAccountSid"]
    assert (config["isConfigured"], config["missing"], config["isActive"]) == (True, [], False)


def test_what_is_configured_is_listed_without_a_secret(boss: ApiClient) -> None:
    configure(boss, TWILIO)
    configure(boss, SINCH)

    answer = boss.get(CONFIG)

    assert_is("CallsProviderConfigsResponse", answer.body)
    assert [config["provider"] for config in answer.body["configs"]] == ["sinch", "twilio"]
    assert not [secret for secret in SECRETS if secret.encode() in answer.content]


def test_nothing_of_a_short_secret_is_shown(boss: ApiClient) -> None:
    assert configure(boss, TWILIO, twilioAuthToken="short-12345")["twilioAuthToken"] == "********"


def test_a_part_is_enough_and_what_is_missing_is_named(boss: ApiClient) -> None:
    config = configure(boss, {"provider": "twilio", "twilioAuthToken": TWILIO["twilioAuthToken"]})

    assert config["isConfigured"] is False
    assert config["missing"] == ["twilioAccountSid", "twilioApiKeySid", "twilioApiKeySecret", "twilioTwimlAppSid"]


@pytest.mark.parametrize("sent", ["", "********1234"])
def test_a_secret_that_comes_empty_or_as_its_mask_stays(boss: ApiClient, sent: str) -> None:
    configure(boss, TWILIO)

    configure(boss, {"provider": "twilio", "twilioAuthToken": sent, "phoneNumber": "+14165550109"})

    account = VoiceAccount.objects.get()
    assert account.secrets["auth_token"] == TWILIO["twilioAuthToken"]
    assert (account.account_id, account.phone_number) == (TWILIO["twilioAccountSid"], "+14165550109")


def test_a_mask_of_something_else_is_not_taken_for_a_secret(boss: ApiClient) -> None:
    configure(boss, TWILIO)
    assert paths_of(boss.post(CONFIG, {**TWILIO, "twilioAuthToken": "********9999"})) == ["twilioAuthToken"]


def test_null_removes_and_empty_removes_what_is_no_secret(boss: ApiClient) -> None:
    configure(boss, TWILIO)

    config = configure(boss, {"provider": "twilio", "twilioAuthToken": None, "phoneNumber": "", "twilioAccountSid": ""})

    assert config["missing"] == ["twilioAccountSid", "twilioAuthToken"]
    assert "phoneNumber" not in config
    assert "auth_token" not in VoiceAccount.objects.get().secrets


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"provider": "elevenlabs"}, "provider"),
        ({"provider": None}, "provider"),
        ({"provider": ["twilio"]}, "provider"),
        ({"twilioAccountSid": "SK" + "0" * 32}, "twilioAccountSid"),
        ({"twilioApiKeySid": "AC" + "0" * 32}, "twilioApiKeySid"),
        ({"twilioTwimlAppSid": "x"}, "twilioTwimlAppSid"),
        ({"twilioAccountSid": "AC" + "0" * 99}, "twilioAccountSid"),
        ({"twilioAuthToken": "x" * 201}, "twilioAuthToken"),
        ({"twilioAuthToken": "two words"}, "twilioAuthToken"),
        ({"twilioAuthToken": "line\r\nbreak"}, "twilioAuthToken"),
        ({"twilioAuthToken": 12345}, "twilioAuthToken"),
        ({"twilioAuthToken": {"a": 1}}, "twilioAuthToken"),
        ({"twilioAuthToken": True}, "twilioAuthToken"),
        ({"sinchApplicationSecret": "ax8hTTQJF0OPXL32r1LHMA=="}, "sinchApplicationSecret"),
        ({"phoneNumber": "416 555 0100"}, "phoneNumber"),
        ({"phoneNumber": 14165550100}, "phoneNumber"),
        ({**SINCH, "sinchApplicationSecret": "no base64!"}, "sinchApplicationSecret"),
        ({**SINCH, "sinchSipAddress": "http://trunk.example/"}, "sinchSipAddress"),
    ],
)
def test_what_is_wrong_is_named_without_its_value(boss: ApiClient, fields: dict[str, Any], path: str) -> None:
    whole = {} if fields.get("provider") == "sinch" else TWILIO
    answer = boss.post(CONFIG, {**whole, **fields})

    assert paths_of(answer) == [path]
    assert not VoiceAccount.objects.exists()
    assert not [secret for secret in SECRETS if secret.encode() in answer.content]
    assert b"no base64!" not in answer.content


@pytest.mark.parametrize("text", ["nul\0", "half \ud800"])
@pytest.mark.parametrize("field", ["provider", "twilioAuthToken", "phoneNumber"])
def test_text_that_no_database_takes_is_400(boss: ApiClient, field: str, text: str) -> None:
    assert boss.post(CONFIG, {**TWILIO, field: text}).status == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{", b"[" * 10_000])
@pytest.mark.parametrize("path", [CONFIG, ACTIVE])
def test_a_body_that_is_none_is_400(boss: ApiClient, path: str, body: bytes) -> None:
    assert boss.post(path, body).status == 400


def test_the_same_post_at_once_makes_one_account(transactional_db: None, user: User) -> None:
    token = superadmin_of(user.organization).token

    answers = at_once([lambda: ApiClient(token).post(CONFIG, TWILIO).status] * 4)

    assert answers == [200] * 4
    assert VoiceAccount.objects.count() == 1


# ---- The active one --------------------------------------------------------------------------------------------------


def test_a_provider_is_made_active_and_another_in_its_place(boss: ApiClient, api: ApiClient) -> None:
    configure(boss, TWILIO)
    configure(boss, SINCH)
    for body in (TWILIO, SINCH, SINCH):
        answer = boss.post(ACTIVE, {"provider": body["provider"]})

        assert_is("CallsProviderConfigResponse", answer.body)
        assert answer.body["config"]["isActive"] is True
        shown = api.get(PROVIDERS)
        assert_is("CallsProviderResponse", shown.body)
        assert shown.body == {"success": True, "provider": body["provider"], "phoneNumber": body["phoneNumber"]}
    assert VoiceAccount.objects.filter(is_active=True).count() == 1


def test_a_provider_that_is_not_configured_is_not_made_active(boss: ApiClient) -> None:
    assert_refused(boss.post(ACTIVE, {"provider": "twilio"}), 400, "PROVIDER_NOT_CONFIGURED")
    configure(boss, TWILIO, twilioApiKeySecret=None)

    answer = boss.post(ACTIVE, {"provider": "twilio"})

    assert_refused(answer, 400, "PROVIDER_NOT_CONFIGURED")
    assert "twilioApiKeySecret" in answer.body["error"]
    assert not VoiceAccount.objects.filter(is_active=True).exists()


@pytest.mark.parametrize("provider", ["elevenlabs", "external", "", None, 7, [], {}])
def test_what_is_no_browser_provider_is_not_made_active(boss: ApiClient, provider: Any) -> None:
    assert paths_of(boss.post(ACTIVE, {"provider": provider})) == ["provider"]


def test_the_active_provider_keeps_what_it_needs(boss: ApiClient) -> None:
    configure(boss, SINCH)
    boss.post(ACTIVE, {"provider": "sinch"})

    answer = boss.post(CONFIG, {"provider": "sinch", "sinchApplicationSecret": None})

    assert_refused(answer, 400, "PROVIDER_NOT_CONFIGURED")
    assert VoiceAccount.objects.get().secrets["application_secret"] == SINCH["sinchApplicationSecret"]


def test_both_made_active_at_once_leave_one(transactional_db: None, user: User) -> None:
    boss = superadmin_of(user.organization)
    configure(boss, TWILIO)
    configure(boss, SINCH)

    def choose(provider: str) -> int:
        return ApiClient(boss.token).post(ACTIVE, {"provider": provider}).status

    answers = at_once([partial(choose, provider) for provider in ("twilio", "sinch") * 3])

    assert answers == [200] * 6
    assert VoiceAccount.objects.filter(is_active=True).count() == 1


def test_without_an_active_provider_there_is_none_to_name(api: ApiClient) -> None:
    assert api.get(PROVIDERS).body == {"success": True}


def test_a_user_calls_from_their_own_default_number_of_the_active_provider(
    boss: ApiClient, api: ApiClient, user: User
) -> None:
    configure(boss, TWILIO)
    boss.post(ACTIVE, {"provider": "twilio"})
    assert user.organization is not None
    make_phone_number(user.organization, user=user, provider="sinch", is_default=True)
    own = make_phone_number(user.organization, user=user, provider="twilio", is_default=True)

    assert api.get(PROVIDERS).body["phoneNumber"] == own.phone_number
    assert boss.get(PROVIDERS).body["phoneNumber"] == TWILIO["phoneNumber"]


def test_the_number_shown_is_the_one_recorded_and_the_tokens(boss: ApiClient, api: ApiClient, user: User) -> None:
    def numbers() -> list[str | None]:
        shown, token = api.get(PROVIDERS).body, api.get(SINCH_TOKEN).body
        recorded = api.post("/api/calls/sdk/initiate", {"phoneNumber": "+14165550177"}).body["call"]
        return [shown.get("phoneNumber"), recorded.get("from"), token.get("callerIdentifier")]

    configure(boss, SINCH, phoneNumber=None)
    boss.post(ACTIVE, {"provider": "sinch"})
    assert numbers() == [None] * 3
    configure(boss, {"provider": "sinch", "phoneNumber": SINCH["phoneNumber"]})
    assert numbers() == [SINCH["phoneNumber"]] * 3
    assert user.organization is not None
    own = make_phone_number(user.organization, user=user, provider="sinch", is_default=True)
    assert numbers() == [own.phone_number] * 3


def test_an_account_that_carries_no_calls_is_no_browsers_provider(api: ApiClient, user: User) -> None:
    assert user.organization is not None
    make_account(user.organization, "elevenlabs", is_active=True, phone_number="+14165550188")

    recorded = api.post("/api/calls/sdk/initiate", {"phoneNumber": "+14165550177"}).body["call"]

    assert api.get(PROVIDERS).body == {"success": True}
    assert (recorded["provider"], "from" in recorded) == ("sinch", False)


def test_which_provider_costs_user_and_line(boss: ApiClient, api: ApiClient) -> None:
    configure(boss, TWILIO)
    boss.post(ACTIVE, {"provider": "twilio"})

    with CaptureQueriesContext(connection) as captured:
        api.get(PROVIDERS)

    assert len(captured) == 2


# ---- Removing --------------------------------------------------------------------------------------------------------


def test_a_removed_provider_is_gone_and_active_no_more(boss: ApiClient, api: ApiClient) -> None:
    configure(boss, TWILIO)
    boss.post(ACTIVE, {"provider": "twilio"})

    for _ in range(2):
        answer = boss.request("DELETE", f"{CONFIG}/twilio")
        assert answer.status == 200
        assert_is("CallsMessageResponse", answer.body)

    assert boss.get(CONFIG).body["configs"] == []
    assert api.get(PROVIDERS).body == {"success": True}


@pytest.mark.parametrize("name", ["elevenlabs", "TWILIO", "x", "%00", "%F0%9F%92%A9"])
def test_no_other_provider_can_be_removed(boss: ApiClient, user: User, name: str) -> None:
    assert user.organization is not None
    make_account(user.organization, "elevenlabs")

    assert_refused(boss.request("DELETE", f"{CONFIG}/{name}"), 404, "NOT_FOUND")
    assert VoiceAccount.objects.count() == 1


# ---- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", BELOW)
def test_below_superadmin_nothing_is_configured_nor_read(user: User, role: AccessRole) -> None:
    assert user.organization is not None
    make_account(user.organization)
    client = logged_in(make_user(organization=user.organization, access_role=role))

    answers = (
        client.get(CONFIG),
        client.post(CONFIG, TWILIO),
        client.post(ACTIVE, {"provider": "twilio"}),
        client.request("DELETE", f"{CONFIG}/twilio"),
    )

    for answer in answers:
        assert_refused(answer, 403, "FORBIDDEN")
    assert client.get(PROVIDERS).status == 200
    assert VoiceAccount.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("path", [PROVIDERS, CONFIG])
def test_without_a_token_nothing_is_read(path: str) -> None:
    assert_refused(ApiClient().get(path), 401, "UNAUTHORIZED")


def test_an_api_key_configures_nothing(vendor: ApiClient) -> None:
    assert_refused(vendor.post(CONFIG, TWILIO), 401, "UNAUTHORIZED")


def test_another_organization_neither_sees_nor_touches_it(boss: ApiClient, other_user: User) -> None:
    configure(boss, TWILIO)
    boss.post(ACTIVE, {"provider": "twilio"})
    stranger = superadmin_of(other_user.organization)

    assert stranger.get(CONFIG).body["configs"] == []
    assert stranger.get(PROVIDERS).body == {"success": True}
    assert_refused(stranger.post(ACTIVE, {"provider": "twilio"}), 400, "PROVIDER_NOT_CONFIGURED")
    configure(stranger, TWILIO, twilioAuthToken="of-the-stranger-0000")
    stranger.request("DELETE", f"{CONFIG}/twilio")

    account = VoiceAccount.objects.get()
    assert (account.secrets["auth_token"], account.is_active) == (TWILIO["twilioAuthToken"], True)


def test_no_secret_is_logged(boss: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    configure(boss, TWILIO)
    boss.post(CONFIG, {**TWILIO, "phoneNumber": "wrong"})
    boss.get(CONFIG)

    # The statements of the database in DEBUG have the column, which is encrypted.
    assert not [secret for secret in SECRETS if secret in caplog.text]
