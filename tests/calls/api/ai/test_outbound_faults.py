"""POST /api/calls/ai/outbound, when the provider or the cache does not do what it should."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from django.core.cache import cache
from pytest_django import Settings

from calls.demo.simulator import Simulator
from calls.models import Call, CallStatus
from calls.services.agent_calls import dial_lock, place_call
from conversations.models import Message
from tests.caches import gone, gone_after_add
from tests.calls.api.ai.outbound import (
    OUTBOUND,
    Office,
    assert_is_answer,
    assert_refused,
    conversation,
    customer,
    dials,
    outbound,
)
from tests.calls.api.ingesting import nothing_kept
from tests.calls.event_log import events_of
from tests.clients import Answer, ApiClient
from tests.docs import settings_read
from tests.factories import make_call
from tests.servers_gone import closed_port
from tests.unhurried import HOUR, as_shipped, hold_the_clock_of_requests
from tests.waiting import PATIENCE, wait_until
from tether_calls.common.locks import CacheLock
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

BUSY_OURS = {"detail": {"status": "too_many_concurrent_requests", "message": "Too many concurrent requests."}}
BUSY_THEIRS = {"detail": {"status": "system_busy", "message": "The system is busy."}}


def assert_failed(answer: Answer, reason: str) -> None:
    """Certainly not placed: the call is over, and said to be."""
    assert_refused(answer, 500, "PROVIDER_ERROR")
    call = Call.objects.latest("id")
    assert (call.status, call.provider_call_id, call.duration) == (CallStatus.FAILED, None, 0)
    assert call.end_time is not None
    assert call.provider_metadata == {"failureReason": reason}
    assert events_of(call) == {"call_initiated": 1, "call_ended": 1, "fetch_messages": 1}
    assert Message.objects.get(call_id=call.pk).status == "failed"


def assert_undecided(answer: Answer) -> Call:
    """Perhaps placed: the call waits to be heard of."""
    assert_refused(answer, 500, "PROVIDER_UNKNOWN")
    call = Call.objects.get()
    assert (call.status, call.provider_call_id, call.end_time) == (CallStatus.INITIATED, None, None)
    assert events_of(call) == {"call_initiated": 1}
    return call


def test_a_refused_call_has_failed_and_may_be_tried_again_at_once(
    api: ApiClient, office: Office, simulator: Simulator
) -> None:
    assert_failed(outbound(api, phoneNumber=customer(7)), "refused")
    assert_failed(outbound(api, phoneNumber=customer(7)), "refused")

    assert dials(simulator) == 2


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, None, "unauthorized"),
        (403, None, "unauthorized"),
        (404, None, "not_found"),
        (422, None, "refused"),
        (422, {"detail": "The number is not allowed"}, "refused"),
        (429, BUSY_OURS, "busy"),
        (429, BUSY_THEIRS, "busy"),
        (200, {"success": False, "message": "No", "conversation_id": None, "sip_call_id": None}, "refused"),
    ],
)
def test_after_an_error_of_the_provider_the_next_try_gets_through(
    api: ApiClient, office: Office, simulator: Simulator, status: int, body: Any, reason: str
) -> None:
    simulator.fail("elevenlabs", "outbound-call", status=status, body=body)

    assert_failed(outbound(api, contactId=office.contact.pk), reason)

    answer = outbound(api, contactId=office.contact.pk)
    assert (answer.status, answer.body["deduplicated"], dials(simulator)) == (200, False, 2)


def test_a_provider_that_cannot_be_reached_was_not_asked(api: ApiClient, office: Office) -> None:
    office.account.base_url = f"http://127.0.0.1:{closed_port()}"
    office.account.save()

    assert_failed(outbound(api, contactId=office.contact.pk), "unavailable")


def test_an_agent_that_the_provider_does_not_know(api: ApiClient, office: Office, simulator: Simulator) -> None:
    office.agent.elevenlabs_agent_id = "agent_gone"
    office.agent.save()

    assert_failed(outbound(api, contactId=office.contact.pk), "not_found")


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 500, "after": True}),
        ("status", {"status": 502}),
        ("status", {"status": 503, "body": {"detail": None}}),
        ("status", {"status": 503, "after": True}),
        ("status", {"status": 504}),
        ("html", {"status": 200}),
        ("html", {"status": 502}),
        ("empty", {"status": 200}),
        ("close", {}),
        ("close", {"after": True}),
        ("status", {"status": 200, "body": {"conversation_id": "conv_1"}}),
        ("status", {"status": 200, "body": {"success": True, "conversation_id": None}}),
        ("status", {"status": 200, "body": {"success": False, "message": "No", "conversation_id": "conv_1"}}),
        ("status", {"status": 302, "body": {}}),
    ],
)
def test_an_answer_that_says_nothing_leaves_the_call_undecided_and_is_not_asked_again(
    api: ApiClient, office: Office, simulator: Simulator, fault: str, how: dict[str, Any]
) -> None:
    simulator.fail("elevenlabs", "outbound-call", fault, **how)

    assert_undecided(outbound(api, contactId=office.contact.pk))

    repeated = outbound(api, contactId=office.contact.pk)
    assert_refused(repeated, 429, "OUTBOUND_IN_FLIGHT")
    assert 1 <= int(repeated.headers["Retry-After"]) <= dial_lock.LOCK_SECONDS
    assert (Call.objects.count(), dials(simulator)) == (1, 1)


def test_an_answer_that_names_another_calls_conversation_is_undecided(
    api: ApiClient, office: Office, simulator: Simulator
) -> None:
    other = make_call(office.user, provider="elevenlabs", provider_call_id="conv_1")
    said = {"success": True, "message": "", "conversation_id": "conv_1", "sip_call_id": None}
    simulator.fail("elevenlabs", "outbound-call", status=200, body=said)

    assert_refused(outbound(api, contactId=office.contact.pk), 500, "PROVIDER_UNKNOWN")

    assert Call.objects.exclude(pk=other.pk).get().provider_call_id is None


def test_a_call_whose_answer_times_out_is_undecided_and_found_under_our_id(
    api: ApiClient, office: Office, simulator: Simulator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TETHER_DIAL_SECONDS = 0.3
    hold_the_clock_of_requests(monkeypatch)

    call = assert_undecided(outbound(api, phoneNumber=customer(8)))
    assert_refused(outbound(api, phoneNumber=customer(8)), 429, "OUTBOUND_IN_FLIGHT")

    wait_until(lambda: dials(simulator))
    (there,) = simulator.settle()["calls"]
    assert dials(simulator) == 1
    assert conversation(simulator, there["id"])["user_id"] == call.pk


def test_a_dial_ends_before_its_lock(
    api: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CacheLock, "seconds_left", place_call._LEAST_SECONDS)
    monkeypatch.setattr(place_call, "_MARGIN_SECONDS", place_call._LEAST_SECONDS - 0.3)
    hold_the_clock_of_requests(monkeypatch)
    simulator.fail("elevenlabs", "outbound-call", "stall")

    # Left to its own time-out, an hour, it would end after any test has been given up.
    assert_undecided(outbound(api, contactId=office.contact.pk))

    assert dials(simulator) == 1


def test_a_lock_lasts_longer_than_a_dial_may_take() -> None:
    assert as_shipped["calls.services.agent_calls.dial_lock.LOCK_SECONDS"] == 30
    assert settings_read.numbers()["TETHER_DIAL_SECONDS"] < 30 - place_call._MARGIN_SECONDS


def test_nothing_is_dialled_with_a_lock_that_has_almost_ended(
    api: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial_lock, "LOCK_SECONDS", 3)

    assert_refused(outbound(api, contactId=office.contact.pk), 500, "LOCK_UNAVAILABLE")

    assert dials(simulator) == 0
    assert Call.objects.get().status == CallStatus.FAILED


def test_a_lock_ends_by_itself(
    api: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial_lock, "LOCK_SECONDS", 1)
    # As many as it likes: what is asked here is when the next one may dial.
    monkeypatch.setattr(CacheLock, "seconds_left", HOUR)
    simulator.fail("elevenlabs", "outbound-call", "close")
    assert_undecided(outbound(api, contactId=office.contact.pk))

    wait_until(lambda: outbound(api, contactId=office.contact.pk).status == 200, what="the lock's end", every=0.1)

    assert dials(simulator) == 2


# ---- The cache -----------------------------------------------------------------------------------------------------


def test_without_the_cache_nothing_is_dialled(
    api: ApiClient, office: Office, simulator: Simulator, settings: Settings
) -> None:
    settings.CACHES = gone()

    with nothing_kept():
        assert_refused(outbound(api, contactId=office.contact.pk), 500, "LOCK_UNAVAILABLE")
    assert dials(simulator) == 0


def test_a_cache_that_goes_away_meanwhile_takes_nothing_from_a_call_that_is_placed(
    api: ApiClient, office: Office, simulator: Simulator, settings: Settings
) -> None:
    settings.CACHES = gone_after_add()
    try:
        assert outbound(api, contactId=office.contact.pk).status == 200
        assert_refused(outbound(api, contactId=office.contact.pk), 500, "LOCK_UNAVAILABLE")
        assert_failed(outbound(api, phoneNumber=customer(7)), "refused")
    finally:
        cache.clear()
    assert dials(simulator) == 2


# ---- The database --------------------------------------------------------------------------------------------------


def test_a_call_that_cannot_be_written_is_not_dialled_and_frees_its_lock(
    api: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch, nothing_kept():
        patch.setattr("calls.services.agent_calls.place_call.publish", broken)
        assert outbound(api, contactId=office.contact.pk).status == 500

    assert outbound(api, contactId=office.contact.pk).status == 200
    assert dials(simulator) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["contact", "agent"])
def test_what_is_deleted_at_the_last_moment_is_not_found(
    api: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def take_after_deletion(**names: str) -> Any:
        getattr(office, what).delete()
        return dial_lock.acquire_dial_lock(**names)

    monkeypatch.setattr(place_call, "acquire_dial_lock", take_after_deletion)

    assert_refused(outbound(api, contactId=office.contact.pk), 404, "CONTACT_NOT_FOUND")

    assert dials(simulator) == Call.objects.count() == EventLog.objects.count() == 0


def test_an_accepted_call_that_cannot_be_updated_is_not_dialled_again(
    api: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("calls.services.agent_calls.place_call.apply_report", broken)
        assert_refused(outbound(api, contactId=office.contact.pk), 500, "INTERNAL_ERROR")

    repeated = outbound(api, contactId=office.contact.pk)
    assert (repeated.status, repeated.body["deduplicated"], dials(simulator)) == (200, True, 1)


@pytest.mark.django_db(transaction=True)
def test_row_and_event_are_there_before_the_provider_answers(
    live_url: str, api: ApiClient, office: Office, simulator: Simulator
) -> None:
    simulator.fail("elevenlabs", "outbound-call", "stall")
    headers = {"Authorization": f"Bearer {api.token}"}
    body = {"contactId": office.contact.pk}

    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(requests.post, live_url + OUTBOUND, json=body, headers=headers, timeout=PATIENCE)
        wait_until(lambda: dials(simulator))
        # Committed, since other connections read it.
        assert not asked.done()
        call = Call.objects.get()
        assert call.status == CallStatus.INITIATED
        assert EventLog.objects.get().data["call"]["_id"] == call.pk
        assert not asked.done()
        simulator.stop()  # hangs up, else the provider's silence lasts until the time-out

    assert_is_answer(asked.result().status_code, asked.result().json())
    assert asked.result().json()["code"] == "PROVIDER_UNKNOWN"
