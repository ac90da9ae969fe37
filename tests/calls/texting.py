"""Organizations that send and get texts: accounts with what texts need, and a world that knows them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from calls.demo.simulator import Pace, Simulator, SinchAccount, TwilioAccount
from calls.models import OutgoingText, VoiceAccount
from calls.providers.sinch import text_signature
from calls.providers.twilio.signature import sign
from tests.calls import telephony
from tests.calls.providers.bodies import document, form
from tests.calls.webhooks import sinch_office, twilio_office
from tests.clients import Answer, ApiClient
from tether_calls.accounts.models import User

PLAN, TEXT_TOKEN, TEXT_SECRET = "plan-1", "token of the plan", "secret of its callbacks"
SINCH_SECRETS = {
    "application_secret": sinch_office.SECRET,
    "sms_service_plan_id": PLAN,
    "sms_api_token": TEXT_TOKEN,
    "sms_webhook_secret": TEXT_SECRET,
}
OUR_NUMBER, CUSTOMER = "+14165550100", "+14165550171"
# Their last digits have the simulator do this with texts.
DELIVERED, NOT_DELIVERED, LANDLINE, INVALID, UNHEARD, DOUBLED = (f"+1416555013{digit}" for digit in (0, 5, 6, 7, 8, 9))


def make_twilio(user: User, **fields: Any) -> VoiceAccount:
    account = twilio_office.make_account(user, **fields)
    twilio_office.make_number(user)
    return account


def make_sinch(user: User, **fields: Any) -> VoiceAccount:
    account = sinch_office.make_account(user, **{"secrets": SINCH_SECRETS, **fields})
    telephony.make_number(user, "sinch", OUR_NUMBER)
    return account


MAKE = {"twilio": make_twilio, "sinch": make_sinch}


@contextmanager
def simulated(our_url: str = "") -> Iterator[Simulator]:
    """Both carriers; what comes in is told where we are, if anywhere."""
    accounts = (
        SinchAccount(
            application_key=sinch_office.KEY,
            application_secret=sinch_office.SECRET,
            callback_url=f"{our_url}/api/webhook/calls/sinch" if our_url else "",
            sms_service_plan_id=PLAN,
            sms_api_token=TEXT_TOKEN,
            sms_webhook_secret=TEXT_SECRET,
            text_url=f"{our_url}/api/webhook/sinch/sms?account={sinch_office.KEY}" if our_url else "",
        ),
        TwilioAccount(
            account_sid=twilio_office.ACCOUNT_SID,
            auth_token=twilio_office.TOKEN,
            api_keys={twilio_office.KEY_SID: twilio_office.KEY_SECRET},
            voice_url=f"{our_url}/api/webhook/calls/twilio/inbound" if our_url else "",
            status_callback=f"{our_url}/api/webhook/calls/twilio/status" if our_url else "",
            text_url=f"{our_url}/api/webhook/twilio/sms" if our_url else "",
        ),
    )
    with Simulator(*accounts, pace=Pace.quick(0.01)) as simulator:
        yield simulator


def twilio_text(**told: str) -> Answer:
    """A text comes in, signed as Twilio does."""
    return twilio_callback("twilio/sms", {**form("twilio/text.txt"), **told})


def twilio_status(text: OutgoingText, status: str, **told: str) -> Answer:
    """A text of ours has got so far."""
    known = {**form("twilio/text_delivered.txt"), "MessageStatus": status, "SmsStatus": status, **told}
    return twilio_callback(f"twilio/sms-status?messageId={text.message_id}", known)


def twilio_callback(path: str, told: dict[str, str], *, token: str = twilio_office.TOKEN) -> Answer:
    url = f"/api/webhook/{path}"
    signature = sign(url=f"http://testserver{url}", token=token, pairs=list(told.items()))
    return ApiClient().request(
        "POST",
        url,
        data=urlencode(told).encode(),
        content_type="application/x-www-form-urlencoded",
        HTTP_X_TWILIO_SIGNATURE=signature,
    )


def sinch_text(*, secret: str = TEXT_SECRET, ago: float = 0, **told: Any) -> Answer:
    """A text comes in, signed as Sinch does where it has been asked to."""
    return sinch_callback("sinch/sms", {**document("sinch/text.json"), **told}, secret=secret, ago=ago)


def sinch_report(text: OutgoingText, status: str, **told: Any) -> Answer:
    report = {**document("sinch/text_delivered.json"), "client_reference": text.message_id, "status": status, **told}
    return sinch_callback("sinch/delivery-receipt", report)


def sinch_callback(path: str, told: dict[str, Any], *, secret: str = TEXT_SECRET, ago: float = 0) -> Answer:
    body, moment = json.dumps(told).encode(), str(int(time.time() - ago))
    return ApiClient().request(
        "POST",
        f"/api/webhook/{path}?account={sinch_office.KEY}",
        data=body,
        content_type="application/json",
        HTTP_X_SINCH_WEBHOOK_SIGNATURE=text_signature.sign(secret=secret, body=body, nonce="nonce-1", timestamp=moment),
        HTTP_X_SINCH_WEBHOOK_SIGNATURE_NONCE="nonce-1",
        HTTP_X_SINCH_WEBHOOK_SIGNATURE_TIMESTAMP=moment,
    )
