"""docs/architecture.md and the import contracts of pyproject.toml say the same."""

from __future__ import annotations

import pkgutil
import tomllib
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from rest_framework.serializers import BaseSerializer

import calls
import calls.demo
from tests.docs.markdown import DOCS, PROJECT, code, tables
from tether_calls.common.bodies import Body
from tether_calls.common.queries import StrictQuerySerializer

_PAGE = DOCS / "architecture.md"
_TABLE = ("in `calls/services`", "takes from", "what")
_LINTER = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]


def _contract(name: str) -> dict[str, Any]:
    """The one whose name begins like this."""
    [found] = [contract for contract in _LINTER["contracts"] if contract["name"].startswith(name)]
    return dict(found)


def _children(package: Any) -> set[str]:
    return {f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__)}


def test_what_a_subject_takes_from_another_is_in_the_table_and_in_the_contract() -> None:
    [table] = [rows for head, rows in tables(_PAGE) if head == _TABLE]
    documented = {
        (f"calls.services.{taker}", f"calls.services.{taken}")
        for takers, from_, _ in table
        for taker, taken in product(code(takers), code(from_))
    }

    ignored = _contract("Subjects of calls/services")["ignore_imports"]

    assert {tuple(line.replace(".**", "").split(" -> ")) for line in ignored} == documented


@pytest.mark.parametrize("layer", ["services", "selectors"])
def test_every_module_of_a_layer_is_in_its_table_with_its_subject(layer: str) -> None:
    [table] = [rows for head, rows in tables(_PAGE) if head[:2] == (f"in `calls/{layer}`", "modules")]
    documented, subject = [], ""
    for in_folder, modules, _ in table:
        subject = next(iter(code(in_folder)), subject)
        documented += [name for module in code(modules) for name in _places(layer, subject, module)]

    there = {str(path.relative_to(PROJECT / "calls" / layer)) for path in (PROJECT / "calls" / layer).rglob("*.py")}

    assert sorted(documented) == sorted(name for name in there if not name.endswith("__init__.py"))


def _places(layer: str, subject: str, module: str) -> list[str]:
    """Where a module of the table is: in its subject's folder, or beside the folders."""
    return [name for name in (f"{subject}/{module}.py", f"{module}.py") if (PROJECT / "calls" / layer / name).exists()]


def test_what_the_tables_name_is_there() -> None:
    named = [
        name
        for head, rows in tables(_PAGE)
        if head == ("where", "what is in it")
        for where, _ in rows
        for name in _paths(where)
    ]

    assert named
    assert [str(path.relative_to(PROJECT)) for path in named if not path.exists()] == []


def test_what_it_says_is_not_found_is_not_there() -> None:
    [table] = [rows for head, rows in tables(_PAGE) if head[0] == "you look for"]
    absent = {word for looked_for, *_ in table for word in code(looked_for)}
    product = [path for package in _LINTER["root_packages"] for path in (PROJECT / package).rglob("*.py")]

    assert {"routers", "ModelSerializer", "filter_backends", "pagination_class"} <= absent
    assert [(word, path.name) for path in product for word in absent if word in path.read_text()] == []


def test_bodies_and_query_strings_are_where_the_page_says() -> None:
    import_module("tether_calls.urls")

    bodies = _ours(Body)
    queries = _ours(StrictQuerySerializer)

    assert bodies
    assert queries
    assert {name for name in bodies if not name.endswith(("bodies", "_body", ".pagination"))} == set()
    assert {name for name in queries if not name.endswith(("queries", ".pagination"))} == set()
    # No other serializer than a query string's.
    assert _ours(BaseSerializer) == queries | {StrictQuerySerializer.__module__}


def _ours(kind: type[Any]) -> set[str]:
    """The modules of the product that have a class below this one."""
    modules = {child.__module__ for child in _below(kind)}
    return {name for name in modules if name.partition(".")[0] in _LINTER["root_packages"]}


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _paths(cell: str) -> list[Path]:
    """`a/b.py`, `c.py`: the second one lies beside the first."""
    first, *others = [PROJECT / name for name in code(cell)]
    return [
        first,
        *(first.parent / other.relative_to(PROJECT) if other.parent == PROJECT else other for other in others),
    ]


def test_the_simulator_may_import_nothing_of_the_application_however_new() -> None:
    forbidden = set(_contract("The simulated providers are")["forbidden_modules"])

    assert (_children(calls) - {"calls.demo"}) | (_children(calls.demo) - {"calls.demo.simulator"}) == {
        name for name in forbidden if name.startswith("calls.")
    }
    assert set(_LINTER["root_packages"]) - {"calls"} <= forbidden


def test_one_module_starts_the_simulator() -> None:
    contract = _contract("Nothing of the application leans")

    assert contract["protected_modules"] == ["calls.demo.simulator"]
    assert contract["allowed_importers"] == ["calls.demo.providers"]


def test_a_circle_of_imports_is_found_in_every_package_and_among_imports_for_types() -> None:
    contract = _contract("No package has a circle")

    assert contract["ancestors"] == _LINTER["root_packages"]
    assert contract.keys() == {"name", "type", "ancestors"}, "an exception was made"
    assert not _LINTER.get("exclude_type_checking_imports")
