"""Staff of the platform say why before they get at what was said in an organization's calls, through every door."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from calls.models import (
    Call,
    CallStatus,
    Delivery,
    Export,
    PrivacyRequest,
    Recording,
    WebhookMessage,
    WebhookSubscription,
)
from calls.services.lifecycle.keep_words import keep_words
from calls.services.live_calls.read_along import LiveTurns
from calls.services.privacy.work import do_privacy_requests
from tests.accounts.keys import make_key
from tests.admin_site import (
    add_to,
    admin_of,
    list_of,
    make_delivery,
    make_event,
    make_staff,
    make_superuser,
    make_webhook,
    make_webhook_message,
    page_of,
    statements_of,
    text_of,
)
from tests.calls.api.reading import HISTORY, add_recording
from tests.calls.exporting import made
from tests.clients import Answer, logged_in
from tests.factories import UNKNOWN_ID, make_call, make_contact, make_do_not_call, make_organization, make_user
from tests.statements import statements_made
from tether_calls.accounts import staff_reasons
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.tickets import SessionGrant
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.realtime.membership import Membership
from tether_calls.trails.models import AccessEntry, AuditEntry

pytestmark = pytest.mark.django_db

WHY = "Ticket 4711: the caller hears nobody"
PAGE = "/admin/accounts/user/access-reason/"


@pytest.fixture
def home() -> Organization:
    """As organizations are at first."""
    return Organization.objects.create(name="Narwhal Ltd.")


@pytest.fixture
def owner(home: Organization) -> User:
    return make_user(organization=home)


@pytest.fixture
def call(owner: User, home: Organization) -> Call:
    call = make_call(
        owner,
        contact=make_contact(home, first_name="Ada"),
        ai_transcript=[{"role": "agent", "message": "Good morning, platypus.", "timestamp": 0.5}],
        ai_summary="About an animal.",
    )
    keep_words(call)
    return call


@pytest.fixture
def recording(call: Call) -> Recording:
    return add_recording(call)


@pytest.fixture
def superuser() -> User:
    return make_superuser()


@pytest.fixture
def desk(superuser: User) -> Client:
    """The admin of a superuser who has not said anything yet."""
    return admin_of(superuser)


@pytest.fixture
def put_in(home: Organization) -> User:
    """A superuser whom somebody has put into the organization."""
    return make_user(organization=home, is_staff=True, is_superuser=True)


def say(client: Client, organization: Organization, why: str = WHY, to: str = "/admin/") -> Any:
    return client.post(f"{PAGE}?organization={organization.pk}&next={to}", {"reason": why})


def entries() -> list[AccessEntry]:
    return list(AccessEntry.objects.order_by("pk"))


# ---- Every door of the admin ----------------------------------------------------------------------------------------

Door = Callable[[Client, Call, Recording], Any]


def _export(client: Client, call: Call, recording: Recording) -> Any:
    return client.get(page_of(made(call.user, with_transcript=True), "download"))  # type: ignore[arg-type]


def _delivery(client: Client, call: Call, recording: Recording) -> Any:
    return client.get(page_of(make_delivery(call.organization, call=call, body=b'{"transcript": []}')))


def _message(call: Call) -> WebhookMessage:
    webhook = make_webhook(call.organization)
    return make_webhook_message(webhook, call, make_event(call), event_type="call.transcript", key="text")


def _again(client: Client, call: Call, recording: Recording) -> Any:
    message = _message(call)
    sent = {"action": "send_selected_again", "_selected_action": [message.pk]}
    answer = client.post(list_of(WebhookMessage), sent, headers={"Referer": "http://testserver/admin/"})
    # To the list again, where it was done.
    return client.get(list_of(WebhookMessage)) if answer["Location"].startswith(list_of(WebhookMessage)) else answer


def _do_not_call(client: Client, call: Call, recording: Recording) -> Any:
    make_do_not_call(call.organization)
    return client.get(reverse("admin:contacts_donotcallnumber_export_list"), {"organization": call.organization_id})


def _archive(client: Client, call: Call, recording: Recording) -> Any:
    if not PrivacyRequest.objects.exists():
        asked = {"kind": "export", "phone_number": call.from_number}
        admin_of(make_staff(call.organization)).post(add_to(PrivacyRequest), asked)
        do_privacy_requests()
    return client.get(f"/admin/calls/privacyrequest/{PrivacyRequest.objects.get().pk}/archive/")


def _recording(view: str) -> Door:
    return lambda client, call, recording: client.get(f"/admin/calls/call/{call.pk}/recordings/{recording.pk}/{view}")


DOORS: dict[str, Door] = {
    "the page of a call": lambda client, call, _: client.get(page_of(call)),
    "its player": _recording("audio"),
    "saving a recording": _recording("download"),
    "a search in the organization": lambda client, call, _: client.get(
        list_of(Call), {"q": "platypus", "organization__id__exact": call.organization_id}
    ),
    "an export": _export,
    "a delivery": _delivery,
    "a webhook's message": lambda client, call, _: client.get(page_of(_message(call))),
    "sending it again": _again,
    "what is known of a person": _archive,
    "the Do Not Call list": _do_not_call,
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_of_the_admin_opens_before_staff_of_the_platform_have_said_why(
    door: str, desk: Client, call: Call, recording: Recording
) -> None:
    refused = DOORS[door](desk, call, recording)

    asked = urlsplit(refused["Location"])
    assert (refused.status_code, asked.path) == (302, PAGE)
    assert parse_qs(asked.query)["organization"] == [call.organization_id]
    assert entries() == []

    assert say(desk, call.organization).status_code == 302
    opened = DOORS[door](desk, call, recording)

    assert opened.status_code in (200, 302)
    assert not opened.headers.get("Location", "").startswith(PAGE)
    assert {(entry.actor_kind, entry.reason) for entry in entries()} == {("platform_staff", WHY)}


@pytest.mark.parametrize("door", DOORS)
def test_an_organization_can_switch_it_off(door: str, desk: Client, call: Call, recording: Recording) -> None:
    Organization.objects.update(requires_staff_reason=False)

    opened = DOORS[door](desk, call, recording)

    assert not opened.headers.get("Location", "").startswith(PAGE)
    assert {(entry.actor_kind, entry.reason) for entry in entries()} == {("platform_staff", "")}


@pytest.mark.parametrize("door", DOORS)
def test_its_own_staff_are_asked_nothing(door: str, call: Call, recording: Recording) -> None:
    opened = DOORS[door](admin_of(make_staff(call.organization)), call, recording)

    assert not opened.headers.get("Location", "").startswith(PAGE)
    assert {(entry.actor_kind, entry.reason) for entry in entries()} == {("user", "")}


def test_every_row_of_the_access_log_is_written_where_the_rule_is() -> None:
    """Whoever writes them otherwise is named here: what webhooks carry is of the organization's key or user."""
    written = {"AccessEntry", "note_accesses", "entry_of"}
    found: set[str] = set()
    for room in ("calls", "contacts", "conversations", "tether_calls"):
        for path in Path(django_settings.BASE_DIR, room).rglob("*.py"):
            text = path.read_text()
            if not any(name in text for name in written):
                continue
            calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
            if any(isinstance(each, ast.Name) and each.id in written for each in calls):
                found.add(path.relative_to(django_settings.BASE_DIR).as_posix())
    assert found == {"tether_calls/trails/services/note_access.py", "calls/services/webhooks_out/fan_out.py"}


# ---- The page between -----------------------------------------------------------------------------------------------


def test_it_leads_back_to_the_page_that_was_asked_for(desk: Client, call: Call) -> None:
    asked = desk.get(page_of(call), follow=True)
    assert "Narwhal Ltd." in text_of(asked)

    opened = desk.post(asked.request["PATH_INFO"] + "?" + asked.request["QUERY_STRING"], {"reason": WHY}, follow=True)

    assert opened.request["PATH_INFO"] == page_of(call)
    assert "platypus" in opened.content.decode()


@pytest.mark.parametrize(
    "to", ["https://evil.example/admin/", "//evil.example/admin/", "/api/docs", "", "/admin/../x:"]
)
def test_it_leads_nowhere_else(to: str, desk: Client, home: Organization) -> None:
    location = say(desk, home, to=to)["Location"]
    assert location.startswith("/admin/")


@pytest.mark.parametrize("why", ["", "why", "    x    ", "x" * 501, "\n\t\u200b\n"])
def test_what_says_nothing_is_no_reason(why: str, desk: Client, call: Call) -> None:
    assert say(desk, call.organization, why).status_code == 200
    assert desk.get(page_of(call))["Location"].startswith(PAGE)


def test_it_holds_for_one_organization(desk: Client, call: Call) -> None:
    say(desk, Organization.objects.create(name="Another"))
    assert desk.get(page_of(call))["Location"].startswith(PAGE)


def test_it_holds_for_one_session(desk: Client, superuser: User, call: Call) -> None:
    say(desk, call.organization)
    assert admin_of(superuser).get(page_of(call))["Location"].startswith(PAGE)
    desk.logout()
    desk.force_login(superuser)
    assert desk.get(page_of(call))["Location"].startswith(PAGE)


def test_the_next_hour_asks_again(desk: Client, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    say(desk, call.organization)
    begun = time.time()
    monkeypatch.setattr("tether_calls.accounts.staff_reasons.time.time", lambda: begun + 3590)
    assert desk.get(page_of(call)).status_code == 200
    monkeypatch.setattr("tether_calls.accounts.staff_reasons.time.time", lambda: begun + 3610)
    assert desk.get(page_of(call))["Location"].startswith(PAGE)


def test_a_session_keeps_those_of_twenty_organizations_the_newest() -> None:
    session: dict[str, Any] = {}
    for number in range(25):
        staff_reasons.keep_reason(session, organization_id=str(number), reason=WHY)
    held = [number for number in range(25) if staff_reasons.kept_reason(session, organization_id=str(number))]
    assert held == list(range(5, 25))


def test_it_is_for_staff_of_the_platform(call: Call, desk: Client) -> None:
    assert say(admin_of(make_staff(call.organization)), call.organization).status_code == 403
    assert Client().get(PAGE).status_code == 302
    for unknown in ("", "x", UNKNOWN_ID):
        assert desk.get(PAGE, {"organization": unknown}).status_code == 404


def test_a_call_without_words_and_recording_asks_nothing(desk: Client, owner: User) -> None:
    assert desk.get(page_of(make_call(owner))).status_code == 200


def test_a_page_that_plays_or_reads_along_asks_though_nothing_was_said_yet(desk: Client, owner: User) -> None:
    recorded = make_call(owner)
    add_recording(recorded)
    for call in (recorded, make_call(owner, status=CallStatus.IN_PROGRESS)):
        assert desk.get(page_of(call))["Location"].startswith(PAGE)


def test_a_search_in_all_organizations_finds_nothing_said_in_one_that_asks(desk: Client, call: Call) -> None:
    asked = {"q": "platypus"}
    assert call.pk not in desk.get(list_of(Call), asked).content.decode()

    by_number = desk.get(list_of(Call), {"q": call.pk})
    assert (call.pk in by_number.content.decode(), "<mark>" in by_number.content.decode()) == (True, False)
    assert entries() == []

    say(desk, call.organization)
    assert call.pk in desk.get(list_of(Call), asked).content.decode()
    assert [(entry.kind, entry.reason) for entry in entries()] == [("search", WHY)]


def test_how_many_calls_are_new_does_not_tell_what_was_said_in_them(desk: Client, call: Call) -> None:
    def count(client: Client, text: str) -> int:
        asked = {"q": text, "organization__id__exact": call.organization_id, "after": "0" * 24}
        new: int = client.get(reverse("admin:calls_call_new"), asked).json()["count"]
        return new

    say(desk, call.organization)
    for client in (desk, admin_of(make_staff(call.organization))):
        # It leaves no row.
        assert (count(client, "platypus"), count(client, call.from_number)) == (0, 1)
    assert entries() == []


def test_the_neighbours_of_a_call_in_what_a_search_has_found_are_a_search(
    desk: Client, call: Call, owner: User
) -> None:
    page = f"{page_of(make_call(owner))}?_changelist_filters=q%3Dplatypus"
    in_one = f"{page}%26organization__id__exact%3D{call.organization_id}"

    def leads_there(client: Client, address: str) -> bool:
        return call.pk in client.get(address).content.decode()

    assert not leads_there(desk, page)
    assert not leads_there(desk, in_one)
    assert entries() == []
    say(desk, call.organization)
    for client, address in ((desk, page), (desk, in_one), (admin_of(make_staff(call.organization)), page)):
        assert leads_there(client, address)
    assert [(entry.kind, entry.reason) for entry in entries()] == [("search", WHY), ("search", WHY), ("search", "")]


def test_that_a_call_has_no_neighbour_in_a_search_leaves_a_row_too(call: Call, owner: User) -> None:
    staff = admin_of(make_staff(call.organization))
    page = page_of(make_call(owner))
    staff.get(f"{page}?_changelist_filters=q%3Dwombat")
    staff.get(f"{page}?_changelist_filters=status__exact%3Dfailed")
    assert [entry.kind for entry in entries()] == ["search"]


def test_what_a_call_is_chosen_from_does_not_tell_what_was_said_in_it(
    desk: Client, call: Call, recording: Recording
) -> None:
    def offered(client: Client, term: str) -> list[str]:
        of_field = {"app_label": "calls", "model_name": "recording", "field_name": "call"}
        asked = {**of_field, "term": term, "organization__id__exact": call.organization_id}
        return [each["id"] for each in client.get(reverse("admin:autocomplete"), asked).json()["results"]]

    say(desk, call.organization)
    for client in (desk, admin_of(make_staff(call.organization))):
        # It leaves no row.
        assert (offered(client, "platypus"), offered(client, call.pk)) == ([], [call.pk])
    assert entries() == []


def test_no_webhook_begins_to_send_what_is_said_without_a_reason(desk: Client, home: Organization) -> None:
    told = {"name": "CRM", "url": "https://crm.example.com/hook", "organization": home.pk}
    silent = make_webhook(home, is_active=False, subscribed_events=["call.transcript"])
    key = make_key(make_user(organization=home), "can_manage_webhooks")
    of_key = make_webhook(home, api_key=key, subscribed_events=["call.transcript"])
    lists = list_of(WebhookSubscription)
    doors: dict[str, tuple[str, dict[str, Any]]] = {
        "made": (add_to(WebhookSubscription), {**told, "subscribed_events": ["call.transcript"]}),
        "changed": (page_of(silent), {**told, "subscribed_events": ["call.ended", "call.transcript"]}),
        "enabled": (lists, {"action": "enable_selected", "_selected_action": [silent.pk]}),
        "taken over": (lists, {"action": "take_over_selected", "_selected_action": [of_key.pk]}),
    }
    before = list(WebhookSubscription.objects.order_by("pk").values())

    for door in doors.values():
        asked = urlsplit(desk.post(*door)["Location"])
        assert (asked.path, parse_qs(asked.query)["organization"]) == (PAGE, [home.pk])
    assert list(WebhookSubscription.objects.order_by("pk").values()) == before
    # Of one that tells of calls only as lists do, nothing is asked.
    desk.post(doors["made"][0], {**told, "subscribed_events": ["call.ended"]})
    assert WebhookSubscription.objects.count() == len(before) + 1

    say(desk, home)
    for door in doors.values():
        assert not desk.post(*door)["Location"].startswith(PAGE)
    assert WebhookSubscription.objects.filter(is_active=True, api_key=None).count() == len(before) + 2
    entry = AuditEntry.objects.filter(model="calls.webhooksubscription").order_by("-pk")[0]
    assert entry.reason == WHY


ASKED_BY_ADDRESS = [
    (Call, "ai_transcript__icontains"),
    (Call, "ai_transcript__0__message__startswith"),
    (Call, "analysis__icontains"),
    (Delivery, "body__contains"),
    (WebhookMessage, "body__icontains"),
    (Export, "carry__contains"),
]


@pytest.mark.parametrize(("model", "condition"), ASKED_BY_ADDRESS, ids=str)
def test_no_condition_in_an_address_tells_what_was_said(model: Any, condition: str, desk: Client, call: Call) -> None:
    for client in (desk, admin_of(make_staff(call.organization))):
        assert client.get(list_of(model), {condition: "platypus"}).status_code == 400
        assert client.get(list_of(model)).status_code == 200


def test_it_costs_staff_of_the_platform_one_statement_and_nobody_else_any(
    desk: Client, call: Call, recording: Recording
) -> None:
    staff = admin_of(make_staff(call.organization))
    asking = [sql for sql in statements_of(staff, page_of(call)) if "requires_staff_reason" in sql.partition("FROM")[2]]
    say(desk, call.organization)
    told = [sql for sql in statements_of(desk, page_of(call)) if "requires_staff_reason" in sql.partition("FROM")[2]]
    Organization.objects.update(requires_staff_reason=False)
    desk.session.flush()
    another = admin_of(make_superuser())
    open_to_all = [
        sql for sql in statements_of(another, page_of(call)) if "requires_staff_reason" in sql.partition("FROM")[2]
    ]
    assert (len(asking), len(told), len(open_to_all)) == (0, 0, 1)


# ---- The API --------------------------------------------------------------------------------------------------------


def ask(user: User, path: str, why: str | None = None, method: str = "GET", **query: Any) -> Answer:
    client: Any = logged_in(user)
    headers = {} if why is None else {"HTTP_X_ACCESS_REASON": why.encode().decode("latin-1")}
    return client.request(method, path, QUERY_STRING="&".join(f"{k}={v}" for k, v in query.items()), **headers)  # type: ignore[no-any-return]


READS: dict[str, dict[str, Any]] = {
    "/api/calls/{call}": {},
    "/api/calls/{call}/recording": {},
    "/api/calls/{call}/live": {},
    HISTORY: {"include": "aiTranscript"},
    "/api/calls/search": {"q": "platypus"},
    "/api/exports/{export}": {},
}


@pytest.mark.parametrize("path", READS)
def test_a_superuser_says_to_the_api_with_each_request_why(
    path: str, put_in: User, call: Call, recording: Recording
) -> None:
    address = path.format(call=call.pk, export=made(put_in, with_transcript=True).pk if "export" in path else "")

    for why in (None, "", "x", "x" * 501):
        refused = ask(put_in, address, why, **READS[path])
        assert (refused.status, refused.body["code"]) == (403, "REASON_REQUIRED"), refused
        assert b"platypus" not in refused.content
    assert entries() == []

    assert ask(put_in, address, "Ticket 4711: Zoë hört nichts", **READS[path]).status == 200
    assert {(entry.actor_kind, entry.reason) for entry in entries()} == {
        ("platform_staff", "Ticket 4711: Zoë hört nichts")
    }


@pytest.mark.parametrize("path", READS)
def test_users_of_the_organization_say_nothing_and_a_reason_of_theirs_is_not_kept(
    path: str, owner: User, call: Call, recording: Recording
) -> None:
    address = path.format(call=call.pk, export=made(owner, with_transcript=True).pk if "export" in path else "")
    assert ask(owner, address, WHY, **READS[path]).status == 200
    assert {(entry.actor_kind, entry.reason) for entry in entries()} == {("user", "")}


def test_nothing_is_changed_before_it_is_refused(put_in: User, call: Call) -> None:
    refused = logged_in(put_in).patch(f"/api/calls/{call.pk}", {"isStarred": True})
    call.refresh_from_db()
    assert (refused.status, refused.body["code"], call.is_starred) == (403, "REASON_REQUIRED", False)
    for method in ("PUT", "DELETE"):
        assert ask(put_in, f"/api/calls/{call.pk}/opt-out", method=method).status == 403
    assert ask(put_in, f"/api/calls/{call.pk}/opt-out", WHY, method="PUT").status == 200


def test_what_has_nothing_that_was_said_needs_no_reason(put_in: User, call: Call) -> None:
    for path in (HISTORY, "/api/calls/statistics", "/api/exports", "/api/user/profile"):
        assert ask(put_in, path).status == 200
    assert ask(put_in, f"/api/calls/{make_call(put_in).pk}").status == 200


def test_a_superuser_without_an_organization_has_no_api(superuser: User, call: Call) -> None:
    assert ask(superuser, f"/api/calls/{call.pk}", WHY).status == 403
    assert entries() == []


def test_it_costs_one_statement_where_nothing_is_said_and_none_where_it_is(put_in: User, call: Call) -> None:
    def trails(why: str | None) -> int:
        with statements_made() as made_:
            ask(put_in, f"/api/calls/{call.pk}", why)
        return len(made_)

    said = trails(WHY)
    Organization.objects.update(requires_staff_reason=False)
    assert trails(None) == said + 1


def test_administrators_read_the_reason_in_their_access_log(desk: Client, owner: User, call: Call) -> None:
    say(desk, call.organization)
    desk.get(page_of(call))

    (told,) = logged_in(owner).get("/api/access").body["data"]
    assert (told["reason"], told["actor"]["type"]) == (WHY, "platform_staff")
    shown = admin_of(make_staff(call.organization)).get(list_of(AccessEntry))
    assert WHY in text_of(shown)


def test_what_staff_of_the_platform_change_meanwhile_has_the_reason_too(
    desk: Client, owner: User, superuser: User
) -> None:
    say(desk, owner.organization)  # type: ignore[arg-type]
    form = desk.get(page_of(owner)).context["adminform"].form
    values = {name: value for name, value in form.initial.items() if value is not None and name in form.fields}
    desk.post(page_of(owner), {**values, "access_role": "SALES_REP"})
    entry = AuditEntry.objects.filter(model="accounts.user", object_id=owner.pk).order_by("-pk")[0]
    assert (entry.actor_id, entry.reason, entry.after) == (superuser.pk, WHY, {"access_role": "SALES_REP"})

    # As administrators of the organization read it.
    boss = make_user(organization=owner.organization)
    told = logged_in(boss).get("/api/audit", model="accounts.user", action="changed").body["data"]
    assert {each["_id"]: each.get("reason") for each in told}[entry.pk] == WHY
    staff = admin_of(make_staff(owner.organization))  # type: ignore[arg-type]
    assert WHY in text_of(staff.get(list_of(AuditEntry)))
    assert WHY in text_of(staff.get(page_of(entry)))


# ---- The setting ----------------------------------------------------------------------------------------------------


def test_administrators_switch_it_off_and_on(owner: User, home: Organization) -> None:
    path = f"/api/organizations/{home.pk}/access"
    for value in (False, True):
        answer = logged_in(owner).put(path, {"requiresStaffReason": value})
        assert (answer.status, answer.body["requiresStaffReason"]) == (200, value)
        entry = AuditEntry.objects.filter(model="accounts.organization").order_by("-pk")[0]
        assert entry.after == {"requires_staff_reason": value}
    stranger = logged_in(make_user(organization=make_organization()))
    assert stranger.put(path, {"requiresStaffReason": False}).status == 404


def test_whom_it_binds_cannot_switch_it_off(put_in: User, home: Organization, desk: Client) -> None:
    path = f"/api/organizations/{home.pk}/access"
    assert logged_in(put_in).put(path, {"requiresStaffReason": False}).status == 403
    page = desk.get(page_of(home))
    assert "requires_staff_reason" not in page.context["adminform"].form.fields
    assert "say why" in text_of(page)
    home.refresh_from_db()
    assert home.requires_staff_reason
    assert logged_in(put_in).put(path, {"requiresStaffReason": True}).status == 200


# ---- The socket -----------------------------------------------------------------------------------------------------


@pytest.fixture
def running(owner: User) -> Call:
    return make_call(owner, status=CallStatus.IN_PROGRESS, end_time=None, duration=None)


def watch(user: User, call: Call, *, reason: str = "", session: str | None = None) -> None:
    grant = None if session is None else SessionGrant(session)
    membership = Membership(user.pk, call.organization_id, time.time() + 60, grant)
    LiveTurns().begin(membership, call.pk, "127.0.0.1", reason)


def test_a_page_of_the_admin_reads_along_with_what_was_said_in_its_session(
    desk: Client, superuser: User, running: Call
) -> None:
    key = desk.cookies[django_settings.SESSION_COOKIE_NAME].value
    with pytest.raises(TetherError) as refused:
        watch(superuser, running, session=key)
    assert refused.value.code is ErrorCode.REASON_REQUIRED
    assert entries() == []

    say(desk, running.organization)
    watch(superuser, running, session=key)
    with pytest.raises(TetherError):
        watch(make_superuser(), running, session=key)

    (entry,) = entries()
    assert (entry.actor_kind, entry.actor_id, entry.reason) == ("platform_staff", superuser.pk, WHY)


def test_a_superuser_in_the_organization_says_it_to_the_socket(put_in: User, owner: User, running: Call) -> None:
    for nothing in ("", "x"):
        with pytest.raises(TetherError):
            watch(put_in, running, reason=nothing)
    watch(put_in, running, reason=WHY)
    watch(owner, running, reason=WHY)
    assert [(entry.actor_kind, entry.reason) for entry in entries()] == [("platform_staff", WHY), ("user", "")]


def test_the_database_has_it_on_at_first() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_organization (id, name, is_active, is_prepaid, allowed_number_types, rule_packs,"
            " created_at) VALUES (%s, 'x', true, false, '[]', '[]', CURRENT_TIMESTAMP)",
            [UNKNOWN_ID],
        )
    assert Organization.objects.get(pk=UNKNOWN_ID).requires_staff_reason
