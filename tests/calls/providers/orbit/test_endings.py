"""A call over a fourth provider ends: by a user of ours, where the provider can hang up; or because it is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from calls.models import Call, VoiceAccount
from calls.providers import registry
from calls.providers.base import Provider
from calls.services.reconciling.finish_lookup import Outcome
from calls.services.reconciling.reconcile_calls import GIVE_UP_AFTER
from tests.calls.event_log import event_names
from tests.calls.providers.orbit.office import (
    make_account,
    make_running,
)
from tests.calls.providers.orbit.provider import ORBIT_THAT_HANGS_UP, Orbit
from tests.calls.providers.orbit.world import OrbitWorld
from tests.calls.services.reconciling.forgotten import make_forgotten, outcome_of
from tests.clients import ApiClient
from tether_calls.accounts.models import User

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture
def hangs_up(account: VoiceAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orbit can end a call."""
    monkeypatch.setitem(registry._PROVIDERS, "orbit", ORBIT_THAT_HANGS_UP)


# ---- Hanging up ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["initiated", "ringing", "in-progress", "answered"])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("configured", [True, False])
def test_a_provider_that_cannot_hang_up_has_never_done_so(
    status: str, named: bool, configured: bool, user: User, api: ApiClient, world: OrbitWorld
) -> None:
    if configured:
        make_account(user, base_url=world.url)
    call = make_running(user, status=status, provider_call_id=world.begin() if named else None)
    before = Call.objects.values().get()

    answer = api.post(f"/api/calls/{call.pk}/terminate")

    assert (answer.status, answer.body["code"]) == (409, "CALL_NOT_TERMINABLE")
    assert b"Call ended" not in answer.content
    assert Call.objects.values().get() == before
    assert (event_names(call.pk), world.requests()) == ([], 0)


@pytest.mark.usefixtures("hangs_up")
def test_one_that_can_ends_the_call_and_so_do_we(user: User, api: ApiClient, world: OrbitWorld) -> None:
    call = make_running(user, provider_call_id=world.begin())

    answer = api.post(f"/api/calls/{call.pk}/terminate")

    assert (answer.status, answer.body["message"]) == (200, "Call ended")
    assert not world.goes_on("orb-1")
    call.refresh_from_db()
    assert (call.status, event_names(call.pk)) == ("completed", ["call_ended"])


@pytest.mark.usefixtures("hangs_up")
def test_one_that_is_away_leaves_the_call_as_it_was(user: User, api: ApiClient) -> None:
    VoiceAccount.objects.update(base_url="http://127.0.0.1:1")
    call = make_running(user, provider_call_id="orb-1")

    assert api.post(f"/api/calls/{call.pk}/terminate").body["code"] == "PROVIDER_ERROR"

    call.refresh_from_db()
    assert (call.status, event_names(call.pk)) == ("in-progress", [])


# ---- Calls that fell silent ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "outcome", "status"),
    [
        ("finished", Outcome.SETTLED, "completed"),
        ("engaged", Outcome.SETTLED, "busy"),
        ("talking", Outcome.GOING_ON, "in-progress"),
    ],
)
def test_reconciliation_asks_it_and_ends_the_call_as_it_says(
    there: str, outcome: Outcome, status: str, user: User, account: VoiceAccount, world: OrbitWorld
) -> None:
    ref = world.begin(state=there, seconds=63)
    call = make_forgotten(user, provider="orbit", provider_call_id=ref, status="in-progress")

    assert outcome_of() == [outcome]

    call.refresh_from_db()
    assert (call.status, world.requests()) == (status, 1)


def test_a_call_that_it_does_not_know_has_failed(user: User, account: VoiceAccount) -> None:
    call = make_forgotten(user, provider="orbit", provider_call_id="orb-of-nobody")

    assert outcome_of() == [Outcome.FAILED]

    call.refresh_from_db()
    assert call.provider_metadata == {"failureReason": "unknown_at_provider"}


def test_without_credentials_it_is_not_asked(user: User, world: OrbitWorld) -> None:
    make_forgotten(user, provider="orbit", provider_call_id=world.begin())

    assert outcome_of() == [Outcome.NO_CREDENTIALS]
    assert world.requests() == 0


@pytest.mark.parametrize(
    ("status", "age", "outcome"),
    [
        ("ringing", timedelta(hours=1), Outcome.FAILED),
        ("in-progress", timedelta(hours=1), Outcome.GOING_ON),
        ("in-progress", GIVE_UP_AFTER, Outcome.FAILED),
    ],
)
def test_one_that_cannot_be_asked_has_no_say_in_how_a_call_ended(
    status: str,
    age: timedelta,
    outcome: Outcome,
    user: User,
    account: VoiceAccount,
    world: OrbitWorld,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor is it hung up on by silence: one that was answered may go on for a day."""
    monkeypatch.setattr(Orbit, "look_up", Provider.look_up)
    call = make_forgotten(user, provider="orbit", provider_call_id=world.begin(), status=status, age=age)

    assert outcome_of() == [outcome]

    call.refresh_from_db()
    reason = {"failureReason": "unheard_of"} if outcome is Outcome.FAILED else {}
    assert (call.provider_metadata, world.requests()) == (reason, 0)
