"""All of it together: what is wrong, and where."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from script.wall.beginnings import Beginning, beginnings_in, is_confined
from script.wall.flow import Doors, doors_of
from script.wall.markers import Marker, markers_in
from script.wall.models import Models
from script.wall.syntax import Module


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


def findings_in(modules: Sequence[Module], models: Models) -> list[Finding]:
    """Queries that nothing confines and no marker excuses; and markers without a reason, or without a query."""
    markers = {module.name: markers_in(module.source, module.tree) for module in modules}
    beginnings = {module.name: list(beginnings_in(module, models)) for module in modules}
    excused = {
        function: marker
        for module in modules
        for function in module.functions.values()
        for marker in markers[module.name]
        if function.lineno in marker.lines
    }
    begins = {name: [begin.node for begin in found] for name, found in beginnings.items()}
    doors, handing_out = doors_of(modules, begins, excused)
    needed = {excused[function] for function in handing_out}
    return sorted(
        finding
        for module in modules
        for finding in _of_module(
            module, [*beginnings[module.name], *_uses_of_doors(module, doors)], markers[module.name], needed
        )
    )


def _of_module(
    module: Module, found: Sequence[Beginning], markers: Sequence[Marker], needed: set[Marker]
) -> Iterator[Finding]:
    for begin in found:
        excuses = [marker for marker in markers if {begin.node.lineno, begin.node.end_lineno} & set(marker.lines)]
        needed.update(excuses)
        if not excuses:
            yield Finding(module.path, begin.node.lineno, begin.sentence)
    for marker in markers:
        if not marker.has_reason:
            yield Finding(module.path, marker.line, "this marker gives no reason: `# wall: ` and a sentence")
        elif marker not in needed:
            yield Finding(module.path, marker.line, "nothing here needs this marker")


def _uses_of_doors(module: Module, doors: Doors) -> Iterator[Beginning]:
    """Of other modules' functions and of public ones: what a private one hands out has not left its module."""
    for node in module.nodes:
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        name = module.dotted(node)
        if name not in doors or (name in module.functions and name.rpartition(".")[2].startswith("_")):
            continue
        call = module.parents[node]
        if isinstance(call, ast.Call) and call.func is node and is_confined(module, call):
            continue
        yield Beginning(node, f"`{ast.unparse(node)}` hands out rows of every organization")
