"""Variables that a client of the API gives an agent for one call: `{{name}}` in the agent's texts, filled in here.

Values are data. Nothing in them is evaluated, no attribute of anything is reachable, and what was put in is not read
again: a value that says `{{other}}` says just that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from calls.models import Prompt, PromptVersion
from calls.providers.registry import agents_provider
from calls.providers.tools import ASSIGNED
from calls.reports import CALL_ID_VARIABLE
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.json_depth import contains_nul, deeper_than

MAX_DEPTH = 10
MAX_KEYS = 500
# Of one text with all its values: a long one may be repeated in it.
MAX_TEXT = 256 * 1024

# What we tell agents ourselves.
CALL_REASON_VARIABLE, CONTACT_NAME_VARIABLE = "call_reason", "contact_name"
# What callers' agents are told, besides context variables.
CALLER_VARIABLES = frozenset({"caller_name", "caller_number", "org_name", "last_summary", "open_reminders"})
_OURS = ASSIGNED | {CALL_REASON_VARIABLE, CONTACT_NAME_VARIABLE, CALL_ID_VARIABLE}

_PLACEHOLDER = re.compile(r"\{\{([^{}]{1,200})\}\}")
_INDEX = re.compile(r"[0-9]{1,6}")
_DYNAMIC_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_NOTHING = object()

Scalar = str | int | float | bool


@dataclass(frozen=True, kw_only=True)
class Personalization:
    """What the provider gets besides the agent's own texts, or in their place; `warnings` are sentences.

    A text is None where the agent's own stays.
    """

    instructions: str | None = None
    first_message: str | None = None
    dynamic_variables: Mapping[str, Scalar] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rendered:
    """A text with values; `unknown` names the placeholders that stay, `filled`: whether any was replaced."""

    text: str
    filled: bool
    unknown: tuple[str, ...]


def check_variables(variables: object) -> dict[str, Any]:
    """The validated variables. Raises INVALID_VARIABLES."""
    if not isinstance(variables, dict):
        raise _invalid("variables must be an object")
    # First of all, so that nothing below recurses without end.
    if deeper_than(variables, MAX_DEPTH):
        raise _invalid(f"variables nest deeper than {MAX_DEPTH} levels")
    if contains_nul(variables):
        raise _invalid("variables contain NUL characters")
    size = len(json.dumps(variables, ensure_ascii=False, separators=(",", ":")).encode())
    if size > settings.TETHER_VARIABLES_MAX_BYTES:
        raise _invalid(f"variables are larger than {settings.TETHER_VARIABLES_MAX_BYTES} bytes")
    keys = 0
    waiting: list[Any] = [variables]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            keys += len(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise _invalid("variables contain a number that is too large")
    if keys > MAX_KEYS:
        raise _invalid(f"variables have more than {MAX_KEYS} names")
    return variables


def personalize(agent: Prompt | PromptVersion, variables: Mapping[str, Any]) -> Personalization:
    """What checked variables make of an agent. Raises INVALID_VARIABLES where a text would become too long.

    A text is replaced only where something was filled in: the agent's settings at the provider must allow it.
    """
    reserved = [name for name in variables if is_reserved(name)]
    own = {name: value for name, value in variables.items() if name not in reserved}
    warnings = [f"The variable {name} was left out: its name is reserved" for name in reserved]
    dynamic: dict[str, Scalar] = {
        name: value for name, value in own.items() if _DYNAMIC_NAME.fullmatch(name) and isinstance(value, Scalar)
    }
    texts = {"instructions": agent.prompt, "first message": agent.opening}
    rendered = {where: render(text, own) for where, text in texts.items()}
    for where, result in rendered.items():
        warnings += [f"Unknown variable in the agent's {where}: {name}" for name in result.unknown]
        if result.filled and len(result.text) > MAX_TEXT:
            raise _invalid(f"With these variables the agent's {where} would be longer than {MAX_TEXT} characters")
        # The provider ends a conversation whose text names a variable without a value, and would fill in the names
        # that came in by values. As a value of its own, each stays what it is.
        left = (name.strip() for name in _PLACEHOLDER.findall(result.text))
        dynamic |= {name: f"{{{{{name}}}}}" for name in left if _DYNAMIC_NAME.fullmatch(name) and not is_reserved(name)}
    replaced = {where: result.text if result.filled else None for where, result in rendered.items()}
    return Personalization(
        instructions=replaced["instructions"],
        first_message=replaced["first message"],
        dynamic_variables=dynamic,
        warnings=tuple(warnings),
    )


def render(text: str, variables: Mapping[str, Any]) -> Rendered:
    """Fill in once, from left to right; never raises. Stops filling where the text gets longer than MAX_TEXT."""
    parts: list[str] = []
    unknown: dict[str, None] = {}
    filled = False
    position = length = 0
    for match in _PLACEHOLDER.finditer(text):
        name = match[1].strip()
        value = _find(name, variables)
        shown = match[0] if value is _NOTHING else _shown(value)
        if value is not _NOTHING:
            filled = True
        elif name and not is_reserved(name):
            unknown[name] = None
        parts += (text[position : match.start()], shown)
        length += len(parts[-2]) + len(shown)
        position = match.end()
        if length > MAX_TEXT:
            break
    parts.append(text[position:])
    return Rendered("".join(parts), filled, tuple(unknown))


def is_reserved(name: str) -> bool:
    return name in _OURS or name.startswith(agents_provider().own_variables)


def fault_of_context_name(name: str) -> str | None:
    """What is wrong with the name of a context variable: agents can ask for it, and it is none of ours."""
    if not _DYNAMIC_NAME.fullmatch(name):
        return "Letters, digits and underscores, of which the first is no digit; at most 100"
    return "This name is reserved" if is_reserved(name) or name in CALLER_VARIABLES else None


def _find(path: str, variables: Mapping[str, Any]) -> Any:
    """A name as it is, else the steps between its dots, of which digits may be places in a list."""
    if path in variables:
        return variables[path]
    found: Any = variables
    for step in path.split("."):
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and _INDEX.fullmatch(step) and int(step) < len(found):
            found = found[int(step)]
        else:
            return _NOTHING
    return found


def _shown(value: Any) -> str:
    """Text as it is, null as nothing, everything else as JSON has it."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _invalid(message: str) -> TetherError:
    return TetherError(ErrorCode.INVALID_VARIABLES, message)
