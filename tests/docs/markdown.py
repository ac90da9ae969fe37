"""Reads the documents: rows of tables, blocks of code, links and what they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
DOCS = PROJECT / "docs"
_AT_THE_ROOT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = [*(PROJECT / name for name in _AT_THE_ROOT), *sorted(DOCS.glob("*.md"))]

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?P<image>!?)\[[^\]\n]*\](?:\n?)\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Link:
    """`target` as it is written; `page` is where."""

    page: Path
    target: str

    @property
    def file(self) -> Path:
        path = self.target.partition("#")[0]
        return (self.page.parent / path).resolve() if path else self.page

    @property
    def anchor(self) -> str:
        return self.target.partition("#")[2]


def blocks(page: Path, language: str) -> list[str]:
    """The code of a language, in the page's order."""
    found = [block for block in _FENCE.finditer(page.read_text()) if block["language"] == language]
    return [re.sub(f"^{block['indent']}", "", block["text"], flags=re.MULTILINE) for block in found]


def prose(page: Path) -> str:
    """The page without its code."""
    return _FENCE.sub("", page.read_text())


def tables(page: Path) -> Iterator[tuple[tuple[str, ...], list[list[str]]]]:
    """The head and the rows of every table, as they are written."""
    lines = prose(page).splitlines()
    for number, line in enumerate(lines):
        if line.startswith("|---"):
            below = takewhile(lambda line: line.startswith("|"), lines[number + 1 :])
            yield tuple(_cells(lines[number - 1])), [_cells(row) for row in below]


def rows(page: Path) -> Iterator[list[str]]:
    """The cells of every row of every table, heads excepted; a cell that is `code` without its ticks."""
    for _, table in tables(page):
        for row in table:
            yield [re.sub(r"^`([^`]*)`$", r"\1", cell) for cell in row]


def code(cell: str) -> list[str]:
    """Each `code` in a cell, without its ticks."""
    return re.findall(r"`([^`]+)`", cell)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def links(page: Path) -> list[Link]:
    """Links and images that lead into the repository."""
    targets = (link["target"] for link in _LINK.finditer(prose(page)))
    return [Link(page, target) for target in targets if not target.startswith(("http:", "https:", "<"))]


def anchors(page: Path) -> set[str]:
    """What a link into the page may name: its headings, spelled as GitHub spells them."""
    titles = (heading["title"] for heading in _HEADING.finditer(prose(page)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
