"""What we tell Sinch to do with a call: https://developers.sinch.com/docs/voice/api-reference/svaml

Exactly one action, and any number of instructions before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from calls.providers.reading import told

Svaml = dict[str, Any]
Instruction = dict[str, Any]

# The longest call that Sinch connects.
MAX_SECONDS = 14_400


def hangup(*instructions: Instruction) -> Svaml:
    return _svaml({"name": "hangup"}, instructions)


def continue_call(*instructions: Instruction) -> Svaml:
    return _svaml({"name": "continue"}, instructions)


def connect_number(
    number: str,
    *instructions: Instruction,
    cli: str | None = None,
    dial_seconds: int | None = None,
    max_seconds: int | None = None,
    detect_machines: bool = False,
) -> Svaml:
    """Call a telephone; with `detect_machines` the ACE callback says whether a machine answered."""
    amd = {"enabled": True} if detect_machines else None
    times = {"dialTimeout": dial_seconds, "maxDuration": max_seconds}
    return _svaml({"name": "connectPstn", **told(number=number, cli=cli, amd=amd, **times)}, instructions)


def connect_user(user_id: str, *instructions: Instruction, headers: Mapping[str, str] | None = None) -> Svaml:
    """Ring a browser; the headers reach the SDK there."""
    destination = {"type": "username", "endpoint": user_id}
    action = {"name": "connectMxp", "destination": destination, **told(callHeaders=_headers(headers))}
    return _svaml(action, instructions)


def connect_sip(
    address: str,
    *instructions: Instruction,
    transport: str = "tls",
    cli: str | None = None,
    max_seconds: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Svaml:
    """Hand a call over to a SIP address (`+14165550100@sip.rtc.elevenlabs.io`); headers must begin with x-."""
    rest = told(cli=cli, maxDuration=max_seconds, callHeaders=_headers(headers))
    destination = {"endpoint": address}
    return _svaml({"name": "connectSip", "destination": destination, "transport": transport, **rest}, instructions)


def connect_conference(conference_id: str, *instructions: Instruction) -> Svaml:
    return _svaml({"name": "connectConf", "conferenceId": conference_id}, instructions)


def park(*instructions: Instruction) -> Svaml:
    return _svaml({"name": "park"}, instructions)


def answer() -> Instruction:
    return {"name": "answer"}


def say(text: str, *, locale: str = "en-US") -> Instruction:
    return {"name": "say", "text": text, "locale": locale}


def start_recording(destination_url: str, *, credentials: str, notify: bool = True) -> Instruction:
    """Record to a bucket (s3://bucket/folder/file.mp3) with `key:secret:region`; R2 is not supported by Sinch."""
    options = {"destinationUrl": destination_url, "credentials": credentials, "format": "mp3"}
    return {"name": "startRecording", "options": {**options, "notificationEvents": notify}}


def _svaml(action: dict[str, Any], instructions: Sequence[Instruction]) -> Svaml:
    return {"instructions": list(instructions), "action": action}


def _headers(headers: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    return [{"key": key, "value": value} for key, value in headers.items()] if headers else None
