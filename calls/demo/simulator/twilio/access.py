"""Who may ask Twilio, and how it words an error."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping

from calls.demo.simulator.config import TwilioAccount
from calls.demo.simulator.http_server import Answer, Request, json_answer
from calls.demo.simulator.routing import Refusal
from calls.demo.simulator.world import World

_CODES = {400: 21200, 401: 20003, 403: 20403, 404: 20404, 405: 20004, 429: 20429, 500: 20500, 503: 20503}
_MESSAGES = {
    401: "Authenticate",
    403: "Forbidden",
    404: "The requested resource was not found",
    405: "Method not allowed",
    429: "Too Many Requests",
}


def problem(status: int, code: int = 0, message: str = "") -> Answer:
    """https://www.twilio.com/docs/usage/twilios-response"""
    code = code or _CODES.get(status, 20000 + status)
    document = {
        "code": code,
        "message": message or _MESSAGES.get(status, "Error"),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return json_answer(status, document)


def authenticate(world: World, request: Request, names: Mapping[str, str]) -> TwilioAccount:
    """Basic with SID and token of the account, or with one of its API keys. Raises Refusal."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        user = password = ""
    account = world.account(TwilioAccount, names["account"])
    if account is not None and scheme.lower() == "basic":
        secrets = {**account.api_keys, account.account_sid: account.auth_token}
        if user in secrets and hmac.compare_digest(secrets[user].encode(), password.encode()):
            return account
    raise Refusal(problem(401))
