"""What a caller asks an agent for in so many words, and the tool of the organization's that the agent uses for it.

https://elevenlabs.io/docs/eleven-agents/customization/tools/webhook-tools
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from calls.demo.simulator.callbacks import Callback
from calls.demo.simulator.dialogues import Turn
from calls.demo.simulator.elevenlabs.agents import transfer_variables
from calls.demo.simulator.elevenlabs.conversations import Conversation
from calls.demo.simulator.http_client import Reply
from calls.demo.simulator.sending import ask
from calls.demo.simulator.world import World

_SECONDS = 10.0
_PERSON = re.compile(
    r"\b(speak|talk)(ing)? (to|with) (a|an|some) ?(real |actual )?(person|human( being)?|somebody|someone|body|one)\b"
    r"|\b(put|connect|transfer) me\b",
    re.IGNORECASE,
)
_CALL_BACK = re.compile(r"\bcall me(?: back)? (?P<day>today|tomorrow) at (?P<hour>[0-9]{1,2}|[a-z]+)\b", re.IGNORECASE)
_NO_CALLS = re.compile(r"\b(do not|don.?t|never|stop) call(ing)? me\b|\btake me off\b", re.IGNORECASE)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
# Nobody is called at night: these hours are those of the afternoon.
_LAST_OF_AFTERNOON = 7
# When somebody is called back whom nobody can speak to now.
_OFFERED = "tomorrow at ten"
_CANNOT = "I am sorry, I cannot do that at the moment."

# What is said, by whom, because of what the caller has said.
_Said = list[tuple[str, str]]


async def fulfil(world: World, conversation: Conversation) -> None:
    """Have what the caller says, and what the agent makes of it, said at the end of the dialogue."""
    if not conversation.says:
        return
    said = [("user", conversation.says)]
    fulfilling = _wish_in(conversation.says)
    if fulfilling is not None and conversation.account.tools_url:
        said += await fulfilling(world, conversation)
    spoken = conversation.dialogue.duration
    turns = (Turn(role, message, spoken) for role, message in said)
    conversation.dialogue = replace(conversation.dialogue, turns=(*conversation.dialogue.turns, *turns))


def _wish_in(words: str) -> Callable[[World, Conversation], Awaitable[_Said]] | None:
    return next((fulfilling for pattern, fulfilling in _WISHES if pattern.search(words)), None)


async def _hand_over(world: World, conversation: Conversation) -> _Said:
    """The agent has a person asked, and is told the number at which the caller is awaited."""
    told = {"reason": conversation.says, "summary": conversation.dialogue.summary}
    answer = await _use(world, conversation, "transfer", told)
    number = answer.get("transfer_number")
    if answer.get("success") is True and isinstance(number, str):
        agent = world.agents.get((conversation.account.api_key, conversation.agent_id))
        if (
            agent is not None
            and agent.is_made_here
            and not transfer_variables(world, conversation.account, conversation.agent_id)
        ):
            # All that it has is known, and nothing with which it could.
            return [("agent", _CANNOT)]
        conversation.destination = number
        return [("agent", "One moment please, I am putting you through.")]
    if answer.get("callback_offered") is not True:
        return [("agent", _spoken(answer))]
    offered = f"Nobody is available at the moment. May somebody call you back {_OFFERED}?"
    said = [("agent", offered), ("user", f"Yes, call me back {_OFFERED}.")]
    return said + await _call_back(world, conversation, said[-1][1])


async def _call_back_as_asked(world: World, conversation: Conversation) -> _Said:
    return await _call_back(world, conversation, conversation.says)


async def _call_back(world: World, conversation: Conversation, words: str) -> _Said:
    when = called_back_at(words, datetime.now(UTC))
    if when is None:
        return []
    told = {"phone_number": conversation.external_number, "when": when}
    return [("agent", _spoken(await _use(world, conversation, "schedule-callback", told)))]


async def _call_no_more(world: World, conversation: Conversation) -> _Said:
    told = {"phone_number": conversation.external_number}
    return [("agent", _spoken(await _use(world, conversation, "do-not-call", told)))]


# The first one counts that is meant.
_WISHES = (
    (_NO_CALLS, _call_no_more),
    (_PERSON, _hand_over),
    (_CALL_BACK, _call_back_as_asked),
)


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


async def _use(world: World, conversation: Conversation, tool: str, told: dict[str, str]) -> dict[str, Any]:
    """What the tool answers; empty where it fails."""
    account = conversation.account
    body = {
        "conversation_id": conversation.id,
        "agent_id": conversation.agent_id,
        "caller_id": conversation.external_number,
        "called_number": conversation.agent_number,
        **told,
    }
    callback = Callback(
        event=f"tool {tool}",
        url=f"{account.tools_url}/{tool}",
        body=json.dumps(body).encode(),
        sign=lambda _url: {"Content-Type": "application/json", **account.tools_headers},
        seconds=_SECONDS,
    )
    return _answer_in(await ask(world, conversation, callback))


def _answer_in(reply: Reply) -> dict[str, Any]:
    try:
        answer = json.loads(reply.body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _spoken(answer: dict[str, Any]) -> str:
    """What the agent says of the answer."""
    return str(answer.get("message") or answer.get("error") or _CANNOT)
