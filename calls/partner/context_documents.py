"""Context variables and their values, as partners see them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from contacts.models import ContextVariable
from tether_calls.common.wire import SnakeStruct


class PartnerContextVariable(SnakeStruct):
    """A value that agents are told, of each contact or of the organization."""

    id: str
    name: str
    display_name: str
    description: str
    variable_type: Literal["text", "number", "date", "boolean", "select"]
    context_type: Literal["contact", "business"]
    is_default: Annotated[bool, msgspec.Meta(description="Always false: all are the organization's own.")]
    select_options: list[str] | None


class PartnerContextVariables(SnakeStruct):
    """What is defined, by name."""

    count: int
    variables: list[PartnerContextVariable]


class PartnerContextVariableResponse(PartnerContextVariable):
    """One that was defined or changed."""

    message: str


class PartnerContactContextResponse(SnakeStruct):
    """The contact's variables are set."""

    message: str
    contact_id: str


class PartnerMessageResponse(SnakeStruct):
    """It is done."""

    message: str


def context_variable_fields(variable: ContextVariable) -> dict[str, Any]:
    return {
        "id": variable.pk,
        "name": variable.name,
        "display_name": variable.display_name,
        "description": variable.description,
        "variable_type": variable.variable_type,
        "context_type": variable.context_type,
        "is_default": False,
        "select_options": variable.select_options or None,
    }
