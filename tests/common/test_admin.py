"""What holds for every page of the admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client

from calls.models import (
    Call,
    Prompt,
)
from contacts.models import Contact, NoteMention
from tests.admin_site import (
    add_to,
    admin_of,
    list_of,
    make_phone_number,
    make_staff,
    one_of_everything,
    page_at,
    page_of,
    statements_of,
    text_of,
)
from tests.factories import PASSWORD, make_contact, make_prompt, make_user
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.admin import TetherAdmin, Who
from tether_calls.common.object_id import new_object_id

PAGES: Mapping[type[Model], TetherAdmin] = {
    model: page for model, page in admin.site._registry.items() if isinstance(page, TetherAdmin)
}
# Whom a note mentions is shown it by a page of their own, which leads on to the note.
ALL_MODELS = tuple(sorted(PAGES.keys() - {NoteMention}, key=lambda model: model._meta.label))
FOR_STAFF = tuple(model for model in ALL_MODELS if model is not Organization)
WITH_ADD_PAGE = tuple(model for model in ALL_MODELS if PAGES[model].who_adds is not Who.NOBODY)


def name_of(model: type[Model]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", WITH_ADD_PAGE, ids=name_of)
def test_an_empty_form_adds_no_row_and_is_told_what_is_missing(root: Client, staff: Client, model: type[Model]) -> None:
    before = model._default_manager.count()

    for client in (root, staff):
        answer = client.post(add_to(model), {})
        assert answer.status_code == 403 or (answer.status_code, bool(answer.context["errors"])) == (200, True)

    assert model._default_manager.count() == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("view", ["change", "history", "delete"])
def test_a_row_of_another_organization_answers_like_one_that_there_is_not(
    staff: Client, other_user: User, view: str, method: str
) -> None:
    foreign, unknown = one_of_everything(other_user), new_object_id()
    answers = {
        name_of(model): [
            _answer(staff, method, page_at(model, row_id, view), row_id) for row_id in (foreign[model].pk, unknown)
        ]
        for model in ALL_MODELS
    }
    assert {name: (theirs, none) for name, (theirs, none) in answers.items() if theirs != none} == {}
    assert {name: none[0] for name, (_, none) in answers.items() if none[0] not in (302, 403)} == {}


def _answer(client: Client, method: str, path: str, row_id: str) -> tuple[Any, ...]:
    client.cookies.pop("messages", None)
    response: Any = client.post(path, {"name": "Taken"}) if method == "post" else client.get(path)
    messages = [str(message) for message in get_messages(response.wsgi_request)]
    said = (response.get("Location"), response.content.decode(), *messages)
    return response.status_code, *(text and text.replace(row_id, "ID") for text in said)


@pytest.mark.parametrize("identifier", ["1", "x" * 24, "6A0000000000000000000000", "a_2Fb", "%00"])
def test_what_is_no_identifier_is_an_unknown_row(root: Client, identifier: str) -> None:
    response = root.get(f"/admin/calls/call/{identifier}/change/")
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_organizations_are_not_shown_to_their_staff(staff: Client) -> None:
    assert staff.get(list_of(Organization)).status_code == 403
    assert list_of(Organization) not in staff.get("/admin/").content.decode()


def test_the_sidebar_leads_to_every_list(root: Client) -> None:
    page = root.get("/admin/").content.decode()
    for model in ALL_MODELS:
        assert f'href="{list_of(model)}"' in page


@pytest.mark.parametrize(
    "model", ["token_blacklist.outstandingtoken", "token_blacklist.blacklistedtoken", "auth.group"]
)
def test_tables_of_other_packages_are_not_shown(model: str) -> None:
    assert model not in {registered._meta.label_lower for registered in admin.site._registry}


# ---- The door --------------------------------------------------------------------------------------------------------


def _log_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post("/admin/login/", {"username": email, "password": password})


def test_staff_log_in_with_their_address_in_any_case(user: User) -> None:
    assert user.organization is not None
    member = make_staff(user.organization)
    assert _log_in(Client(), member.email.upper()).status_code == 302


@pytest.mark.django_db
def test_who_is_no_staff_or_of_an_inactive_organization_is_not_let_in() -> None:
    for member in (make_user(), make_user(is_staff=True, organization=None), make_user(is_staff=True)):
        if member.organization is not None and member.is_staff:
            member.organization.is_active = False
            member.organization.save()
        assert _log_in(Client(), member.email).status_code == 200


def test_staff_whose_organization_becomes_inactive_see_nothing_any_more(staff: Client, user: User) -> None:
    Organization.objects.filter(pk=user.organization_id).update(is_active=False)
    assert staff.get(list_of(Call)).status_code == 403


def test_passwords_cannot_be_guessed_forever(user: User, settings: Any) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT = 3
    assert user.organization is not None
    member = make_staff(user.organization)
    for _ in range(3):
        assert "correct email" in text_of(_log_in(Client(), member.email, "wrong"))
    assert "Too many failed logins" in text_of(_log_in(Client(), member.email))


# ---- Lists of large tables -------------------------------------------------------------------------------------------


def test_a_list_says_where_it_stopped_counting(root: Client, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tether_calls.common.admin.paginator.COUNT_CAP", 3)
    assert user.organization is not None
    for _ in range(4):
        make_contact(user.organization)
    assert "3+ contacts" in " ".join(text_of(root.get(list_of(Contact))).split())


def test_the_address_bar_cannot_make_a_list_sort_its_table(root: Client, user: User) -> None:
    one_of_everything(user)
    plain, sorted_by_column = (statements_of(root, list_of(Contact), **query) for query in ({}, {"o": "2"}))
    # Saved views are read earlier where a list is opened without a query.
    orders = [sorted(sql.partition("ORDER BY")[2] for sql in each) for each in (plain, sorted_by_column)]
    assert orders[0] == orders[1]


@pytest.mark.parametrize("query", ["q=%00", "status__exact=%00", "start_time_from=%00", "contact__id__exact=%00"])
def test_a_nul_in_a_list_s_address_is_refused_and_no_news_for_the_log(
    root: Client, user: User, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    one_of_everything(user)
    assert root.get(f"{list_of(Call)}?{query}").status_code == 400
    assert not caplog.records


# ---- Choosing related rows -------------------------------------------------------------------------------------------


def _offered(client: Client, term: str) -> list[str]:
    query = {"app_label": "calls", "model_name": "phonenumber", "field_name": "ai_agent", "term": term}
    response = client.get("/admin/autocomplete/", query)
    return [result["text"] for result in response.json()["results"]]


def test_staff_are_offered_rows_of_their_own_organization(staff: Client, user: User, other_user: User) -> None:
    assert user.organization is not None
    assert other_user.organization is not None
    make_prompt(user.organization, name="Alex of ours")
    make_prompt(other_user.organization, name="Alex of theirs")
    assert _offered(staff, "Alex") == ["Alex of ours"]
    assert _offered(staff, "\0") == ["Alex of ours"]


def test_a_filter_names_no_row_of_another_organization(staff: Client, other_user: User) -> None:
    assert other_user.organization is not None
    foreign = make_contact(other_user.organization, first_name="Secretive")
    page = staff.get(list_of(Call), {"contact__id__exact": foreign.pk})
    assert page.status_code == 200
    assert b"Secretive" not in page.content


def test_a_row_never_refers_to_one_of_another_organization(root: Client, user: User, other_user: User) -> None:
    assert user.organization is not None
    assert other_user.organization is not None
    superadmin = make_user(organization=user.organization, is_staff=True, access_role=AccessRole.SUPERADMIN)
    number = make_phone_number(user.organization)
    foreign = make_prompt(other_user.organization)
    form = {"phone_number": number.phone_number, "provider": "twilio", "ai_agent": foreign.pk}
    for client in (root, admin_of(superadmin)):
        response = client.post(page_of(number), form)
        assert response.status_code == 200
        assert response.context["errors"]
    number.refresh_from_db()
    assert number.ai_agent_id is None


def test_nobody_moves_a_row_to_another_organization(root: Client, staff: Client, user: User, other_user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization)
    form = {"phone_number": contact.phone_number, "first_name": "Moved", "organization": other_user.organization_id}
    for client in (root, staff):
        assert client.post(page_of(contact), form).status_code == 302
    contact.refresh_from_db()
    assert (contact.first_name, contact.organization_id) == ("Moved", user.organization_id)


def test_what_staff_add_belongs_to_their_organization(staff: Client, user: User, other_user: User) -> None:
    form = {"name": "Robin", "prompt": "Be kind.", "organization": other_user.organization_id}
    assert staff.post(add_to(Prompt), form).status_code == 302
    assert Prompt.objects.get(name="Robin").organization_id == user.organization_id
