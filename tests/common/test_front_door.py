"""What a browser finds that was typed an address into, and what programs find there."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.admin_site import admin_of, make_superuser

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/admin"])
def test_the_front_door_leads_to_the_admin(path: str) -> None:
    answer = Client().get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("path", ["/nowhere", "/admin/nowhere/", "/static/nowhere.js", "/calls/1"])
def test_a_page_that_is_not_there_says_so_and_has_a_way_back(path: str) -> None:
    client = admin_of(make_superuser())

    answer = client.get(path, headers=BROWSER)

    page = answer.content.decode()
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "There is no such page" in page
    assert {"/admin/", "/api/docs"} <= set(re.findall(r'<a href="([^"]*)"', page))
    assert path not in page
    for address in re.findall(r'<link[^>]* href="/static/([^"]*)"', page):
        assert finders.find(address), address
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, text/html;q=0.5", "text/plain"])
def test_a_program_gets_json(accept: str | None) -> None:
    answer = Client().get("/nowhere", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/v1/nowhere", "/media/recordings/nowhere"])
def test_below_the_api_everybody_does(path: str) -> None:
    assert Client().get(path, headers=BROWSER).headers["Content-Type"] == "application/json"
