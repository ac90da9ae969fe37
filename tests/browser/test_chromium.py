"""Which browser the tests take, and what they say where there is none."""

from __future__ import annotations

import io
import stat
import tarfile
from pathlib import Path

import brotli
import pytest
from playwright.sync_api import Browser

from tests.browser import chromium


def test_the_browser_plays_what_recordings_are(browser: Browser) -> None:
    page = browser.new_page()

    assert page.evaluate("document.createElement('audio').canPlayType('audio/mpeg')") == "probably"

    page.close()


def test_where_none_starts_one_sentence_says_what_to_install(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(chromium.CHOICE, str(tmp_path / "nothing"))

    with pytest.raises(chromium.NoBrowser) as raised:
        chromium.started(browser.browser_type)

    (sentence,) = str(raised.value).splitlines()
    assert "apt install chromium" in sentence
    assert "TETHER_NO_BROWSER=1" in sentence
    assert str(tmp_path / "nothing") in sentence


def test_the_package_of_npm_becomes_a_program_with_its_libraries_and_letters(tmp_path: Path) -> None:
    packed = tmp_path / "node_modules" / "@sparticuz" / "chromium" / "bin"
    packed.mkdir(parents=True)
    (packed / "chromium.br").write_bytes(brotli.compress(b"#!/bin/sh"))
    for name, file in {"al2023": "lib/libnss3.so", "fonts": "fonts/Sans.ttf", "swiftshader": "libEGL.so"}.items():
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as files:
            files.addfile(tarfile.TarInfo(file))
        (packed / f"{name}.tar.br").write_bytes(brotli.compress(archive.getvalue()))

    chromium.unpack(tmp_path)

    assert (tmp_path / "chromium").stat().st_mode & stat.S_IXUSR
    assert (tmp_path / "lib" / "libnss3.so").exists()
    assert f"<dir>{tmp_path}/fonts</dir>" in (tmp_path / "fonts.conf").read_text()
    assert not (tmp_path / "node_modules").exists()
