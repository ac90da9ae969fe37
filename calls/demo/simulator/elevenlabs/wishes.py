"""What a caller asks an agent for in so many words, and the tool of the organization's that the agent uses for it.

https://elevenlabs.io/docs/eleven-agents/customization/tools/webhook-tools
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from calls.demo.simulator.callbacks import Callback
from calls.demo.simulator.dialogues import Turn
from calls.demo.simulator.elevenlabs.conversations import Conversation
from calls.demo.simulator.http_client import Reply
from calls.demo.simulator.sending import ask
from calls.demo.simulator.world import World

_SECONDS = 10.0
_CALL_BACK = re.compile(r"\bcall me(?: back)? (?P<day>today|tomorrow) at (?P<hour>[0-9]{1,2}|[a-z]+)\b", re.IGNORECASE)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
# Nobody is called at night: these hours are those of the afternoon.
_LAST_OF_AFTERNOON = 7


async def fulfil(world: World, conversation: Conversation) -> None:
    """Have what the caller says, and what the agent makes of it, said at the end of the dialogue."""
    if not conversation.says:
        return
    spoken = conversation.dialogue.duration
    turns = [Turn("user", conversation.says, spoken)]
    when = called_back_at(conversation.says, datetime.now(UTC))
    if when is not None and conversation.account.tools_url:
        reply = await ask(world, conversation, _call_back(conversation, when))
        turns.append(Turn("agent", _told(reply), spoken))
    conversation.dialogue = replace(conversation.dialogue, turns=(*conversation.dialogue.turns, *turns))


def called_back_at(words: str, now: datetime) -> str | None:
    """By the caller's clock, without an offset; None where the words ask for no call at an hour of a day."""
    asked = _CALL_BACK.search(words)
    if asked is None:
        return None
    hour = _hour(asked["hour"].lower())
    if hour is None:
        return None
    day = now + timedelta(days=asked["day"].lower() == "tomorrow")
    return f"{day:%Y-%m-%d}T{hour:02}:00"


def _hour(word: str) -> int | None:
    if word == "noon":
        return 12
    number = int(word) if word.isdecimal() else _WORDS.index(word) + 1 if word in _WORDS else None
    if number is None or number > 23:
        return None
    return number + 12 if 1 <= number <= _LAST_OF_AFTERNOON else number


def _call_back(conversation: Conversation, when: str) -> Callback:
    account = conversation.account
    told = {
        "conversation_id": conversation.id,
        "agent_id": conversation.agent_id,
        "caller_id": conversation.external_number,
        "called_number": conversation.agent_number,
        "phone_number": conversation.external_number,
        "when": when,
    }
    return Callback(
        event="tool schedule-callback",
        url=f"{account.tools_url}/schedule-callback",
        body=json.dumps(told).encode(),
        sign=lambda _url: {"Content-Type": "application/json", **account.tools_headers},
        seconds=_SECONDS,
    )


def _told(reply: Reply) -> str:
    """What the agent says of the answer."""
    try:
        answer = json.loads(reply.body)
    except ValueError:
        answer = {}
    told = answer.get("message") or answer.get("error") if isinstance(answer, dict) else None
    return str(told) if told else "I am sorry, I cannot do that at the moment."
