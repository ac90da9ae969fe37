"""The documents hold together: links lead somewhere, images are there, examples can be parsed."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.docs.markdown import PAGES, PROJECT, Link, anchors, blocks, links

IMAGE_MAX_BYTES = 300 * 1024
PNG = b"\x89PNG\r\n\x1a\n"

LINKS = [link for page in PAGES for link in links(page)]
IMAGES = sorted((PROJECT / "docs" / "images").iterdir())


def _name(page: Path) -> str:
    return page.name


@pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link.page.name}: {link.target}")
def test_a_link_leads_to_a_file_of_the_repository(link: Link) -> None:
    assert link.file.is_relative_to(PROJECT)
    assert link.file.is_file()


@pytest.mark.parametrize(
    "link", [link for link in LINKS if link.anchor], ids=lambda link: f"{link.page.name}: {link.target}"
)
def test_a_link_into_a_page_leads_to_a_heading(link: Link) -> None:
    assert link.anchor in anchors(link.file)


@pytest.mark.parametrize("image", IMAGES, ids=_name)
def test_an_image_is_a_png_of_a_bearable_size_that_a_page_shows(image: Path) -> None:
    assert image.read_bytes().startswith(PNG)
    assert image.stat().st_size <= IMAGE_MAX_BYTES
    assert image in {link.file for link in LINKS}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_line_is_longer_than_120_characters(page: Path) -> None:
    assert [line for line in page.read_text().splitlines() if len(line) > 120] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_page_is_reached_from_the_readme(page: Path) -> None:
    assert page == PAGES[0] or page in {link.file for link in links(PAGES[0])}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_json_is_json(page: Path) -> None:
    for example in blocks(page, "json"):
        json.loads(example)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_python_is_python(page: Path) -> None:
    for example in blocks(page, "python"):
        ast.parse(example)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_yaml_is_yaml(page: Path) -> None:
    for example in blocks(page, "yaml"):
        assert yaml.safe_load(example)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_shell_is_shell(page: Path) -> None:
    for example in blocks(page, "sh"):
        # What the reader has to fill in, as in SECRET_KEY=<...>, is no syntax of the shell's.
        if "=<" not in example:
            done = subprocess.run(["bash", "-n"], input=example, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, "")
