"""A fourth provider, over HTTP: its folder and the lines of `registering.py` are all that there is of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Call, Delivery, VoiceAccount
from calls.services.deliveries.replay import retry_deliveries
from tests.calls.event_log import event_names, events_of
from tests.calls.providers.orbit.office import (
    CALLER,
    CUSTOMER,
    OUR_NUMBER,
    VALUES,
    deliver,
    event,
    make_account,
    make_number,
    make_running,
)
from tests.calls.webhooks import elevenlabs_office
from tests.clients import ApiClient
from tether_calls.accounts.models import User

pytestmark = pytest.mark.usefixtures("registered")

AGENT = elevenlabs_office.AGENT


# ---- What it sends -------------------------------------------------------------------------------------------------


def test_a_signed_webhook_makes_a_call_that_rings_is_answered_and_ends(
    user: User, api: ApiClient, account: VoiceAccount
) -> None:
    make_number(user)

    answer = deliver(event("route_inbound"))

    call = Call.objects.get()
    assert (answer.status, answer.body) == (200, {"then": "connect", "to": f"browser:{user.pk}", "tag": call.pk})
    assert (call.provider, call.provider_call_id, call.status) == ("orbit", "orb-1", "ringing")
    assert (call.user_id, call.from_number, call.to_number) == (user.pk, CALLER, OUR_NUMBER)

    for name in ("state_talking", "state_finished", "state_talking"):
        assert (deliver(event(name)).status, deliver(event(name)).body) == (200, {"then": "go on"})

    call.refresh_from_db()
    assert (call.status, call.duration) == ("completed", 63)
    assert events_of(call) == {"call_initiated": 1, "call_answered": 1, "call_ended": 1, "fetch_messages": 1}
    assert set(Delivery.objects.values_list("provider", "endpoint", "state")) == {("orbit", "calls/orbit", "processed")}
    [shown] = api.get("/api/calls/history").body["calls"]
    assert (shown["provider"], shown["providerCallId"]) == ("orbit", "orb-1")


@pytest.mark.parametrize(
    "told",
    [
        event("state_talking", event="call.hummed"),
        event("state_talking", {"state": "whistling", "answered": None}),
        event("state_talking", {"ref": "orb-of-nobody"}),
    ],
)
def test_what_is_not_known_changes_nothing(told: dict[str, Any], user: User, account: VoiceAccount) -> None:
    call = make_running(user, provider_call_id="orb-1", status="ringing")

    assert (deliver(told).status, deliver(told).body) == (200, {"then": "go on"})

    call.refresh_from_db()
    assert (call.status, call.answer_time, Call.objects.count(), event_names(call.pk)) == ("ringing", None, 1, [])


@pytest.mark.parametrize(
    "signing", [{"secret": "another"}, {"secret": ""}, {"workspace": "ws-2"}, {"workspace": ""}], ids=str
)
def test_a_wrong_signature_is_refused(signing: dict[str, str], user: User, account: VoiceAccount) -> None:
    make_number(user)

    answer = deliver(event("route_inbound"), **signing)

    assert (answer.status, answer.body["code"]) == (401, "INVALID_SIGNATURE")
    assert not Call.objects.exists()
    assert Delivery.objects.get().state == "refused"


def test_another_organizations_secret_opens_only_its_own(user: User, other_user: User, account: VoiceAccount) -> None:
    make_number(user)
    make_account(other_user, account_id="ws-2", secrets={"webhook_secret": "theirs"})

    assert deliver(event("route_inbound"), secret="theirs").status == 401
    assert deliver(event("route_inbound"), secret="theirs", workspace="ws-2").body == {"then": "end"}

    # The number is not theirs, so their call has missed it.
    call = Call.objects.get()
    assert (call.organization_id, call.status) == (other_user.organization_id, "no-answer")


def test_a_body_that_is_not_its_protocol_is_a_400(account: VoiceAccount) -> None:
    answer = deliver({"event": "call.route"})

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert Delivery.objects.get().state == "invalid"


def test_a_question_that_failed_is_asked_no_more(user: User, account: VoiceAccount) -> None:
    make_number(user)
    deliver(event("route_inbound"))
    long_ago = Delivery.objects.get().received_at - timedelta(hours=1)
    Delivery.objects.update(state="failed", processed_at=long_ago, received_at=long_ago)

    assert retry_deliveries().count == 0

    Delivery.objects.update(kind="call.state")
    assert retry_deliveries().count == 1


# ---- Browsers ------------------------------------------------------------------------------------------------------


def test_a_browser_calls_over_the_active_carrier(user: User, api: ApiClient, account: VoiceAccount) -> None:
    make_number(user)
    with CaptureQueriesContext(connection) as captured:
        call_id = api.post("/api/calls/sdk/initiate", {"phoneNumber": CUSTOMER}).body["call"]["_id"]
    assert len([each for each in captured.captured_queries if "calls_voiceaccount" in each["sql"]]) == 1

    answer = deliver(event("route_browser", {"user": user.pk, "tag": call_id, "to": CUSTOMER}))

    call = Call.objects.get()
    assert answer.body == {"then": "connect", "to": f"tel:{CUSTOMER}", "shown": OUR_NUMBER, "tag": call.pk}
    assert (call.pk, call.provider, call.provider_call_id) == (call_id, "orbit", "orb-2")
    assert (call.from_number, call.user_id) == (OUR_NUMBER, user.pk)


def test_a_call_that_carries_no_id_of_ours_is_found_by_user_and_number(
    user: User, api: ApiClient, account: VoiceAccount
) -> None:
    call_id = api.post("/api/calls/sdk/initiate", {"phoneNumber": CUSTOMER}).body["call"]["_id"]

    deliver(event("route_browser", {"user": user.pk, "to": CUSTOMER}))

    assert (Call.objects.get().pk, Call.objects.get().provider_call_id) == (call_id, "orb-2")


def test_a_browser_of_nobody_here_calls_nobody(other_user: User, account: VoiceAccount) -> None:
    assert deliver(event("route_browser", {"user": other_user.pk})).body == {"then": "end"}
    assert Call.objects.get().provider_metadata == {"failureReason": "unknown_user"}


def test_an_unanswered_call_can_be_discarded_and_stays_so(user: User, api: ApiClient, account: VoiceAccount) -> None:
    call_id = api.post("/api/calls/sdk/initiate", {"phoneNumber": CUSTOMER}).body["call"]["_id"]

    assert api.post(f"/api/calls/{call_id}/discard", {}).status == 200

    assert deliver(event("route_browser", {"user": user.pk, "tag": call_id})).body == {"then": "end"}
    assert not Call.objects.exists()


def test_a_browser_may_name_a_call_by_the_carriers_id(user: User, api: ApiClient, account: VoiceAccount) -> None:
    call = make_running(user, provider_call_id="orb-1", status="ringing")

    assert api.post("/api/calls/sdk/answer", {"twilioCallSid": "orb-1"}).status == 200

    call.refresh_from_db()
    assert call.status == "in-progress"


def test_its_token_registers_the_user(user: User, api: ApiClient, other_api: ApiClient, account: VoiceAccount) -> None:
    make_number(user)

    answer = api.get("/api/calls/token/orbit")

    assert answer.status == 200
    assert answer.body["token"].startswith(f"{VALUES['workspace']}/{user.pk}/")
    assert (answer.body["userId"], answer.body["callerNumber"]) == (user.pk, OUR_NUMBER)
    assert answer.headers["Cache-Control"] == "no-store"
    refused = other_api.get("/api/calls/token/orbit")
    assert (refused.status, refused.body["code"]) == (400, "PROVIDER_NOT_CONFIGURED")
    assert b"Orbit is not configured" in refused.content
    assert ApiClient().get("/api/calls/token/orbit").status == 401
