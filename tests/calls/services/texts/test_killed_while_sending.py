"""The server killed after the carrier has taken a text and before that is saved: unknown, and never sent again."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import requests

from calls.demo.simulator import Simulator
from tests.calls.texting import DELIVERED, OUR_NUMBER, simulated
from tests.calls.webhooks.twilio_office import ACCOUNT_SID, KEY_SECRET, KEY_SID, TOKEN
from tests.script_server import PROJECT, ScriptServer, Seeded, running
from tests.waiting import PATIENCE, wait_until

# The demo's organization gets an account at the simulator, a number and somebody to write to.
_OFFICE = f"""
from calls.models import PhoneNumber, VoiceAccount
from contacts.models import Contact
from tether_calls.accounts.models import User
user = User.objects.get(email="{{email}}")
own = {{{{"organization": user.organization}}}}
VoiceAccount.objects.filter(**own).delete()
PhoneNumber.objects.filter(**own).delete()
VoiceAccount.objects.create(
    provider="twilio", account_id="{ACCOUNT_SID}", base_url="{{url}}",
    secrets={{{{"auth_token": "{TOKEN}", "api_key_sid": "{KEY_SID}", "api_key_secret": "{KEY_SECRET}"}}}}, **own)
PhoneNumber.objects.create(user=user, provider="twilio", phone_number="{OUR_NUMBER}", is_default=True, **own)
print("contact:" + Contact.objects.create(phone_number="{DELIVERED}", first_name="Ada", **own).pk)
"""
# As if it were three minutes later; then the job comes round twice.
_LATER = """
from datetime import timedelta
from django.utils import timezone
from calls.models import OutgoingText
from calls.services.texts.hand_over import GONE_AFTER, send_texts
late = timezone.now() - GONE_AFTER - timedelta(seconds=1)
OutgoingText.objects.filter(state="under_way").update(claimed_at=late)
send_texts()
send_texts()
"""


def kill_while_sending(server: ScriptServer, simulator: Simulator, contact_id: str) -> None:
    """Writes to somebody, and kills the server once the carrier has the text; its answer never comes."""
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            requests.post(
                f"{server.printed['baseUrl']}/api/messages/send",
                json={"contactId": contact_id, "content": "Once."},
                headers={"Authorization": f"Bearer {server.token}"},
                timeout=PATIENCE,
            )
        except requests.RequestException as error:
            errors.append(error)

    simulator.fail("twilio", "messages", "stall", after=True)
    asker = threading.Thread(target=ask)
    asker.start()
    wait_until(lambda: simulator.happened()["texts"])
    server.kill()
    asker.join(PATIENCE)
    assert len(errors) == 1, "the user got an answer although the carrier gave none"


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="script/server is on SQLite")
def test_a_text_that_was_taken_when_the_server_was_killed_is_unknown_and_not_sent_again(
    seeded: Seeded, tmp_path: Path
) -> None:
    data = seeded.copy_to(tmp_path / "data")
    with simulated() as simulator:
        with running(PROJECT, data=data) as server:
            login = server.printed["user"]
            said = server.manage("shell", "-c", _OFFICE.format(email=login["email"], url=simulator.url))
            contact_id = said.partition("contact:")[2][:24]
            server.log_in(login)
            kill_while_sending(server, simulator, contact_id)

        with running(PROJECT, data=data) as server:
            server.log_in(login)
            server.manage("shell", "-c", _LATER)

            (conversation,) = server.post("/api/conversation/all", {"contactId": contact_id}).json()["conversations"]
            (message,) = server.get(f"/api/conversation/{conversation['_id']}/messages")["messages"]
            assert (message["content"], message["status"]) == ("Once.", "unknown")
        assert len(simulator.happened()["texts"]) == 1
