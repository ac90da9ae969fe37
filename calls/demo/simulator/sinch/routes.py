"""The endpoints of Sinch's Voice API for calls: https://developers.sinch.com/docs/voice/api-reference/voice."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from typing import Any

from calls.demo.simulator.config import SinchAccount
from calls.demo.simulator.dialogues import dialogue_with
from calls.demo.simulator.http_server import Answer, NoAnswer, Request, json_answer
from calls.demo.simulator.phone import Outcome, new_id, outcome_of
from calls.demo.simulator.routing import Api, Refusal, Route
from calls.demo.simulator.sinch.calls import SinchCall
from calls.demo.simulator.sinch.signing import is_signed
from calls.demo.simulator.sinch.story import asked, dialled, instructed
from calls.demo.simulator.sinch.svaml import BadSvaml, Svaml, read_svaml
from calls.demo.simulator.world import World

_METHODS = ("ttsCallout", "conferenceCallout", "customCallout")
_LEGS = ("caller", "callee", "both")
_MESSAGES = {
    400: "Invalid parameters",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Call not found",
    429: "Too many requests",
    500: "Internal error",
}


def problem(status: int, code: int = 0, message: str = "") -> Answer:
    """https://developers.sinch.com/docs/voice/api-reference/errors"""
    text = message or _MESSAGES.get(status, "Error")
    return json_answer(
        status, {"errorCode": code or status * 100, "message": text, "reference": new_id("simulated-", 12)}
    )


def authenticate(world: World, request: Request) -> SinchAccount:
    """A signed request, or Basic with key and secret. Raises Refusal."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "application":
        key, _, signature = value.strip().partition(":")
        account = world.account(SinchAccount, key)
        if account is not None and is_signed(request, account, signature):
            return account
    elif scheme.lower() == "basic":
        try:
            key, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            key = secret = ""
        account = world.account(SinchAccount, key)
        if account is not None and hmac.compare_digest(account.application_secret.encode(), secret.encode()):
            return account
    raise Refusal(problem(401))


def _body_of(request: Request) -> dict[str, Any]:
    try:
        document = json.loads(request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal(problem(400, 40001, "Invalid parameters: the body is not a JSON object"))
    return document


def call_out(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request)
    document = _body_of(request)
    method = document.get("method")
    if method not in _METHODS:
        raise Refusal(problem(400, 40001, f"Method needs to be one of {', '.join(_METHODS)}"))
    callout = document.get(str(method))
    if not isinstance(callout, dict):
        raise Refusal(problem(400, 40002, f"Bad request: {method} information missing"))
    instructions = _inline(callout.get("ice"))
    to_type, to_number = _destination(callout, instructions)
    outcome = outcome_of(to_number)
    if outcome is Outcome.REFUSED:
        raise Refusal(problem(403, 40300, "Forbidden: calls to this destination are not allowed"))
    if world.is_full:
        raise Refusal(problem(429))
    is_custom = method == "customCallout"
    call = SinchCall(
        id=new_id("", 32),
        direction="outbound",
        from_number=str(callout.get("cli") or (instructions.fields.get("cli") if instructions else "") or ""),
        to_number=to_number,
        dialogue=dialogue_with(to_number, inbound=False),
        outcome=outcome,
        status="ONGOING",
        account=account,
        to_type=to_type,
        custom=str(callout.get("custom") or ""),
        # False unless asked for; a custom callout is steered by its callbacks and has them all.
        wants_ace=(is_custom or callout.get("enableAce") is True) and to_type != "username",
        wants_dice=is_custom or callout.get("enableDice") is True,
    )
    if instructions is not None:
        world.begin(call, instructed(world, call, instructions))
    else:
        world.begin(call, asked(world, call) if is_custom else dialled(world, call))
    if outcome is Outcome.UNHEARD:
        raise NoAnswer(at_once=False)
    return json_answer(200, {"callId": call.id})


def _inline(ice: Any) -> Svaml | None:
    """SVAML as a string within the JSON; with a URL instead, the callback URL is asked as usual."""
    if not isinstance(ice, str) or ice.startswith("http"):
        return None
    try:
        return read_svaml(ice)
    except BadSvaml:
        raise Refusal(problem(400, 40001, "Invalid parameters: ice is not SVAML")) from None


def _destination(callout: dict[str, Any], instructions: Svaml | None) -> tuple[str, str]:
    destination = callout.get("destination")
    if destination is None and instructions is not None and instructions.number:
        destination = {"type": "number", "endpoint": instructions.number}
    if not isinstance(destination, dict) or not isinstance(destination.get("endpoint"), str):
        raise Refusal(problem(400, 40002, "Bad request: destination missing"))
    kind, endpoint = str(destination.get("type", "number")).lower(), destination["endpoint"]
    if kind not in ("number", "username", "sip"):
        raise Refusal(problem(400, 40001, "Invalid parameters: destination type"))
    if kind == "number" and not endpoint.startswith("+"):
        raise Refusal(problem(400, 40005, "Bad request: number needs a leading plus"))
    return kind, endpoint


def show_call(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    return json_answer(200, _call(world, authenticate(world, request), names).details())


def change_call(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """Only hanging up has an effect; 204 as https://developers.sinch.com/docs/voice/api-reference/voice/calls says."""
    call = _call(world, authenticate(world, request), names)
    try:
        svaml = read_svaml(request.body)
    except BadSvaml:
        raise Refusal(problem(400, 40001, "Invalid parameters: not SVAML")) from None
    if svaml.action not in ("hangup", "continue", "park"):
        raise Refusal(problem(400, 40003, "Bad request: the action is not allowed here"))
    if call.status == "FINAL":
        raise Refusal(problem(404))
    if svaml.action == "hangup":
        call.hung_up.set()
    return Answer(204)


def tell_leg(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """Words for one leg: https://developers.sinch.com/docs/voice/api-reference/voice/calls/calling_managecallwithcallleg"""
    call = _call(world, authenticate(world, request), names)
    try:
        svaml = read_svaml(request.body)
    except BadSvaml:
        raise Refusal(problem(400, 40001, "Invalid parameters: not SVAML")) from None
    if names["leg"] not in _LEGS or svaml.action != "continue" or not svaml.words:
        raise Refusal(problem(400, 40003, "Bad request: only words for caller, callee or both"))
    if call.status == "FINAL" or call.answered is None:
        raise Refusal(problem(404))
    if names["leg"] != "caller":
        call.told += svaml.words
    return Answer(204)


def _call(world: World, account: SinchAccount, names: Mapping[str, str]) -> SinchCall:
    call = world.call(SinchCall, names["call"])
    if call is None or call.account.application_key != account.application_key:
        raise Refusal(problem(404))
    return call


API = Api(
    provider="sinch",
    prefixes=("/calling/v1/",),
    problem=problem,
    routes=(
        Route("callouts", "POST", "/calling/v1/callouts", call_out),
        Route("call", "GET", "/calling/v1/calls/id/{call}", show_call),
        Route("call", "PATCH", "/calling/v1/calls/id/{call}", change_call),
        Route("leg", "PATCH", "/calling/v1/calls/id/{call}/leg/{leg}", tell_leg),
    ),
)
