"""POST /api/v1/calls with an Idempotency-Key: one call, and one answer, whatever happens meanwhile."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import requests

from calls.demo.simulator import Simulator
from calls.models import Call, CallStatus, IdempotentRequest, PhoneNumber
from calls.services.agent_calls import idempotency, place_call
from calls.services.agent_calls.dial_lock import acquire_dial_lock
from calls.services.prune import prune
from contacts.models import Contact
from tests.calls.api.ai.outbound import Office, customer, dials, make_office
from tests.calls.partner.dialling import assert_placed, body, dial, post, post_over_http
from tests.calls.partner.partners import assert_error, partner_of
from tests.clients import Answer, ApiClient
from tests.factories import make_do_not_call, make_prepaid, make_user
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def assert_repeated(answer: Answer, first: Answer) -> None:
    assert (answer.status, answer.body) == (first.status, first.body)
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


def assert_running(answer: Answer) -> None:
    assert_error(answer, 409, "idempotency_in_progress")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def later(**delta: float) -> None:
    """As if the requests had come so long ago."""
    for request in IdempotentRequest.objects.all():
        request.created_at -= timedelta(**delta)
        request.save()


def killed(*args: Any, **kwargs: Any) -> None:
    """What a process that is killed does not get to handle."""
    raise SystemExit


# ---- The first answer again ----------------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_first_answer(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    first = dial(partner, key=KEY)
    assert_placed(first)

    # Long after the lock against double calls; and whatever has changed since.
    simulator.fail("elevenlabs", "outbound-call", status=500)
    make_do_not_call(office.agent.organization, phone_number=customer(0))
    office.agent.name = "Renamed"
    office.agent.save()
    later(hours=23)

    assert_repeated(dial(partner, key=KEY), first)
    assert (dials(simulator), Call.objects.count()) == (1, 1)


def test_a_body_is_the_same_however_it_is_written(partner: ApiClient, office: Office) -> None:
    first = post(partner, body(variables={"b": [1, 2], "a": "ü"}), key=KEY)
    turned = {"variables": {"a": "ü", "b": [1, 2]}, **dict(reversed(body().items()))}

    assert_repeated(post(partner, json.dumps(turned, indent=2, ensure_ascii=False).encode(), key=KEY), first)


@pytest.mark.parametrize(
    "changed", [{"phone_number": customer(1)}, {"variables": {"a": 2}}, {"agent_id": "nobody"}, {"more": 1}], ids=str
)
def test_another_body_is_a_conflict(partner: ApiClient, office: Office, simulator: Simulator, changed: Any) -> None:
    assert_placed(dial(partner, key=KEY, variables={"a": 1}))

    assert_error(dial(partner, key=KEY, **{"variables": {"a": 1}, **changed}), 409, "idempotency_conflict")
    assert dials(simulator) == 1


def test_another_key_is_another_request(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    assert [dial(partner, key=key, phone_number=customer(1)).status for key in ("a", "A")] == [201, 200]
    assert dial(partner, key="b", phone_number=customer(2)).status == 201
    assert dials(simulator) == 2


def test_a_repeat_counts_as_no_dial(office: Office) -> None:
    partner = partner_of(office.user, dials_per_day=1)
    first = dial(partner, key=KEY)

    assert_repeated(dial(partner, key=KEY), first)


def test_another_key_of_the_organization_gets_the_same(office: Office) -> None:
    colleague = make_user(organization=office.user.organization)
    first = dial(partner_of(office.user), key=KEY)

    assert_repeated(dial(partner_of(colleague), key=KEY), first)


def test_another_organization_has_keys_of_its_own(
    partner: ApiClient, other_partner: ApiClient, other_user: User, office: Office, simulator: Simulator
) -> None:
    assert_placed(dial(partner, key=KEY))

    assert_error(dial(other_partner, key=KEY), 404, "agent_not_found")
    assert_error(dial(other_partner, key=KEY, phone_number=customer(1)), 404, "agent_not_found")
    assert IdempotentRequest.objects.get().organization_id == office.user.organization_id


def test_two_organizations_use_the_same_key(
    partner: ApiClient, other_partner: ApiClient, other_user: User, office: Office, simulator: Simulator
) -> None:
    first = dial(partner, key=KEY)
    PhoneNumber.objects.all().update(phone_number="+12025550109")
    theirs = make_office(other_user, simulator)
    theirs.number.ai_agent = theirs.agent
    theirs.number.save()

    second = dial(other_partner, key=KEY)

    assert (first.status, second.status) == (201, 201)
    assert first.body["id"] != second.body["id"]


def test_a_day_later_it_is_a_new_request(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    assert_placed(dial(partner, key=KEY))
    later(hours=24, seconds=1)

    again = dial(partner, key=KEY, phone_number=customer(1))

    assert_placed(again)
    assert "Idempotent-Replayed" not in again.headers
    assert (dials(simulator), IdempotentRequest.objects.count()) == (2, 1)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ü", "\x7f"], ids=repr)
def test_a_key_that_is_none(partner: ApiClient, office: Office, simulator: Simulator, key: str) -> None:
    answer = dial(partner, key=key)

    assert_error(answer, 400, "invalid_request")
    assert "Idempotency-Key" in answer.body["message"]
    assert dials(simulator) == 0


@pytest.mark.parametrize("key", ["x" * 255, " ", "~!@#$%^&*()_+ {}"])
def test_a_key_that_is_one(partner: ApiClient, office: Office, key: str) -> None:
    first = dial(partner, key=key)
    assert_repeated(dial(partner, key=key), first)


# ---- What is kept, and what is not ---------------------------------------------------------------------------------


def test_what_is_refused_before_a_dial_may_be_sent_again(
    partner: ApiClient, office: Office, simulator: Simulator
) -> None:
    entry = make_do_not_call(office.agent.organization, phone_number=customer(0))
    wallet = make_prepaid(office.agent.organization)
    assert dial(partner, key=KEY, agent_id="nobody").status == 404
    assert dial(partner, key=KEY, variables=1).status == 400
    assert dial(partner, key=KEY).status == 403
    entry.delete()
    assert dial(partner, key=KEY).status == 402
    assert not IdempotentRequest.objects.exists()
    make_prepaid(wallet.organization, "10")

    assert_placed(dial(partner, key=KEY))
    assert dials(simulator) == 1


def test_what_is_being_dialled_by_somebody_else_may_be_sent_again(
    partner: ApiClient, office: Office, simulator: Simulator
) -> None:
    simulator.fail("elevenlabs", "outbound-call", "close", after=True)
    assert dial(partner).status == 500

    assert_error(dial(partner, key=KEY), 429, "rate_limit_exceeded")
    assert not IdempotentRequest.objects.exists()


@pytest.mark.parametrize(
    ("fault", "how"), [("status", {"status": 422}), ("status", {"status": 503}), ("close", {"after": True})], ids=str
)
def test_a_dial_that_failed_is_not_repeated(
    partner: ApiClient, office: Office, simulator: Simulator, fault: str, how: Any
) -> None:
    simulator.fail("elevenlabs", "outbound-call", fault, **how)
    first = dial(partner, key=KEY)
    assert first.status == 500

    assert_repeated(dial(partner, key=KEY), first)
    assert (dials(simulator), Call.objects.count()) == (1, 1)


def test_a_fault_of_ours_before_the_dial_may_be_sent_again(
    partner: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(place_call, "publish", broken)
        assert dial(partner, key=KEY).status == 500
    assert dials(simulator) == 0

    assert_placed(dial(partner, key=KEY))


# ---- A process that is gone ----------------------------------------------------------------------------------------


def die(partner: ApiClient, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Send the request to a process that ends there, without a chance to tidy up."""
    with monkeypatch.context() as patch:
        patch.setattr(place_call, where, killed)
        patch.setattr("calls.services.agent_calls.idempotency.Once.release", lambda _: True)
        with pytest.raises(SystemExit):
            dial(partner, key=KEY)


def test_after_a_crash_between_dial_and_answer_the_call_answers(
    partner: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    die(partner, monkeypatch, "apply_report")
    call = Call.objects.get()
    assert (dials(simulator), IdempotentRequest.objects.get().call_id) == (1, call.pk)
    assert_running(dial(partner, key=KEY))
    assert_error(dial(partner, key=KEY, phone_number=customer(1)), 409, "idempotency_conflict")

    later(seconds=idempotency.RUNS_AT_MOST.total_seconds())
    answer = dial(partner, key=KEY)

    assert (answer.status, answer.body["call_id"], answer.body["status"]) == (201, call.pk, "queued")
    assert answer.body["agent"]["assistant_id"] == office.agent.elevenlabs_agent_id
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert (dials(simulator), Call.objects.count()) == (1, 1)


def test_the_call_answers_also_when_its_agent_is_gone(
    partner: ApiClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    die(partner, monkeypatch, "apply_report")
    later(seconds=idempotency.RUNS_AT_MOST.total_seconds())
    office.agent.delete()

    assert dial(partner, key=KEY).body["agent"] is None


def test_a_call_that_failed_answers_that_it_was_not_placed(
    partner: ApiClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    die(partner, monkeypatch, "apply_report")
    later(seconds=idempotency.RUNS_AT_MOST.total_seconds())
    Call.objects.update(status=CallStatus.FAILED)

    answer = dial(partner, key=KEY)

    assert_error(answer, 500, "server_error")
    assert answer.body["message"] == "The call was not placed"


def test_a_call_that_was_deleted_is_not_dialled_again(
    partner: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    die(partner, monkeypatch, "apply_report")
    later(seconds=idempotency.RUNS_AT_MOST.total_seconds())
    Call.objects.all().delete()

    answer = dial(partner, key=KEY)

    assert_error(answer, 500, "server_error")
    assert "may have been placed" in answer.body["message"]
    assert dials(simulator) == 1


def test_after_a_crash_before_the_dial_the_next_one_dials(
    partner: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    die(partner, monkeypatch, "acquire_dial_lock")
    assert_running(dial(partner, key=KEY))

    later(seconds=idempotency.RUNS_AT_MOST.total_seconds())

    assert_placed(dial(partner, key=KEY))
    assert dials(simulator) == 1


def test_a_process_that_was_given_up_too_early_dials_no_more(
    partner: ApiClient, office: Office, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs before its dial for longer than a request runs; meanwhile another one has taken its place."""

    def hang(**names: str) -> Any:
        monkeypatch.undo()
        later(seconds=idempotency.RUNS_AT_MOST.total_seconds())
        assert_placed(dial(partner, key=KEY))
        return acquire_dial_lock(**{**names, "to_number": "another, as if the lock had ended"})

    monkeypatch.setattr(place_call, "acquire_dial_lock", hang)

    assert_running(dial(partner, key=KEY))
    assert (dials(simulator), Call.objects.count()) == (1, 1)


# ---- At the same moment --------------------------------------------------------------------------------------------


def post_at_once(live_url: str, clients: list[ApiClient], sent: Any, **headers: str) -> list[requests.Response]:
    barrier = Barrier(len(clients))

    def send(client: ApiClient) -> requests.Response:
        barrier.wait(timeout=PATIENCE)
        return post_over_http(live_url, client, sent, **headers)

    with ThreadPoolExecutor(len(clients)) as threads:
        return list(threads.map(send, clients))


@pytest.mark.parametrize("key", [None, KEY])
def test_of_twenty_identical_requests_at_once_one_dials(
    live_url: str, office: Office, simulator: Simulator, key: str | None
) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    partner = partner_of(office.user)

    answers = post_at_once(live_url, [partner] * 20, body(phone_number=customer(1)), **headers)

    statuses = Counter(answer.status_code for answer in answers)
    fresh = [a for a in answers if a.status_code == 201 and "Idempotent-Replayed" not in a.headers]
    assert len(fresh) == 1
    assert statuses.keys() <= ({201, 409} if key else {201, 200, 429})
    assert len({answer.json()["id"] for answer in answers if answer.status_code < 400}) == 1
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code >= 400)
    assert dials(simulator) == Call.objects.count() == 1
    assert Contact.objects.filter(phone_number=customer(1)).count() == 1


def test_of_two_keys_of_one_organization_at_once_one_dials(live_url: str, office: Office, simulator: Simulator) -> None:
    """The lock against double calls is each user's; the Idempotency-Key is the organization's."""
    colleague = make_user(organization=office.user.organization)
    clients = [partner_of(office.user), partner_of(colleague)] * 5

    answers = post_at_once(live_url, clients, body(), **{"Idempotency-Key": KEY})

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert dials(simulator) == 1


def test_while_the_first_one_runs_others_are_told_to_wait(live_url: str, office: Office, simulator: Simulator) -> None:
    simulator.fail("elevenlabs", "outbound-call", "stall")
    partner = partner_of(office.user)

    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(post_over_http, live_url, partner, body(), **{"Idempotency-Key": KEY})
        wait_until(lambda: dials(simulator))
        second = post_over_http(live_url, partner, body(), **{"Idempotency-Key": KEY})
        call_id = IdempotentRequest.objects.get().call_id
        simulator.stop()

    assert (second.status_code, second.json()["error"]) == (409, "idempotency_in_progress")
    assert 1 <= int(second.headers["Retry-After"]) <= 60
    assert call_id == Call.objects.get().pk
    first = asked.result()
    repeated = post_over_http(live_url, partner, body(), **{"Idempotency-Key": KEY})
    assert (first.status_code, repeated.status_code, repeated.json()) == (500, 500, first.json())


# ---- Pruning -------------------------------------------------------------------------------------------------------


def test_what_is_older_than_a_day_is_pruned(partner: ApiClient, office: Office) -> None:
    assert_placed(dial(partner, key="old"))
    later(hours=24)
    first = dial(partner, key="new", phone_number=customer(1))

    prune()

    assert IdempotentRequest.objects.get().key == "new"
    assert_repeated(dial(partner, key="new", phone_number=customer(1)), first)
    # The call is another matter.
    assert Call.objects.count() == 2
