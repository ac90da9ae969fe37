"""The endpoints of Twilio's API for calls, their recordings, and texts.

https://www.twilio.com/docs/voice/api/call-resource
https://www.twilio.com/docs/voice/api/recording
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from calls.demo.simulator.config import TwilioAccount
from calls.demo.simulator.dialogues import dialogue_with
from calls.demo.simulator.http_server import Answer, NoAnswer, Request, json_answer
from calls.demo.simulator.phone import Outcome, new_id, outcome_of
from calls.demo.simulator.routing import Api, Refusal, Route
from calls.demo.simulator.twilio import texts
from calls.demo.simulator.twilio.access import authenticate, problem
from calls.demo.simulator.twilio.calls import TwilioCall
from calls.demo.simulator.twilio.story import outbound
from calls.demo.simulator.twilio.twiml import BadTwiml, Twiml, read_twiml
from calls.demo.simulator.world import World

_USUAL_PAGE = 50


class _Form:
    def __init__(self, request: Request) -> None:
        self._fields = parse_qs(request.body.decode(errors="replace"))

    def one(self, name: str) -> str:
        return self._fields.get(name, [""])[-1]

    def events(self, name: str) -> tuple[str, ...]:
        """Given several times, or once with blanks between them."""
        return tuple(" ".join(self._fields.get(name, [])).split()) or ("completed",)


def dial(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request, names)
    form = _Form(request)
    to_number, from_number = form.one("To"), form.one("From")
    if not to_number:
        raise Refusal(problem(400, 21201, "No 'To' number is specified"))
    if not from_number:
        raise Refusal(problem(400, 21603, "A 'From' phone number is required"))
    voice_url, twiml = form.one("Url"), _given(form.one("Twiml"))
    if not voice_url and twiml is None:
        raise Refusal(problem(400, 21205, "Url parameter is required"))
    outcome = outcome_of(to_number)
    if outcome is Outcome.REFUSED:
        raise Refusal(problem(400, 21215, "Account not authorized to call this number"))
    if world.is_full:
        raise Refusal(problem(429))
    is_recorded = form.one("Record").lower() == "true"
    call = TwilioCall(
        id=new_id("CA"),
        direction="outbound-api",
        from_number=from_number,
        to_number=to_number,
        dialogue=dialogue_with(to_number, inbound=False),
        outcome=outcome,
        status="queued",
        account=account,
        status_callback=form.one("StatusCallback"),
        status_events=form.events("StatusCallbackEvent"),
        recording_callback=form.one("RecordingStatusCallback") if is_recorded else "",
        recording_source="OutboundAPI" if is_recorded else "",
        amd_callback=form.one("AsyncAmdStatusCallback"),
    )
    document = call.details()
    world.begin(call, outbound(world, call, voice_url, twiml))
    if outcome is Outcome.UNHEARD:
        raise NoAnswer(at_once=False)
    return json_answer(201, document)


def _given(text: str) -> Twiml | None:
    if not text:
        return None
    try:
        return read_twiml(text.encode(), "")
    except BadTwiml:
        raise Refusal(problem(400, 12100, "Document parse failure")) from None


def show_call(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    return json_answer(200, _call(world, authenticate(world, request, names), names).details())


def list_calls(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """Newest first: https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources."""
    account = authenticate(world, request, names)
    query = {name: values[-1] for name, values in parse_qs(request.query).items()}
    size = int(query["PageSize"]) if query.get("PageSize", "").isdecimal() else _USUAL_PAGE
    parent = query.get("ParentCallSid")
    found = [
        call.details()
        for call in world.calls_of(TwilioCall)
        if call.account.account_sid == account.account_sid
        and (parent is None or (call.parent is not None and call.parent.id == parent))
    ]
    # Further pages are not simulated.
    return json_answer(200, {"calls": found[:size], "page": 0, "page_size": size, "next_page_uri": None})


def change_call(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """Only ending it: https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource."""
    call = _call(world, authenticate(world, request, names), names)
    status = _Form(request).one("Status")
    if status not in ("completed", "canceled"):
        raise Refusal(problem(400, 20001, "Status must be completed or canceled"))
    if call.is_final:
        raise Refusal(problem(400, 21220, "Call is not in-progress. Cannot redirect."))
    # "canceled" hangs up on what is queued or ringing, and does nothing to a call in progress.
    if status == "completed" or call.status in ("queued", "ringing"):
        call.hung_up.set()
    return json_answer(200, call.details())


def change_recording(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """Pausing and going on: https://www.twilio.com/docs/voice/api/recording#update-a-recording-resource."""
    call = _call(world, authenticate(world, request, names), names)
    form = _Form(request)
    status, behavior = form.one("Status"), form.one("PauseBehavior") or "silence"
    if status not in ("paused", "in-progress") or behavior not in ("silence", "skip"):
        raise Refusal(problem(400, 20001, "Status must be paused or in-progress"))
    if call.is_final:
        raise Refusal(problem(400, 21220, "Call is not in-progress. Cannot redirect."))
    if not call.is_recorded_now or names.get("recording", call.recording_sid) != call.recording_sid:
        raise Refusal(problem(404))
    call.recording_status = status
    if status == "paused":
        call.pause_behavior = behavior
    return json_answer(200, {"sid": call.recording_sid, "call_sid": call.id, "status": status})


def show_recording(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    account = authenticate(world, request, names)
    for call in world.calls_of(TwilioCall):
        if call.recording_sid == names["recording"] and call.account.account_sid == account.account_sid:
            return Answer(200, call.dialogue.recording, "audio/mpeg")
    raise Refusal(problem(404))


def list_recordings(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """https://www.twilio.com/docs/voice/api/recording#read-multiple-recording-resources"""
    account = authenticate(world, request, names)
    query = {name: values[-1] for name, values in parse_qs(request.query).items()}
    found = [
        {"sid": call.recording_sid, "call_sid": call.id}
        for call in world.calls_of(TwilioCall)
        if call.recording_sid
        and call.account.account_sid == account.account_sid
        and query.get("CallSid", call.id) == call.id
    ]
    # Further pages are not simulated.
    return json_answer(200, {"recordings": found, "page": 0, "next_page_uri": None})


def delete_recording(world: World, request: Request, names: Mapping[str, str]) -> Answer:
    """https://www.twilio.com/docs/voice/api/recording#delete-a-recording-resource"""
    account = authenticate(world, request, names)
    for call in world.calls_of(TwilioCall):
        if call.recording_sid == names["recording"] and call.account.account_sid == account.account_sid:
            call.recording_sid = ""
            return Answer(204)
    raise Refusal(problem(404))


def _call(world: World, account: TwilioAccount, names: Mapping[str, str]) -> TwilioCall:
    call = world.call(TwilioCall, names["call"])
    if call is None or call.account.account_sid != account.account_sid:
        raise Refusal(problem(404))
    return call


_ACCOUNT = "/2010-04-01/Accounts/{account}"

API = Api(
    provider="twilio",
    prefixes=("/2010-04-01/",),
    problem=problem,
    routes=(
        Route("calls", "POST", f"{_ACCOUNT}/Calls.json", dial),
        Route("calls-list", "GET", f"{_ACCOUNT}/Calls.json", list_calls),
        Route("call", "GET", f"{_ACCOUNT}/Calls/{{call}}.json", show_call),
        Route("call", "POST", f"{_ACCOUNT}/Calls/{{call}}.json", change_call),
        # By its id, or as the one that runs.
        Route("recording-change", "POST", f"{_ACCOUNT}/Calls/{{call}}/Recordings/{{recording}}.json", change_recording),
        Route(
            "recording-change", "POST", f"{_ACCOUNT}/Calls/{{call}}/Recordings/Twilio.CURRENT.json", change_recording
        ),
        Route("messages", "POST", f"{_ACCOUNT}/Messages.json", texts.send),
        Route("message-delete", "DELETE", f"{_ACCOUNT}/Messages/{{message}}.json", texts.delete),
        Route("recording", "GET", f"{_ACCOUNT}/Recordings/{{recording}}.mp3", show_recording),
        Route("recordings-list", "GET", f"{_ACCOUNT}/Recordings.json", list_recordings),
        Route("recording-delete", "DELETE", f"{_ACCOUNT}/Recordings/{{recording}}.json", delete_recording),
    ),
)
