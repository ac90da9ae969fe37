"""Instructions for a call, as far as they decide how it goes on: https://www.twilio.com/docs/voice/twiml."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree


class BadTwiml(ValueError):
    """Not a <Response>."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom a <Dial> rings: kind is Number, Client, Sip or Conference."""

    kind: str
    name: str
    status_callback: str = ""
    status_events: tuple[str, ...] = ("completed",)
    amd_callback: str = ""
    # Asked for what is said to who answers, before they are connected.
    whisper_url: str = ""

    @property
    def address(self) -> str:
        return f"client:{self.name}" if self.kind == "Client" else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    targets: tuple[Target, ...]
    action: str = ""
    caller_id: str = ""
    is_recorded: bool = False
    recording_callback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twiml:
    """`ends` is what the call is at once: hung up, or rejected as busy or with a message. Words take no time here."""

    ends: str = ""
    dial: Dial | None = None
    # <Start><Recording>
    recording_callback: str = ""
    # What is said.
    words: tuple[str, ...] = ()


def read_twiml(text: bytes, url: str) -> Twiml:
    """`url` is where it came from, which relative ones start from. Raises BadTwiml."""
    try:
        # Our own service wrote it, and no parser of today expands entities without bounds.
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError:
        raise BadTwiml from None
    if root.tag != "Response":
        raise BadTwiml
    recording = root.find("Start/Recording")
    callback = "" if recording is None else _url(recording, "recordingStatusCallback", url)
    for verb in root:
        if verb.tag == "Dial":
            return Twiml(dial=_dial(verb, url), recording_callback=callback)
        if verb.tag == "Hangup":
            return Twiml(ends="completed")
        if verb.tag == "Reject":
            # https://www.twilio.com/docs/voice/twiml/reject
            return Twiml(ends="busy" if verb.get("reason") == "busy" else "no-answer")
    return Twiml(recording_callback=callback, words=tuple(say.text or "" for say in root.findall("Say")))


def _dial(verb: ElementTree.Element, url: str) -> Dial:
    targets = [_target(noun, url) for noun in verb if noun.tag in ("Number", "Client", "Sip", "Conference")]
    if not targets and (verb.text or "").strip():
        targets = [Target(kind="Number", name=(verb.text or "").strip())]
    conference = verb.find("Conference")
    recorder = verb if conference is None else conference
    return Dial(
        targets=tuple(targets),
        action=_url(verb, "action", url),
        caller_id=verb.get("callerId", ""),
        is_recorded=recorder.get("record", "do-not-record") not in ("do-not-record", "false"),
        recording_callback=_url(recorder, "recordingStatusCallback", url),
    )


def _target(noun: ElementTree.Element, url: str) -> Target:
    # <Client><Identity>user</Identity><Parameter .../></Client> is the longer way to write it.
    name = noun.findtext("Identity") or noun.text or ""
    return Target(
        kind=noun.tag,
        name=name.strip(),
        status_callback=_url(noun, "statusCallback", url),
        status_events=tuple(noun.get("statusCallbackEvent", "completed").split()),
        amd_callback=_url(noun, "amdStatusCallback", url),
        whisper_url=_url(noun, "url", url),
    )


def _url(element: ElementTree.Element, name: str, base: str) -> str:
    value = element.get(name, "")
    return urljoin(base, value) if value else ""
