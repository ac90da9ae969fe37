"""Every list of the admin, every page of a row and every page that adds one: each is made once, and looked at often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pytest
from django.contrib.staticfiles import finders
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.admin_site import (
    add_to,
    admin_of,
    list_of,
    make_staff,
    make_superuser,
    one_of_everything,
    page_of,
)
from tests.common.test_admin import ALL_MODELS, FOR_STAFF, PAGES, WITH_ADD_PAGE, name_of
from tests.common.test_admin_words import faults_of
from tests.factories import make_user
from tether_calls.accounts.models import Organization

# The pages are made before the first of them: without the mark there would be a database only where another module asks
# for one, and the pass on servers would leave all of them out.
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Page:
    """An answer, and what was shown: the rows of a list, or the fields that nobody can fill in."""

    status: int
    content: bytes
    statements: tuple[str, ...]
    rows: frozenset[str]
    only_shown: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """The pages by who opened them, model and kind: `list`, `row`, `history`, `add`; and the rows that there were."""

    pages: Mapping[tuple[str, type[Model], str], Page]
    own: Mapping[type[Model], Model]
    foreign: Mapping[type[Model], Model]


def _opened(client: Client, path: str) -> Page:
    with CaptureQueriesContext(connection) as captured:
        answer: Any = client.get(path)
    context = answer.context_data if answer.status_code == 200 else {}
    form = context.get("adminform", ())
    return Page(
        status=answer.status_code,
        content=answer.content,
        statements=tuple(statement["sql"] for statement in captured.captured_queries),
        rows=frozenset(row.pk for row in context["cl"].result_list) if "cl" in context else frozenset(),
        only_shown=tuple(
            field.field["name"] for fields in form for line in fields for field in line if field.is_readonly
        ),
    )


def _paths(own: Mapping[type[Model], Model]) -> dict[tuple[type[Model], str], str]:
    rows = {
        (model, kind): path
        for model in ALL_MODELS
        for kind, path in (
            ("list", list_of(model)),
            ("row", page_of(own[model])),
            ("history", page_of(own[model], "history")),
        )
    }
    return rows | {(model, "add"): add_to(model) for model in WITH_ADD_PAGE}


@pytest.fixture(scope="module")
def seen(django_db_setup: None, django_db_blocker: Any) -> Seen:
    """By a superuser, and by staff of the organization that has the rows; another one has some as well."""
    with django_db_blocker.unblock(), transaction.atomic():
        foreign, user = one_of_everything(make_user()), make_user()
        own = one_of_everything(user)
        readers = {"root": make_superuser(), "staff": make_staff(cast(Organization, user.organization))}
        pages = {
            (who, *page): _opened(admin_of(reader), path)
            for who, reader in readers.items()
            for page, path in _paths(own).items()
            if who == "root" or page[1] != "history"
        }
        transaction.set_rollback(True)
    return Seen(pages, own, foreign)


@pytest.mark.parametrize("model", ALL_MODELS, ids=name_of)
def test_a_superuser_opens_the_list_and_the_page_of_a_row(seen: Seen, model: type[Model]) -> None:
    assert seen.own[model].pk in seen.pages["root", model, "list"].rows
    for kind in ("list", "row", "history"):
        assert seen.pages["root", model, kind].status == 200


@pytest.mark.parametrize("model", WITH_ADD_PAGE, ids=name_of)
def test_a_superuser_opens_the_page_that_adds_a_row(seen: Seen, model: type[Model]) -> None:
    assert seen.pages["root", model, "add"].status == 200


@pytest.mark.parametrize("model", WITH_ADD_PAGE, ids=name_of)
def test_a_superuser_says_which_organization_a_new_row_is_of_or_whose(seen: Seen, model: type[Model]) -> None:
    if not PAGES[model].shows_organization:
        pytest.skip("it is of none")
    page = seen.pages["root", model, "add"].content.decode()

    assert 'name="organization"' in page or 'name="user"' in page


@pytest.mark.parametrize("model", WITH_ADD_PAGE, ids=name_of)
def test_the_page_that_adds_a_row_asks_for_what_can_be_said_and_shows_nothing_else(
    seen: Seen, model: type[Model]
) -> None:
    assert b"<form" in seen.pages["root", model, "add"].content
    assert seen.pages["root", model, "add"].only_shown == ()


@pytest.mark.parametrize("model", FOR_STAFF, ids=name_of)
def test_staff_find_the_rows_of_their_own_organization_only(seen: Seen, model: type[Model]) -> None:
    listed, page = (seen.pages["staff", model, kind] for kind in ("list", "row"))
    assert (listed.status, page.status) == (200, 200)
    assert seen.own[model].pk in listed.rows
    assert seen.foreign[model].pk not in listed.rows


@pytest.mark.parametrize("model", ALL_MODELS, ids=name_of)
def test_no_list_counts_a_whole_table(seen: Seen, model: type[Model]) -> None:
    counts = [sql for sql in seen.pages["root", model, "list"].statements if "COUNT(*)" in sql]
    assert counts
    assert all("LIMIT 1001" in sql for sql in counts)


@pytest.mark.parametrize("model", ALL_MODELS, ids=name_of)
def test_a_page_has_one_heading(seen: Seen, model: type[Model]) -> None:
    pages = {(who, kind): page for (who, of, kind), page in seen.pages.items() if of is model and page.status == 200}
    assert {page: found.content.count(b"<h1") for page, found in pages.items()} == dict.fromkeys(pages, 1)
    assert pages


@pytest.mark.parametrize("who", ["root", "staff"])
def test_no_page_shows_words_of_a_program_or_identifiers_for_names(seen: Seen, who: str) -> None:
    pages = {
        (name_of(model), kind): page.content
        for (reader, model, kind), page in seen.pages.items()
        if reader == who and kind != "history" and page.status == 200
    }
    faults = {page: sorted(set(faults_of(content))) for page, content in pages.items()}

    assert len(pages) > len(ALL_MODELS)
    assert {page: found for page, found in faults.items() if found} == {}


# ---- Sheets ----------------------------------------------------------------------------------------------------------


@lru_cache
def _ruled_by(sheet: str) -> frozenset[str]:
    """The classes of our own that a style sheet has rules for."""
    path = finders.find(sheet)
    assert path is not None, sheet
    rules = re.sub(r"/\*.*?\*/", "", Path(path).read_text(), flags=re.DOTALL)
    return frozenset(re.findall(r"\.(tether-[a-z0-9-]+)", rules))


def _unruled(content: bytes) -> list[str]:
    """Classes on a page that a sheet has rules for, but none that the page loads."""
    page = content.decode()
    used = {word for words in re.findall(r' class="([^"]*)"', page) for word in words.split()}
    loaded = {rule for sheet in re.findall(r'href="/static/([^"]+\.css)"', page) for rule in _ruled_by(sheet)}
    ours = {
        rule
        for app in ("tether", "calls", "contacts")
        for folder in (finders.find(app, find_all=True) or [])
        for sheet in Path(folder).rglob("*.css")
        # Says what is left out on paper, where a page is made for paper.
        if sheet.name != "print.css"
        for rule in _ruled_by(str(sheet.relative_to(Path(folder).parent)))
    }
    return sorted((used & ours) - loaded)


def test_a_page_loads_the_sheets_that_its_parts_are_laid_out_by(seen: Seen) -> None:
    pages = {(who, name_of(of), kind): page.content for (who, of, kind), page in seen.pages.items()}
    unruled = {page: found for page, content in pages.items() if (found := _unruled(content))}

    assert _unruled(b'<p class="tether-facts tether-card"></p>') == ["tether-card", "tether-facts"]
    assert unruled == {}
