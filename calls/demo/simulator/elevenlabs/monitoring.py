"""The monitoring socket: what is said in a conversation while it goes on, and the command that ends it.

https://elevenlabs.io/docs/eleven-agents/guides/realtime-monitoring
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from calls.demo.simulator.dialogues import Turn
from calls.demo.simulator.elevenlabs.conversations import Conversation
from calls.demo.simulator.web_socket import WebSocket

# Of what was said before the socket was opened, so much is sent again.
_REPLAYED = 100


async def monitor(conversation: Conversation, socket: WebSocket) -> None:
    """Until the conversation is over, or the client has left. Commands are not acknowledged."""
    telling = asyncio.ensure_future(_tell(conversation, socket))
    listening = asyncio.ensure_future(_listen(conversation, socket))
    try:
        await asyncio.wait((telling, listening), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (telling, listening):
            task.cancel()
        await asyncio.gather(telling, listening, return_exceptions=True)
    await socket.close()


async def _listen(conversation: Conversation, socket: WebSocket) -> None:
    while (text := await socket.receive()) is not None:
        try:
            command = json.loads(text)
        except ValueError:
            continue
        is_end = isinstance(command, dict) and command.get("command_type") == "end_call"
        if is_end and conversation.account.monitoring != "deaf":
            conversation.hung_up.set()


async def _tell(conversation: Conversation, socket: WebSocket) -> None:
    turns = conversation.dialogue.turns
    told = max(0, len(conversation.turns_so_far()) - _REPLAYED)
    while not conversation.over.is_set():
        for turn in turns[told : len(conversation.turns_so_far())]:
            await socket.send(json.dumps(_event(turn)))
            told += 1
        pause = conversation.seconds_until(turns[told]) if told < len(turns) else None
        try:
            async with asyncio.timeout(pause):
                await conversation.over.wait()
        except TimeoutError:
            pass


def _event(turn: Turn) -> dict[str, Any]:
    if turn.role == "agent":
        return {"type": "agent_response", "agent_response_event": {"agent_response": turn.message}}
    return {"type": "user_transcript", "user_transcription_event": {"user_transcript": turn.message}}
