"""Who has an account in the simulated world, and how fast time passes there."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class _Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="provider"):
    pass


class ElevenLabsNumber(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number that is imported already, as by POST /v1/convai/phone-numbers."""

    phone_number_id: str
    phone_number: str
    label: str = ""
    agent_id: str | None = None


class ElevenLabsAccount(_Base, frozen=True, tag="elevenlabs"):
    api_key: str
    webhook_secret: str = ""
    # Post-call webhooks; without it none are sent.
    webhook_url: str = ""
    # Opt-in at ElevenLabs, and only for post_call_transcription.
    webhook_retries: bool = True
    # Asked when an inbound call rings; it is not signed, so a secret goes into a header of one's own.
    personalization_url: str = ""
    personalization_headers: dict[str, str] = {}
    # Where an agent's tools are, below which each has its name, and what they are sent.
    tools_url: str = ""
    tools_headers: dict[str, str] = {}
    # Id to name. Without any, every id is an agent.
    agents: dict[str, str] = {}
    # Ids that are not among them are agents as well.
    has_other_agents: bool = False
    phone_numbers: tuple[ElevenLabsNumber, ...] = ()
    # Whether the plan has the monitoring socket; one that is "deaf" does not carry out what it is told.
    monitoring: Literal["on", "off", "deaf"] = "on"
    # What `phone_call` of its calls is: at Twilio they have a SID there, which is the carrier's id of them.
    telephony: Literal["sip_trunking", "twilio"] = "sip_trunking"

    @property
    def key(self) -> str:
        return self.api_key

    def has_agent(self, agent_id: str) -> bool:
        return agent_id in self.agents or self.has_other_agents or not self.agents


class SinchAccount(_Base, frozen=True, tag="sinch"):
    application_key: str
    # Base64, as the dashboard shows it.
    application_secret: str
    callback_url: str = ""
    # Used when the first one times out or answers with an error.
    fallback_url: str = ""
    # Its numbers, at which callers arrive whom an agent hands over.
    phone_numbers: tuple[str, ...] = ()
    # Its SMS service plan; without one there are no texts.
    sms_service_plan_id: str = ""
    sms_api_token: str = ""
    sms_webhook_secret: str = ""
    # Where texts to its numbers are reported.
    text_url: str = ""

    @property
    def key(self) -> str:
        return self.application_key


class TwilioAccount(_Base, frozen=True, tag="twilio"):
    account_sid: str
    auth_token: str
    # SID to secret; requests are accepted with these as well.
    api_keys: dict[str, str] = {}
    # What the account's numbers are set to. All other URLs come with the requests and the TwiML.
    voice_url: str = ""
    # What its TwiML application is set to, which browsers call out through; without it as the numbers.
    client_voice_url: str = ""
    # Its numbers, at which callers arrive whom an agent hands over.
    phone_numbers: tuple[str, ...] = ()
    status_callback: str = ""
    # Where texts to its numbers are reported.
    text_url: str = ""

    @property
    def key(self) -> str:
        return self.account_sid

    def voice_url_for(self, caller: str) -> str:
        return (self.client_voice_url if caller.startswith("client:") else "") or self.voice_url


Account = ElevenLabsAccount | SinchAccount | TwilioAccount


class Pace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds. What is told of a call's duration is not scaled: it is that of the recording."""

    ringing: float = 2.0
    talking: float = 6.0
    # From the end of the call to its webhooks.
    processing: float = 1.0
    # Before the first repetition of a callback; the further ones grow as the provider's do.
    pause: float = 2.0

    @classmethod
    def quick(cls, seconds: float = 0.05) -> Pace:
        """For tests."""
        return cls(ringing=seconds, talking=seconds, processing=seconds, pause=seconds)


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    accounts: tuple[Account, ...] = ()
    pace: Pace = Pace()


def read_config(text: bytes) -> Config:
    """From JSON: {"accounts": [{"provider": "elevenlabs", "api_key": ...}, ...], "pace": {"ringing": 2, ...}}.

    Raises ValueError with a sentence that names the field.
    """
    return msgspec.json.decode(text, type=Config)


def account_from(document: Any) -> Account:
    """Raises ValueError."""
    account: Account = msgspec.convert(document, Account)
    return account
