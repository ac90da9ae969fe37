"""Texts at Sinch: https://developers.sinch.com/docs/sms/api-reference/"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from calls.demo.simulator.callbacks import Callback, Repetition
from calls.demo.simulator.config import SinchAccount
from calls.demo.simulator.http_server import Answer, NoAnswer, Request, json_answer
from calls.demo.simulator.phone import Outcome, new_id, outcome_of
from calls.demo.simulator.routing import Api, Refusal, Route
from calls.demo.simulator.sending import tell, tell_kept
from calls.demo.simulator.texts import Text, segments
from calls.demo.simulator.world import World

_SECONDS = 5.0
_MOST_CHARACTERS = 2000
# 5xx and 429 again, in growing pauses; other 4xx never.
_REPETITION = Repetition(
    pauses=(1, 2, 4), after=lambda reply: reply.status is None or reply.status == 429 or reply.status >= 500
)
# What becomes of a text that is not delivered: it is taken all the same.
_ENDS = {
    Outcome.BUSY: ("Expired", 406),
    Outcome.NO_ANSWER: ("Failed", 150),
    Outcome.REFUSED: ("Rejected", 152),
}


@dataclass(kw_only=True, eq=False)
class SinchText(Text):
    """Numbers without a plus, as Sinch sends them."""

    provider: ClassVar[str] = "sinch"

    account: SinchAccount
    callback_url: str = ""
    client_reference: str = ""
    wants_reports: bool = False
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def details(self, report: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "to": [self.to_number],
            "from": self.from_number,
            "canceled": False,
            "body": self.body,
            "type": "mt_text",
            "client_reference": self.client_reference,
            "created_at": _time(self.created),
            "modified_at": _time(self.created),
            "delivery_report": report,
        }

    def progress(self, status: str, code: int) -> Callback:
        """https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks/"""
        document = {
            "type": "recipient_delivery_report_sms",
            "batch_id": self.id,
            "recipient": self.to_number,
            "code": code,
            "status": status,
            "at": _time(datetime.now(UTC)),
            "client_reference": self.client_reference,
            "number_of_message_parts": segments(self.body),
        }
        return self._callback(f"text {status}", self.callback_url or self.account.text_url, document)

    def arrived(self) -> Callback:
        document = {
            "type": "mo_text",
            "id": self.id,
            "from": self.from_number,
            "to": self.to_number,
            "body": self.body,
            "operator_id": "310260",
            "received_at": _time(self.created),
        }
        return self._callback("text", self.account.text_url, document)

    def _callback(self, event: str, url: str, document: Mapping[str, Any]) -> Callback:
        body = json.dumps(document).encode()
        return Callback(
            event=event,
            url=url,
            body=body,
            sign=lambda _: _signed(self.account.sms_webhook_secret, body),
            seconds=_SECONDS,
            repetition=_REPETITION,
        )


def _signed(secret: str, body: bytes) -> Mapping[str, str]:
    nonce, timestamp = secrets.token_hex(13), str(int(time.time()))
    text = body + f".{nonce}.{timestamp}".encode()
    value = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "x-sinch-webhook-signature": value,
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": timestamp,
        "x-sinch-webhook-signature-algorithm": "HmacSHA256",
    }


def problem(status: int, code: str = "", text: str = "") -> Answer:
    """https://developers.sinch.com/docs/sms/api-reference/status-codes"""
    return json_answer(status, {"code": code or f"status_{status}", "text": text or "Error"})


def send(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """POST batches, of one number."""
    account = _authenticated(world, request, names)
    try:
        document = json.loads(request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal(problem(400, "syntax_invalid_json", "The body is no JSON object"))
    to, body = document.get("to"), document.get("body")
    if not isinstance(to, list) or len(to) != 1 or not isinstance(body, str) or not body:
        raise Refusal(problem(400, "syntax_constraint_violation", "to and body are required"))
    if len(body) > _MOST_CHARACTERS:
        raise Refusal(problem(400, "syntax_constraint_violation", "body is too long"))
    if world.is_full:
        raise Refusal(problem(429))
    number, report = str(to[0]).removeprefix("+"), str(document.get("delivery_report", "none"))
    text = SinchText(
        id=new_id("01", 26).upper(),
        direction="outbound",
        from_number=str(document.get("from", "")),
        to_number=number,
        body=body,
        outcome=outcome_of(number),
        status="Queued",
        account=account,
        callback_url=str(document.get("callback_url", "")),
        client_reference=str(document.get("client_reference", "")),
        wants_reports=report == "per_recipient",
    )
    answer = text.details(report)
    world.begin_text(text, _sent(world, text))
    if text.outcome is Outcome.UNHEARD:
        raise NoAnswer(at_once=False)
    return json_answer(201, answer)


async def _sent(world: World, text: SinchText) -> None:
    for status, code in (("Dispatched", 401), _ENDS.get(text.outcome, ("Delivered", 0))):
        await asyncio.sleep(world.pace.processing)
        text.status = status
        if text.wants_reports:
            await tell(world, text, text.progress(status, code))
    await tell_kept(text)


def _authenticated(world: World, request: Request, names: Mapping[str, str]) -> SinchAccount:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    for account in world.accounts(SinchAccount):
        is_its_plan = bool(account.sms_api_token) and account.sms_service_plan_id == names["plan"]
        if is_its_plan and hmac.compare_digest(account.sms_api_token.encode(), token.encode()):
            return account
    raise Refusal(problem(401))


def begin_inbound_text(
    world: World, account: SinchAccount, *, from_number: str, to_number: str, body: str, outcome: Outcome
) -> SinchText:
    """A text to a number; of opting out Sinch knows nothing."""
    text = SinchText(
        id=new_id("01", 26).upper(),
        direction="inbound",
        from_number=from_number.removeprefix("+"),
        to_number=to_number.removeprefix("+"),
        body=body,
        outcome=outcome,
        status="received",
        account=account,
    )

    async def arrives() -> None:
        await tell(world, text, text.arrived())
        await tell_kept(text)

    world.begin_text(text, arrives())
    return text


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


API = Api(
    provider="sinch",
    prefixes=("/xms/v1/",),
    problem=problem,
    routes=(Route("batches", "POST", "/xms/v1/{plan}/batches", send),),
)
