"""Modules that are checked here: invented ones, of a few lines, and what is found in them."""

from __future__ import annotations

from textwrap import dedent

from script.wall.check import findings_in
from script.wall.models import Models
from script.wall.syntax import Module

KNOWN = Models(
    tenants=frozenset({"Call", "Contact", "User"}),
    parts=frozenset({"Recording"}),
    others=frozenset({"Organization", "Session"}),
    querysets=Models.querysets | {"CallQuerySet"},
)
IMPORTS = "from calls.models import Call, Contact, Organization, Recording\n"
# A module that hands out rows of every organization.


def modules(**sources: str) -> list[Module]:
    return [
        Module.parse(name=name, path=f"{name}.py", source=IMPORTS + dedent(source)) for name, source in sources.items()
    ]


def found(**sources: str) -> list[str]:
    """`module:text of the line`, for each finding."""
    parsed = modules(**sources)
    lines = {module.path: module.source.splitlines() for module in parsed}
    return [
        f"{finding.path.removesuffix('.py')}:{lines[finding.path][finding.line - 1].strip()}"
        for finding in findings_in(parsed, KNOWN)
    ]
