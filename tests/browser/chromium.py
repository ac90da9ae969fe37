"""A Chromium for the tests: one that is installed, else the one in npm's package @sparticuz/chromium.

The package's is kept in the tests' environment. It needs a Debian or the like, on x86_64, and nothing else: what of its
libraries such a machine may lack comes with it, and so do fonts.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import brotli
from playwright.sync_api import Browser, BrowserType, Error

from script import node_packages

# The path of a browser, which is then the only one to be tried; or `npm`: the package's, whatever is installed.
CHOICE = "TETHER_BROWSER"
NOT_WANTED = "TETHER_NO_BROWSER"

_INSTALLED = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_PACKAGES = Path(__file__).parent / "npm"
_FOLDER = Path(sys.prefix) / "chromium"

# Root may not use the sandbox, and what is opened is ours. No name but this machine's has an address.
_OPTIONS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]

# Its own looks for them in other folders; without any, pages have no letters, and the browser ends at some.
_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/fonts-cache</cachedir></fontconfig>
"""


class NoBrowser(RuntimeError):
    """There is none; the message says what to install."""


@dataclass(frozen=True)
class Program:
    """A browser that may start."""

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, chromium: BrowserType) -> Browser:
        """Raises playwright's Error where it does not, OSError where it shows no letters."""
        variables: dict[str, str | float | bool] = {**os.environ, **self.environment}
        browser = chromium.launch(executable_path=self.path, args=_OPTIONS, env=variables)
        page = browser.new_page()
        page.set_content("ready")
        if page.inner_text("body") != "ready":
            raise OSError("it shows no letters")
        page.close()
        return browser


def started(chromium: BrowserType) -> Browser:
    """The first that starts. Raises NoBrowser."""
    failures = []
    for name, program in _programs(os.environ.get(CHOICE, "")):
        try:
            return program().start(chromium)
        except (Error, OSError, subprocess.CalledProcessError) as error:
            failures.append(f"{name}: {str(error).strip().splitlines()[0]}")
    raise NoBrowser(
        "No browser starts here: install Chromium (Debian: apt install chromium) or let npm reach its registry,"
        f" or leave these tests out with {NOT_WANTED}=1 ({'; '.join(failures)})."
    )


def _programs(choice: str) -> Iterator[tuple[str, Callable[[], Program]]]:
    if choice and choice != "npm":
        yield choice, lambda: Program(Path(choice))
        return
    for path in () if choice else filter(None, map(shutil.which, _INSTALLED)):
        yield path, lambda path=path: Program(Path(path))  # type: ignore[misc]  # mypy: the type of a default
    yield "npm's @sparticuz/chromium", lambda: from_npm(_FOLDER)


def from_npm(folder: Path) -> Program:
    """The package's, unpacked into the folder by the first process that asks. Raises as `install` does."""
    node_packages.install(_PACKAGES, folder, then=unpack)
    variables = {"LD_LIBRARY_PATH": str(folder / "lib"), "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    return Program(folder / "chromium", variables)


def unpack(folder: Path) -> None:
    """Takes from the package what there is in it, and then the package away: it is another 70 MB."""
    modules = folder / "node_modules"
    packed = modules / "@sparticuz" / "chromium" / "bin"
    for name in ("al2023", "fonts", "swiftshader"):
        archive = brotli.decompress((packed / f"{name}.tar.br").read_bytes())
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
    (folder / "fonts.conf").write_text(_FONTS.format(folder=folder))
    program = folder / "chromium"
    program.write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
    program.chmod(0o755)
    shutil.rmtree(modules)
