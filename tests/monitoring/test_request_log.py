"""One line for each request, as text and as JSON: who asked for what kind of thing, and how it went."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.calls.api.ingesting import ingest, ingested
from tests.clients import ApiClient
from tests.factories import missed_call_body
from tests.statements import statements_made
from tests.waiting import PATIENCE
from tether_calls.accounts.models import ApiKey, User
from tether_calls.common.object_id import OBJECT_ID

pytestmark = pytest.mark.django_db

PROJECT = Path(__file__).resolve().parents[2]
REQUESTS = "tether_calls.request"


@pytest.fixture(autouse=True)
def _each_request_is_logged(settings: Settings) -> None:
    settings.TETHER_REQUEST_LOG = True


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == REQUESTS]


@pytest.fixture(autouse=True)
def _everything_is_caught(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_a_users_request_names_the_organization_and_no_key(
    api: ApiClient, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    answer = api.get("/api/calls/64f0a1b2c3d4e5f6a7b8c9d0", token="secret-word", q="+14165550199")

    (line,) = lines(caplog)
    fields = vars(line)
    assert (fields["method"], fields["route"], fields["status"]) == (
        "GET",
        "/api/calls/<objectid:call_id>",
        answer.status,
    )
    assert (fields["organization"], fields["key"], line.levelname) == (user.home_id, None, "INFO")
    assert fields["ms"] >= 0
    for word in ("secret-word", "5550199", "64f0a1b2", user.email):
        assert word not in line.getMessage()


def test_a_vendors_request_names_organization_and_key(
    vendor: ApiClient, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    ingested(vendor, missed_call_body())

    (line,) = lines(caplog)
    key = ApiKey.objects.get(user=user)
    assert line.getMessage().startswith("POST /api/calls/ingest 201 ")
    assert line.getMessage().endswith(f" ms organization={user.home_id} key={key.pk}")
    assert str(vendor.token) not in line.getMessage()


@pytest.mark.parametrize("token", [None, "wrong"])
def test_who_is_nobody_is_named_so(token: str | None, caplog: pytest.LogCaptureFixture) -> None:
    ApiClient(token).get("/api/calls/history")
    ApiClient(token).get("/\n2026-11-29 ERROR forged/+14165550199")

    assert [(vars(line)["route"], vars(line)["organization"], vars(line)["key"]) for line in lines(caplog)] == [
        ("/api/calls/history", None, None),
        ("unmatched", None, None),
    ]
    assert "forged" not in caplog.text


def test_a_page_of_the_admin_costs_no_statement_for_its_line(
    staff: Any, user: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    path = "/admin/jsi18n/"
    staff.get(path)
    with statements_made() as logged:
        staff.get(path)
    settings.TETHER_REQUEST_LOG = False
    with statements_made() as unlogged:
        staff.get(path)

    assert logged == unlogged or len(logged) == len(unlogged)
    assert len(lines(caplog)) == 2


def test_a_failure_of_ours_is_a_warning(
    vendor: ApiClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("calls.api.pushes.base.ingest_call", fail)
    assert ingest(vendor, missed_call_body()).status == 500

    (line,) = lines(caplog)
    assert (line.levelname, vars(line)["status"]) == ("WARNING", 500)


def test_without_the_setting_there_is_no_line(
    api: ApiClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TETHER_REQUEST_LOG = False
    api.get("/api/calls/history")

    assert lines(caplog) == []


LOG_SOMETHING = """
import logging
import django
django.setup()
from django.test import Client
headers = {"Authorization": "Bearer secret-word", "Host": "127.0.0.1"}
Client().get("/api/calls/64f0a1b2c3d4e5f6a7b8c9d0?q=%2B14165550199", headers=headers)
try:
    raise ValueError("on purpose")
except ValueError:
    logging.getLogger("somewhere").exception("A thing of %s\\nin two lines", "ours")
"""


# The session's table is not there.
FAIL_ON_A_PAGE = """
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False, headers={"Host": "127.0.0.1"})
client.cookies["sessionid"] = "secret-word"
answer = client.get("/admin/calls/call/64f0a1b2c3d4e5f6a7b8c9d0/change/?q=%2B14165550199")
assert answer.status_code == 500, answer.status_code
"""


def logged(program: str = LOG_SOMETHING, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base", **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    return done.stderr


def embedded(folder: Path, **variables: str) -> dict[str, str]:
    none = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "R2_BUCKET", "PUBLIC_BASE_URL", "LOG_LEVEL"), "INFO")
    return {**dict.fromkeys(none, ""), "LOG_LEVEL": "INFO", "TETHER_DATA_DIR": str(folder), **variables}


def test_as_json_each_line_is_an_object(tmp_path: Path) -> None:
    text = logged(**embedded(tmp_path, LOG_FORMAT="json", TETHER_REQUEST_LOG="1"))
    request, error = [json.loads(line) for line in text.splitlines() if "somewhere" in line or REQUESTS in line]

    assert OBJECT_ID.fullmatch(request.pop("request_id"))
    assert request.pop("ms") >= 0
    assert request.pop("time")
    assert request.pop("message").startswith("GET /api/calls/<objectid:call_id> 401 ")
    assert request == {
        "level": "INFO",
        "logger": REQUESTS,
        "method": "GET",
        "route": "/api/calls/<objectid:call_id>",
        "status": 401,
        "organization": None,
        "key": None,
    }
    assert (error["level"], error["message"]) == ("ERROR", "A thing of ours\nin two lines")
    assert error["exc_info"].endswith("ValueError: on purpose")
    assert "secret-word" not in text
    assert "5550199" not in text


@pytest.mark.parametrize("form", ["line", "json"])
def test_a_page_that_fails_is_named_by_its_route(tmp_path: Path, form: str) -> None:
    text = logged(FAIL_ON_A_PAGE, **embedded(tmp_path, LOG_FORMAT=form))

    assert "Internal Server Error: /admin/calls/call/<path:object_id>/change/" in text
    assert "OperationalError" in text
    assert "64f0a1b2c3d4e5f6a7b8c9d0" not in text
    assert "5550199" not in text


def test_embedded_the_line_is_there_by_itself_and_production_has_it_when_asked_for(tmp_path: Path) -> None:
    assert " INFO tether_calls.request [" in logged(**embedded(tmp_path))
    assert "tether_calls.request" not in logged(**embedded(tmp_path, TETHER_REQUEST_LOG="0"))
