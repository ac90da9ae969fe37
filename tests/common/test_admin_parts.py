"""What every page of the admin has around its content: landmarks, a way past the menu, the words of its scripts."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.staticfiles import finders
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from calls.models import Tag
from contacts.models import DoNotCallNumber
from tests.admin_site import add_to, admin_of, list_of, one_of_everything, page_of, rows_shown, text_of
from tests.calls.api.labelling import make_tag
from tests.common.test_admin import ALL_MODELS, name_of
from tests.factories import make_do_not_call, make_user
from tether_calls.accounts.models import Organization, User, Wallet
from tether_calls.common.admin.navigation import navigation

pytestmark = pytest.mark.django_db


def test_pages_have_one_main_part_and_a_way_to_it(root: Client, user: User) -> None:
    for path in (list_of(User), page_of(user), add_to(User), "/admin/", "/admin/password_change/"):
        page = root.get(path).content.decode()
        assert page.count("<main") == page.count("</main>") == 1, path
        assert page.index('href="#desk"') < page.index('id="nav-sidebar"') < page.index('<main id="desk"'), path


def test_a_list_has_a_way_to_its_rows_where_it_has_rows(root: Client, home: Organization) -> None:
    assert 'href="#result_list"' not in root.get(list_of(DoNotCallNumber)).content.decode()

    make_do_not_call(home)
    assert 'href="#result_list"' in root.get(list_of(DoNotCallNumber)).content.decode()


def test_the_form_to_log_in_has_a_main_part() -> None:
    assert Client().get("/admin/login/").content.decode().count("<main") == 1


def test_where_dates_are_picked_the_words_for_it_come_first(root: Client, home: Organization) -> None:
    row = make_do_not_call(home)
    chosen = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [row.pk]}
    for answer in (
        root.get(page_of(row, "delete")),
        root.post(list_of(DoNotCallNumber), chosen),
        root.get(list_of(DoNotCallNumber)),
    ):
        page = answer.content.decode()
        assert page.index('src="/admin/jsi18n/"') < page.index("admin/js/calendar.js")
        assert page.count('src="/admin/jsi18n/"') == 1


def test_what_a_user_is_called_by_stays_as_it_is(root: Client, user: User) -> None:
    page = root.get(page_of(user)).content.decode()

    assert user.email in page
    assert user.email.capitalize() not in page


def test_a_no_is_told_as_no_fault(root: Client, user: User) -> None:
    assert user.organization is not None
    make_tag(user.organization, "Refund")
    make_tag(user.organization, "Old", is_archived=True)

    rows = cells_of(root.get(list_of(Tag)), "is_archived")

    assert rows == [("Yes", True), ("No", False)]


def cells_of(answer: Any, column: str) -> list[tuple[str, bool]]:
    """What the cells of a column say, and whether they do so in a colour."""
    cells = re.findall(rf'<td class="field-{column} .*?</td>', answer.content.decode(), re.DOTALL)
    return [(" ".join(re.sub("<[^>]+>", " ", cell).split()), "tether-label" in cell) for cell in cells]


# ---- Lists without rows ----------------------------------------------------------------------------------------------


def test_an_empty_list_says_where_its_rows_come_from_or_how_to_add_one(user: User) -> None:
    assert user.organization is not None
    models = [model for model in ALL_MODELS if model not in (Organization, User)]
    untold = []
    for role in ("ADMIN", "SALES_REP"):
        desk = admin_of(make_user(organization=user.organization, is_staff=True, access_role=role))
        for model in models:
            answer = desk.get(list_of(model), {"q": "nothing-of-this-name"})
            if answer.status_code == 200 and not answer.context["has_add_permission"]:
                untold += [] if answer.context["cl"].come_from else [name_of(model)]

    assert untold == []
    assert "There are no wallets yet. An organization that is prepaid has one." in " ".join(
        text_of(desk.get(list_of(Wallet))).split()
    )


# ---- The way to a page -----------------------------------------------------------------------------------------------


def element_of_head(answer: Any) -> tuple[str, str]:
    """Its classes, and what is in it."""
    [(_, classes, head)] = re.findall(
        r'<(h1|div) class="(tether-steps [^"]*)">(.*?)</\1>', answer.content.decode(), re.DOTALL
    )
    return classes, head


def head_of(answer: Any) -> str:
    """The steps to a page as its head has them: `Webhooks > CRM > History`."""
    _, head = element_of_head(answer)
    steps = re.sub(r"<span[^>]*material-symbols.*?</span>", " > ", head, flags=re.DOTALL)
    return html.unescape(" ".join(re.sub("<[^>]+>", " ", steps).split()))


@pytest.mark.parametrize("model", ALL_MODELS, ids=name_of)
def test_a_list_is_called_as_the_menu_calls_it(root: Client, user: User, model: type[Model]) -> None:
    entries = [entry for group in navigation(root.get("/admin/").wsgi_request) for entry in group["items"]]
    [title] = [entry["title"] for entry in entries if entry["link"] == list_of(model)]
    answer = root.get(list_of(model))

    assert head_of(answer) == title
    assert f"<title>{title} |" in " ".join(answer.content.decode().split()).replace("<title> ", "<title>")


def test_a_page_says_what_it_is_and_how_one_came_there(root: Client, home: Organization, user: User) -> None:
    tag = make_tag(home, "refund")

    assert head_of(root.get(add_to(Tag))) == "Tags > Add tag"
    assert head_of(root.get(page_of(tag))) == "Tags > refund"
    assert head_of(root.get(page_of(tag, "history"))) == "Tags > refund > History"
    assert head_of(root.get(page_of(tag, "delete"))) == "Tags > refund > Delete"
    password = reverse("admin:auth_user_password_change", args=[user.pk])
    assert head_of(root.get(password)) == f"Users > {user.email} > Password"
    assert head_of(root.get(reverse("admin:contacts_dialdecision_rule_packs"))) == "Decisions > Rule packs"
    assert head_of(root.get("/admin/")) == "Start"


def test_the_way_is_as_large_as_unfold_has_its_head(root: Client) -> None:
    """Its own class only tells which element it is: a rule of our sheet for it would win over unfold's."""
    sheet = finders.find("tether/admin.css")
    assert sheet is not None
    ruled = set(re.findall(r"\.([\w-]+)", Path(sheet).read_text()))
    classes, _ = element_of_head(root.get("/admin/"))

    assert "tether-crumb" in ruled
    assert ruled.isdisjoint(classes.split())


@pytest.mark.parametrize("app", sorted({model._meta.app_label for model in ALL_MODELS}))
def test_the_page_of_an_app_leads_to_the_start_page(root: Client, app: str) -> None:
    assert root.get(f"/admin/{app}/")["Location"] == "/admin/"


# ---- What was done ---------------------------------------------------------------------------------------------------


def test_a_history_says_who_did_what_and_leads_to_what_was_done_elsewhere(root: Client, home: Organization) -> None:
    tag = make_tag(home, "refund")
    history = page_of(tag, "history")
    assert "Nobody has changed it in this admin" in text_of(root.get(history))

    root.post(page_of(tag), {"name": "Refunds", "color": tag.color})

    page = root.get(history)
    assert "Changed Name." in text_of(page)
    assert re.search(r"\d+ \w{3} \d{4}, \d\d:\d\d", text_of(page))
    [log] = re.findall(r'href="(/admin/trails/auditentry/[^"]*)"[^>]*>All changes', page.content.decode())
    assert {entry.object_id for entry in rows_shown(root.get(log))} == {tag.pk}


def test_a_history_leads_nobody_to_an_audit_log_that_they_do_not_see(user: User) -> None:
    rep = make_user(organization=user.organization, is_staff=True, access_role="SALES_REP")
    row = one_of_everything(user)[Tag]

    page = admin_of(rep).get(page_of(row, "history"))

    assert page.status_code == 200
    assert "auditentry" not in page.content.decode()
