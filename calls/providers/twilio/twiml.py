"""Instructions for Twilio, what to do with a call: https://www.twilio.com/docs/voice/twiml"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

CONTENT_TYPE: Final = "text/xml"

_EVENTS = "initiated ringing answered completed"
# What XML 1.0 cannot hold, however it is escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Dialling:
    """How a <Dial> rings and what it reports; URLs are absolute, None is left out.

    `status_url` is called about the leg that is dialled, from which follows whether the call was answered.
    """

    caller_id: str | None = None
    ring_seconds: int | None = None
    status_url: str | None = None
    recording_url: str | None = None
    # What whoever answers hears before the two are connected; and what is done when nobody has.
    whisper_url: str | None = None
    next_url: str | None = None


def dial_number(number: str, how: Dialling) -> str:
    response, dial = _dial(how)
    _add(dial, "Number", number, _status(how))
    return _document(response)


def dial_client(identity: str, how: Dialling, parameters: Mapping[str, str] | None = None) -> str:
    """Ring a browser; the parameters reach the SDK there."""
    response, dial = _dial(how)
    client = _add(dial, "Client", None, {"url": how.whisper_url, **_status(how)})
    _add(client, "Identity", identity)
    for name, value in (parameters or {}).items():
        _add(client, "Parameter", None, {"name": name, "value": value})
    return _document(response)


def dial_sip(address: str, how: Dialling) -> str:
    """Hand a call over to a SIP address (`sip:+14165550100@sip.rtc.elevenlabs.io;transport=tcp`)."""
    response, dial = _dial(how)
    _add(dial, "Sip", address, _status(how))
    return _document(response)


def say(text: str) -> str:
    """Read a text out; then the call goes on. Nothing at all, where there is none."""
    response = Element("Response")
    if text:
        _add(response, "Say", text)
    return _document(response)


def nothing() -> str:
    """A text that came in is not answered by this."""
    return _document(Element("Response"))


def hangup() -> str:
    response = Element("Response")
    _add(response, "Hangup")
    return _document(response)


def reject() -> str:
    """Do not take an incoming call, which costs nothing."""
    response = Element("Response")
    _add(response, "Reject", None, {"reason": "rejected"})
    return _document(response)


def _dial(how: Dialling) -> tuple[Element, Element]:
    recording = {}
    if how.recording_url:
        # Dual: each side on a channel of its own.
        recording = {"record": "record-from-answer-dual", "recordingStatusCallback": how.recording_url}
    response = Element("Response")
    dial = _add(
        response,
        "Dial",
        None,
        {
            # The caller hears ringing, and is not charged, until the call is answered.
            "answerOnBridge": "true",
            "callerId": how.caller_id,
            "timeout": how.ring_seconds,
            "action": how.next_url,
            **recording,
        },
    )
    return response, dial


def _status(how: Dialling) -> dict[str, str | int | None]:
    return {"statusCallbackEvent": _EVENTS, "statusCallback": how.status_url} if how.status_url else {}


def _add(
    parent: Element, name: str, text: str | None = None, attributes: Mapping[str, str | int | None] | None = None
) -> Element:
    known = {key: _clean(str(value)) for key, value in (attributes or {}).items() if value is not None}
    element = SubElement(parent, name, known)
    element.text = None if text is None else _clean(text)
    return element


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _document(response: Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + tostring(response, encoding="unicode")
