"""docs/architecture.md and the import contracts of pyproject.toml say the same."""

from __future__ import annotations

import pkgutil
import tomllib
from itertools import product
from typing import Any

import calls
import calls.demo
from tests.docs.markdown import DOCS, PROJECT, code, tables

_TABLE = ("in `calls/services`", "takes from", "what")
_LINTER = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]


def _contract(name: str) -> dict[str, Any]:
    """The one whose name begins like this."""
    [found] = [contract for contract in _LINTER["contracts"] if contract["name"].startswith(name)]
    return dict(found)


def _children(package: Any) -> set[str]:
    return {f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__)}


def test_what_a_subject_takes_from_another_is_in_the_table_and_in_the_contract() -> None:
    [table] = [rows for head, rows in tables(DOCS / "architecture.md") if head == _TABLE]
    documented = {
        (f"calls.services.{taker}", f"calls.services.{taken}")
        for takers, from_, _ in table
        for taker, taken in product(code(takers), code(from_))
    }

    ignored = _contract("Subjects of calls/services")["ignore_imports"]

    assert {tuple(line.replace(".**", "").split(" -> ")) for line in ignored} == documented


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
