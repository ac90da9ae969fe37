"""Accounts of the demo that somebody has made their own are neither touched nor told of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import transaction
from django.db.models import QuerySet
from django.test import override_settings

from calls.demo.people import OTHER, USER
from calls.demo.providers import DemoProviders
from calls.models import VoiceAccount, VoiceProvider
from calls.services.voice_accounts.configure_account import configure_account
from calls.services.voice_accounts.remove_account import remove_account
from tests.calls.demo.starts import EVERYTHING_TOLD, TOLD_OF, few_calls, free_address, started, told
from tether_calls.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("simulated")]

# A key that opens something, and what it is called when it is entered.
OWN_KEYS = {
    VoiceProvider.ELEVENLABS: {"elevenlabs_api_key": "sk_own"},
    VoiceProvider.SINCH: {"sinch_application_key": "own-key"},
    VoiceProvider.TWILIO: {"twilio_account_sid": "AC0wn"},
}


@pytest.fixture(scope="module")
def begun(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The data folder and the demo.json of one first start, which is every test's here; taken back after the module."""
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), transaction.atomic():
        with few_calls(), override_settings(DATA_DIR=folder, TETHER_SIMULATOR=True), started(free_address()) as made:
            document = made
        yield folder, document
        transaction.set_rollback(True)


@pytest.fixture
def first_start(begun: tuple[Path, dict[str, Any]], tmp_path: Path) -> dict[str, Any]:
    folder, document = begun
    copytree(folder, tmp_path, dirs_exist_ok=True)
    return document


def accounts_of(organization_id: str) -> QuerySet[VoiceAccount]:
    return VoiceAccount.objects.of_organization(organization_id)


@pytest.mark.parametrize("provider", OWN_KEYS)
def test_an_account_with_a_key_of_somebodys_own_is_left_alone_and_not_told(
    base_url: str, organization_id: str, provider: VoiceProvider
) -> None:
    configure_account(organization_id=organization_id, provider=provider, changes=OWN_KEYS[provider])
    before = accounts_of(organization_id).filter(provider=provider).values().get()

    with started(base_url) as document:
        assert told(document) == EVERYTHING_TOLD - TOLD_OF[provider]
    assert accounts_of(organization_id).filter(provider=provider).values().get() == before


@pytest.mark.parametrize("address", ["", "https://api.elevenlabs.io", "http://127.0.0.1.example.com:80"])
def test_an_account_that_is_pointed_elsewhere_is_left_alone_and_not_told(
    base_url: str, organization_id: str, address: str
) -> None:
    accounts_of(organization_id).filter(provider=VoiceProvider.ELEVENLABS).update(base_url=address)

    with started(base_url) as document:
        assert told(document) == EVERYTHING_TOLD - TOLD_OF[VoiceProvider.ELEVENLABS]
    assert accounts_of(organization_id).get(provider=VoiceProvider.ELEVENLABS).base_url == address


def test_an_account_that_was_removed_does_not_come_back(base_url: str, organization_id: str) -> None:
    remove_account(organization_id=organization_id, provider=VoiceProvider.TWILIO)

    with started(base_url) as document:
        assert told(document) == EVERYTHING_TOLD - TOLD_OF[VoiceProvider.TWILIO]
    assert not accounts_of(organization_id).filter(provider=VoiceProvider.TWILIO).exists()


def test_accounts_that_no_key_opens_any_more_are_no_obstacle(base_url: str, first_start: Any, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with started(base_url) as document:
        assert told(document) == set()


def test_where_all_accounts_are_somebodys_own_nothing_is_simulated(base_url: str, organization_id: str) -> None:
    VoiceAccount.objects.update(base_url="")

    with DemoProviders() as providers:
        providers.connect(organization_id, base_url=base_url)
        assert providers.url is None


def test_switched_off_it_makes_no_account_and_tells_of_none(base_url: str, organization_id: str, settings: Any) -> None:
    settings.TETHER_SIMULATOR = False
    accounts_of(organization_id).filter(provider=VoiceProvider.TWILIO).delete()

    with started(base_url) as document:
        assert told(document) == set()
    assert accounts_of(organization_id).count() == 2


def test_the_other_organization_has_no_accounts(first_start: dict[str, Any]) -> None:
    other, user = User.objects.get(email=OTHER.email), User.objects.get(email=USER.email)

    assert not VoiceAccount.objects.of_organization(other.home_id).exists()
    assert VoiceAccount.objects.of_organization(user.home_id).count() == 3
