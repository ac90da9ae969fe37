"""One module as a syntax tree: what its names stand for, and what stands around a node."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """`name` is dotted, `path` is for messages; functions are named `module.function` and `module.Class.function`."""

    name: str
    path: str
    source: str
    tree: ast.Module = field(repr=False)

    @classmethod
    def parse(cls, *, name: str, path: str, source: str) -> Module:
        return cls(name=name, path=path, source=source, tree=ast.parse(source))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What stands directly around each node; the nodes are in the order of `ast.walk`."""
        found: dict[ast.AST, ast.AST] = {}
        waiting: deque[ast.AST] = deque([self.tree])
        while waiting:
            node = waiting.popleft()
            children = list(ast.iter_child_nodes(node))
            found |= dict.fromkeys(children, node)
            waiting.extend(children)
        return found

    @property
    def nodes(self) -> Iterable[ast.AST]:
        """All that the module is made of, without another walk."""
        return self.parents.keys()

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local name to dotted name."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                found |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            elif isinstance(node, ast.Import):
                # `import a.b` makes `a` known, `import a.b as c` makes `c` stand for `a.b`.
                found |= {each.name.partition(".")[0]: each.name.partition(".")[0] for each in node.names}
                found |= {each.asname: each.name for each in node.names if each.asname is not None}
        return found

    @cached_property
    def functions(self) -> dict[str, Function]:
        """Those of the module and those of its classes."""
        found: dict[str, Function] = {}
        for node in self.tree.body:
            if isinstance(node, Function):
                found[f"{self.name}.{node.name}"] = node
            elif isinstance(node, ast.ClassDef):
                found |= {f"{self.name}.{node.name}.{f.name}": f for f in node.body if isinstance(f, Function)}
        return found

    @cached_property
    def own_names(self) -> set[str]:
        """Classes and functions that the module defines."""
        return {node.name for node in self.tree.body if isinstance(node, Function | ast.ClassDef)}

    def dotted(self, node: ast.expr) -> str | None:
        """What a name or `package.module.name` stands for; None where it is no import and no definition of ours."""
        if isinstance(node, ast.Name):
            if node.id in self.imports:
                return self.imports[node.id]
            if node.id in ("self", "cls") and (owner := self._class_around(node)) is not None:
                return f"{self.name}.{owner.name}"
            return f"{self.name}.{node.id}" if node.id in self.own_names else None
        if isinstance(node, ast.Attribute):
            owner_name = self.dotted(node.value)
            return None if owner_name is None else f"{owner_name}.{node.attr}"
        return None

    def next_call(self, node: ast.expr) -> ast.Call | None:
        """`node.method(...)`, where that is what stands around the node."""
        attribute = self.parents.get(node)
        if not isinstance(attribute, ast.Attribute) or attribute.value is not node:
            return None
        call = self.parents.get(attribute)
        return call if isinstance(call, ast.Call) and call.func is attribute else None

    def _class_around(self, node: ast.AST) -> ast.ClassDef | None:
        at = self.parents.get(node)
        while at is not None and not isinstance(at, ast.ClassDef):
            at = self.parents.get(at)
        return at
