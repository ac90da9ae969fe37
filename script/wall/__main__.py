"""Checks the product's code, prints what is wrong, and ends with 1 where anything is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.apps import apps

from script.wall.check import findings_in
from script.wall.models import PACKAGES, models_of, unguarded
from script.wall.syntax import Module

PROJECT = Path(__file__).resolve().parents[2]


def product_modules() -> Iterator[Module]:
    """All of the product but its migrations, whose models are those of another day."""
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                relative = path.relative_to(PROJECT)
                name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
                yield Module.parse(name=name, path=str(relative), source=path.read_text(encoding="utf-8"))


def main() -> int:
    django.setup()
    problems = [
        f"{name} has an organization, and its manager has no of_organization()" for name in unguarded(apps.get_models())
    ]
    problems += [str(finding) for finding in findings_in(list(product_modules()), models_of(apps.get_models()))]
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} holes in the wall between organizations; script/wall/__init__.py has the rule.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
