"""A conversation, and how ElevenLabs' API shows it.

https://elevenlabs.io/docs/api-reference/conversations
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

from calls.demo.simulator.config import ElevenLabsAccount
from calls.demo.simulator.phone import Outcome, PhoneCall, new_id

# Credits that a second costs; only so that there is a figure.
_CREDITS_PER_SECOND = 10


@dataclass(kw_only=True, eq=False)
class Conversation(PhoneCall):
    """`status`: initiated, in-progress, processing, done or failed."""

    provider: ClassVar[str] = "elevenlabs"

    account: ElevenLabsAccount
    agent_id: str
    phone_number_id: str
    user_id: str | None = None
    # What the caller asks for besides what the dialogue is about.
    says: str = ""
    # The number that it is to be handed over to, and the call there, once it rings.
    destination: str = ""
    handed_to: PhoneCall | None = None
    # conversation_initiation_client_data, as it was given or as the personalization webhook answered.
    client_data: dict[str, Any] = field(default_factory=dict)
    language: str = "en"
    # Not said to be the same anywhere, so they differ.
    sip_call_id: str = field(default_factory=lambda: new_id("SCL_", 12))
    call_sid: str = field(default_factory=lambda: new_id("", 32))
    # code and reason of what went wrong
    error: tuple[int, str] | None = None

    @property
    def agent_name(self) -> str:
        return self.account.agents.get(self.agent_id, self.dialogue.agent_name)

    @property
    def has_audio(self) -> bool:
        return self.status == "done"

    @property
    def agent_number(self) -> str:
        return self.to_number if self.direction == "inbound" else self.from_number

    @property
    def external_number(self) -> str:
        return self.from_number if self.direction == "inbound" else self.to_number

    def summary(self) -> dict[str, Any]:
        """As it stands in the list."""
        analysis = self._analysis() or {}
        return {
            "agent_id": self.agent_id,
            "agent_name": self.agent_name,
            "conversation_id": self.id,
            "start_time_unix_secs": int(self.started.timestamp()),
            "call_duration_secs": self.duration,
            "message_count": sum(turn["message"] is not None for turn in self._transcript()),
            "status": self.status,
            "call_successful": analysis.get("call_successful", "unknown"),
            "transcript_summary": analysis.get("transcript_summary"),
            "call_summary_title": analysis.get("call_summary_title"),
            "conversation_initiation_source": "sip_trunk",
            "direction": self.direction,
        }

    def details(self) -> dict[str, Any]:
        """As it is shown alone, and sent as post_call_transcription."""
        return {
            "agent_id": self.agent_id,
            "agent_name": self.agent_name,
            "status": self.status,
            "user_id": self.user_id,
            "branch_id": None,
            "conversation_id": self.id,
            "has_audio": self.has_audio,
            "has_user_audio": self.has_audio,
            "has_response_audio": self.has_audio,
            "has_auxiliary_audio": False,
            "tag_ids": [],
            "metadata": self._metadata(),
            "analysis": self._analysis(),
            "conversation_initiation_client_data": self._client_data(),
            "transcript": self._transcript(),
        }

    def _metadata(self) -> dict[str, Any]:
        return {
            "start_time_unix_secs": int(self.started.timestamp()),
            "accepted_time_unix_secs": int(self.answered.timestamp()) if self.answered else None,
            "call_duration_secs": self.duration,
            "cost": self.duration * _CREDITS_PER_SECOND,
            "deletion_settings": {
                "deletion_time_unix_secs": None,
                "delete_transcript_and_pii": False,
                "delete_audio": False,
            },
            "feedback": {"overall_score": None, "likes": 0, "dislikes": 0},
            "authorization_method": "authorization_header",
            "charging": {"dev_discount": False, "tier": "creator", "llm_usage": {}, "llm_price": 0.0},
            "phone_call": {
                "type": self.account.telephony,
                "direction": self.direction,
                "phone_number_id": self.phone_number_id,
                "agent_number": self.agent_number,
                "external_number": self.external_number,
                "call_id": self.sip_call_id,
                "call_sid": self.call_sid,
                **({"call_result": "voicemail"} if self._is_voicemail else {}),
            },
            "batch_call": None,
            "termination_reason": self._termination_reason(),
            "error": None if self.error is None else {"code": self.error[0], "reason": self.error[1]},
            "warnings": [],
            "main_language": self.language,
            "rag_usage": None,
            "text_only": False,
            "initiator_id": None,
            "conversation_initiation_source": "sip_trunk",
            "timezone": None,
        }

    def _termination_reason(self) -> str:
        if self.error is not None:
            return self.error[1]
        if not self._is_over:
            return ""
        return f"{self._last_tool} tool was called." if self.spoken == 1.0 else "Call ended by remote party"

    @property
    def _is_voicemail(self) -> bool:
        return self.outcome is Outcome.VOICEMAIL and self.answered is not None

    @property
    def _last_tool(self) -> str:
        """The agent's, by which the conversation ends that is not broken off."""
        if self.handed_to is not None:
            return "transfer_to_number"
        return "voicemail_detection" if self._is_voicemail else "end_call"

    @property
    def _is_over(self) -> bool:
        return self.status in ("processing", "done")

    def _transcript(self) -> list[dict[str, Any]]:
        """What was said before the end; where one of the agent's tools ended it, that is a turn without words."""
        if not self._is_over:
            return []
        heard = self.dialogue.duration * self.spoken
        turns = [
            _turn(turn.role, turn.message, turn.timestamp) for turn in self.dialogue.turns if turn.timestamp <= heard
        ]
        if self.spoken == 1.0:
            turns.append({**_turn("agent", None, heard), **self._end()})
        return turns

    def _end(self) -> dict[str, Any]:
        """The tool that ends the conversation, and what came of it, where more is told than that it was called.

        https://elevenlabs.io/docs/eleven-agents/customization/tools/system-tools
        """
        tool = self._last_tool
        request_id = f"{tool}_{self.id[-8:]}"
        call = {
            "type": "system",
            "request_id": request_id,
            "tool_name": tool,
            "params_as_json": "{}",
            "tool_has_been_called": True,
            "tool_details": None,
        }
        result = self._result()
        if result is None:
            return {"tool_calls": [call]}
        told = {
            "type": "system",
            "request_id": request_id,
            "tool_name": tool,
            "result_value": json.dumps(result),
            "is_error": False,
            "result": result,
        }
        return {"tool_calls": [call], "tool_results": [told]}

    def _result(self) -> dict[str, Any] | None:
        if self.handed_to is not None:
            carrier = "twilio" if self.account.telephony == "twilio" else "sip"
            kind = f"transfer_to_number_{carrier}_success"
            return {"result_type": kind, "transfer_number": self.destination, "reason": self.says, "note": ""}
        if self._is_voicemail:
            message = self.dialogue.turns[-1].message
            return {"result_type": "voicemail_detection_success", "voicemail_message": message, "reason": "A machine."}
        return None

    def _analysis(self) -> dict[str, Any] | None:
        if self.status != "done":
            return None
        return {
            "call_successful": "success",
            "transcript_summary": self.dialogue.summary,
            "call_summary_title": self.dialogue.summary.partition(".")[0],
            "evaluation_criteria_results": {},
            "data_collection_results": {},
        }

    def _client_data(self) -> dict[str, Any]:
        given = self.client_data.get("dynamic_variables")
        variables = {
            **(given if isinstance(given, dict) else {}),
            # https://elevenlabs.io/docs/agents-platform/customization/personalization/dynamic-variables
            "system__agent_id": self.agent_id,
            "system__conversation_id": self.id,
            "system__caller_id": self.external_number,
            "system__called_number": self.agent_number,
            "system__call_sid": self.call_sid,
            "system__call_duration_secs": self.duration,
        }
        override = self.client_data.get("conversation_config_override", {})
        return {"conversation_config_override": override, "dynamic_variables": variables}


def _turn(role: str, message: str | None, seconds: float) -> dict[str, Any]:
    return {
        "role": role,
        "message": message,
        "time_in_call_secs": int(seconds),
        "tool_calls": [],
        "tool_results": [],
        "feedback": None,
        "llm_override": None,
        "conversation_turn_metrics": None,
        "rag_retrieval_info": None,
        "llm_usage": None,
        "interrupted": False,
        "original_message": None,
    }
