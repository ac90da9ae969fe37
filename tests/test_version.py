"""The version of pyproject.toml, wherever a person or a program looks for it."""

from __future__ import annotations

import re
import tomllib

import pytest
from django.test import Client

from tests.admin_site import admin_of, list_of, make_superuser, page_of
from tests.clients import ApiClient
from tests.docs.markdown import PAGES, PROJECT
from tests.factories import make_user

pytestmark = pytest.mark.django_db

VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
FOOTER = f"Tether Calls {VERSION}"


def test_health_names_it() -> None:
    assert ApiClient().get("/healthz").body["version"] == VERSION


def test_the_document_of_the_api_names_it() -> None:
    assert ApiClient().get("/api/schema").body["info"]["version"] == VERSION


def test_it_is_below_every_page_of_the_admin() -> None:
    root, user = admin_of(make_superuser()), make_user()

    for address in ("/admin/", list_of(type(user)), page_of(user)):
        assert root.get(address).content.decode().count(FOOTER) == 1, address


def test_strangers_do_not_see_it_below_the_login() -> None:
    assert FOOTER not in Client().get("/admin/login/").content.decode()


def test_a_window_to_choose_a_row_in_has_no_footer() -> None:
    user = make_user()

    assert FOOTER not in admin_of(make_superuser()).get(f"{list_of(type(user))}?_popup=1").content.decode()


def test_the_pages_name_it_where_they_show_an_answer_and_the_changelog_begins_with_it() -> None:
    shown = {version for page in PAGES for version in re.findall(r'"version": "([^"]+)"', page.read_text())}
    described = re.findall(r"^## \[([^\]]+)\] - \d{4}-\d\d-\d\d$", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert shown == {VERSION}
    assert described[0] == VERSION
