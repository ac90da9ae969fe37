"""The clients that come with a release, made of the API's document by script/clients; and what others say of it.

Other people's tools, from npm, in the versions of script/node: where they cannot be had, these tests are left out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from script import node_packages
from script.generate_clients import PYTHON_CLIENT, TOOLS, node_tools, write_document, write_python, write_typescript
from tests.accounts.keys import ALL_PERMISSIONS, make_key
from tests.contract.components import generated_document
from tests.docs.markdown import PROJECT
from tests.factories import make_call, make_contact, make_user
from tether_calls.accounts.api_keys import key_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="with PostgreSQL, Redis and S3 only: once is enough"),
]

PASSWORD = "correct horse battery"

# What compiles only where the types say what is answered; the last line must not.
USAGE = """\
import { createClient, type components } from "tether-calls-client";

const client = createClient({ baseUrl: "http://127.0.0.1" });
export async function usage(): Promise<number> {
    const contacts = await client.GET("/api/contacts", { params: { query: { page: 1 } } });
    const first: string | undefined = contacts.data?.data[0]?.phoneNumber;
    const calls = await client.GET("/api/v1/calls", { params: { query: { status: "completed" } } });
    const summary: string | null | undefined = calls.data?.calls[0]?.contact?.first_name;
    const agents = await client.GET("/api/v1/agents");
    const webhooks = await client.GET("/api/v1/webhooks");
    const prompts = await client.GET("/api/prompts/user");
    const keys = await client.GET("/api/api-keys");
    const names = [first, summary, agents.data?.agents[0]?.name, webhooks.data?.webhooks[0]?.url];
    return names.length + (prompts.data?.prompts.length ?? 0) + (keys.data?.data.length ?? 0);
}
export const answer: components["schemas"]["CallsAnswerSdkCallRequest"] = { callId: "1" };
// @ts-expect-error: no text is a body
export const nonsense: components["schemas"]["CallsAnswerSdkCallRequest"] = "nonsense";
"""

RUN = """\
import { createClient } from "tether-calls-client";

const [baseUrl, key] = process.argv.slice(2);
const client = createClient({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const { data } = await client.GET("/api/v1/agents");
if (data?.agents?.length !== 0) throw new Error(JSON.stringify(data));
"""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clients") / "openapi.json"
    write_document(path)
    return path


@pytest.fixture(scope="module")
def tools() -> Path:
    if shutil.which("node") is None:
        pytest.skip("there is no Node.js")
    try:
        return node_tools(PROJECT / ".cache" / "node")
    except subprocess.CalledProcessError:
        pytest.skip("npm cannot install script/node: its output is above")


@pytest.fixture(scope="module")
def python_client(document: Path) -> Iterator[Path]:
    folder = document.parent / "python"
    write_python(document, folder)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


def run(*command: str | Path, cwd: Path) -> None:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_spectral_finds_no_error(document: Path, tools: Path) -> None:
    run(tools / "spectral", "lint", document, "--ruleset", TOOLS / "spectral.yaml", cwd=document.parent)


def test_redocly_finds_no_error(document: Path, tools: Path) -> None:
    run(tools / "redocly", "lint", document, cwd=document.parent)


@pytest.fixture(scope="module")
def typescript_project(document: Path, tools: Path) -> Path:
    """A project that has installed the client."""
    project = document.parent / "project"
    installed = project / "node_modules"
    client = installed / "tether-calls-client"
    write_typescript(document, client, tools)
    # Declarations are not looked at, others' would take two thirds of the time: so the schema is none here.
    (client / "schema.d.ts").rename(client / "schema.ts")
    for name in ("openapi-fetch", "openapi-typescript-helpers"):
        (installed / name).symlink_to(tools.parent / name)
    (project / "package.json").write_text('{"type": "module"}')
    return project


@pytest.mark.parametrize(("module", "resolution"), [("es2022", "bundler"), ("nodenext", "nodenext")])
def test_the_typescript_client_compiles(typescript_project: Path, tools: Path, module: str, resolution: str) -> None:
    (typescript_project / "usage.ts").write_text(USAGE)
    options = ["--strict", "--noEmit", "--target", "es2022", "--module", module, "--moduleResolution", resolution]

    run(tools / "tsc", *options, "--skipLibCheck", "usage.ts", cwd=typescript_project)


def test_the_typescript_client_has_the_documents_version(typescript_project: Path) -> None:
    package = json.loads((typescript_project / "node_modules/tether-calls-client/package.json").read_text())

    assert package["version"] == generated_document()["info"]["version"]


def test_the_typescript_client_runs_as_it_is_installed(typescript_project: Path, live_url: str) -> None:
    (typescript_project / "run.js").write_text(RUN)
    key = key_of(make_key(make_user(), *ALL_PERMISSIONS))

    run(node_packages.NODE, "run.js", live_url, key, cwd=typescript_project)


def test_the_python_client_passes_mypy(python_client: Path) -> None:
    cache = python_client.parent / "mypy"
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, "-p", PYTHON_CLIENT, cwd=python_client)


def test_the_python_client_has_every_operation(python_client: Path) -> None:
    made = {path.stem for path in (python_client / PYTHON_CLIENT / "api").glob("*/*.py")} - {"__init__"}
    operations = [item for path in generated_document()["paths"].values() for item in path.values()]

    assert len(made) == len(operations)


def operation(tag: str, name: str) -> Any:
    return import_module(f"{PYTHON_CLIENT}.api.{tag}.{name}")


def test_the_python_client_lists_what_there_is(python_client: Path, live_url: str) -> None:
    user = make_user(email="robin@example.com")
    user.set_password(PASSWORD)
    user.save()
    assert user.organization is not None
    contact = make_contact(user.organization)
    call = make_call(user, contact=contact)
    package, models = import_module(PYTHON_CLIENT), import_module(f"{PYTHON_CLIENT}.models")

    with package.Client(base_url=live_url, raise_on_unexpected_status=True) as stranger:
        login = models.LoginRequest(email=user.email, password=PASSWORD)
        session = operation("auth", "post_auth_login").sync(client=stranger, body=login)
        wrong = models.LoginRequest(email=user.email, password="wrong")
        refused = operation("auth", "post_auth_login").sync(client=stranger, body=wrong)
    with package.AuthenticatedClient(base_url=live_url, token=session.token, raise_on_unexpected_status=True) as us:
        contacts = operation("contacts", "get_contacts").sync(client=us)
        prompts = operation("agents", "get_prompts_user").sync(client=us)
        history = operation("calls", "get_calls_history").sync(client=us)
    key = key_of(make_key(user, *ALL_PERMISSIONS))
    with package.AuthenticatedClient(base_url=live_url, token=key, raise_on_unexpected_status=True) as partner:
        calls = operation("partners", "get_v1_calls").sync(client=partner)
        partner_contacts = operation("partners", "get_v1_contacts").sync(client=partner)
        agents = operation("partners", "get_v1_agents").sync(client=partner)
        webhooks = operation("partners", "get_v1_webhooks").sync(client=partner)

    assert refused.code == "INVALID_CREDENTIALS"
    assert [found.phone_number for found in contacts.data] == [contact.phone_number]
    assert [found.call_id for found in history.calls] == [call.pk]
    assert [(found.id, found.contact.id, found.status) for found in calls.calls] == [(call.pk, contact.pk, "completed")]
    assert [found.id for found in partner_contacts.contacts] == [contact.pk]
    assert (prompts.total, agents.agents, webhooks.webhooks) == (0, [], [])
