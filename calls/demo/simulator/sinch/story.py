"""What becomes of a call at Sinch."""

from __future__ import annotations

from calls.demo.simulator.config import ElevenLabsAccount, SinchAccount
from calls.demo.simulator.dialogues import dialogue_with
from calls.demo.simulator.elevenlabs import story as elevenlabs
from calls.demo.simulator.phone import Outcome, first_of, new_id, outcome_of
from calls.demo.simulator.sending import ask, tell, tell_kept
from calls.demo.simulator.sinch.calls import SinchCall
from calls.demo.simulator.sinch.svaml import BadSvaml, Svaml, read_svaml
from calls.demo.simulator.world import World

# result and reason of the dice callback
_UNANSWERED = {
    Outcome.BUSY: ("BUSY", "BUSY"),
    Outcome.NO_ANSWER: ("NOANSWER", "TIMEOUT"),
    Outcome.CANCELED: ("N/A", "CANCEL"),
    Outcome.REFUSED: ("FAILED", "GENERALERROR"),
}


async def asked(world: World, call: SinchCall) -> None:
    """A call whose owner decides where it goes: one that comes in, or a callout without instructions."""
    reply = await ask(world, call, call.ice(world.url))
    if not reply.is_success:
        # The caller hears an error message.
        await _finish(world, call, "FAILED", "CALLBACKERROR")
        return
    try:
        svaml = read_svaml(reply.body)
    except BadSvaml:
        await _finish(world, call, "FAILED", "INVALIDSVAMLACTION")
        return
    await instructed(world, call, svaml)


async def instructed(world: World, call: SinchCall, svaml: Svaml) -> None:
    call.recording_url = svaml.recording_url
    if svaml.action == "hangup":
        await _finish(world, call, "FAILED", "MANAGERHANGUP")
    elif svaml.goes_to_elevenlabs:
        await _connect_to_agent(world, call, call_sid=svaml.header("x-call-id"))
    else:
        if svaml.action == "connectPstn":
            call.outcome = outcome_of(svaml.number)
        elif svaml.action == "connectMxp":
            call.outcome = call.ring_person()
        # ACE is not sent for data endpoints: https://developers.sinch.com/docs/voice/api-reference/voice/callbacks
        call.wants_ace = call.wants_ace and svaml.action != "connectMxp"
        await dialled(world, call)


async def dialled(world: World, call: SinchCall) -> None:
    """Ring, and then go on as the outcome says."""
    in_time = await call.lasts(world.pace.ringing)
    if not in_time:
        await _finish(world, call, "FAILED", "MANAGERHANGUP")
    elif (unanswered := _UNANSWERED.get(call.outcome)) is not None:
        await _finish(world, call, *unanswered)
    elif not await _answered(world, call):
        await _finish(world, call, "ANSWERED", "MANAGERHANGUP")
    elif await call.talk(world.pace.talking):
        await _finish(world, call, "ANSWERED", "CALLERHANGUP" if call.direction == "inbound" else "CALLEEHANGUP")
    else:
        await _finish(world, call, "ANSWERED", "MANAGERHANGUP")


async def _answered(world: World, call: SinchCall) -> bool:
    """False when the answer to it is to hang up; without any the call goes on."""
    call.answer()
    if not call.wants_ace:
        return True
    if call.outcome is Outcome.DOUBLED:
        await tell(world, call, call.ace())
        return True
    reply = await ask(world, call, call.ace())
    try:
        svaml = read_svaml(reply.body)
    except BadSvaml:
        return True
    call.recording_url = call.recording_url or svaml.recording_url
    return svaml.action != "hangup"


async def _connect_to_agent(world: World, call: SinchCall, *, call_sid: str) -> None:
    """The SIP leg to ElevenLabs: there the called number decides which agent answers.

    X-CALL-ID becomes the call's SID there:
    https://elevenlabs.io/docs/agents-platform/customization/personalization/twilio-personalization
    """
    for number in world.numbers.values():
        account = world.account(ElevenLabsAccount, number.account_key)
        if number.phone_number == call.to_number and number.agent_id and account is not None:
            break
    else:
        await _finish(world, call, "FAILED", "GENERALERROR")
        return
    conversation = elevenlabs.begin_inbound(
        world,
        account,
        number=number,
        from_number=call.from_number,
        outcome=call.outcome,
        call_sid=call_sid,
        says=call.says,
        people=call.people,
    )
    call.dialogue = conversation.dialogue
    await first_of(conversation.picked_up, conversation.over, call.hung_up)
    if conversation.answered and not await _answered(world, call):
        call.hung_up.set()
    await first_of(conversation.over, call.hung_up)
    if call.hung_up.is_set():
        conversation.hung_up.set()
        await conversation.over.wait()
    if conversation.handed_to is not None:
        # The agent has left, and the caller speaks to somebody else now.
        await first_of(conversation.handed_to.over, call.hung_up)
        if call.hung_up.is_set():
            conversation.handed_to.hung_up.set()
    call.spoken = conversation.spoken
    result = "ANSWERED" if conversation.answered else "N/A"
    await _finish(world, call, result, "MANAGERHANGUP" if call.hung_up.is_set() else "CALLEEHANGUP")


async def _finish(world: World, call: SinchCall, result: str, reason: str) -> None:
    call.result, call.reason = result, reason
    call.status = "FINAL"
    call.end()
    callbacks = [call.dice()] if call.wants_dice else []
    if call.answered and call.recording_url:
        callbacks += [
            call.notify("recording_finished"),
            call.notify("recording_available", destination=call.recording_url),
        ]
    await tell(world, call, *callbacks)
    await tell_kept(call)


def begin_inbound(
    world: World,
    account: SinchAccount,
    *,
    from_number: str,
    to_number: str,
    outcome: Outcome,
    says: str = "",
    people: tuple[Outcome, ...] = (),
) -> SinchCall:
    """A call from a telephone or, without a plus, from a browser."""
    is_data = not from_number.startswith("+")
    call = SinchCall(
        id=new_id("", 32),
        direction="inbound",
        from_number=from_number,
        to_number=to_number,
        dialogue=dialogue_with(from_number, inbound=not is_data),
        outcome=outcome,
        status="ONGOING",
        account=account,
        is_data=is_data,
        says=says,
        people=people,
    )
    world.begin(call, asked(world, call))
    return call
