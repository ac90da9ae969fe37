"""Secrets at rest: encrypted in the database, readable as long as their key is there, and never in clear anywhere."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection

from calls.models import VoiceAccount, WebhookSubscription
from tests.admin_site import make_account, make_webhook
from tests.calls.api.configuring import CONFIG, PROVIDERS, TWILIO, TWILIO_TOKEN, assert_refused, superadmin_of
from tests.clients import ApiClient
from tests.factories import make_organization
from tether_calls.accounts.models import User
from tether_calls.common.encryption import UndecipherableSecret, decrypt, encrypt
from tether_calls.common.masking import masked

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture(autouse=True)
def _old_key(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]


@pytest.fixture
def account(db: None) -> VoiceAccount:
    return make_account(make_organization())


def column() -> str:
    """What the database holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM calls_voiceaccount")
        ((stored,),) = cursor.fetchall()
    return str(stored)


def rotate() -> str:
    output = io.StringIO()
    call_command("reencrypt_secrets", stdout=output)
    return output.getvalue()


def test_the_column_never_holds_the_plain_text(account: VoiceAccount) -> None:
    stored = column()

    assert stored.startswith("gAAAAA")
    for name, secret in account.secrets.items():
        assert name not in stored
        assert secret not in stored
    assert json.loads(Fernet(OLD).decrypt(stored)) == account.secrets


def test_the_same_secrets_are_stored_differently_each_time(account: VoiceAccount) -> None:
    before = column()
    account.save()
    assert column() != before


def test_what_is_configured_over_the_api_is_encrypted(user: User) -> None:
    assert superadmin_of(user.organization).post(CONFIG, TWILIO).status == 200
    assert TWILIO["twilioAuthToken"] not in column()
    assert VoiceAccount.objects.get().secrets["auth_token"] == TWILIO["twilioAuthToken"]


def test_a_dump_holds_no_plain_text_and_can_be_loaded(account: VoiceAccount) -> None:
    secrets = dict(account.secrets)
    dump = serializers.serialize("json", VoiceAccount.objects.all())
    assert not [secret for secret in secrets.values() if secret in dump]

    VoiceAccount.objects.all().delete()
    for row in serializers.deserialize("json", dump):
        row.save()

    assert VoiceAccount.objects.get().secrets == secrets


# ---- Rotation --------------------------------------------------------------------------------------------------------


def test_a_new_key_in_front_writes_and_the_old_one_still_reads(account: VoiceAccount, settings: Any) -> None:
    secrets = dict(account.secrets)
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    assert VoiceAccount.objects.get().secrets == secrets
    VoiceAccount.objects.get().save()

    settings.ENCRYPTION_KEYS = [NEW]
    assert VoiceAccount.objects.get().secrets == secrets


def test_after_the_command_the_old_key_is_not_needed(account: VoiceAccount, settings: Any) -> None:
    secrets = dict(account.secrets)
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    printed = rotate()

    assert printed == "Encrypted the secrets of 1 accounts and webhooks with the newest key\n"
    settings.ENCRYPTION_KEYS = [NEW]
    assert VoiceAccount.objects.get().secrets == secrets


def test_the_command_does_webhooks_as_well(db: None, settings: Any) -> None:
    webhook = make_webhook(make_organization())
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    rotate()
    settings.ENCRYPTION_KEYS = [NEW]
    assert WebhookSubscription.objects.get().secrets == webhook.secrets


def test_the_command_says_which_accounts_no_key_opens_and_does_the_others(account: VoiceAccount, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [NEW]
    other = make_account(make_organization())

    with pytest.raises(CommandError, match=account.pk) as refused:
        rotate()

    assert other.pk not in str(refused.value)
    assert VoiceAccount.objects.get(pk=other.pk).secrets == other.secrets


# ---- A key taken away ------------------------------------------------------------------------------------------------


def test_a_key_taken_away_is_an_error_of_its_own(settings: Any) -> None:
    token = encrypt("secret-of-nobody")
    settings.ENCRYPTION_KEYS = [NEW]

    with pytest.raises(UndecipherableSecret) as raised:
        decrypt(token)

    assert not [text for text in ("secret-of-nobody", token, OLD, NEW) if text in f"{raised.value!r}"]
    # Nothing of the cipher's, which has the token in it.
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("stored", ["", "x", "gAAAAA", "ü", "{}"])
def test_what_was_never_encrypted_is_the_same_error(stored: str) -> None:
    with pytest.raises(UndecipherableSecret):
        decrypt(stored)


def test_over_the_api_it_is_a_clear_code_and_there_is_a_way_back(
    user: User, api: ApiClient, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    boss = superadmin_of(user.organization)
    boss.post(CONFIG, TWILIO)
    boss.post(f"{PROVIDERS}/active", {"provider": "twilio"})
    settings.ENCRYPTION_KEYS = [NEW]

    for answer in (api.get(TWILIO_TOKEN), boss.get(CONFIG), boss.post(CONFIG, TWILIO)):
        assert_refused(answer, 500, "SECRETS_UNREADABLE")
        assert TWILIO["twilioAuthToken"].encode() not in answer.content
    assert api.get(PROVIDERS).body["provider"] == "twilio"
    assert not [text for text in (TWILIO["twilioAuthToken"], OLD, NEW) if text in caplog.text]

    assert boss.request("DELETE", f"{CONFIG}/twilio").status == 200
    assert boss.post(CONFIG, TWILIO).status == 200
    assert api.get(TWILIO_TOKEN).status == 200


# ---- Masks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("", ""),
        ("x", "********"),
        ("eleven char", "********"),
        ("twelve chars", "********hars"),
        ("y" * 100 + "1234", "********1234"),
    ],
)
def test_a_mask_shows_four_characters_at_most_and_no_length(secret: str, shown: str) -> None:
    assert masked(secret) == shown
