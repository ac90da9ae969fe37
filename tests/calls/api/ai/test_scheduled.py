"""POST /api/calls/ai/outbound with `schedule`, and /api/calls/scheduled."""

from __future__ import annotations

from typing import Any

import pytest

from calls.demo.simulator import Simulator
from calls.models import Call, ScheduledCall
from tests.calls.api.ai.outbound import OUR_NUMBER, OUTBOUND, Office, assert_refused, customer, dials
from tests.calls.scheduling import SCHEDULED, in_minutes, make_scheduled, states_told
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import AccessRole, User
from tether_calls.common.times import to_wire

pytestmark = pytest.mark.django_db


def plan(api: ApiClient, call: Any, **schedule: Any) -> Answer:
    answer = api.post(OUTBOUND, {**call, "schedule": {"notBefore": in_minutes(60), **schedule}})
    assert_is("ScheduledCallResponse" if answer.status == 202 else "CallsErrorResponse", answer.body)
    return answer


def test_a_call_is_planned_and_nobody_is_dialled(api: ApiClient, office: Office, simulator: Simulator) -> None:
    begins = in_minutes(60)

    answer = plan(
        api,
        {"contactId": office.contact.pk, "fromNumber": OUR_NUMBER, "callReason": "As agreed"},
        notBefore=begins,
        timeZone="America/Toronto",
        retry={"maxAttempts": 2, "on": ["busy", "busy", "machine"]},
    )

    assert answer.status == 202
    scheduled = ScheduledCall.objects.get()
    assert answer.body["scheduledCall"] == {
        "_id": scheduled.pk,
        "organizationId": office.user.organization_id,
        "status": "scheduled",
        "source": "user",
        "phoneNumber": customer(0),
        "notBefore": begins,
        "estimatedStart": begins,
        "retry": {"maxAttempts": 2, "delaysMinutes": [15], "on": ["busy", "machine"]},
        "attempts": 0,
        "createdAt": to_wire(scheduled.created_at),
        "updatedAt": to_wire(scheduled.updated_at),
        "userId": office.user.pk,
        "agentId": office.agent.pk,
        "contactId": office.contact.pk,
        "fromNumber": OUR_NUMBER,
        "callReason": "As agreed",
        "timeZone": "America/Toronto",
    }
    assert (dials(simulator), Call.objects.count(), states_told(scheduled)) == (0, 0, ["scheduled"])
    assert api.get(f"{SCHEDULED}/{scheduled.pk}").body["scheduledCall"] == answer.body["scheduledCall"]


@pytest.mark.parametrize(
    ("schedule", "path"),
    [
        ({"notBefore": "2026-01-01T15:00:00"}, "schedule.notBefore"),
        ({"notBefore": "2020-01-01T15:00:00Z"}, "schedule.notBefore"),
        ({"notAfter": "2020-01-01T15:00:00Z"}, "schedule.notAfter"),
        ({"timeZone": "Here"}, "schedule.timeZone"),
        ({"retry": {"maxAttempts": 2, "on": []}}, "schedule.retry.on"),
        ({"retry": {"maxAttempts": 2, "delaysMinutes": [1] * 5}}, "schedule.retry.delaysMinutes"),
        ({"retry": 3}, "schedule.retry"),
    ],
)
def test_a_schedule_that_is_none_is_refused(api: ApiClient, office: Office, schedule: Any, path: str) -> None:
    answer = plan(api, {"contactId": office.contact.pk}, **schedule)

    assert_refused(answer, 400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in answer.body["error"]["details"]] == [path]


def test_what_a_dial_at_once_is_refused_with_is_said_at_once(api: ApiClient, office: Office) -> None:
    assert_refused(plan(api, {"phoneNumber": customer(0), "agentId": UNKNOWN_ID}), 400, "AGENT_NOT_FOUND")
    assert_refused(plan(api, {"contactId": UNKNOWN_ID}), 404, "CONTACT_NOT_FOUND")
    assert_refused(plan(api, {"phoneNumber": OUR_NUMBER}), 400, "VALIDATION_ERROR")
    office.number.delete()
    assert_refused(plan(api, {"phoneNumber": customer(0)}), 400, "NO_AI_NUMBER")
    assert not ScheduledCall.objects.exists()


def test_planned_calls_are_listed_moved_and_canceled(api: ApiClient, user: User) -> None:
    scheduled = make_scheduled(user)
    make_scheduled(user, state="completed")
    begins = in_minutes(90)

    page = api.get(SCHEDULED, status="scheduled")
    assert_is("ScheduledCallsPageResponse", page.body)
    assert ([each["_id"] for each in page.body["scheduledCalls"]], page.body["total"]) == ([scheduled.pk], 1)
    moved = api.patch(f"{SCHEDULED}/{scheduled.pk}", {"notBefore": begins})
    assert (moved.status, moved.body["scheduledCall"]["estimatedStart"]) == (200, begins)
    for _ in range(2):
        assert api.delete(f"{SCHEDULED}/{scheduled.pk}").body["scheduledCall"]["status"] == "canceled"
    assert_refused(api.patch(f"{SCHEDULED}/{scheduled.pk}", {"notBefore": begins}), 409, "SCHEDULED_CALL_BEGUN")
    assert states_told(scheduled) == ["scheduled", "canceled"]
    with statements_made() as made:
        api.get(SCHEDULED)
    assert len(made) == 3


def test_sales_reps_change_their_own_and_heads_of_departments_all(user: User) -> None:
    scheduled = make_scheduled(user)
    path = f"{SCHEDULED}/{scheduled.pk}"
    rep = logged_in(make_user(organization=user.organization, access_role=AccessRole.SALES_REP))
    head = logged_in(make_user(organization=user.organization, access_role=AccessRole.DEPARTMENT_HEAD))

    assert rep.get(path).status == 200
    assert_refused(rep.delete(path), 403, "FORBIDDEN")
    assert_refused(rep.patch(path, {"notBefore": in_minutes(5)}), 403, "FORBIDDEN")
    assert head.delete(path).status == 200


def test_another_organization_finds_nothing(other_api: ApiClient, user: User) -> None:
    scheduled = make_scheduled(user)
    unknown = other_api.get(f"{SCHEDULED}/{UNKNOWN_ID}")

    for answer in (
        other_api.get(f"{SCHEDULED}/{scheduled.pk}"),
        other_api.delete(f"{SCHEDULED}/{scheduled.pk}"),
        other_api.patch(f"{SCHEDULED}/{scheduled.pk}", {"notBefore": in_minutes(5)}),
    ):
        assert (answer.status, answer.body) == (404, unknown.body)
    assert other_api.get(SCHEDULED).body["total"] == 0
