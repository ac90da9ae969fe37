"""Product code has no names that only its tests use: what nobody calls would be read, kept and tested for nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = ("tether_calls", "calls", "contacts", "conversations", "script")

# What Django, Celery and drf-spectacular find by its name or by its base class.
FOUND_BY_FRAMEWORKS = re.compile(
    r"urlpatterns|handler\d+|__all__|\w+Config|PostgresSQL|SQLiteSQL|StructComponent|RequestComponent"
)

# A decorator that registers what it decorates is a use of it; these do not.
REGISTER_NOTHING = {"dataclass", "cache", "contextmanager"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in (PROJECT / package).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


def words_used(tree: ast.AST) -> Iterator[str]:
    """Every name that is read, and every word of texts that are no sentences: fields are asked for by name too.

    And the fields of documents and models, which are made of values with the same names (`**asdict(value)`).
    """
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
            case ast.MatchClass(kwd_attrs=names):
                yield from names
            case ast.ClassDef() if "dataclass" not in _decorators(node):
                for inner in node.body:
                    if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
                        yield inner.target.id
            case ast.Constant(value=str(text)) if not text.endswith(".") and "\n" not in text:
                yield from re.findall(r"\w+", text)


def names_made(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Functions, classes and constants of a module, and the fields and methods of its dataclasses."""
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.ClassDef() if _decorators(node) <= REGISTER_NOTHING:
                yield node.lineno, node.name
            case ast.Assign(targets=targets):
                yield from ((node.lineno, target.id) for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield node.lineno, name
        if isinstance(node, ast.ClassDef) and "dataclass" in _decorators(node):
            for inner in node.body:
                match inner:
                    case ast.AnnAssign(target=ast.Name(id=name)) | ast.FunctionDef(name=name):
                        if not name.startswith("__"):
                            yield inner.lineno, name


def _decorators(node: ast.FunctionDef | ast.ClassDef) -> set[str]:
    """Without arguments and modules: `dataclass` of `@dataclasses.dataclass(frozen=True)`."""
    return {ast.unparse(each).partition("(")[0].rpartition(".")[2] for each in node.decorator_list}


def test_every_name_is_used_by_product_code() -> None:
    trees = dict(modules())
    used = {word for tree in trees.values() for word in words_used(tree)}
    for package in PACKAGES:
        for template in (PROJECT / package).rglob("*.html"):
            used.update(re.findall(r"\w+", template.read_text()))

    unused = [
        f"{path.relative_to(PROJECT)}:{line} {name}"
        for path, tree in trees.items()
        # Settings are read by frameworks as well.
        if "settings" not in path.parts
        for line, name in names_made(tree)
        if name not in used and not FOUND_BY_FRAMEWORKS.fullmatch(name)
    ]

    assert unused == []
