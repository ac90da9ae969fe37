"""What we ask of ElevenLabs: https://elevenlabs.io/docs/api-reference"""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

from calls.providers.dialling import AgentDial, DialAnswer, SipTrunk
from calls.providers.elevenlabs.answers import (
    FoundConversation,
    read_conversations,
    read_dial,
    read_is_over,
    read_phone_number_id,
    read_phone_numbers,
)
from calls.providers.elevenlabs.asking import PAGE, ElevenLabsAsking
from calls.providers.elevenlabs.conversation import read_conversation
from calls.providers.errors import ProviderProblem
from calls.providers.tools import ASSIGNED
from calls.reports import CALL_ID_VARIABLE, CallReport

_MP3 = frozenset({"audio/mpeg", "audio/mp3"})

_DIAL = "/v1/convai/sip-trunk/outbound-call"
_CONVERSATIONS = "/v1/convai/conversations"
_CONVERSATION = "/v1/convai/conversations/{id}"
_AUDIO = "/v1/convai/conversations/{id}/audio"
_NUMBERS = "/v1/convai/phone-numbers"
_NUMBER = "/v1/convai/phone-numbers/{id}"


class ElevenLabsClient(ElevenLabsAsking):
    """Every method raises ProviderError, and asks once."""

    def dial(self, dial: AgentDial) -> DialAnswer:
        """Have the agent call a number over its SIP trunk.

        Our own id travels as user_id and as a dynamic variable, so that a dial whose answer is lost can be found.
        Raises REFUSED also for a 200 without success, and BAD_ANSWER where that names a call all the same, or where a
        success names no conversation.
        """
        client_data: dict[str, Any] = {
            "user_id": dial.call_id,
            "dynamic_variables": {
                **dial.dynamic_variables,
                **dict.fromkeys(ASSIGNED, ""),
                CALL_ID_VARIABLE: dial.call_id,
            },
        }
        agent: dict[str, Any] = {}
        if dial.instructions is not None:
            agent["prompt"] = {"prompt": dial.instructions}
        if dial.first_message is not None:
            agent["first_message"] = dial.first_message
        if dial.language is not None:
            agent["language"] = dial.language
        override = {"agent": agent} if agent else {}
        if dial.voice_id is not None:
            override["tts"] = {"voice_id": dial.voice_id}
        if override:
            client_data["conversation_config_override"] = override
        body = {
            "agent_id": dial.agent_id,
            "agent_phone_number_id": dial.phone_number_id,
            "to_number": dial.to_number,
            "conversation_initiation_client_data": client_data,
        }
        ask = self._ask("dial", "POST", self._http.url(_DIAL), body)
        answer = self._http.answer(ask, read_dial)
        if not answer.success and not answer.names_call:
            raise self._http.failure(ask, ProviderProblem.REFUSED, status=200, reason="not_placed")
        if not answer.success or answer.conversation_id is None:
            # It may ring somewhere: taken for a refusal, it would be dialled again.
            reason = "no_conversation" if answer.success else "not_placed_but_named"
            raise self._http.failure(ask, ProviderProblem.BAD_ANSWER, status=200, reason=reason)
        return DialAnswer(conversation_id=answer.conversation_id, sip_call_id=answer.sip_call_id)

    def conversation(self, conversation_id: str) -> CallReport:
        """What ElevenLabs knows of a conversation by now."""
        ask = self._ask_of_one("conversation", "GET", self._http.url(_CONVERSATION, id=conversation_id))
        return self._http.answer(ask, read_conversation)

    def is_over(self, conversation_id: str) -> bool:
        """Whether a conversation has ended: by what it says of itself, which may still lack its transcript."""
        ask = self._ask_of_one("conversation", "GET", self._http.url(_CONVERSATION, id=conversation_id))
        return self._http.answer(ask, read_is_over)

    def delete_conversation(self, conversation_id: str) -> None:
        """With its transcript and audio; NOT_FOUND when there is none.

        https://elevenlabs.io/docs/api-reference/conversations/delete
        """
        self._http.nothing(
            self._ask_of_one("delete conversation", "DELETE", self._http.url(_CONVERSATION, id=conversation_id))
        )

    def conversation_audio(self, conversation_id: str, into: BinaryIO, *, max_bytes: int) -> int:
        """Write a conversation's MP3 and return its size. Ask only when it is done and has_audio."""
        ask = self._ask("conversation audio", "GET", self._http.url(_AUDIO, id=conversation_id))
        return self._http.download(ask, into=into, media_types=_MP3, max_bytes=max_bytes)

    def find_conversations(
        self, *, agent_id: str | None, user_id: str | None = None, after: datetime
    ) -> list[FoundConversation]:
        """The conversations, of one agent or of any, that carry our id, newest first, at most a page of them.

        Those that a carrier has handed over carry none that they could be asked for by.
        """
        params = {"call_start_after_unix": str(int(after.timestamp())), "page_size": PAGE}
        if user_id is not None:
            params["user_id"] = user_id
        if agent_id is not None:
            params["agent_id"] = agent_id
        ask = self._ask("find conversations", "GET", self._http.url(_CONVERSATIONS), params=params)
        return self._http.answer(ask, read_conversations)

    def import_sip_number(self, *, phone_number: str, label: str, trunk: SipTrunk, agent_id: str | None = None) -> str:
        """Make a number known to ElevenLabs, with the agent that answers it; its id there is returned."""
        outbound: dict[str, Any] = {
            "address": trunk.address,
            "transport": trunk.transport,
            "media_encryption": trunk.media_encryption,
        }
        if trunk.username:
            outbound["credentials"] = {"username": trunk.username, "password": trunk.password}
        body: dict[str, Any] = {
            "provider": "sip_trunk",
            "phone_number": phone_number,
            "label": label,
            "outbound_trunk_config": outbound,
        }
        if trunk.allowed_addresses:
            body["inbound_trunk_config"] = {"allowed_addresses": list(trunk.allowed_addresses)}
        if agent_id:
            body["agent_id"] = agent_id
        ask = self._ask("import number", "POST", self._http.url(_NUMBERS), body)
        return self._http.answer(ask, read_phone_number_id)

    def imported_numbers(self) -> dict[str, str]:
        """The numbers that ElevenLabs knows of the account, and their ids there."""
        return self._http.rows(self._ask("list numbers", "GET", self._http.url(_NUMBERS)), read_phone_numbers)

    def assign_agent(self, phone_number_id: str, agent_id: str | None) -> None:
        """Let another agent answer a number; None: no agent."""
        url = self._http.url(_NUMBER, id=phone_number_id)
        self._http.answer(self._ask("assign agent", "PATCH", url, {"agent_id": agent_id}), dict)

    def delete_number(self, phone_number_id: str) -> None:
        """Make ElevenLabs forget a number; NOT_FOUND when it has."""
        self._http.nothing(self._ask_of_one("delete number", "DELETE", self._http.url(_NUMBER, id=phone_number_id)))
