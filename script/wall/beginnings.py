"""Where queries begin: at a model's manager, a queryset made by hand, a shortcut of Django's, SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from script.wall.models import Models
from script.wall.syntax import Module

CONFINES = "of_organization"
# What makes rows, and finds none: the organization is a column of what is made.
_MAKES = frozenset({"create", "acreate", "bulk_create", "abulk_create", "create_user", "create_superuser", "none"})
# What lets an INSERT find rows after all.
_UPDATES = "update_conflicts"
_CURSORS = frozenset({"cursor", "prepared_cursor"})
_SHORTCUTS = frozenset({"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"})


@dataclass(frozen=True)
class Beginning:
    """`node` stands for the rows; `sentence` says what is not confined."""

    node: ast.expr
    sentence: str


def beginnings_in(module: Module, models: Models) -> Iterator[Beginning]:
    """The ones that are not confined, in the order of the walk."""
    for node in module.nodes:
        if isinstance(node, ast.Attribute):
            yield from _at_manager(module, models, node)
        elif isinstance(node, ast.Call):
            yield from _at_call(module, models, node)


def is_confined(module: Module, node: ast.expr) -> bool:
    """Whether the next thing that is done with a query confines it, or makes rows."""
    call = module.next_call(node)
    if call is None:
        return False
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr == CONFINES or makes_rows(call)


def makes_rows(call: ast.Call) -> bool:
    """Whether a call of a manager's method makes rows without looking for any."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _MAKES:
        return False
    return not any(keyword.arg == _UPDATES for keyword in call.keywords)


def _at_manager(module: Module, models: Models, node: ast.Attribute) -> Iterator[Beginning]:
    if node.attr not in models.managers or not isinstance(node.ctx, ast.Load):
        return
    model = _model(module, models, node.value)
    if model in models.others or is_confined(module, node):
        return
    if model is None:
        if node.attr in Models.managers:
            yield Beginning(node, f"`{ast.unparse(node)}`: of a model that is not named here")
    elif model in models.parts:
        yield Beginning(node, f"`{ast.unparse(node)}`: begin with the row that it belongs to, by its related manager")
    else:
        yield Beginning(node, f"`{ast.unparse(node)}` does not begin with {CONFINES}()")


def _at_call(module: Module, models: Models, node: ast.Call) -> Iterator[Beginning]:
    name = (module.dotted(node.func) or "").rpartition(".")[2]
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    if name in _SHORTCUTS and node.args and _model(module, models, node.args[0]) in models.behind_the_wall:
        yield Beginning(node, f"`{name}` looks at every organization's rows")
    elif name in models.querysets and arguments and not is_confined(module, node):
        yield Beginning(node, f"`{name}(...)` is a query that does not begin with {CONFINES}()")
    elif name == "update" and node.args and _model(module, models, node.args[0]) in models.behind_the_wall:
        if not _says_whose(node):
            yield Beginning(node, f"`{name}` does not say of which organization")
    elif isinstance(node.func, ast.Attribute) and node.func.attr in _CURSORS and not arguments:
        yield Beginning(node, f"`{ast.unparse(node)}`: nothing confines SQL that is written by hand")


def _says_whose(update: ast.Call) -> bool:
    """Whether `tether_calls.common.statements.update` looks for a row of one organization."""
    where = next((keyword.value for keyword in update.keywords if keyword.arg == "where"), None)
    keys = where.keys if isinstance(where, ast.Dict) else []
    return any(isinstance(key, ast.Constant) and key.value == "organization" for key in keys)


def _model(module: Module, models: Models, node: ast.expr) -> str | None:
    """The model that an expression names; None for one that is held in a variable, say."""
    if isinstance(node, ast.Call) and (module.dotted(node.func) or "").endswith(".get_user_model"):
        return "User"
    dotted = module.dotted(node)
    name = (dotted or "").rpartition(".")[2]
    return name if name in models.behind_the_wall | models.others else None
