"""Instructions for Sinch, what to do with a call: https://developers.sinch.com/docs/voice/api-reference/svaml

Exactly one action; of the instructions that may come before it we have words alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calls.providers.reading import known

Svaml = dict[str, Any]

# What one instruction says at most.
MOST_SAID = 600


def hangup() -> Svaml:
    return _svaml({"name": "hangup"})


def continue_call() -> Svaml:
    return _svaml({"name": "continue"})


def say(text: str) -> Svaml:
    """Words for one leg of a call that goes on: https://developers.sinch.com/docs/voice/api-reference/svaml/instructions"""
    return {"instructions": [{"name": "say", "text": text[:MOST_SAID]}], "action": {"name": "continue"}}


def connect_number(number: str, *, cli: str | None = None, dial_seconds: int | None = None) -> Svaml:
    """Call a telephone."""
    return _svaml({"name": "connectPstn", **known(number=number, cli=cli, dialTimeout=dial_seconds)})


def connect_user(user_id: str, *, headers: Mapping[str, str] | None = None) -> Svaml:
    """Ring a browser; the headers reach the SDK there."""
    destination = {"type": "username", "endpoint": user_id}
    return _svaml({"name": "connectMxp", "destination": destination, **known(callHeaders=_headers(headers))})


def connect_sip(address: str, *, cli: str | None = None, headers: Mapping[str, str] | None = None) -> Svaml:
    """Hand a call over to a SIP address (`+14165550100@sip.rtc.elevenlabs.io`); headers must begin with x-."""
    rest = known(cli=cli, callHeaders=_headers(headers))
    return _svaml(
        {"name": "connectSip", "destination": {"type": "sip", "endpoint": address}, "transport": "tls", **rest}
    )


def _svaml(action: dict[str, Any]) -> Svaml:
    return {"instructions": [], "action": action}


def _headers(headers: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    return [{"key": key, "value": value} for key, value in headers.items()] if headers else None
