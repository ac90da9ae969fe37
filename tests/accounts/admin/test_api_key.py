"""API keys in the admin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from tests.accounts.keys import make_key
from tests.admin_site import add_to, admin_of, found, list_of, make_superuser, page_at, page_of, text_of
from tests.clients import ApiClient
from tests.factories import make_user, missed_call_body
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import AccessRole, ApiKey, Organization, User
from tether_calls.common.object_id import new_object_id

REFUSED = 401
# What the form of a new key sends besides its user and name.
NEW = {"can_ingest_calls": "on", "requests_per_minute": "60", "dials_per_day": "100"}


@pytest.fixture
def api_key(user: User) -> ApiKey:
    return ApiKey.objects.create(user=user, name="CRM")


def ingest_with(api_key: ApiKey) -> Any:
    return ApiClient(key_of(api_key)).post("/api/calls/ingest", missed_call_body())


def test_a_new_key_is_shown_in_clear_once_and_works(staff: Client, user: User) -> None:
    response = staff.post(add_to(ApiKey), {"user": user.pk, "name": "Dialler", **NEW})
    api_key = ApiKey.objects.get(name="Dialler")
    assert response["Location"] == page_of(api_key)
    assert key_of(api_key) in staff.get(response["Location"]).content.decode()
    assert key_of(api_key) not in staff.get(response["Location"]).content.decode()
    assert ingest_with(api_key).status == 201


def test_a_key_in_clear_is_in_no_cookie_and_no_cache(staff: Client, user: User) -> None:
    response = staff.post(add_to(ApiKey), {"user": user.pk, "name": "Dialler", **NEW})
    key = key_of(ApiKey.objects.get(name="Dialler"))
    assert key not in str(response.cookies)
    assert not any(key in str(message) for message in get_messages(response.wsgi_request))
    assert "no-store" in staff.get(response["Location"])["Cache-Control"]


def test_the_page_shows_the_end_of_a_key_until_asked_for_all_of_it(staff: Client, api_key: ApiKey) -> None:
    page = staff.get(page_of(api_key)).content.decode()
    assert f"tk_live_…{key_of(api_key)[-4:]}" in page
    assert key_of(api_key) not in page
    answer = staff.post(page_of(api_key, "show"))
    assert key_of(api_key) in staff.get(answer["Location"]).content.decode()
    assert "Showed the key" in text_of(staff.get(page_of(api_key, "history")))


def test_a_link_does_not_show_a_key(staff: Client, api_key: ApiKey) -> None:
    assert staff.get(page_of(api_key, "show")).status_code == 405
    assert key_of(api_key) not in staff.get(page_of(api_key)).content.decode()


def test_showing_one_key_shows_no_other(staff: Client, user: User, api_key: ApiKey) -> None:
    other = ApiKey.objects.create(user=user, name="Other")
    staff.post(page_of(api_key, "show"))
    assert key_of(other) not in staff.get(page_of(other)).content.decode()


def test_a_revoked_key_stops_working(staff: Client, api_key: ApiKey) -> None:
    assert ingest_with(api_key).status == 201
    assert "CRM" in text_of(staff.get(page_of(api_key, "revoke")))
    assert ingest_with(api_key).status == 201
    assert staff.post(page_of(api_key, "revoke")).status_code == 302
    answer = ingest_with(api_key)
    assert (answer.status, answer.body["success"]) == (REFUSED, False)
    assert "Revoked" in text_of(staff.get(page_of(api_key, "history")))
    assert key_of(api_key) not in staff.get(staff.post(page_of(api_key, "show"))["Location"]).content.decode()


def test_chosen_keys_are_revoked_after_asking(staff: Client, user: User, api_key: ApiKey) -> None:
    other = ApiKey.objects.create(user=user, name="Stays")
    form = {"action": "revoke_selected", "_selected_action": [api_key.pk]}
    asked = staff.post(list_of(ApiKey), form)
    assert "Revoke this key?" in text_of(asked)
    assert ingest_with(api_key).status == 201
    assert staff.post(list_of(ApiKey), {**form, "confirmed": "yes"}).status_code == 302
    assert (ingest_with(api_key).status, ingest_with(other).status) == (REFUSED, 201)


@pytest.mark.parametrize("view", ["show", "rotate", "revoke"])
def test_a_key_of_another_organization_is_unknown(staff: Client, other_user: User, view: str) -> None:
    foreign = ApiKey.objects.create(user=other_user, name="Theirs")
    answers = [staff.post(page_at(ApiKey, row_id, view)) for row_id in (foreign.pk, new_object_id())]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/admin/")}
    form = {"action": "revoke_selected", "_selected_action": [foreign.pk], "confirmed": "yes"}
    staff.post(list_of(ApiKey), form)
    assert ingest_with(foreign).status == 201


def test_staff_make_keys_for_users_of_their_organization_only(staff: Client, other_user: User) -> None:
    answers = [
        staff.post(add_to(ApiKey), {"user": user_id, "name": "Theirs", **NEW})
        for user_id in (other_user.pk, new_object_id())
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].context["errors"] == answers[1].context["errors"]
    assert not ApiKey.objects.exists()


@pytest.mark.django_db
def test_a_user_without_an_organization_gets_no_key() -> None:
    nobody = make_user(organization=None)
    answer = admin_of(make_superuser()).post(add_to(ApiKey), {"user": nobody.pk, "name": "Useless", **NEW})
    assert answer.status_code == 200
    assert not ApiKey.objects.exists()


def test_a_key_is_neither_changed_nor_deleted(staff: Client, api_key: ApiKey) -> None:
    assert staff.post(page_of(api_key), {"name": "Other"}).status_code == 403
    assert staff.post(page_of(api_key, "delete"), {"post": "yes"}).status_code == 403


def test_permissions_limits_and_an_end_are_chosen_with_a_new_key(staff: Client, user: User) -> None:
    form = {"can_read_calls": "on", "can_read_agents": "on", "requests_per_minute": "5", "dials_per_day": "0"}
    end = {"expires_at_0": "2099-01-02", "expires_at_1": "03:04:05"}
    assert staff.post(add_to(ApiKey), {"user": user.pk, "name": "Partner", **form, **end}).status_code == 302
    api_key = ApiKey.objects.get(name="Partner")
    assert api_key.permissions == ["can_read_calls", "can_read_agents"]
    assert (api_key.requests_per_minute, api_key.dials_per_day) == (5, 0)
    assert api_key.expires_at == datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC)
    text = text_of(staff.get(list_of(ApiKey)))
    assert "read calls, read agents" in text
    assert "2 Jan 2099, 03:04" in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"can_ingest_calls": ""},
        {"requests_per_minute": "0"},
        {"dials_per_day": "-1"},
        {"requests_per_minute": "100001"},
        {"dials_per_day": "1000001"},
        {"expires_at_0": "2020-01-01", "expires_at_1": "00:00"},
    ],
    ids=str,
)
def test_a_key_that_would_be_of_no_use_is_not_made(staff: Client, user: User, wrong: dict[str, str]) -> None:
    form = {"user": user.pk, "name": "Useless", **NEW, **wrong}
    answer = staff.post(add_to(ApiKey), {name: value for name, value in form.items() if value})
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not ApiKey.objects.exists()


def test_a_key_is_replaced_after_asking_and_the_old_one_works_as_long_as_chosen(staff: Client, api_key: ApiKey) -> None:
    assert "Replace this key?" in text_of(staff.get(page_of(api_key, "rotate")))
    answer = staff.post(page_of(api_key, "rotate"), {"overlap": "hour"})
    api_key.refresh_from_db()
    new = api_key.replaced_by
    assert new is not None
    assert answer["Location"] == page_of(new)
    assert key_of(new) in staff.get(answer["Location"]).content.decode()
    assert [ingest_with(key).status for key in (api_key, new)] == [201, 201]
    assert api_key.expires_at is not None
    assert timedelta(minutes=59) < api_key.expires_at - datetime.now(UTC) <= timedelta(hours=1)
    assert "Replaced; works for an hour." in text_of(staff.get(page_of(api_key, "history")))


def test_without_an_overlap_the_old_key_is_refused_at_once(staff: Client, api_key: ApiKey) -> None:
    staff.post(page_of(api_key, "rotate"), {"overlap": "none"})
    api_key.refresh_from_db()
    assert ingest_with(api_key).status == REFUSED
    assert found(staff, ApiKey, state="expired") == [api_key]
    assert found(staff, ApiKey, state="works") == [api_key.replaced_by]
    assert key_of(api_key) not in staff.get(staff.post(page_of(api_key, "show"))["Location"]).content.decode()


def test_a_key_is_replaced_once(staff: Client, api_key: ApiKey) -> None:
    staff.post(page_of(api_key, "rotate"), {"overlap": "week"})
    answer = staff.post(page_of(api_key, "rotate"), {"overlap": "week"}, follow=True)
    assert "replaced already" in text_of(answer)
    assert ApiKey.objects.count() == 2


def test_the_list_tells_state_and_last_use(staff: Client, user: User, api_key: ApiKey) -> None:
    revoked = ApiKey.objects.create(user=user, name="Old", revoked_at=datetime(2026, 1, 1, tzinfo=UTC))
    ApiKey.objects.filter(pk=api_key.pk).update(last_used_at=datetime(2026, 5, 4, 3, 2, tzinfo=UTC))
    text = text_of(staff.get(list_of(ApiKey)))
    assert "4 May 2026, 03:02" in text
    assert "Never" in text
    assert found(staff, ApiKey, state="works") == [api_key]
    assert found(staff, ApiKey, state="revoked") == [revoked]
    assert found(staff, ApiKey, q="Old") == [revoked]


def test_the_list_tells_when_a_key_s_owner_is_inactive(user: User, api_key: ApiKey) -> None:
    root = admin_of(make_superuser())
    Organization.objects.update(is_active=False)
    assert "Organization inactive" in text_of(root.get(list_of(ApiKey)))
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert "User inactive" in text_of(root.get(list_of(ApiKey)))


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD])
def test_staff_who_may_not_manage_keys_by_the_api_may_not_here(
    home: Organization, user: User, role: AccessRole
) -> None:
    key = make_key(user, "can_ingest_calls")
    staff = admin_of(make_user(organization=home, access_role=role, is_staff=True))

    assert staff.get(page_of(key)).status_code == 200
    assert staff.post(add_to(ApiKey), {"user": user.pk, "name": "CRM", "can_ingest_calls": "on"}).status_code == 403
    for view in ("show", "rotate", "revoke"):
        staff.post(page_of(key, view), {"overlap": "none"})
    key.refresh_from_db()
    assert (ApiKey.objects.count(), key.revoked_at, key.replaced_by_id) == (1, None, None)
