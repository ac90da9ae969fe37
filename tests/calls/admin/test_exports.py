"""Exports in the admin: read, and downloaded by those who may ask for them."""

from __future__ import annotations

import re

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone

from calls.models import Export
from calls.storage import LocalExports
from tests.admin_site import admin_of, found, list_of, make_export, page_of, text_of
from tests.calls.exporting import content_of, made
from tests.clients import ApiClient
from tests.factories import make_call, make_user
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db


def test_one_that_is_ready_is_downloaded_from_its_page(staff: Client, user: User) -> None:
    make_call(user)
    export = made(user, file_format="csv", columns=["status"])

    page = staff.get(page_of(export))

    address = re.search(r'href="([^"]+)"[^>]*>Download<', page.content.decode())
    assert address is not None
    file = staff.get(address[1])["Location"]
    if isinstance(storages["exports"], LocalExports):
        assert ApiClient().request("GET", file).content == content_of(export)


@pytest.mark.parametrize(
    "fields", [{"status": "running", "total": 5}, {"status": "failed", "error": "EXPORT_TOO_LARGE"}]
)
def test_one_that_is_not_ready_has_no_file_yet(staff: Client, home: Organization, fields: dict[str, object]) -> None:
    page = staff.get(page_of(make_export(home, **fields)))

    assert page.status_code == 200
    assert ">Download<" not in page.content.decode()


def test_one_whose_time_is_over_has_none_any_more(staff: Client, home: Organization) -> None:
    page = staff.get(page_of(make_export(home, expires_at=timezone.now())))

    assert ">Download<" not in page.content.decode()


def test_how_far_it_is_and_why_it_failed(staff: Client, home: Organization, user: User) -> None:
    running = make_export(home, user=user, status="running", rows=1_200, total=3_400, filter={"status": "busy"})
    failed = make_export(home, status="failed", error="EXPORT_TOO_LARGE", size=None)

    list_page, page = text_of(staff.get(list_of(Export))), text_of(staff.get(page_of(running)))

    assert "1,200 of 3,400" in list_page
    assert user.full_name in list_page or user.email in list_page
    assert '"status": "busy"' in page
    assert "more rows than one may have" in text_of(staff.get(page_of(failed)))


@pytest.mark.parametrize("role", AccessRole)
def test_staff_see_what_they_could_ask_for(home: Organization, role: AccessRole) -> None:
    calls, wallet = make_export(home), make_export(home, kind="wallet")
    client = admin_of(make_user(organization=home, is_staff=True, access_role=role))
    sees_wallet = role in (AccessRole.ADMIN, AccessRole.SUPERADMIN)

    if role is AccessRole.SALES_REP:
        assert client.get(list_of(Export)).status_code == 403
        assert client.get(page_of(calls)).status_code == 403
    else:
        assert set(found(client, Export)) == ({calls, wallet} if sees_wallet else {calls})
        assert client.get(page_of(wallet)).status_code == (200 if sees_wallet else 302)


@pytest.mark.parametrize("view", ["change", "delete"])
def test_nobody_changes_or_deletes_one(root: Client, home: Organization, view: str) -> None:
    export = make_export(home)

    assert root.post(page_of(export, view), {"status": "failed", "post": "yes"}).status_code == 403
    assert Export.objects.get() == export
    assert Export.objects.get().status == "ready"
