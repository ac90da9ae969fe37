"""How Orbit is answered: with one instruction."""

from __future__ import annotations

from typing import Literal

from calls.providers.endpoint import Answer, Reply, RouteQuestion, ToAgent, ToNumber, ToUser
from tether_calls.common.wire import UNSET, UnsetType, WireStruct, or_unset


class OrbitInstruction(WireStruct):
    """`to` and `shown` go with "connect"."""

    then: Literal["connect", "end", "go on"]
    to: str | UnsetType = UNSET
    shown: str | UnsetType = UNSET
    tag: str | UnsetType = UNSET


def instruction(answer: Answer) -> Reply:
    if not isinstance(answer.interpretation.question, RouteQuestion):
        return Reply(OrbitInstruction(then="go on"))
    tag = answer.call.call_id if answer.call is not None else UNSET
    match answer.route:
        case ToUser(user_id=user_id):
            return Reply(OrbitInstruction(then="connect", to=f"browser:{user_id}", tag=tag))
        case ToAgent(phone_number=number, sip_host=host):
            return Reply(OrbitInstruction(then="connect", to=f"sip:{number}@{host}", tag=tag))
        case ToNumber(phone_number=number, caller_id=caller_id):
            return Reply(OrbitInstruction(then="connect", to=f"tel:{number}", shown=or_unset(caller_id), tag=tag))
        case _:
            return Reply(OrbitInstruction(then="end"))
