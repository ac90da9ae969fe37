"""ElevenLabs' own tool with which an agent hands its caller over, to a number that a variable has.

https://elevenlabs.io/docs/eleven-agents/customization/tools/system-tools/transfer-to-number
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from calls.providers.reading import fields
from calls.providers.tools import ASSIGNED

_TOOL: Final = "transfer_to_number"
_BY_VARIABLE: Final = "phone_dynamic_variable"


def with_transfer(there: Mapping[str, Any], prompt: Mapping[str, Any], variable: str | None) -> dict[str, Any]:
    """What is to change of an agent whose `prompt` is `there`, so that it hands over to what `variable` has, or not.

    `prompt` is what changes of that anyway. Rules of other people stay, and so does one of ours as somebody has
    changed it there, such as to a REFER. Empty where nothing is to change.
    """
    tool = fields(fields(there.get("built_in_tools")).get(_TOOL))
    params = fields(tool.get("params"))
    known = params.get("transfers")
    rules = [rule for rule in known if isinstance(rule, dict)] if isinstance(known, list) else []
    wanted = [rule for rule in rules if _variable_of(rule) not in ASSIGNED or _variable_of(rule) == variable]
    if variable is not None and variable not in map(_variable_of, wanted):
        wanted.append(_rule(variable))
    if wanted == rules:
        return {"prompt": dict(prompt)} if prompt else {}
    changed: dict[str, Any] | None = None
    if wanted:
        changed = {
            "type": "system",
            "name": _TOOL,
            "description": tool.get("description") or "",
            "params": {"enable_client_message": True, **params, "system_tool_type": _TOOL, "transfers": wanted},
        }
    told: dict[str, Any] = {"prompt": {**prompt, "built_in_tools": {_TOOL: changed}}}
    if variable is not None:
        # For conversations that are begun in the dashboard; all others are given it as they begin.
        told["dynamic_variables"] = {"dynamic_variable_placeholders": {variable: ""}}
    return told


def _variable_of(rule: Mapping[str, Any]) -> str | None:
    destination = fields(rule.get("transfer_destination"))
    name = destination.get("phone_number")
    return name if destination.get("type") == _BY_VARIABLE and isinstance(name, str) else None


def _rule(variable: str) -> dict[str, Any]:
    return {
        "transfer_destination": {"type": _BY_VARIABLE, "phone_number": variable},
        "condition": f"The tool transfer has just answered with {variable}: hand over to it at once.",
        # They dial, join and leave: the only kind that every number can.
        "transfer_type": "conference",
    }
