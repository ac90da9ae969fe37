"""requirements*.lock: exactly what requirements*.txt ask for, and what that needs, each file by its hashes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.docs.markdown import PROJECT

pytestmark = pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only")

LISTS = ("requirements", "requirements-dev")

# `name==1.0 ; marker \`, each of its hashes on a line of its own, then comments that say who needs it.
ENTRY = re.compile(
    r"(?P<requirement>[a-z0-9][a-z0-9.-]*(\[[a-z0-9,-]+\])?==[^\s;]+( ; [^\\\n]+?)?)"
    r"(?P<hashes>( \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
    r"(    # .*\n)+"
)


def _asked_for(name: str) -> Iterator[Requirement]:
    """What the file has a line for, and the file that it includes."""
    for line in (PROJECT / f"{name}.txt").read_text().splitlines():
        if line.startswith("-r "):
            yield from _asked_for(line.removeprefix("-r ").removesuffix(".txt"))
        elif line and not line.startswith("#"):
            yield Requirement(line)


def _locked(name: str) -> list[Requirement]:
    return [Requirement(entry["requirement"]) for entry in ENTRY.finditer((PROJECT / f"{name}.lock").read_text())]


def _is_for_us(requirement: Requirement, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _needed(requirements: Iterator[Requirement]) -> set[str]:
    """The names of all packages that these need here, as the installed packages say."""
    found: set[tuple[str, str]] = set()
    waiting = [requirement for requirement in requirements if _is_for_us(requirement)]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) not in found:
                found.add((name, extra))
                needs = map(Requirement, metadata.requires(name) or ())
                waiting += [needed for needed in needs if _is_for_us(needed, extra)]
    return {name for name, _ in found}


@pytest.mark.parametrize("name", LISTS)
def test_a_lock_is_a_head_and_entries_and_nothing_else(name: str) -> None:
    """No address of an index, no path, nothing without a hash."""
    head, _, entries = (PROJECT / f"{name}.lock").read_text().partition("script/lock\n")

    assert all(line.startswith("#") for line in head.splitlines())
    assert ENTRY.sub("", entries) == ""
    assert re.findall(r"://|file:|/(?:home|opt|root|tmp|usr|work)\b", head + entries) == []


@pytest.mark.parametrize("name", LISTS)
def test_every_line_of_the_requirements_is_a_version_and_the_lock_has_that_one(name: str) -> None:
    locked = {requirement.name: str(requirement.specifier) for requirement in _locked(name)}

    asked_for = {canonicalize_name(requirement.name): str(requirement.specifier) for requirement in _asked_for(name)}

    assert asked_for.items() <= locked.items(), "run script/lock"
    assert all(re.fullmatch(r"==[^*,]+", version) for version in asked_for.values())


@pytest.mark.parametrize("name", LISTS)
def test_the_lock_has_what_they_need_in_turn_and_no_more(name: str) -> None:
    locked = {requirement.name for requirement in _locked(name) if _is_for_us(requirement)}

    assert locked == _needed(_asked_for(name)), "run script/lock"


def test_the_tests_run_with_the_versions_of_the_service() -> None:
    of_the_service, of_the_tests = ({str(requirement) for requirement in _locked(name)} for name in LISTS)

    assert of_the_service <= of_the_tests


def test_these_tests_run_with_the_versions_of_the_lock() -> None:
    installed = {
        requirement.name: metadata.version(requirement.name)
        for requirement in _locked(LISTS[1])
        if _is_for_us(requirement)
    }

    assert installed == {
        requirement.name: str(requirement.specifier).removeprefix("==")
        for requirement in _locked(LISTS[1])
        if _is_for_us(requirement)
    }
