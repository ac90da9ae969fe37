"""Retention, legal holds and privacy requests, as administrators ask for them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.storage import storages

from calls.models import Call, Export, LegalHold, PhoneNumber, PrivacyRequest, RetentionRule
from calls.services.privacy.certificates import verified
from calls.services.privacy.work import do_privacy_requests
from tests.calls.canary import NUMBER, WORD, plant
from tests.calls.event_log import event_names
from tests.clients import Answer, ApiClient, logged_in
from tests.factories import UNKNOWN_ID, make_call, make_contact, make_prompt, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import AccessRole, User
from tether_calls.trails.models import AccessEntry

pytestmark = pytest.mark.django_db

RETENTION = "/api/organizations/retention"
HOLDS = "/api/legal-holds"
REQUESTS = "/api/privacy/requests"


@pytest.fixture
def admin(user: User) -> ApiClient:
    return logged_in(user)


def ask(client: ApiClient, kind: str, **known_by: Any) -> dict[str, Any]:
    answer = client.post(REQUESTS, {"kind": kind, **(known_by or {"phoneNumber": NUMBER})})
    assert answer.status == 202, answer.body
    request: dict[str, Any] = answer.body["request"]
    return request


def error_of(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body["code"]


def read(client: ApiClient, request_id: str) -> dict[str, Any]:
    request: dict[str, Any] = client.get(f"{REQUESTS}/{request_id}").body["request"]
    return request


# ---- Retention -------------------------------------------------------------------------------------------------


def test_without_a_rule_everything_is_kept_for_ever(admin: ApiClient) -> None:
    assert admin.get(RETENTION).body == {
        "success": True,
        "retention": {"storageMode": "everything", "agents": []},
    }  # fmt: skip


def test_rules_are_set_as_a_whole(admin: ApiClient, user: User) -> None:
    assert user.organization is not None
    agent = make_prompt(user.organization, name="Alex")
    of_agent = {"agentId": agent.pk, "storageMode": "no_audio", "transcriptDays": 30}

    answer = admin.put(RETENTION, {"storageMode": "everything", "audioDays": 90, "agents": [of_agent]})

    assert answer.status == 200
    assert answer.body["retention"] == {
        "storageMode": "everything", "audioDays": 90, "agents": [{**of_agent, "agentName": "Alex"}],
    }  # fmt: skip
    assert admin.get(RETENTION).body["retention"] == answer.body["retention"]
    assert admin.put(RETENTION, {"storageMode": "everything", "callDays": 10}).body["retention"]["agents"] == []
    assert RetentionRule.objects.get().call_days == 10


@pytest.mark.parametrize(
    "body",
    [
        {"storageMode": "some"},
        {"audioDays": 0},
        {"audioDays": -1},
        {"audioDays": "30"},
        {"audioDays": 1.5},
        {"audioDays": None},
        {"audioDays": 10**9},
        {"agents": [{"agentId": UNKNOWN_ID}]},
        {"agents": [{}]},
        {"agents": "all"},
        {"storageMode": None},
    ],
)
def test_bad_rules_are_refused_and_change_nothing(admin: ApiClient, body: Any) -> None:
    admin.put(RETENTION, {"storageMode": "everything", "audioDays": 90})

    assert error_of(admin.put(RETENTION, {"storageMode": "everything", **body})) == (400, "VALIDATION_ERROR")

    assert RetentionRule.objects.get().audio_days == 90


@pytest.mark.parametrize("body", [{}, [], {"audioDays": 30}])
def test_nothing_is_kept_for_ever_by_a_body_that_does_not_say_so(admin: ApiClient, body: Any) -> None:
    admin.put(RETENTION, {"storageMode": "everything", "audioDays": 90})

    assert error_of(admin.put(RETENTION, body)) == (400, "VALIDATION_ERROR")
    assert admin.request("PUT", RETENTION).status == 400

    assert RetentionRule.objects.get().audio_days == 90


def test_another_organizations_agent_is_unknown(admin: ApiClient) -> None:
    organization = make_user().organization
    assert organization is not None
    theirs = make_prompt(organization)

    assert error_of(admin.put(RETENTION, {"storageMode": "everything", "agents": [{"agentId": theirs.pk}]})) == (
        400,
        "VALIDATION_ERROR",
    )


# ---- The content of one call -----------------------------------------------------------------------------------


def test_the_content_of_a_call_is_erased(admin: ApiClient, user: User) -> None:
    plant(user)
    call = Call.objects.order_by("pk")[0]

    first = admin.delete(f"/api/calls/{call.pk}/content?part=audio")
    whole = admin.delete(f"/api/calls/{call.pk}/content?part=all")

    assert first.status == whole.status == 200
    assert first.body["call"]["recordings"] == []
    assert "contentErasedAt" not in first.body["call"]
    assert "aiSummary" in first.body["call"]
    assert whole.body["call"]["contentErasedAt"]
    assert not {"aiTranscript", "aiSummary", "analysis"} & whole.body["call"].keys()
    assert event_names(call.pk).count("call_erased") == 2


def test_what_cannot_be_erased(admin: ApiClient, user: User) -> None:
    running = make_call(user, status="in-progress")
    held = make_call(user)
    LegalHold.objects.create(organization_id=user.home_id, scope="call", call_id=held.pk, reason="Claim")
    theirs = make_call(make_user())

    assert error_of(admin.delete(f"/api/calls/{running.pk}/content?part=all")) == (409, "CALL_NOT_ENDED")
    assert error_of(admin.delete(f"/api/calls/{held.pk}/content?part=all")) == (409, "LEGAL_HOLD")
    assert error_of(admin.delete(f"/api/calls/{held.pk}/content")) == (400, "VALIDATION_ERROR")
    assert error_of(admin.delete(f"/api/calls/{held.pk}/content?part=some")) == (400, "VALIDATION_ERROR")
    unknown = admin.delete(f"/api/calls/{UNKNOWN_ID}/content?part=all")
    assert error_of(unknown) == (404, "CALL_NOT_FOUND")
    assert admin.delete(f"/api/calls/{theirs.pk}/content?part=all").body == unknown.body


# ---- Legal holds -----------------------------------------------------------------------------------------------


def test_a_hold_is_placed_listed_and_released(admin: ApiClient, user: User) -> None:
    placed = admin.post(HOLDS, {"scope": "number", "phoneNumber": "+1 416 555 0199", "reason": "Claim"})

    assert placed.status == 201
    hold = placed.body["hold"]
    assert (hold["phoneNumber"], hold["placedBy"], hold["reason"]) == ("+14165550199", user.pk, "Claim")
    assert admin.get(HOLDS).body["holds"] == [hold]
    released = admin.delete(f"{HOLDS}/{hold['_id']}").body["hold"]
    assert released["releasedAt"]
    assert admin.delete(f"{HOLDS}/{hold['_id']}").body["hold"] == released


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"scope": "number", "reason": "Claim"}, (400, "VALIDATION_ERROR")),
        ({"scope": "contact", "reason": "Claim"}, (400, "VALIDATION_ERROR")),
        ({"scope": "contact", "reason": "Claim", "contactId": UNKNOWN_ID}, (404, "CONTACT_NOT_FOUND")),
        ({"scope": "call", "reason": "Claim"}, (400, "VALIDATION_ERROR")),
        ({"scope": "call", "reason": "Claim", "callId": UNKNOWN_ID}, (404, "CALL_NOT_FOUND")),
        ({"scope": "period", "reason": "Claim", "begins": "2026-05-01T00:00:00Z"}, (400, "VALIDATION_ERROR")),
        (
            {"scope": "period", "reason": "Claim", "begins": "0001-01-01T00:00:00Z", "ends": "2026-05-01T00:00:00Z"},
            (400, "VALIDATION_ERROR"),
        ),
        ({"scope": "number", "phoneNumber": "+14165550199", "reason": " "}, (400, "VALIDATION_ERROR")),
        ({"scope": "all", "reason": "Claim"}, (400, "VALIDATION_ERROR")),
    ],
)
def test_a_bad_hold_is_refused(admin: ApiClient, body: dict[str, Any], error: tuple[int, str]) -> None:
    assert error_of(admin.post(HOLDS, body)) == error
    assert not LegalHold.objects.exists()


def test_holds_have_a_limit(admin: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.services.privacy.legal_holds.MAX_HOLDS", 1)
    body = {"scope": "number", "phoneNumber": "+14165550199", "reason": "Claim"}
    admin.post(HOLDS, body)

    assert error_of(admin.post(HOLDS, body)) == (409, "TOO_MANY_HOLDS")


# ---- Requests --------------------------------------------------------------------------------------------------


def test_a_person_is_erased_by_number(admin: ApiClient, user: User) -> None:
    plant(user)

    asked = ask(admin, "erase")
    assert (asked["state"], asked["places"], asked["number"]) == ("queued", [], "…19")
    do_privacy_requests()

    done = read(admin, asked["_id"])
    assert done["state"] == "done"
    assert {"place": "contacts", "title": "Contacts", "found": 1, "done": 1, "kept": 0} in done["places"]
    certificate = admin.get(f"{REQUESTS}/{asked['_id']}/certificate")
    assert certificate.status == 200
    text = PrivacyRequest.objects.get(pk=asked["_id"]).certificate
    assert json.loads(text) == certificate.body
    assert [place["place"] for place in verified(text)["places"]] == [place["place"] for place in done["places"]]


def test_a_person_is_exported_as_contact(admin: ApiClient, user: User) -> None:
    contact = plant(user)
    asked = ask(admin, "export", contactId=contact.pk)

    do_privacy_requests()

    done = read(admin, asked["_id"])
    assert done["state"] == "done"
    assert done["archiveUrl"].endswith(".zip") or ".zip" in done["archiveUrl"]
    assert AccessEntry.objects.get(kind="export").export_id == asked["_id"]
    with storages["exports"].open(PrivacyRequest.objects.get(pk=asked["_id"]).file) as file:
        archive = zipfile.ZipFile(io.BytesIO(file.read()))
    assert archive.testzip() is None
    data = json.loads(archive.read("data.json"))
    assert len(data["calls"]) == len(data["recordings"]) == 2
    assert data["contacts"][0]["phone_number"] == NUMBER
    assert {row["file"] for row in data["recordings"]} < set(archive.namelist())
    page = archive.read("index.html").decode()
    assert WORD in page
    assert NUMBER in page
    assert "<audio controls" in page
    assert Call.objects.filter(contact=contact).count() == 2


def test_an_export_has_nothing_of_others(admin: ApiClient, user: User) -> None:
    """Exports of staff are of whomever they looked for, and a longer number has a shorter one in it."""
    longer, shorter = "+493012345678", "+4930123456"
    plant(user, number=longer)
    Export.objects.update(filter={"search": "Grace Hopper"}, carry=b"Grace Hopper")

    asked = [ask(admin, "export", phoneNumber=number) for number in (longer, shorter)]
    do_privacy_requests()

    texts = []
    for each in asked:
        with storages["exports"].open(PrivacyRequest.objects.get(pk=each["_id"]).file) as file:
            texts.append(zipfile.ZipFile(io.BytesIO(file.read())).read("data.json").decode())
    assert json.loads(texts[0])["events"]
    assert "Grace Hopper" not in texts[0]
    assert not any(json.loads(texts[1]).values())


def test_what_is_one_of_our_numbers_is_nobodys(admin: ApiClient, user: User) -> None:
    """It is in all that is kept of calls: asked for as a person's, everybody's would be exported, or erased."""
    assert user.organization is not None
    ours, theirs = "+14165550100", "+14165550101"
    for number, owner in ((ours, user), (theirs, make_user())):
        PhoneNumber.objects.create(organization_id=owner.home_id, provider="twilio", phone_number=number)
    contact = make_contact(user.organization, phone_number=ours)

    for known_by in ({"phoneNumber": ours}, {"contactId": contact.pk}):
        assert error_of(admin.post(REQUESTS, {"kind": "erase", **known_by})) == (400, "VALIDATION_ERROR")
    assert not PrivacyRequest.objects.exists()
    assert admin.post(REQUESTS, {"kind": "erase", "phoneNumber": theirs}).status == 202


def test_a_page_of_an_export_shows_markup_as_text(admin: ApiClient, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="<script>alert(1)</script>")
    asked = ask(admin, "export", contactId=contact.pk)

    do_privacy_requests()

    with storages["exports"].open(PrivacyRequest.objects.get(pk=asked["_id"]).file) as file:
        page = zipfile.ZipFile(io.BytesIO(file.read())).read("index.html").decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_requests_are_listed_newest_first(admin: ApiClient) -> None:
    ids = [ask(admin, "find", phoneNumber=f"+1416555017{number}")["_id"] for number in range(3)]

    page = admin.get(f"{REQUESTS}?size=2").body

    assert [row["_id"] for row in page["requests"]] == [ids[2], ids[1]]
    assert page["total"] == 3


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"kind": "find"}, (400, "VALIDATION_ERROR")),
        ({"kind": "forget", "phoneNumber": NUMBER}, (400, "VALIDATION_ERROR")),
        ({"kind": "erase", "phoneNumber": NUMBER, "contactId": UNKNOWN_ID}, (400, "VALIDATION_ERROR")),
        ({"kind": "erase", "phoneNumber": "12"}, (400, "VALIDATION_ERROR")),
        ({"kind": "erase", "phoneNumber": "+266696687"}, (400, "VALIDATION_ERROR")),
        ({"kind": "erase", "contactId": UNKNOWN_ID}, (404, "CONTACT_NOT_FOUND")),
    ],
)
def test_a_bad_request_is_refused(admin: ApiClient, body: dict[str, Any], error: tuple[int, str]) -> None:
    assert error_of(admin.post(REQUESTS, body)) == error
    assert not PrivacyRequest.objects.exists()


def test_unfinished_requests_have_a_limit(admin: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.services.privacy.ask.MAX_UNFINISHED", 1)
    ask(admin, "find")

    answer = admin.post(REQUESTS, {"kind": "find", "phoneNumber": NUMBER})

    assert error_of(answer) == (409, "TOO_MANY_PRIVACY_REQUESTS")


def test_there_is_no_certificate_before_the_end(admin: ApiClient) -> None:
    asked = ask(admin, "find")

    assert error_of(admin.get(f"{REQUESTS}/{asked['_id']}/certificate")) == (409, "PRIVACY_REQUEST_UNFINISHED")


# ---- Who ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD])
def test_others_than_administrators_are_refused(user: User, role: AccessRole) -> None:
    call = make_call(user)
    other = logged_in(make_user(organization=user.organization, access_role=role))

    answers = [
        other.get(RETENTION),
        other.put(RETENTION, {"storageMode": "everything"}),
        other.get(HOLDS),
        other.post(HOLDS, {}),
        other.delete(f"{HOLDS}/{UNKNOWN_ID}"),
        other.get(REQUESTS),
        other.post(REQUESTS, {}),
        other.get(f"{REQUESTS}/{UNKNOWN_ID}"),
        other.get(f"{REQUESTS}/{UNKNOWN_ID}/certificate"),
        other.delete(f"/api/calls/{call.pk}/content?part=all"),
    ]

    assert {error_of(answer) for answer in answers} == {(403, "FORBIDDEN")}


def test_another_organization_sees_and_changes_nothing(admin: ApiClient, user: User) -> None:
    plant(user)
    asked = ask(admin, "find")
    hold = admin.post(HOLDS, {"scope": "number", "phoneNumber": NUMBER, "reason": "Claim"}).body["hold"]
    admin.put(RETENTION, {"storageMode": "everything", "audioDays": 90})
    contact = Call.objects.exclude(contact=None)[0].contact
    assert contact is not None
    stranger = logged_in(make_user())

    unknown = stranger.get(f"{REQUESTS}/{UNKNOWN_ID}")
    assert error_of(unknown) == (404, "PRIVACY_REQUEST_NOT_FOUND")
    assert stranger.get(f"{REQUESTS}/{asked['_id']}").body == unknown.body
    assert stranger.get(f"{REQUESTS}/{asked['_id']}/certificate").body == unknown.body
    assert error_of(stranger.delete(f"{HOLDS}/{hold['_id']}")) == (404, "HOLD_NOT_FOUND")
    assert error_of(stranger.post(REQUESTS, {"kind": "erase", "contactId": contact.pk})) == (404, "CONTACT_NOT_FOUND")
    assert stranger.get(REQUESTS).body["requests"] == []
    assert [each["_id"] for each in stranger.get(HOLDS).body["holds"]] == []
    assert "audioDays" not in stranger.get(RETENTION).body["retention"]
    theirs = ask(stranger, "erase")
    do_privacy_requests()
    assert {place["found"] for place in read(stranger, theirs["_id"])["places"]} == {0}
    assert Call.objects.filter(to_number=NUMBER).count() == 2


def test_reading_costs_few_statements(admin: ApiClient, user: User) -> None:
    for _ in range(3):
        ask(admin, "find")
        admin.post(HOLDS, {"scope": "number", "phoneNumber": NUMBER, "reason": "Claim"})
    request_id = PrivacyRequest.objects.all()[0].pk

    for path, statements in ((RETENTION, 2), (HOLDS, 3), (REQUESTS, 3), (f"{REQUESTS}/{request_id}", 2)):
        with statements_made() as made:
            assert admin.get(path).status == 200
        assert (path, len(made)) == (path, statements)
