"""Schemathesis asks the running service what its document allows, and what it does not; it finds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from script.generate_clients import write_document
from tests.accounts.keys import ALL_PERMISSIONS, make_key
from tests.docs.markdown import PROJECT
from tests.factories import make_call, make_contact, make_user
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import AccessRole
from tether_calls.accounts.tokens import issue_tokens

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="with PostgreSQL, Redis and S3 only: once is enough"),
]

SEED, CASES = 20261129, 12


@pytest.mark.parametrize("of_partners", [False, True], ids=["users", "partners"])
def test_it_finds_nothing(of_partners: bool, live_url: str, tmp_path: Path) -> None:
    user = make_user(access_role=AccessRole.SUPERADMIN)
    assert user.organization is not None
    make_call(user, contact=make_contact(user.organization))
    key = make_key(user, *ALL_PERMISSIONS, requests_per_minute=100_000)
    token = key_of(key) if of_partners else issue_tokens(user).access
    document = tmp_path / "openapi.json"
    write_document(document)
    # Webhooks are signed; what voids the token or asks a provider has tests of its own.
    chosen = (
        ["--include-path-regex", "^/api/v1/"] if of_partners else ["--exclude-path-regex", "^/api/(v1|webhook|auth)/"]
    )
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(PROJECT / "script" / "schemathesis.toml")]
    options = ["--url", live_url, "--max-examples", str(CASES), "--seed", str(SEED), "--generation-database", "none"]

    ended = subprocess.run(
        [*command, "run", str(document), "--header", f"Authorization: Bearer {token}", *options, *chosen],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2_000:]
