"""What POST /api/v1/calls is sent: read in the order in which partners are told what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from rest_framework.request import Request

from calls.services.agent_calls.call_variables import check_variables
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.json_depth import contains_nul, deeper_than
from tether_calls.common.parsers import decode_json
from tether_calls.common.phone import is_dialable, normalized
from tether_calls.common.wire import SnakeStruct

IDEMPOTENCY_KEY = "Idempotency-Key"
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


class PartnerCallRequest(SnakeStruct):
    """Whom an agent is to call, and what it has to know."""

    phone_number: Annotated[str, msgspec.Meta(description="E.164, such as +14165550199.")]
    agent_id: Annotated[str | int, msgspec.Meta(description="The agent's id, or its assistant_id.")]
    contact_id: Annotated[
        str | int | None, msgspec.Meta(description="Of a contact that has the number; else it is found, or made.")
    ] = None
    variables: Annotated[
        dict[str, Any] | None, msgspec.Meta(description="What `{{name}}` in the agent's texts stands for.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class PartnerDial:
    """A body that is right in itself; `said` is all of it, as it came."""

    phone_number: str
    agent: str
    contact_id: str | None
    variables: dict[str, Any]
    said: dict[str, Any]


def read_dial(body: bytes) -> PartnerDial:
    """Raises, in this order: MALFORMED_JSON, MISSING_PHONE_NUMBER, MISSING_AGENT_ID, INVALID_PHONE_NUMBER,
    VALIDATION_ERROR, INVALID_VARIABLES.
    """
    said = decode_json(body) if body else None
    if not isinstance(said, dict):
        raise TetherError(ErrorCode.MALFORMED_JSON, "The request body must be a JSON object")
    phone_number, agent_id = said.get("phone_number"), said.get("agent_id")
    if _is_blank(phone_number):
        raise TetherError(ErrorCode.MISSING_PHONE_NUMBER)
    if _is_blank(agent_id):
        raise TetherError(ErrorCode.MISSING_AGENT_ID)
    number = normalized(phone_number.strip()) if isinstance(phone_number, str) else ""
    if not is_dialable(number):
        raise TetherError(ErrorCode.INVALID_PHONE_NUMBER)
    contact_id = said.get("contact_id")
    variables = said.get("variables")
    dial = PartnerDial(
        phone_number=number,
        agent=_id("agent_id", agent_id),
        contact_id=None if _is_blank(contact_id) else _id("contact_id", contact_id),
        variables={} if variables is None else check_variables(variables),
        said=said,
    )
    # In fields that nobody asked for; of variables it has been said.
    if deeper_than(said):
        raise TetherError(ErrorCode.VALIDATION_ERROR, "The request nests too deeply")
    return dial


def idempotency_key(request: Request) -> str | None:
    """Raises VALIDATION_ERROR."""
    key: str | None = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and _KEY.fullmatch(key) is None:
        raise TetherError.of_field(IDEMPOTENCY_KEY, "Must be 1 to 255 printable characters of ASCII")
    return key


def _id(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or contains_nul(value):
        raise TetherError.of_field(name, "Must be text or a whole number")
    return str(value).strip()


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
