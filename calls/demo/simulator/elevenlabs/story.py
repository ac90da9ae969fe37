"""What becomes of a call that an ElevenLabs agent makes or takes."""

from __future__ import annotations

import asyncio
import json

from calls.demo.simulator.config import ElevenLabsAccount
from calls.demo.simulator.dialogues import Dialogue, dialogue_about, dialogue_with
from calls.demo.simulator.elevenlabs import webhooks, wishes
from calls.demo.simulator.elevenlabs.agents import language_of, missing_variable, name_of, refused_override
from calls.demo.simulator.elevenlabs.conversations import Conversation
from calls.demo.simulator.phone import Outcome, new_id
from calls.demo.simulator.sending import ask, tell, tell_kept
from calls.demo.simulator.world import HandOver, ImportedNumber, World

# failure_reason, the SIP status behind it, and its words.
_FAILURES = {
    Outcome.BUSY: ("busy", 486, "Busy here"),
    Outcome.NO_ANSWER: ("no-answer", 480, "Temporarily Unavailable"),
}


async def outbound(world: World, conversation: Conversation) -> None:
    """Ring, and then go on as the number's last digit says."""
    await conversation.lasts(world.pace.ringing)
    if (failure := _FAILURES.get(conversation.outcome)) is not None:
        reason, sip_status, words = failure
        conversation.status = "failed"
        conversation.error = (sip_status, f"INVITE failed: sip status: {sip_status}: {words}")
        conversation.end()
        await tell(world, conversation, webhooks.initiation_failure(conversation, reason, sip_status, words))
        return
    await _converse(world, conversation)


async def inbound(world: World, conversation: Conversation) -> None:
    """While it rings, the personalization webhook is asked; a failure of it does not keep the agent from answering."""
    reply = await ask(world, conversation, webhooks.personalization(conversation))
    if reply.is_success:
        try:
            data = json.loads(reply.body)
        except ValueError:
            data = None
        conversation.client_data = data if isinstance(data, dict) else {}
    if not await conversation.lasts(world.pace.ringing) or conversation.outcome is Outcome.CANCELED:
        conversation.status = "failed"
        conversation.error = (487, "Request Terminated")
        conversation.end()
        return
    await _converse(world, conversation)


async def _converse(world: World, conversation: Conversation) -> None:
    of_agent = world, conversation.account, conversation.agent_id, conversation.client_data
    refused, missing = refused_override(*of_agent), missing_variable(*of_agent)
    if refused is not None or missing is not None:
        # The dial was answered with success all the same.
        conversation.status = "failed"
        why = f"Missing required dynamic variables in tools: {{'{missing}'}}"
        conversation.error = (
            1008,
            why if refused is None else f"Override for field '{refused}' is not allowed by config",
        )
        conversation.end()
        await tell(world, conversation, webhooks.transcription(conversation))
        return
    conversation.status = "in-progress"
    conversation.language = language_of(*of_agent)
    conversation.answer()
    if conversation.outcome is Outcome.SCREENED:
        conversation.dialogue = conversation.dialogue.screened()
    await wishes.fulfil(world, conversation)
    if await conversation.talk(world.pace.talking) and conversation.destination:
        _hand_over(world, conversation)
    conversation.status = "processing"
    conversation.end()
    # The analysis.
    await asyncio.sleep(world.pace.processing)
    conversation.status = "done"
    await tell(world, conversation, webhooks.transcription(conversation), webhooks.audio(conversation))
    await tell_kept(conversation)


def _hand_over(world: World, conversation: Conversation) -> None:
    """The number is called, and the agent leaves; nothing tells it who answers there.

    By the transfer of kind conference, which shows the agent's number.
    """
    wish = HandOver(
        from_number=conversation.agent_number, to_number=conversation.destination, people=conversation.people
    )
    conversation.handed_to = world.hand_over(wish)


def begin_outbound(
    world: World,
    account: ElevenLabsAccount,
    *,
    number: ImportedNumber,
    agent_id: str,
    to_number: str,
    outcome: Outcome,
    client_data: dict[str, object],
    user_id: str | None,
) -> Conversation:
    conversation = Conversation(
        id=new_id("conv_", 28),
        direction="outbound",
        from_number=number.phone_number,
        to_number=to_number,
        dialogue=_said_to(to_number, agent=name_of(world, account, agent_id), client_data=client_data),
        outcome=outcome,
        status="initiated",
        account=account,
        agent_id=agent_id,
        phone_number_id=number.id,
        user_id=user_id,
        client_data=client_data,
    )
    world.begin(conversation, outbound(world, conversation))
    return conversation


def _said_to(number: str, *, agent: str, client_data: dict[str, object]) -> Dialogue:
    """About the reason that the dial gave, as its dynamic variable, or else what the number's last digit chooses."""
    variables = client_data.get("dynamic_variables")
    reason = variables.get("call_reason") if isinstance(variables, dict) else None
    if isinstance(reason, str) and reason.strip():
        return dialogue_about(reason, number, agent=agent or "your assistant")
    return _by(agent, dialogue_with(number, inbound=False))


def _by(agent: str, dialogue: Dialogue) -> Dialogue:
    return dialogue.spoken_by(agent) if agent else dialogue


def begin_inbound(
    world: World,
    account: ElevenLabsAccount,
    *,
    number: ImportedNumber,
    from_number: str,
    outcome: Outcome,
    call_sid: str = "",
    says: str = "",
    people: tuple[Outcome, ...] = (),
) -> Conversation:
    """A call to a number that an agent answers. The number has an agent."""
    conversation = Conversation(
        id=new_id("conv_", 28),
        direction="inbound",
        from_number=from_number,
        to_number=number.phone_number,
        dialogue=_by(name_of(world, account, number.agent_id), dialogue_with(from_number, inbound=True)),
        outcome=outcome,
        status="initiated",
        account=account,
        agent_id=number.agent_id or "",
        phone_number_id=number.id,
        says=says,
        people=people,
    )
    conversation.call_sid = call_sid or conversation.call_sid
    world.begin(conversation, inbound(world, conversation))
    return conversation
