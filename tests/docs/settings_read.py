"""Which environment variables are read, and with which defaults: found in the code itself."""

from __future__ import annotations

import ast
import re
from typing import Any

from tests.docs.markdown import PROJECT

_SETTINGS = sorted((PROJECT / "tether_calls" / "settings").glob("*.py"))
_SHELL = [PROJECT / "script" / name for name in ("server", "python")]


def of_settings() -> dict[str, ast.expr | None]:
    """Every `env.xxx("NAME", default=...)` of the settings; its default, or None."""
    found: dict[str, ast.expr | None] = {}
    for path in _SETTINGS:
        for node in ast.walk(ast.parse(path.read_text())):
            name = _name_read_by(node)
            if name is not None:
                assert isinstance(node, ast.Call)
                # production.py reads some once more, to see whether they are set.
                found.setdefault(name, next((word.value for word in node.keywords if word.arg == "default"), None))
    return found


def _name_read_by(node: ast.AST) -> str | None:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="env") | ast.Attribute(attr="env")),
            args=[ast.Constant(value=str(name))],
        ):
            return name
    return None


def of_script_server() -> set[str]:
    """Every `${NAME:-}` of the shell scripts that start it."""
    return {name for script in _SHELL for name in re.findall(r"\$\{([A-Z_]+):-", script.read_text())}


def of_django() -> set[str]:
    """What is read before there are settings."""
    return {"DJANGO_SETTINGS_MODULE"}


def numbers() -> dict[str, Any]:
    """The defaults that are numbers, products like 64 * 1024 worked out."""
    values = {name: _number(default) for name, default in of_settings().items() if default is not None}
    return {name: value for name, value in values.items() if value is not None}


def _number(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            factors = _number(left), _number(right)
            return None if None in factors else factors[0] * factors[1]
    return None
