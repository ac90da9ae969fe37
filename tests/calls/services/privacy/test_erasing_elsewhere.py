"""What lies in no table: the cache, and what providers have of the calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from calls.demo.simulator import Pace, Simulator, TwilioAccount
from calls.models import Call
from calls.services.lifecycle.call_context import remember_context, remembered_call_id
from tests.calls.api.ai.outbound import make_office, outbound, simulating
from tests.calls.canary import NUMBER, WORD, cached, counts, erase, plant, where_it_is
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import DIAL
from tests.calls.services.reconciling.forgotten import open_account
from tests.clients import logged_in
from tests.factories import make_call
from tether_calls.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folders")]

# One that our API dials, and at which somebody answers.
DIALLED = "+12025550180"
SID, TOKEN, KEY, KEY_SECRET = "AC" + "1" * 32, "token", "SK" + "1" * 32, "key-secret"
OURS = "+12025550100"


@pytest.fixture
def elevenlabs() -> Iterator[Simulator]:
    with simulating() as running:
        yield running


def all_of(simulator: Simulator) -> str:
    """The whole world of a simulator: each call, what is said in it, and all else that it remembers."""
    return simulator._do(lambda world: repr(vars(world)))


def test_nothing_of_a_person_whom_an_agent_has_called_is_left_in_the_cache_nor_at_the_provider(
    user: User, elevenlabs: Simulator, tmp_path: Path
) -> None:
    make_office(user, elevenlabs)
    contact = plant(user, number=DIALLED)
    answer = outbound(logged_in(user), contactId=contact.pk, callReason=f"About {WORD}")
    assert answer.status == 200, answer
    elevenlabs.settle()
    conversation = answer.body["conversationId"]
    call = Call.objects.get(provider_call_id=conversation)
    remember_context(call=call, provider="elevenlabs", conversation_id=conversation)
    Call.objects.filter(pk=call.pk).update(status="completed")
    assert cached()
    assert DIALLED[1:] in all_of(elevenlabs)
    assert WORD in all_of(elevenlabs)

    request = erase(user, phone_number=DIALLED)

    assert request.state == "done"
    # That of the planted call is not there any more, which is a success too.
    assert counts(request)["copy:elevenlabs"] == (2, 2, 0)
    assert DIALLED[1:] not in all_of(elevenlabs)
    assert WORD not in all_of(elevenlabs)
    assert where_it_is(tmp_path, number=DIALLED) == {}
    # Two ids, by which nobody is found any more.
    assert remembered_call_id(organization_id=user.home_id, provider="elevenlabs", conversation_id=conversation) in (
        None,
        call.pk,
    )


def test_a_call_that_its_provider_has_recorded_has_no_recording_there_any_more(user: User, tmp_path: Path) -> None:
    with Receiver() as ours:
        ours.answer("/voice", (200, DIAL.format(noun="Client", name="us")))
        account = TwilioAccount(
            account_sid=SID, auth_token=TOKEN, api_keys={KEY: KEY_SECRET}, voice_url=f"{ours.url}/voice"
        )
        with Simulator(account, pace=Pace.quick(0.01)) as simulator:
            sid = simulator.call_in("twilio", from_number=NUMBER, to=OURS)
            simulator.settle()
            assert _recordings(simulator, sid)
            open_account(
                user,
                simulator,
                "twilio",
                account_id=SID,
                secrets={"auth_token": TOKEN, "api_key_sid": KEY, "api_key_secret": KEY_SECRET},
            )
            make_call(user, provider="twilio", provider_call_id=sid, from_number=NUMBER, direction="inbound")

            request = erase(user)

            assert counts(request)["copy:twilio"] == (1, 1, 0)
            assert _recordings(simulator, sid) == []
    assert where_it_is(tmp_path) == {}


def _recordings(simulator: Simulator, sid: str) -> list[str]:
    answer = requests.get(
        f"{simulator.url}/2010-04-01/Accounts/{SID}/Recordings.json", params={"CallSid": sid}, auth=(SID, TOKEN),
        timeout=60,
    )  # fmt: skip
    return [each["sid"] for each in answer.json()["recordings"]]
