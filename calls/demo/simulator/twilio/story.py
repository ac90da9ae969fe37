"""What becomes of a call at Twilio."""

from __future__ import annotations

import asyncio

from calls.demo.simulator.config import TwilioAccount
from calls.demo.simulator.dialogues import dialogue_with
from calls.demo.simulator.phone import Outcome, new_id, outcome_of
from calls.demo.simulator.sending import ask, tell, tell_kept
from calls.demo.simulator.twilio.calls import TwilioCall
from calls.demo.simulator.twilio.twiml import BadTwiml, Dial, Twiml, read_twiml
from calls.demo.simulator.world import World

_UNANSWERED = {
    Outcome.BUSY: "busy",
    Outcome.NO_ANSWER: "no-answer",
    Outcome.REFUSED: "failed",
    Outcome.CANCELED: "canceled",
}
# A <Dial> whose action answers with another <Dial>, and so on.
_MOST_STEPS = 5


async def inbound(world: World, call: TwilioCall, voice_url: str) -> None:
    """Ask what to do, do it, tell how it ended."""
    await _follow(world, call, await _instructions(world, call, voice_url), voice_url)
    await _close(world, call, "completed")


async def outbound(world: World, call: TwilioCall, voice_url: str, twiml: Twiml | None) -> None:
    """Ring, and once it is answered do as the TwiML says; without a <Dial> in it, the dialogue is spoken."""
    await _progress(world, call, "initiated", "initiated")
    call.status = "ringing"
    await _progress(world, call, "ringing", "ringing")
    if not await call.lasts(world.pace.ringing):
        await _close(world, call, "canceled")
        return
    if (unanswered := _UNANSWERED.get(call.outcome)) is not None:
        await _close(world, call, unanswered)
        return
    call.status = "in-progress"
    call.answer()
    await _progress(world, call, "answered", "in-progress")
    if call.amd_callback:
        await tell(world, call, call.detected())
    if twiml is None:
        twiml = await _instructions(world, call, voice_url)
    if not twiml.ends and twiml.dial is None:
        await call.talk(world.pace.talking)
    else:
        await _follow(world, call, twiml, voice_url)
    await _close(world, call, "completed")


async def _instructions(world: World, call: TwilioCall, url: str, **parameters: str) -> Twiml:
    """A failure is an apology to the caller, and the end of the call."""
    reply = await ask(world, call, call.voice(url, **parameters))
    if not reply.is_success:
        return Twiml(ends="failed" if call.answered is None else "completed")
    try:
        return read_twiml(reply.body, url)
    except BadTwiml:
        return Twiml(ends="failed" if call.answered is None else "completed")


async def _follow(world: World, call: TwilioCall, twiml: Twiml, url: str) -> None:
    for _ in range(_MOST_STEPS):
        if twiml.ends:
            if call.answered is None:
                call.status = twiml.ends
            return
        _pick_up(call, twiml)
        if twiml.dial is None or not twiml.dial.targets:
            return
        parameters = await _dial(world, call, twiml.dial)
        if not twiml.dial.action or call.hung_up.is_set():
            return
        url = twiml.dial.action
        twiml = await _instructions(world, call, url, **parameters)


def _pick_up(call: TwilioCall, twiml: Twiml) -> None:
    """Twilio answers a call that comes in as soon as there is something to do."""
    if call.answered is None:
        call.status = "in-progress"
        call.answer()
    if twiml.recording_callback:
        call.recording_callback, call.recording_source = twiml.recording_callback, "StartCallRecordingAPI"
    if twiml.dial is not None and twiml.dial.is_recorded:
        call.recording_callback, call.recording_source = twiml.dial.recording_callback, "DialVerb"
        call.recording_sid = call.recording_sid or new_id("RE")


async def _dial(world: World, call: TwilioCall, dial: Dial) -> dict[str, str]:
    """The other leg; returns what the action URL gets. Of several targets the first one answers."""
    target = dial.targets[0]
    is_number = target.kind == "Number"
    leg = TwilioCall(
        id=new_id("CA"),
        direction="outbound-dial",
        from_number=dial.caller_id or call.from_number,
        to_number=target.address,
        dialogue=dialogue_with(target.name, inbound=False) if is_number else call.dialogue,
        outcome=outcome_of(target.name) if is_number else call.ring_person(),
        status="queued",
        account=call.account,
        parent=call,
        status_callback=target.status_callback,
        status_events=target.status_events,
        amd_callback=target.amd_callback,
        hung_up=call.hung_up,
    )
    world.add_call(leg)
    call.dialogue = leg.dialogue
    await _progress(world, leg, "initiated", "initiated")
    leg.status = "ringing"
    await _progress(world, leg, "ringing", "ringing")
    status = _UNANSWERED.get(leg.outcome, "")
    if not await leg.lasts(world.pace.ringing):
        status = "canceled"
    if not status:
        leg.status = "in-progress"
        leg.answer()
        call.is_bridged = True
        await _progress(world, leg, "answered", "in-progress")
        if target.whisper_url:
            # https://www.twilio.com/docs/voice/twiml/client#attributes-url
            leg.told += (await _instructions(world, leg, target.whisper_url)).words
        if leg.amd_callback:
            await tell(world, leg, leg.detected())
        await leg.talk(world.pace.talking)
        call.spoken = leg.spoken
        status = "completed"
    leg.status = status
    leg.end()
    await _progress(world, leg, "completed", status)
    await tell_kept(leg)
    parameters = {"DialCallSid": leg.id, "DialCallStatus": status, "DialCallDuration": str(leg.duration)}
    if status == "completed" and call.recording_sid:
        parameters["RecordingUrl"] = world.url + call.recording_path
    return parameters


async def _close(world: World, call: TwilioCall, status: str) -> None:
    if not call.is_final:
        call.status = status
    call.end()
    await _progress(world, call, "completed", call.status)
    if call.recording_callback and call.duration:
        call.recording_sid = call.recording_sid or new_id("RE")
        await asyncio.sleep(world.pace.processing)
        await tell(world, call, call.recorded(world.url))
    await tell_kept(call)


async def _progress(world: World, call: TwilioCall, event: str, status: str) -> None:
    if call.status_callback and event in call.status_events:
        await tell(world, call, call.progress(event, status))


def begin_inbound(
    world: World,
    account: TwilioAccount,
    *,
    from_number: str,
    to_number: str,
    outcome: Outcome,
    voice_url: str,
    status_callback: str,
    people: tuple[Outcome, ...] = (),
) -> TwilioCall:
    """A call to a number, or a browser client (`client:...`) calls out through its TwiML application."""
    call = TwilioCall(
        id=new_id("CA"),
        direction="inbound",
        from_number=from_number,
        to_number=to_number,
        dialogue=dialogue_with(from_number, inbound=not from_number.startswith("client:")),
        outcome=outcome,
        status="ringing",
        account=account,
        status_callback=status_callback,
        people=people,
    )
    world.begin(call, inbound(world, call, voice_url))
    return call
