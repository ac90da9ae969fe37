"""The clients that come with a release; script/clients says what the argument means."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from openapi_spec_validator import OpenAPIV30SpecValidator

from script import node_packages

PROJECT = Path(__file__).resolve().parents[1]
TOOLS = PROJECT / "script" / "node"
PYTHON_CLIENT = "tether_calls_client"

# As JavaScript, since Node strips no types of what is installed; names of files are whole, as its modules want them.
_CLIENT = """\
import createOpenapiClient from "openapi-fetch";

export const createClient = (options) => createOpenapiClient(options);
"""
_TYPES = """\
import type { Client, ClientOptions } from "openapi-fetch";
import type { paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";

/** A client that knows every path, body and answer of the API. */
export declare const createClient: (options: ClientOptions) => Client<paths>;
"""


def node_tools(folder: Path) -> Path:
    """Installs the pinned tools of script/node; returns where their commands are. Raises as `install` does."""
    node_packages.install(TOOLS, folder)
    return folder / "node_modules" / ".bin"


def write_document(path: Path) -> None:
    """The API's document as JSON. Raises SystemExit where it is no OpenAPI 3.0, with what is wrong."""
    command = [sys.executable, "manage.py", "spectacular", "--format", "openapi-json", "--validate", "--fail-on-warn"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tether_calls.settings.test"}
    subprocess.run([*command, "--file", str(path)], cwd=PROJECT, env=environment, check=True)
    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in OpenAPIV30SpecValidator(json.loads(path.read_text())).iter_errors()
    ]
    if errors:
        sys.exit("\n".join(errors))


def write_typescript(document: Path, folder: Path, tools: Path) -> None:
    """Types, and a client that has them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.ts").unlink(missing_ok=True)
    schema = folder / "schema.d.ts"
    subprocess.run([tools / "openapi-typescript", document, "--output", schema], check=True, stdout=sys.stderr)
    (folder / "index.js").write_text(_CLIENT)
    (folder / "index.d.ts").write_text(_TYPES)
    pinned = json.loads((TOOLS / "package.json").read_text())["devDependencies"]
    package = {
        "name": "tether-calls-client",
        "version": json.loads(document.read_text())["info"]["version"],
        "type": "module",
        "exports": {".": {"types": "./index.d.ts", "default": "./index.js"}},
        "files": ["*.js", "*.d.ts"],
        "dependencies": {"openapi-fetch": pinned["openapi-fetch"]},
    }
    (folder / "package.json").write_text(json.dumps(package, indent=2) + "\n")


def write_python(document: Path, folder: Path) -> None:
    """A package; warnings count as errors, since each is an operation or a type that is left out."""
    settings = folder.parent / "python.json"
    names = {"project_name_override": "tether-calls-client", "package_name_override": PYTHON_CLIENT}
    # Files are bytes, whatever is in them; it knows that of one type only.
    files = {"content_type_overrides": {"text/csv": "application/octet-stream"}}
    settings.write_text(json.dumps({**names, **files}))
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document), "--meta", "setup"]
    options = ["--config", str(settings), "--output-path", str(folder), "--overwrite", "--fail-on-warning"]
    # It formats what it writes, by the ruff of the PATH.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    subprocess.run([*command, *options], check=True, stdout=sys.stderr, env={**os.environ, "PATH": path})
    settings.unlink()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/clients")
    parser.add_argument("folder", nargs="?", type=Path, default=PROJECT / "clients", help="in place of clients")
    parser.add_argument("--document", metavar="FILE", type=Path, help="only write the API's document, and validate it")
    options = parser.parse_args(arguments)
    if options.document:
        write_document(options.document)
        return 0

    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    document = folder / "openapi.json"
    write_document(document)
    write_typescript(document, folder / "typescript", node_tools(PROJECT / ".cache" / "node"))
    write_python(document, folder / "python")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
