"""demo.json: where the demo answers, and how to get in."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calls.demo.access import Demo, provide_demo
from calls.demo.people import ADMIN, OTHER, USER
from calls.models import Call
from tests.calls.demo.starts import few_calls
from tests.clients import ApiClient, logged_in
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

BASE_URL = "http://127.0.0.1:2212"


@pytest.fixture(autouse=True)
def demo_file(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.DATA_DIR = tmp_path
    with few_calls():
        yield tmp_path / "demo.json"


@pytest.fixture
def demo() -> Demo:
    return provide_demo(base_url=BASE_URL)


def test_the_file_says_what_was_given_back_and_is_the_owners(demo: Demo, demo_file: Path) -> None:
    assert json.loads(demo_file.read_text()) == demo.document
    assert stat.S_IMODE(demo_file.stat().st_mode) == 0o600
    assert list(demo_file.parent.glob("demo.json*")) == [demo_file]


def test_the_file_has_passwords_that_open_the_accounts(demo: Demo) -> None:
    document = demo.document

    for login in (document["user"], document["admin"], document["other"]):
        body = {"email": login["email"], "password": login["password"]}
        assert ApiClient().post("/api/auth/login", body).status == 200


def test_the_file_follows_the_address(demo: Demo, demo_file: Path) -> None:
    provide_demo(base_url="http://127.0.0.1:8000")

    assert json.loads(demo_file.read_text()) == {**demo.document, "baseUrl": "http://127.0.0.1:8000"}


def test_the_file_follows_a_new_api_key(demo: Demo, demo_file: Path) -> None:
    new = logged_in(User.objects.get(email=USER.email)).post("/api/user/api-key/regenerate").body["data"]["apiKey"]

    provide_demo(base_url=BASE_URL)

    assert json.loads(demo_file.read_text())["apiKey"] == new != demo.document["apiKey"]


@pytest.mark.parametrize("content", [None, "", "{", "{}", '{"user": {"email": "user@example.com"}}'])
def test_without_a_good_file_the_users_get_new_passwords_and_nothing_else(
    demo: Demo, demo_file: Path, content: str | None
) -> None:
    calls_before = list(Call.objects.values())
    if content is None:
        demo_file.unlink()
    else:
        demo_file.write_text(content)

    again = provide_demo(base_url=BASE_URL)

    (note,) = again.notes
    assert "new passwords" in note
    assert again.document["apiKey"] == demo.document["apiKey"]
    assert list(Call.objects.values()) == calls_before
    old, new = demo.document["user"], json.loads(demo_file.read_text())["user"]
    assert ApiClient().post("/api/auth/login", old).status == 401
    assert ApiClient().post("/api/auth/login", new).status == 200


def test_the_passwords_of_a_file_that_outlived_its_database_stay_as_they_are(demo_file: Path) -> None:
    accounts = {"user": USER, "admin": ADMIN, "other": OTHER}
    logins = {name: {"email": account.email, "password": f"of-{name}"} for name, account in accounts.items()}
    demo_file.write_text(json.dumps(logins))

    document = provide_demo(base_url=BASE_URL).document

    for name in logins:
        assert document[name]["password"] == f"of-{name}"
        assert ApiClient().post("/api/auth/login", logins[name]).status == 200


def test_a_demo_user_that_was_deleted_does_not_come_back(demo: Demo) -> None:
    User.objects.get(email=OTHER.email).delete()

    again = provide_demo(base_url=BASE_URL)

    assert again.document == {"baseUrl": BASE_URL}
    assert not User.objects.filter(email=OTHER.email).exists()
