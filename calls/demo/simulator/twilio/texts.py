"""Texts at Twilio: https://www.twilio.com/docs/messaging/api/message-resource"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode

from calls.demo.simulator.callbacks import Callback
from calls.demo.simulator.config import TwilioAccount
from calls.demo.simulator.http_server import Answer, NoAnswer, Request, json_answer
from calls.demo.simulator.phone import Outcome, new_id, outcome_of
from calls.demo.simulator.routing import Refusal
from calls.demo.simulator.sending import tell, tell_kept
from calls.demo.simulator.texts import Text, segments
from calls.demo.simulator.twilio.access import authenticate, problem
from calls.demo.simulator.twilio.calls import REPETITION, rfc_2822, signature
from calls.demo.simulator.world import World

_SECONDS = 15.0
_MOST_CHARACTERS = 1600
# One of these and nothing else: https://help.twilio.com/articles/223134027
_STOP = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
_START = frozenset(["START", "YES", "UNSTOP"])
# What refuses a number at once: it is a landline, or none at all.
_REFUSED = {
    Outcome.NO_ANSWER: (21614, "'To' number is not a valid mobile number"),
    Outcome.REFUSED: (21211, "Invalid 'To' Phone Number"),
}
# https://www.twilio.com/docs/api/errors/20009
_NOT_FINAL = (20009, "Cannot delete this resource before it is complete")
_UNDER_WAY = frozenset(["accepted", "queued", "sending"])
_OPTED_OUT = (21610, "Attempt to send to unsubscribed recipient")


@dataclass(kw_only=True, eq=False)
class TwilioText(Text):
    provider: ClassVar[str] = "twilio"

    account: TwilioAccount
    service_sid: str = ""
    status_callback: str = ""
    error_code: int | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def details(self) -> dict[str, Any]:
        return {
            "sid": self.id,
            "account_sid": self.account.account_sid,
            "messaging_service_sid": self.service_sid or None,
            "from": self.from_number,
            "to": self.to_number,
            "body": self.body,
            "status": self.status,
            "direction": "outbound-api",
            "num_segments": "0" if self.service_sid else str(segments(self.body)),
            "num_media": "0",
            "price": None,
            "price_unit": "USD",
            "error_code": self.error_code,
            "error_message": None,
            "api_version": "2010-04-01",
            "date_created": rfc_2822(self.created),
            "date_updated": rfc_2822(self.created),
            "date_sent": None,
            "uri": f"/2010-04-01/Accounts/{self.account.account_sid}/Messages/{self.id}.json",
            "subresource_uris": {},
        }

    def progress(self, status: str) -> Callback:
        """https://www.twilio.com/docs/messaging/guides/track-outbound-message-status"""
        parameters = self._parameters() | {"MessageStatus": status, "SmsStatus": status}
        if self.error_code is not None and status in ("failed", "undelivered"):
            parameters["ErrorCode"] = str(self.error_code)
        return self._request(f"text {status}", self.status_callback, parameters)

    def arrived(self, opt_out_type: str) -> Callback:
        """https://www.twilio.com/docs/messaging/guides/webhook-request"""
        parameters = self._parameters() | {
            "SmsMessageSid": self.id,
            "SmsStatus": "received",
            "Body": self.body,
            "NumMedia": "0",
            "NumSegments": str(segments(self.body)),
            "FromCountry": "CA",
        }
        if opt_out_type:
            parameters["OptOutType"] = opt_out_type
        return self._request("text", self.account.text_url, parameters)

    def _parameters(self) -> dict[str, str]:
        service = {"MessagingServiceSid": self.service_sid} if self.service_sid else {}
        return {
            "MessageSid": self.id,
            "SmsSid": self.id,
            "AccountSid": self.account.account_sid,
            "From": self.from_number,
            "To": self.to_number,
            "ApiVersion": "2010-04-01",
            **service,
        }

    def _request(self, event: str, url: str, parameters: Mapping[str, str]) -> Callback:
        return Callback(
            event=event,
            url=url,
            body=urlencode(parameters).encode(),
            sign=lambda target: {
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                "User-Agent": "TwilioProxy/1.1",
                "X-Twilio-Signature": signature(self.account.auth_token, target, parameters),
            },
            seconds=_SECONDS,
            repetition=REPETITION,
        )


def send(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """POST Messages.json."""
    account = authenticate(world, request, names)
    form = {name: values[-1] for name, values in parse_qs(request.body.decode(errors="replace")).items()}
    to_number, from_number, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    service_sid = form.get("MessagingServiceSid", "")
    if not to_number:
        raise Refusal(problem(400, 21604, "A 'To' phone number is required."))
    if not from_number and not service_sid:
        raise Refusal(problem(400, 21603, "A 'From' phone number is required."))
    if not body:
        raise Refusal(problem(400, 21602, "Message body is required."))
    if len(body) > _MOST_CHARACTERS:
        raise Refusal(problem(400, 21617, "The concatenated message body exceeds the 1600 character limit"))
    outcome, has_opted_out = outcome_of(to_number), (from_number, to_number) in world.opted_out
    if has_opted_out and not service_sid:
        raise Refusal(problem(400, *_OPTED_OUT))
    if outcome in _REFUSED:
        raise Refusal(problem(400, *_REFUSED[outcome]))
    if world.is_full:
        raise Refusal(problem(429))
    text = TwilioText(
        id=new_id("SM"),
        direction="outbound",
        from_number=from_number,
        to_number=to_number,
        body=body,
        outcome=outcome,
        status="accepted" if service_sid else "queued",
        account=account,
        service_sid=service_sid,
        status_callback=form.get("StatusCallback", ""),
        error_code=21610 if has_opted_out else 30003 if outcome is Outcome.BUSY else None,
    )
    document = text.details() | {"error_code": None}
    world.begin_text(text, _sent(world, text))
    if outcome is Outcome.UNHEARD:
        raise NoAnswer(at_once=False)
    return json_answer(201, document)


def delete(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """https://www.twilio.com/docs/messaging/api/message-resource#delete-a-message-resource"""
    account = authenticate(world, request, names)
    text = world.texts.get(names["message"])
    if not isinstance(text, TwilioText) or text.account.account_sid != account.account_sid:
        raise Refusal(problem(404))
    if text.status in _UNDER_WAY:
        raise Refusal(problem(409, *_NOT_FINAL))
    del world.texts[text.id]
    return Answer(204)


async def _sent(world: World, text: TwilioText) -> None:
    """The first status gets no callback."""
    has_failed = text.error_code == 21610
    for status in ("failed",) if has_failed else ("sent", "undelivered" if text.error_code else "delivered"):
        await asyncio.sleep(world.pace.processing)
        text.status = status
        await tell(world, text, text.progress(status))
    await tell_kept(text)


def begin_inbound_text(
    world: World,
    account: TwilioAccount,
    *,
    from_number: str,
    to_number: str,
    body: str,
    outcome: Outcome,
    opt_out_type: str,
) -> TwilioText:
    """A text to a number; Twilio itself remembers who has opted out of which."""
    word = opt_out_type or body.strip().upper()
    if word in _STOP:
        world.opted_out.add((to_number, from_number))
    elif word in _START:
        world.opted_out.discard((to_number, from_number))
    text = TwilioText(
        id=new_id("SM"),
        direction="inbound",
        from_number=from_number,
        to_number=to_number,
        body=body,
        outcome=outcome,
        status="received",
        account=account,
    )

    async def arrives() -> None:
        await tell(world, text, text.arrived(opt_out_type))
        await tell_kept(text)

    world.begin_text(text, arrives())
    return text
