"""Sessions of a user: listed and ended, in frontends and in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.accounts.second_factors import enrolled, next_code, wrong_code
from tests.accounts.sessions import assert_refused, log_out, refresh, session_of, verify
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import PASSWORD, make_user
from tether_calls.accounts.models import Organization, SecondFactor, User, UserSession
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

SESSIONS = "/api/auth/sessions"
SECURITY = "/admin/accounts/user/security/"


@pytest.fixture
def staff(user: User) -> User:
    user.is_staff = True
    user.save()
    return user


def in_admin(user: User, otp: str = "") -> Client:
    client = Client(HTTP_USER_AGENT="A browser")
    client.post("/admin/login/", {"username": user.email, "password": PASSWORD, "otp": otp})
    return client


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def test_sessions_of_frontends_and_of_the_admin_are_listed(staff: User) -> None:
    first, second = session_of(staff), session_of(staff)
    in_admin(staff)
    session_of(make_user(organization=staff.organization))

    body = ApiClient(first["token"]).get(SESSIONS).body

    assert_is("SessionsResponse", body)
    assert [(each["kind"], each["isCurrent"]) for each in body["sessions"]] == [
        ("admin", False),
        ("api", False),
        ("api", True),
    ]
    assert body["sessions"][0]["userAgent"] == "A browser"
    assert body["sessions"][0]["ip"] == "127.0.0.1"
    assert verify(second["token"]).status == 200


def test_a_session_is_ended_at_once(user: User) -> None:
    own, other = session_of(user), session_of(user)
    client = ApiClient(own["token"])
    listed = client.get(SESSIONS).body["sessions"]

    answer = client.delete(f"{SESSIONS}/{next(each['_id'] for each in listed if not each['isCurrent'])}")

    assert answer.status == 200
    assert_refused(verify(other["token"]))
    assert_refused(refresh(other["refreshToken"]))
    assert verify(own["token"]).status == 200
    assert len(client.get(SESSIONS).body["sessions"]) == 1


def test_all_others_are_ended_together(staff: User) -> None:
    own, other = session_of(staff), session_of(staff)
    admin = in_admin(staff)
    assert is_in(admin)

    ApiClient(own["token"]).delete(SESSIONS)

    assert_refused(verify(other["token"]))
    assert not is_in(admin)
    assert verify(own["token"]).status == 200


def test_a_session_of_another_user_is_answered_like_none(user: User) -> None:
    client = ApiClient(session_of(user)["token"])
    colleague = make_user(organization=user.organization)
    theirs = session_of(colleague)

    answer = client.delete(f"{SESSIONS}/{UserSession.objects.get(user=colleague).pk}")

    assert answer.status == 404
    assert answer.content == client.delete(f"{SESSIONS}/{new_object_id()}").content
    assert verify(theirs["token"]).status == 200


def test_what_has_ended_is_listed_no_more(user: User) -> None:
    own, other = session_of(user), session_of(user)
    log_out(other["refreshToken"])

    assert len(ApiClient(own["token"]).get(SESSIONS).body["sessions"]) == 1


def test_a_session_goes_on_with_its_tokens(user: User) -> None:
    session = session_of(user)
    before = UserSession.objects.get()

    refresh(session["refreshToken"])

    after = UserSession.objects.get()
    assert (after.pk, after.created_at) == (before.pk, before.created_at)
    assert after.used_at > before.used_at
    assert after.expires_at > before.expires_at


def test_the_admin_notes_who_goes_in_and_out(staff: User) -> None:
    client = in_admin(staff)
    noted = UserSession.objects.get()
    client.post("/admin/logout/")

    assert (noted.kind, noted.user_id, noted.user_agent) == ("admin", staff.pk, "A browser")
    assert not UserSession.objects.exists()


def test_staff_end_sessions_on_their_page(staff: User) -> None:
    frontend, client, another = session_of(staff), in_admin(staff), in_admin(staff)
    page = client.get(SECURITY).content.decode()

    assert page.count("This one") == 1
    one = UserSession.objects.get(kind="api")
    client.post(SECURITY, {"action": "end", "session": one.pk})
    assert_refused(verify(frontend["token"]))
    client.post(SECURITY, {"action": "end_others"})
    assert (is_in(client), is_in(another)) == (True, False)


def test_staff_set_up_two_factor_login_on_their_page(staff: User) -> None:
    client = in_admin(staff)
    refused = client.post(SECURITY, {"action": "begin", "password": "another one"}, follow=True)
    begun = client.post(SECURITY, {"action": "begin", "password": PASSWORD}, follow=True)
    secret = SecondFactor.objects.get().secrets["totp"]
    confirmed = client.post(SECURITY, {"action": "confirm", "otp": next_code(staff)})

    assert "This is not your password." in refused.content.decode()
    assert secret in begun.content.decode()
    assert "<svg" in begun.content.decode()
    assert confirmed.content.decode().count("<li><code>") == 10
    # Shown this once.
    assert "<li><code>" not in client.get(SECURITY).content.decode()
    assert secret not in client.get(SECURITY).content.decode()


def test_the_admins_login_asks_for_the_code(staff: User) -> None:
    enrolled(staff)

    assert not is_in(in_admin(staff))
    assert not is_in(in_admin(staff, wrong_code(staff)))
    assert is_in(in_admin(staff, next_code(staff)))


def test_every_page_of_the_admin_leads_to_setting_it_up_where_it_is_required(staff: User) -> None:
    Organization.objects.filter(pk=staff.home_id).update(requires_two_factor=True)
    client = in_admin(staff)

    for path in ("/admin/", "/admin/calls/call/", "/admin/live/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, SECURITY)
    assert client.post("/admin/live/ticket/").status_code == 302
    page = client.get(SECURITY)
    assert page.status_code == 200
    assert "Your organization requires it" in page.content.decode()

    client.post(SECURITY, {"action": "begin", "password": PASSWORD})
    client.post(SECURITY, {"action": "confirm", "otp": next_code(staff)})
    assert is_in(client)


def test_a_superuser_takes_it_away_from_who_has_lost_the_telephone(user: User, root: Client) -> None:
    enrolled(user)

    root.post(
        "/admin/accounts/user/", {"action": "take_second_factor_away", "_selected_action": [user.pk]}, follow=True
    )

    user.refresh_from_db()
    assert not user.has_two_factor
    assert session_of(user)["token"]
