"""What compose.yaml, the Dockerfile and the units of docs/operations.md say, as values; no Docker is needed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from tests.docs.markdown import DOCS, PROJECT, blocks

OPERATIONS = DOCS / "operations.md"
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::\?(?P<reason>[^}]*))?\}")


@cache
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
    return document


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][name]
    return found


def variables() -> dict[str, str | None]:
    """What compose takes from the shell or .env; each with the reason that it gives where the variable is missing."""
    text = (PROJECT / "compose.yaml").read_text()
    return {found["name"]: found["reason"] for found in _VARIABLE.finditer(text)}


def environment(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """A service's own variables, with `values` in place of `${...}`."""
    given = service(name).get("environment", {})
    return {key: _VARIABLE.sub(lambda found: values[found["name"]], value) for key, value in given.items()}


def command(name: str) -> list[str]:
    """A service's command, in words as compose splits it; the image's own where it has none."""
    given = service(name)["command"]
    return shlex.split(given) if isinstance(given, str) else list(given)


def health_command(name: str) -> list[str]:
    """What is run in the container to see whether it is healthy."""
    check = service(name).get("healthcheck")
    if check is None:
        (check_of_image,) = [rest for instruction, rest in dockerfile() if instruction == "HEALTHCHECK"]
        words: list[str] = json.loads(check_of_image.partition(" CMD ")[2])
        return words
    assert check["test"][0] == "CMD"
    return list(check["test"][1:])


@cache
def dockerfile() -> list[tuple[str, str]]:
    """Its instructions in their order, each with the rest of its line; continued lines are one."""
    lines = [line for line in (PROJECT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    instructions = (line.partition(" ") for line in text.splitlines() if line)
    return [(instruction, " ".join(rest.split())) for instruction, _, rest in instructions]


def copied() -> list[str]:
    """The files and folders of the checkout that the image has."""
    copies = [rest.split()[:-1] for instruction, rest in dockerfile() if instruction == "COPY"]
    return sorted({name for names in copies if not names[0].startswith("--from=") for name in names})


@cache
def units() -> dict[str, list[str]]:
    """The commands of the systemd units, by the last word of their description."""
    found = {}
    for unit in blocks(OPERATIONS, "ini"):
        text = unit.replace("\\\n", " ")
        [description], [started] = (
            re.findall(rf"^{key}=(.*)$", text, re.MULTILINE) for key in ("Description", "ExecStart")
        )
        found[description.rpartition(" ")[2].lower()] = shlex.split(started)
    return found


def shell_commands() -> list[list[str]]:
    """The commands of HTTP and socket, as the page has them for a shell."""
    [block] = [text for text in blocks(OPERATIONS, "sh") if text.startswith("granian")]
    return [shlex.split(line) for line in block.replace("\\\n", " ").splitlines()]


def environment_file() -> list[str]:
    """The names in the page's environment file."""
    [block] = [text for text in blocks(OPERATIONS, "sh") if text.startswith("DJANGO_SETTINGS_MODULE=")]
    return [line.partition("=")[0] for line in block.splitlines()]
