"""May I call: asked without a dial, by frontends and partners; decisions and consents as they read them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.models import Call
from contacts.models import Consent, DialDecision, DialPath
from contacts.services.may_call import Asking, keep_allowed, may_call
from tests.calls.partner.partners import assert_error, partner_of
from tests.clients import ApiClient, logged_in
from tests.factories import UNKNOWN_ID, make_do_not_call, make_organization, make_prompt, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.object_id import new_object_id
from tether_calls.common.times import to_wire

pytestmark = pytest.mark.django_db

ASK, DECISIONS, CONSENTS = "/api/calls/may-call", "/api/calls/decisions", "/api/consents"
OF_PARTNERS = "/api/v1/may-call"
NUMBER = "+13055550123"
# A Thursday, half past eight in the evening in Miami.
EVENING = "2030-05-17T00:30:00Z"
GIVEN = {"phoneNumber": NUMBER, "basis": "express", "purpose": "service", "obtainedAt": "2026-05-01T15:00:00.000Z"}


def results(body: Any) -> dict[str, str]:
    return {rule["rule"]: rule["result"] for rule in body["rules"]}


def dialled(home: Organization, number: str = NUMBER) -> DialDecision:
    asking = Asking(organization_id=home.pk, phone_number=number, path=DialPath.USER, at=timezone.now())
    call_id = new_object_id()
    keep_allowed(may_call(asking), call_id=call_id)
    return DialDecision.objects.get(call_id=call_id)


@pytest.fixture
def partner(user: User) -> ApiClient:
    return partner_of(user)


def test_every_rule_is_explained_to_frontends(api: ApiClient, home: Organization) -> None:
    home.rule_packs = ["us_telemarketing"]
    home.save()
    agent = make_prompt(home, elevenlabs_agent_id="agent_9", disclosure="This is an automated call.")

    answer = api.post(ASK, {"phoneNumber": NUMBER, "agentId": agent.pk, "at": EVENING})

    assert answer.status == 200, answer
    assert (answer.body["allowed"], answer.body["code"]) == (False, "OUTSIDE_CALLING_HOURS")
    assert answer.body["nextAllowedAt"] == "2030-05-17T12:00:00.000Z"
    assert results(answer.body) == {
        "do_not_call": "pass",
        "number_type": "pass",
        "consent": "pass",
        "disclosure": "pass",
        "calling_hours": "pass",
        "us_telemarketing:federal": "pass",
        "us_telemarketing:fl": "fail",
        "attempts": "pass",
    }
    (florida,) = (rule for rule in answer.body["rules"] if rule["rule"] == "us_telemarketing:fl")
    assert florida["source"] == "states' hours"


def test_partners_hear_the_same_in_their_words(partner: ApiClient, home: Organization) -> None:
    home.attempts_per_day = 1
    home.save()
    next_at = to_wire(dialled(home).at + timedelta(days=1))

    answer = partner.post(OF_PARTNERS, {"phone_number": NUMBER, "purpose": "service"})

    assert answer.status == 200, answer
    assert (answer.body["allowed"], answer.body["code"]) == (False, "too_many_attempts")
    assert answer.body["next_allowed_at"] == next_at
    assert results(answer.body)["disclosure"] == "unknown"


def test_asking_dials_nobody_keeps_nothing_and_is_no_attempt(
    api: ApiClient, partner: ApiClient, home: Organization
) -> None:
    home.attempts_per_day = 1
    home.save()
    for _ in range(3):
        assert api.post(ASK, {"phoneNumber": NUMBER}).body["allowed"]
        assert partner.post(OF_PARTNERS, {"phone_number": NUMBER}).body["allowed"]

    assert (DialDecision.objects.count(), Call.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"phoneNumber": "hello"}, "phoneNumber"),
        ({}, "phoneNumber"),
        ({"phoneNumber": NUMBER, "purpose": "fun"}, "purpose"),
        ({"phoneNumber": NUMBER, "at": "2020-01-01T00:00:00Z"}, "at"),
        ({"phoneNumber": NUMBER, "at": "2099-01-01T00:00:00Z"}, "at"),
    ],
)
def test_what_cannot_be_asked_is_refused(api: ApiClient, fields: dict[str, Any], path: str) -> None:
    answer = api.post(ASK, fields)

    assert answer.status == 400, answer
    assert [detail["path"] for detail in answer.body["error"]["details"]] == [path]


def test_another_organizations_agent_list_and_attempts_are_not_ours(
    api: ApiClient, partner: ApiClient, home: Organization
) -> None:
    other = make_organization()
    agent = make_prompt(other, elevenlabs_agent_id="agent_8")
    make_do_not_call(other, phone_number=NUMBER)

    for agent_id in (agent.pk, "agent_8", UNKNOWN_ID):
        answer = api.post(ASK, {"phoneNumber": NUMBER, "agentId": agent_id})
        assert (answer.status, answer.body["code"]) == (404, "AGENT_NOT_FOUND")
        assert_error(partner.post(OF_PARTNERS, {"phone_number": NUMBER, "agent_id": agent_id}), 404, "agent_not_found")
    assert api.post(ASK, {"phoneNumber": NUMBER}).body["allowed"]


def test_a_key_needs_permissions(user: User) -> None:
    assert_error(
        partner_of(user, "can_read_calls").post(OF_PARTNERS, {"phone_number": NUMBER}), 403, "permission_denied"
    )
    assert_error(partner_of(user, "can_initiate_calls").get("/api/v1/decisions"), 403, "permission_denied")


# ---- Decisions -----------------------------------------------------------------------------------------------------


def test_decisions_are_read_newest_first_page_by_page(api: ApiClient, partner: ApiClient, home: Organization) -> None:
    made = [dialled(home, number).pk for number in (NUMBER, "+14165550199", NUMBER)]
    dialled(make_organization())

    first = api.get(DECISIONS, limit=2).body
    last = api.get(DECISIONS, limit=2, cursor=first["nextCursor"]).body

    assert [row["_id"] for row in (*first["decisions"], *last["decisions"])] == made[::-1]
    assert "nextCursor" not in last
    assert first["decisions"][0]["phoneNumber"] == NUMBER
    assert [row["_id"] for row in api.get(DECISIONS, phoneNumber="+1 305 555 0123").body["decisions"]] == [
        made[2],
        made[0],
    ]
    assert api.get(DECISIONS, allowed="false").body["decisions"] == []
    theirs = partner.get("/api/v1/decisions", limit=1).body
    assert ([row["id"] for row in theirs["decisions"]], theirs["next_cursor"]) == ([made[2]], made[2])
    assert "user_id" not in theirs["decisions"][0]


def test_decisions_are_for_administrators(home: Organization) -> None:
    reader = logged_in(make_user(organization=home, access_role=AccessRole.SALES_REP))

    assert (reader.get(DECISIONS).status, reader.post(ASK, {"phoneNumber": NUMBER}).status) == (403, 200)


# ---- Consents ------------------------------------------------------------------------------------------------------


def test_a_consent_is_kept_once_and_listed(api: ApiClient, user: User) -> None:
    answers = [api.post(CONSENTS, {**GIVEN, "evidence": "Form 1"}) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 200]
    consent = answers[0].body["consent"]
    assert consent == answers[1].body["consent"] == api.get(CONSENTS).body["consents"][0]
    assert consent.items() >= {**GIVEN, "source": "api", "addedBy": user.pk, "evidence": "Form 1"}.items()
    assert api.get(CONSENTS, phoneNumber="+1 416 555 0199").body["total"] == 0
    assert api.get(CONSENTS, phoneNumber="+1 305 555 0123").body["total"] == 1


def test_a_consent_is_revoked_and_stays_in_the_list(api: ApiClient, home: Organization) -> None:
    home.consent_policy = "all"
    home.save()
    consent = api.post(CONSENTS, GIVEN).body["consent"]
    asked = {"phoneNumber": NUMBER, "purpose": "service"}
    assert api.post(ASK, asked).body["allowed"]

    assert [api.delete(f"{CONSENTS}/{consent['_id']}").status for _ in range(2)] == [200, 200]

    assert "revokedAt" in api.get(CONSENTS).body["consents"][0]
    assert api.post(ASK, asked).body["code"] == "CONSENT_MISSING"


def test_the_consents_of_a_number_are_revoked_together(api: ApiClient) -> None:
    for purpose in ("service", "marketing"):
        api.post(CONSENTS, {**GIVEN, "purpose": purpose})

    def revoke(**query: str) -> Any:
        return api.delete(f"{CONSENTS}?" + "&".join(f"{name}={value}" for name, value in query.items())).body

    assert revoke(phoneNumber="%2B13055550123", purpose="marketing") == {"success": True, "revoked": 1}
    assert revoke(phoneNumber="%2B13055550123")["revoked"] == 1
    assert revoke(phoneNumber="%2B13055550123")["revoked"] == 0


@pytest.mark.parametrize("number", ["305-555-0123", "hello", "%2B1"])
def test_nothing_is_said_to_be_revoked_of_what_is_no_whole_number(number: str, api: ApiClient) -> None:
    api.post(CONSENTS, GIVEN)

    answer = api.delete(f"{CONSENTS}?phoneNumber={number}")

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in answer.body["error"]["details"]] == ["phoneNumber"]
    assert "revokedAt" not in api.get(CONSENTS).body["consents"][0]


def test_another_organizations_consents_are_not_there(api: ApiClient, other_api: ApiClient) -> None:
    theirs = other_api.post(CONSENTS, GIVEN).body["consent"]

    assert api.get(CONSENTS).body["total"] == 0
    refused = [api.delete(f"{CONSENTS}/{consent_id}") for consent_id in (theirs["_id"], UNKNOWN_ID)]
    assert [(answer.status, answer.body["code"]) for answer in refused] == [(404, "CONSENT_NOT_FOUND")] * 2
    api.delete(f"{CONSENTS}?phoneNumber=%2B13055550123")
    assert Consent.objects.get().revoked_at is None


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"basis": "rumour"}, "basis"),
        ({"phoneNumber": "hello"}, "phoneNumber"),
        ({"obtainedAt": "2099-01-01T00:00:00Z"}, "obtainedAt"),
        ({"obtainedAt": "0001-01-01T00:00:00Z"}, "obtainedAt"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "9999-12-31T23:59:59Z"}, "expiresAt"),
        ({"evidence": "x" * 2_001}, "evidence"),
    ],
)
def test_what_is_no_consent_is_refused(api: ApiClient, fields: dict[str, Any], path: str) -> None:
    answer = api.post(CONSENTS, {**GIVEN, **fields})

    assert answer.status == 400, answer
    assert [detail["path"] for detail in answer.body["error"]["details"]] == [path]


def test_asking_and_reading_take_few_statements(api: ApiClient, home: Organization) -> None:
    home.attempts_per_day = 3
    home.save()
    dialled(home)
    counts = []
    for method, path in (("POST", ASK), ("GET", DECISIONS), ("GET", CONSENTS)):
        with statements_made() as made:
            answer = api.post(path, {"phoneNumber": NUMBER}) if method == "POST" else api.get(path)
            assert answer.status == 200
        counts.append(len(made))

    assert counts == [3, 2, 3]
