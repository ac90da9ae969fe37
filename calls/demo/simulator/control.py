"""What tests and the demo ask of the simulator itself, under /simulator: it needs no credentials."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

from calls.demo.simulator.config import ElevenLabsAccount, SinchAccount, TwilioAccount, account_from
from calls.demo.simulator.elevenlabs import story as elevenlabs
from calls.demo.simulator.faults import Fault
from calls.demo.simulator.http_server import Answer, Request, json_answer
from calls.demo.simulator.phone import Outcome, PhoneCall
from calls.demo.simulator.sinch import story as sinch
from calls.demo.simulator.sinch import texts as sinch_texts
from calls.demo.simulator.texts import Text
from calls.demo.simulator.twilio import story as twilio
from calls.demo.simulator.twilio import texts as twilio_texts
from calls.demo.simulator.world import ImportedNumber, World

PREFIX = "/simulator/"
# What starts a call, when the provider is asked to.
_DIALS = (("elevenlabs", "outbound-call"), ("sinch", "callouts"), ("twilio", "calls"))


_AccountT = TypeVar("_AccountT", SinchAccount, TwilioAccount)
_StructT = TypeVar("_StructT", bound=msgspec.Struct)


class Inbound(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename={"from_number": "from"}):
    """A call to `to`. Twilio: `from` may be `client:name`, a browser that calls out, and the URLs may be others
    than the account's."""

    provider: Literal["elevenlabs", "sinch", "twilio"]
    from_number: str
    to: str
    # By API key, application key or SID; else the one that has the number, else the first.
    account: str | None = None
    outcome: Outcome = Outcome.COMPLETED
    # Where an agent answers, at ElevenLabs or by way of Sinch: what the caller asks it for, such as "Call me tomorrow
    # at three."
    says: str = ""
    # What those do who are rung in their browsers, also where an agent hands the caller over: completed, busy (the
    # person declines), no-answer; one after the other, the last one's for all who follow.
    people: tuple[Outcome, ...] = ()
    voice_url: str | None = None
    status_callback: str | None = None


class InboundText(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename={"from_number": "from"}):
    """A text to `to`. `opt_out_type`: Twilio has keywords of the account's own, and takes it for this."""

    provider: Literal["sinch", "twilio"]
    from_number: str
    to: str
    body: str
    # By application key or SID; else the first.
    account: str | None = None
    outcome: Outcome = Outcome.COMPLETED
    opt_out_type: Literal["", "STOP", "START", "HELP"] = ""


def start_text(world: World, wish: InboundText) -> Text:
    """Raises ValueError where there is no such account."""
    if wish.provider == "sinch":
        return sinch_texts.begin_inbound_text(
            world,
            _account(world, SinchAccount, wish),
            from_number=wish.from_number,
            to_number=wish.to,
            body=wish.body,
            outcome=wish.outcome,
        )
    return twilio_texts.begin_inbound_text(
        world,
        _account(world, TwilioAccount, wish),
        from_number=wish.from_number,
        to_number=wish.to,
        body=wish.body,
        outcome=wish.outcome,
        opt_out_type=wish.opt_out_type,
    )


def start_inbound(world: World, wish: Inbound) -> PhoneCall:
    """Raises ValueError where no account has that number."""
    match wish.provider:
        case "elevenlabs":
            return _start_agent_call(world, wish)
        case "sinch":
            account = _account(world, SinchAccount, wish)
            return sinch.begin_inbound(
                world,
                account,
                from_number=wish.from_number,
                to_number=wish.to,
                outcome=wish.outcome,
                says=wish.says,
                people=wish.people,
            )
        case "twilio":
            owner = _account(world, TwilioAccount, wish)
            return twilio.begin_inbound(
                world,
                owner,
                from_number=wish.from_number,
                to_number=wish.to,
                outcome=wish.outcome,
                voice_url=owner.voice_url_for(wish.from_number) if wish.voice_url is None else wish.voice_url,
                status_callback=owner.status_callback if wish.status_callback is None else wish.status_callback,
                people=wish.people,
            )


def _account(world: World, kind: type[_AccountT], wish: Inbound | InboundText) -> _AccountT:
    found = next(world.accounts(kind), None) if wish.account is None else world.account(kind, wish.account)
    if found is None:
        raise ValueError(f"no such account at {wish.provider}")
    return found


def _start_agent_call(world: World, wish: Inbound) -> PhoneCall:
    for number in world.numbers.values():
        account = world.account(ElevenLabsAccount, number.account_key)
        if account is not None and _is_meant(number, wish):
            return elevenlabs.begin_inbound(
                world,
                account,
                number=number,
                from_number=wish.from_number,
                outcome=wish.outcome,
                says=wish.says,
                people=wish.people,
            )
    raise ValueError(f"{wish.to} is not imported at ElevenLabs, or has no agent")


def _is_meant(number: ImportedNumber, wish: Inbound) -> bool:
    return number.phone_number == wish.to and number.agent_id is not None and wish.account in (None, number.account_key)


def happened(world: World) -> dict[str, Any]:
    """Everything so far; calls and texts in the order in which they began."""
    return {
        "dials": sum(world.requests[dial] for dial in _DIALS),
        "under_way": world.under_way,
        "requests": {f"{provider} {endpoint}": count for (provider, endpoint), count in world.requests.items()},
        "calls": [call.as_document() for call in world.calls.values()],
        "texts": [text.as_document() for text in world.texts.values()],
    }


async def answer(world: World, request: Request) -> Answer:
    try:
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", "calls":
                return json_answer(200, happened(world))
            case "POST", "inbound":
                return json_answer(201, start_inbound(world, _read(request, Inbound)).as_document())
            case "POST", "texts":
                return json_answer(201, start_text(world, _read(request, InboundText)).as_document())
            case "POST", "faults":
                world.faults.add(_read(request, Fault))
                return Answer(204)
            case "POST", "accounts":
                world.add_account(account_from(msgspec.json.decode(request.body)))
                return Answer(204)
            case "POST", "reset":
                await world.reset()
                return Answer(204)
    except ValueError as error:
        # msgspec's errors are among them, and name the field.
        return json_answer(422, {"error": str(error)})
    return json_answer(404, {"error": "GET calls; POST inbound, texts, faults, accounts, reset"})


def _read(request: Request, kind: type[_StructT]) -> _StructT:
    return msgspec.json.decode(request.body, type=kind)
