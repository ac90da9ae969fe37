"""The documents hold together: links lead somewhere, images are there, examples can be parsed."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable

import pytest

from tests.docs.markdown import DOCS, PAGES, PROJECT, Link, anchors, blocks, links

INDEX = DOCS / "README.md"
IMAGE_MAX_BYTES = 300 * 1024
PNG = b"\x89PNG\r\n\x1a\n"

LINKS = [link for page in PAGES for link in links(page)]
IMAGES = sorted((PROJECT / "docs" / "images").iterdir())


def _shown(links: Iterable[Link]) -> list[str]:
    return [f"{link.page.name}: {link.target}" for link in links]


def test_every_link_leads_to_a_file_of_the_repository() -> None:
    assert LINKS
    assert _shown(link for link in LINKS if not (link.file.is_relative_to(PROJECT) and link.file.is_file())) == []


def test_every_link_into_a_page_leads_to_a_heading() -> None:
    into_pages = [link for link in LINKS if link.anchor]
    headings = {file: anchors(file) for file in {link.file for link in into_pages}}

    assert into_pages
    assert _shown(link for link in into_pages if link.anchor not in headings[link.file]) == []


def test_every_image_is_a_png_of_a_bearable_size() -> None:
    assert IMAGES
    assert [image.name for image in IMAGES if not image.read_bytes().startswith(PNG)] == []
    assert [image.name for image in IMAGES if image.stat().st_size > IMAGE_MAX_BYTES] == []


def test_every_image_is_shown_by_a_page() -> None:
    assert set(IMAGES) - {link.file for link in LINKS} == set()


def test_no_line_is_longer_than_120_characters() -> None:
    lines = ((page.name, line) for page in PAGES for line in page.read_text().splitlines())

    assert [(page, line) for page, line in lines if len(line) > 120] == []


def test_every_page_is_in_the_index_and_the_index_in_the_readme() -> None:
    readme, *others = PAGES

    assert set(others) - {INDEX} - {link.file for link in links(INDEX)} == set()
    assert INDEX in {link.file for link in links(readme)}


def test_every_page_begins_with_what_it_is_for() -> None:
    """A title, then a sentence; not a table, a list or another heading."""
    beginnings = {str(page.relative_to(PROJECT)): page.read_text().split("\n\n")[:2] for page in PAGES}

    assert len(beginnings) == len(PAGES)
    assert [name for name, [title, _] in beginnings.items() if not re.fullmatch(r"# .+", title)] == []
    assert [name for name, [_, first] in beginnings.items() if not re.match(r"[A-Z]", first)] == []


def _check_shell(example: str) -> None:
    # What the reader has to fill in, as in SECRET_KEY=<...>, is no syntax of the shell's.
    if "=<" not in example:
        done = subprocess.run(["bash", "-n"], input=example, capture_output=True, text=True, check=False)
        if done.returncode or done.stderr:
            raise ValueError(done.stderr)


_needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
PARSERS = [
    ("json", json.loads),
    ("python", ast.parse),
    pytest.param("sh", _check_shell, marks=_needs_bash),
]


@pytest.mark.parametrize(("language", "parse"), PARSERS)
def test_every_example_can_be_parsed(language: str, parse: Callable[[str], object]) -> None:
    examples = [(page, example) for page in PAGES for example in blocks(page, language)]
    broken = []
    for page, example in examples:
        try:
            parse(example)
        except (ValueError, SyntaxError) as error:
            broken.append(f"{page.name}: {example}\n{error}")

    assert examples
    assert broken == []
