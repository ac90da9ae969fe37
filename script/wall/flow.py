"""What functions hand out that they have not confined: querysets, and rows out of them."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from script.wall.beginnings import CONFINES, makes_rows
from script.wall.syntax import Function, Module


class Kind(Enum):
    """What a value is, of which it is not known that it is one organization's."""

    QUERY = auto()
    # As QUERY, of single values: what comes out of it are no rows.
    VALUES = auto()
    ROWS = auto()


# What a queryset's methods answer, and the same with an "a" before it; all others answer a queryset.
_NOTHING = frozenset(["exists", "count", "aggregate", "update", "delete", "contains", "explain"])
_VALUES = frozenset(["values", "values_list", "dates", "datetimes"])
_ROWS = frozenset(["first", "last", "get", "latest", "earliest", "in_bulk", "iterator", "get_or_refuse"]) | frozenset(
    ["get_or_create", "update_or_create"]
)
# Functions that hand on what they are given, or of it a part.
_PASS = frozenset(["list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "next", "cast", "islice"]) | {
    "next_in_turn"
}

Doors = Mapping[str, Kind]


def doors_of(
    modules: Iterable[Module], beginnings: Mapping[str, Iterable[ast.expr]], excused: Collection[Function]
) -> tuple[dict[str, Kind], set[Function]]:
    """The functions that hand out what is not confined, by dotted name; and those of `excused` that would be some.

    `beginnings` are given by module.
    """
    candidates = [
        _Candidate.of(module, name, function, frozenset(beginnings.get(module.name, ())))
        for module in modules
        for name, function in module.functions.items()
    ]
    doors: dict[str, Kind] = {}
    needed: set[Function] = set()
    is_new = True
    while is_new:
        is_new = False
        for candidate in candidates:
            if candidate.name in doors or not candidate.may_answer(doors):
                continue
            kind = _Function(candidate, doors).answers()
            if kind is not None and candidate.function in excused:
                needed.add(candidate.function)
            elif kind is not None:
                doors[candidate.name] = kind
                is_new = True
    return doors, needed


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A function, and what is the same of it in every round: its nodes, where queries begin, whom it calls."""

    name: str
    module: Module
    function: Function
    nodes: tuple[ast.AST, ...]
    begins: frozenset[ast.AST]
    calls: frozenset[str]

    @classmethod
    def of(cls, module: Module, name: str, function: Function, begins: frozenset[ast.AST]) -> _Candidate:
        nodes = tuple(_own_nodes(function))
        called = (module.dotted(node.func) for node in nodes if isinstance(node, ast.Call))
        return cls(
            name=name,
            module=module,
            function=function,
            nodes=nodes,
            begins=begins.intersection(nodes),
            calls=frozenset(filter(None, called)),
        )

    def may_answer(self, doors: Doors) -> bool:
        """Rows come from a query that begins here, or from a door; most functions have neither."""
        return bool(self.begins) or not self.calls.isdisjoint(doors)


class _Function:
    """Follows values through one function, its statements twice: what a loop assigns is there at its beginning."""

    def __init__(self, candidate: _Candidate, doors: Doors) -> None:
        self._module, self._begins, self._doors = candidate.module, candidate.begins, doors
        self._nodes = candidate.nodes
        self._names: dict[str, Kind] = {}

    def answers(self) -> Kind | None:
        for _ in range(2):
            for node in self._nodes:
                self._follow(node)
        return next(filter(None, map(self._answer, self._nodes)), None)

    def _answer(self, node: ast.AST) -> Kind | None:
        match node:
            case ast.Return(value=value) | ast.Yield(value=value):
                return self._kind(value)
            case ast.YieldFrom(value=value):
                return _out_of(self._kind(value))
        return None

    def _follow(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._name(target, self._kind(value))
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._name(target, self._kind(value))
            case ast.AugAssign(target=target, value=value):
                self._name(target, self._kind(value))
            case ast.For(target=target, iter=rows) | ast.AsyncFor(target=target, iter=rows):
                self._name(target, _out_of(self._kind(rows)))
            case ast.comprehension(target=target, iter=rows):
                self._name(target, _out_of(self._kind(rows)))
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                self._name(target, self._kind(value))

    def _name(self, target: ast.expr, kind: Kind | None) -> None:
        # Once it may be unconfined it stays so: which branch was taken is not known.
        if isinstance(target, ast.Name) and kind is not None:
            self._names[target.id] = kind

    def _kind(self, node: ast.expr | None) -> Kind | None:
        if node in self._begins:
            return Kind.QUERY
        match node:
            case ast.Name(id=name):
                return self._names.get(name)
            case ast.Call():
                return self._of_call(node)
            case ast.Await(value=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
                return self._kind(value)
            case ast.Subscript(value=value, slice=at):
                kind = self._kind(value)
                return kind if isinstance(at, ast.Slice) else _out_of(kind)
            case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
                return self._kind(one) or self._kind(other)
            case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.List(elts=values) | ast.Set(elts=values):
                return next(filter(None, map(self._kind, values)), None)
            case ast.Dict(values=values):
                return next(filter(None, map(self._kind, values)), None)
            case ast.ListComp(elt=value) | ast.SetComp(elt=value) | ast.GeneratorExp(elt=value):
                return self._kind(value)
            case ast.DictComp(value=value):
                return self._kind(value)
        return None

    def _of_call(self, call: ast.Call) -> Kind | None:
        door = self._doors.get(self._module.dotted(call.func) or "")
        if door is not None:
            return door
        if isinstance(call.func, ast.Attribute):
            kind = self._kind(call.func.value)
            return _after(call, kind) if kind in (Kind.QUERY, Kind.VALUES) else None
        if isinstance(call.func, ast.Name) and call.func.id in _PASS:
            return next(filter(None, (_out_of(self._kind(argument)) for argument in call.args)), None)
        return None


def _after(call: ast.Call, kind: Kind | None) -> Kind | None:
    """What a queryset's method answers."""
    assert isinstance(call.func, ast.Attribute)
    methods = {call.func.attr, call.func.attr.removeprefix("a")}
    if CONFINES in methods or methods & _NOTHING or makes_rows(call):
        return None
    if methods & _VALUES:
        return Kind.VALUES
    return _out_of(kind) if methods & _ROWS else kind


def _out_of(kind: Kind | None) -> Kind | None:
    return None if kind in (None, Kind.VALUES) else Kind.ROWS


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """Those of the function, and of none that it defines."""
    waiting: deque[ast.AST] = deque(function.body)
    while waiting:
        node = waiting.popleft()
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
