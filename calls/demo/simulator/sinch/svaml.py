"""Instructions for a call, as far as they decide how it goes on: https://developers.sinch.com/docs/voice/api-reference/svaml."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_ACTIONS = (
    "hangup",
    "continue",
    "connectPstn",
    "connectMxp",
    "connectSip",
    "connectConf",
    "connectStream",
    "runMenu",
    "park",
)


_MOST_SAID = 600


class BadSvaml(ValueError):
    """Not SVAML: no object, or not exactly one action that there is."""


@dataclass(frozen=True, slots=True)
class Svaml:
    action: str
    # The action's own fields.
    fields: dict[str, Any]
    # Where the recording goes that an instruction starts, if it also asks for notifications.
    recording_url: str = ""
    # What is said.
    words: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        return str(self.fields.get("number", ""))

    @property
    def endpoint(self) -> str:
        destination = self.fields.get("destination")
        return str(destination.get("endpoint", "")) if isinstance(destination, dict) else ""

    def header(self, name: str) -> str:
        """Of the call as it is handed on; empty where there is none."""
        headers = self.fields.get("callHeaders")
        for header in headers if isinstance(headers, list) else ():
            if isinstance(header, dict) and str(header.get("key", "")).lower() == name:
                return str(header.get("value", ""))
        return ""

    @property
    def goes_to_elevenlabs(self) -> bool:
        """https://developers.sinch.com/docs/voice-2.0/tutorials/elevenlabs-sip"""
        host = self.endpoint.rpartition("@")[2].partition(";")[0].partition(":")[0]
        return self.action == "connectSip" and host.endswith("elevenlabs.io")


def read_svaml(text: str | bytes) -> Svaml:
    """Raises BadSvaml."""
    try:
        document = json.loads(text)
    except ValueError:
        raise BadSvaml from None
    action = document.get("action") if isinstance(document, dict) else None
    if not isinstance(action, dict) or action.get("name") not in _ACTIONS:
        raise BadSvaml
    instructions = document.get("instructions")
    return Svaml(action["name"], action, _recording(instructions), _words(instructions))


def _words(instructions: Any) -> tuple[str, ...]:
    """Raises BadSvaml for more than one instruction may say."""
    said = [
        str(each.get("text", ""))
        for each in (instructions if isinstance(instructions, list) else ())
        if isinstance(each, dict) and each.get("name") == "say"
    ]
    if any(not text or len(text) > _MOST_SAID for text in said):
        raise BadSvaml
    return tuple(said)


def _recording(instructions: Any) -> str:
    for instruction in instructions if isinstance(instructions, list) else ():
        if isinstance(instruction, dict) and instruction.get("name") == "startRecording":
            options = instruction.get("options")
            if isinstance(options, dict) and options.get("notificationEvents"):
                return str(options.get("destinationUrl") or "recording.mp3")
    return ""
