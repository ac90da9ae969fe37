"""Users and organizations in the admin."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from tests.accounts.keys import client_with, make_key
from tests.admin_site import add_to, found, list_of, make_webhook, page_of, text_of
from tests.clients import ApiClient
from tests.factories import ingest_body
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.services.api_keys import default_api_key
from tether_calls.trails.models import AuditEntry

PASSWORD = "a password nobody guesses"


def _form(user: User, **fields: object) -> dict[str, object]:
    return {
        "organization": user.organization_id,
        "email": "New.User@Example.com",
        "full_name": "New User",
        "access_role": "ADMIN",
        "is_active": "on",
        **fields,
    }


def test_a_superuser_adds_a_user_who_can_then_log_in(root: Client, user: User) -> None:
    form = _form(user, password1=PASSWORD, password2=PASSWORD)
    assert root.post(add_to(User), form).status_code == 302
    added = User.objects.get(email="new.user@example.com")
    assert (added.organization_id, added.is_staff, added.is_superuser) == (user.organization_id, False, False)
    answer = ApiClient().post("/api/auth/login", {"email": added.email, "password": PASSWORD})
    assert answer.status == 200


def test_an_address_belongs_to_one_user_however_it_is_spelled(root: Client, user: User) -> None:
    form = _form(user, email=user.email.upper(), password1=PASSWORD, password2=PASSWORD)
    response = root.post(add_to(User), form)
    assert response.status_code == 200
    assert "already exists" in text_of(response)


def test_a_weak_password_is_refused(root: Client, user: User) -> None:
    assert root.post(add_to(User), _form(user, password1="12345", password2="12345")).status_code == 200
    assert not User.objects.filter(email="new.user@example.com").exists()


def test_a_superuser_changes_role_password_and_organization(root: Client, user: User, other_user: User) -> None:
    form = _form(other_user, email=user.email, access_role="SALES_REP")
    assert root.post(page_of(user), form).status_code == 302
    change = root.post(f"{list_of(User)}{user.pk}/password/", {"password1": PASSWORD, "password2": PASSWORD})
    assert change.status_code == 302
    user.refresh_from_db()
    assert (user.access_role, user.organization_id) == ("SALES_REP", other_user.organization_id)
    assert user.check_password(PASSWORD)


def test_the_systems_of_an_organization_do_not_go_with_a_user_who_is_moved(
    root: Client, user: User, other_user: User
) -> None:
    home_id = user.home_id
    of_system = make_key(user, "can_read_calls", "can_manage_webhooks")
    webhook = make_webhook(user.organization, api_key=of_system)  # type: ignore[arg-type]
    own = default_api_key(user=user)
    # What is changed but the organization changes no key.
    assert root.post(page_of(user), _form(user, email=user.email, access_role="SALES_REP")).status_code == 302
    assert client_with(of_system).get("/api/v1/calls").status == 200

    moved = root.post(page_of(user), _form(other_user, email=user.email), follow=True)

    assert "Revoked 1 API key of theirs" in text_of(moved)
    assert client_with(of_system).get("/api/v1/calls").status == 401
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.organization_id) == (False, home_id)
    # Where the organization reads what has become of its key.
    entry = AuditEntry.objects.filter(model="accounts.apikey", object_id=of_system.pk).order_by("-pk")[0]
    assert (entry.organization_id, "revoked_at" in entry.after) == (home_id, True)
    assert ApiClient(own).post("/api/calls/ingest", ingest_body()).status == 201


def test_staff_see_their_users_without_password_and_flags(staff: Client, user: User) -> None:
    text = text_of(staff.get(page_of(user)))
    assert user.email in text
    for word in ("Superuser", "argon2", "md5", "Staff"):
        assert word not in text


@pytest.mark.parametrize("view", ["change", "password"])
def test_staff_change_no_user(staff: Client, user: User, view: str) -> None:
    form = _form(user, is_superuser="on", is_staff="on", password1=PASSWORD, password2=PASSWORD)
    assert staff.post(f"{list_of(User)}{user.pk}/{view}/", form).status_code == 403
    assert staff.post(add_to(User), form).status_code == 403
    user.refresh_from_db()
    assert not user.is_superuser
    assert not user.check_password(PASSWORD)


@pytest.mark.parametrize("lookup", ["is_superuser__exact=1", "password__startswith=md5", "organization__id__exact=1"])
def test_staff_cannot_ask_the_address_bar_what_the_page_hides(staff: Client, lookup: str) -> None:
    assert staff.get(f"{list_of(User)}?{lookup}").status_code == 400


def test_users_are_found_by_address_name_and_role(staff: Client, user: User) -> None:
    assert found(staff, User, q=user.email) == [user]
    assert user in found(staff, User, q="Robin", access_role__exact="ADMIN", is_active__exact="1")


def test_a_superuser_manages_organizations(root: Client, user: User) -> None:
    assert root.post(add_to(Organization), {"name": "Example Parcels", "is_active": "on"}).status_code == 302
    assert user.organization is not None
    assert root.post(page_of(user.organization), {"name": "Renamed"}).status_code == 302
    user.organization.refresh_from_db()
    assert (user.organization.name, user.organization.is_active) == ("Renamed", False)
    assert root.post(page_of(user.organization, "delete"), {"post": "yes"}).status_code == 403


def test_an_organization_s_page_leads_to_what_is_in_it(root: Client, user: User) -> None:
    assert user.organization is not None
    page = html.unescape(root.get(page_of(user.organization)).content.decode())
    lists = re.findall(rf'href="([^"]+[?][^"]+={user.organization.pk})"', page)
    assert len(lists) == 10
    for address in lists:
        assert root.get(address).status_code == 200
