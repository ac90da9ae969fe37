"""The body of POST /api/v1/calls, read in the documented order of errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import msgspec

from calls.api.consent_bodies import PartnerDialConsent, Purpose
from calls.api.scheduled_bodies import PartnerCallSchedule
from calls.services.agent_calls.call_variables import check_variables
from calls.services.scheduled_calls.schedule import Schedule
from contacts.models import CallPurpose
from contacts.services.consents import Given
from tether_calls.common.bodies import Body, Rule, try_body
from tether_calls.common.errors import Detail, ErrorCode, TetherError
from tether_calls.common.json_depth import contains_nul, deeper_than
from tether_calls.common.json_values import BLANK, MISSING, NULL, Unreadable
from tether_calls.common.parsers import decode_json
from tether_calls.common.phone import dialable

_NO_ID = "Must be text or a whole number"
_CODES_OF_MISSING = {
    "phone_number": ErrorCode.MISSING_PHONE_NUMBER,
    "agent_id": ErrorCode.MISSING_AGENT_ID,
}


def _dialled(written: str) -> str:
    """A number as people write it, in E.164."""
    if not written.strip():
        raise Unreadable(BLANK)
    number = dialable(written)
    if number is None:
        raise Unreadable("Not a number that can be dialled")
    return number


def _id(value: str | int) -> str:
    text = str(value).strip()
    if not text:
        raise Unreadable(BLANK)
    if contains_nul(text):
        raise Unreadable(_NO_ID)
    return text


def _id_or_none(value: str | int) -> str | None:
    return _id(value) if str(value).strip() else None


class PartnerCallRequest(Body, rename=None):
    """Whom an agent is to call, and what it has to know."""

    example: ClassVar[dict[str, Any]] = {
        "phone_number": "+14165550199",
        "agent_id": "64f0a1b2c3d4e5f6a7b8cc00",
        "variables": {"customer_name": "Kim"},
    }

    phone_number: Annotated[
        str, msgspec.Meta(extra=Rule(_dialled).as_extra(), description="With its country code, such as +14165550199.")
    ]
    agent_id: Annotated[
        str | int,
        msgspec.Meta(extra=Rule(_id, wrong_type=_NO_ID).as_extra(), description="The agent's id, or its assistant_id."),
    ]
    contact_id: (
        Annotated[
            str | int,
            msgspec.Meta(
                extra=Rule(_id_or_none, wrong_type=_NO_ID).as_extra(),
                description="Of a contact that has the number; else it is found, or made.",
            ),
        ]
        | None
    ) = None
    variables: (
        Annotated[dict[str, Any], msgspec.Meta(description="What `{{name}}` in the agent's texts stands for.")] | None
    ) = None
    schedule: (
        Annotated[PartnerCallSchedule, msgspec.Meta(description="To be called at a time, and not at once.")] | None
    ) = None
    purpose: Purpose | None = None
    consent: (
        Annotated[PartnerDialConsent, msgspec.Meta(description="That the person has consented to being called.")] | None
    ) = None


@dataclass(frozen=True, kw_only=True)
class PartnerDial:
    """A body that is right in itself; `body` is all of it, as it came."""

    phone_number: str
    agent: str
    contact_id: str | None
    variables: dict[str, Any]
    body: dict[str, Any]
    schedule: Schedule | None = None
    purpose: CallPurpose = CallPurpose.MARKETING
    consent: Given | None = None


def read_dial(body: bytes) -> PartnerDial:
    """Raises, in this order: MALFORMED_JSON, MISSING_PHONE_NUMBER, MISSING_AGENT_ID, INVALID_PHONE_NUMBER,
    VALIDATION_ERROR, INVALID_VARIABLES.
    """
    sent = decode_json(body) if body else None
    if not isinstance(sent, dict):
        raise TetherError(ErrorCode.MALFORMED_JSON, "The request body must be a JSON object")
    asked, faults = try_body(PartnerCallRequest, sent)
    if asked is None:
        raise _first_in_order(faults)
    variables = {} if asked.variables is None else check_variables(asked.variables)
    # In unknown fields; of variables it has been checked.
    if deeper_than(sent):
        raise TetherError(ErrorCode.VALIDATION_ERROR, "The request nests too deeply")
    return PartnerDial(
        phone_number=asked.phone_number,
        agent=str(asked.agent_id),
        contact_id=None if asked.contact_id is None else str(asked.contact_id),
        variables=variables,
        body=sent,
        schedule=None if asked.schedule is None else asked.schedule.schedule,
        purpose=CallPurpose(asked.purpose or CallPurpose.MARKETING),
        consent=None if asked.consent is None else asked.consent.given,
    )


def _first_in_order(faults: list[Detail]) -> TetherError:
    """Of all faults the one that is answered; what is missing comes before what is wrong."""
    missing = {fault.path for fault in faults if fault.message in (MISSING, NULL, BLANK)}
    for path, code in _CODES_OF_MISSING.items():
        if path in missing:
            return TetherError(code)
    first = faults[0]
    if first.path == "phone_number":
        return TetherError(ErrorCode.INVALID_PHONE_NUMBER)
    if first.path == "variables":
        return TetherError(ErrorCode.INVALID_VARIABLES, "variables must be an object")
    return TetherError.of_fields([first])
