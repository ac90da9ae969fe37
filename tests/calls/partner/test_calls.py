"""GET /api/v1/calls and /api/v1/calls/{call_id}."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client

from calls.models import Call
from calls.selectors.counting import far_pages
from calls.services.counting.fold import count_calls
from tests.calls.api.reading import add_recording
from tests.calls.partner.partners import CALLS, assert_error, partner_of, statements
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_call, make_contact, make_prompt, mp3_bytes
from tests.waiting import PATIENCE
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


@pytest.fixture
def call(user: User, organization: Organization) -> Call:
    """A call with everything."""
    return make_call(
        user,
        contact=make_contact(organization, first_name="Kim", phone_number="+14165550199"),
        ai_agent=make_prompt(organization, name="Alex", elevenlabs_agent_id="agent_1"),
        direction="inbound",
        from_number="+14165550199",
        to_number="+14165550100",
        start_time=datetime(2026, 5, 15, 9, 10, tzinfo=UTC),
        end_time=datetime(2026, 5, 15, 9, 11, tzinfo=UTC),
        duration=60.0,
        ai_summary="Wants an appointment.",
        ai_transcript=[{"role": "agent", "message": "Hello."}, {"role": "user", "message": "Hi."}],
        metadata={"secret": "of the vendor"},
    )


def listed(partner: ApiClient, **query: Any) -> list[str]:
    """The ids of the calls of a page, which must be what the document says of one."""
    answer = partner.get(CALLS, **query)
    assert answer.status == 200, answer
    assert_is("PartnerCallsPage", answer.body)
    return [call["id"] for call in answer.body["calls"]]


def audio_at(address: str) -> bytes:
    """The recording, from this process or from the bucket."""
    parts = urlsplit(address)
    if parts.hostname != "testserver":
        return requests.get(address, timeout=PATIENCE).content
    return b"".join(Client().get(parts.path).streaming_content)  # type: ignore[attr-defined]  # as it is served


def test_it_reads_one_call(partner: ApiClient, call: Call) -> None:
    add_recording(call)

    body = partner.get(f"{CALLS}/{call.pk}").body

    assert_is("PartnerCallDetail", body)
    assert audio_at(body.pop("recording_url")) == mp3_bytes()
    assert call.contact is not None
    assert body == {
        "id": call.pk,
        "agent_id": call.ai_agent_id,
        "agent_name": "Alex",
        "status": "completed",
        "type": "inbound",
        "phone_number": "+14165550199",
        "started_at": "2026-05-15T09:10:00.000Z",
        "ended_at": "2026-05-15T09:11:00.000Z",
        "duration_seconds": 60.0,
        "answered_by": None,
        "end_reason": None,
        "end_fault": None,
        "tags": [],
        "disposition": None,
        "is_starred": False,
        "opt_out": None,
        "recording_consent": None,
        "summary": "Wants an appointment.",
        "contact": {
            "id": call.contact.pk,
            "first_name": "Kim",
            "last_name": None,
            "phone_number": "+14165550199",
            "email": None,
        },
        "agent": {"id": call.ai_agent_id, "assistant_id": "agent_1", "name": "Alex"},
        "transcript": "agent: Hello.\nuser: Hi.",
        "billing": {
            "status": "not_charged",
            "initial_charge": "0.00",
            "final_charge": "0.00",
            "total_charge": "0.00",
        },
    }


def test_what_a_call_does_not_have_is_null(partner: ApiClient, user: User) -> None:
    call = make_call(user, duration=None, status="initiated", to_number="+14165550123")

    body = partner.get(f"{CALLS}/{call.pk}").body

    assert_is("PartnerCallDetail", body)
    assert {name for name, value in body.items() if value is None} == {
        *("agent_id", "agent_name", "ended_at", "duration_seconds", "summary", "recording_url", "contact"),
        *(
            "agent",
            "transcript",
            "answered_by",
            "end_reason",
            "end_fault",
            "disposition",
            "opt_out",
            "recording_consent",
        ),
    }
    assert (body["type"], body["phone_number"]) == ("outbound", "+14165550123")


def test_a_vendors_agent_has_a_name_and_no_id(partner: ApiClient, user: User) -> None:
    body = partner.get(f"{CALLS}/{make_call(user, agent_name='Robot').pk}").body

    assert (body["agent_id"], body["agent_name"], body["agent"]) == (None, "Robot", None)


def test_the_newest_recording_is_the_one(partner: ApiClient, call: Call) -> None:
    add_recording(call, sha256="1" * 64)
    newest = add_recording(call, sha256="2" * 64)

    for body in (partner.get(f"{CALLS}/{call.pk}").body, partner.get(CALLS).body["calls"][0]):
        assert newest.file.name.rpartition("/")[2] in body["recording_url"]


def test_a_list_has_the_call_without_what_is_only_in_its_detail(partner: ApiClient, call: Call) -> None:
    detail = partner.get(f"{CALLS}/{call.pk}").body

    (body,) = partner.get(CALLS).body["calls"]

    assert_is("PartnerCall", body)
    assert body == {name: value for name, value in detail.items() if name not in ("agent", "transcript", "billing")}


def test_it_lists_the_newest_first_a_page_at_a_time(partner: ApiClient, user: User) -> None:
    made = [make_call(user).pk for _ in range(12)]

    page = partner.get(CALLS).body

    assert [call["id"] for call in page["calls"]] == made[:1:-1]
    assert (page["count"], page["page"], page["limit"], page["pages"]) == (12, 1, 10, 2)
    assert listed(partner, page=2) == made[1::-1]
    assert listed(partner, page=3) == []
    assert listed(partner, limit=100) == made[::-1]


def test_it_filters_by_agent_status_and_type(partner: ApiClient, user: User, call: Call) -> None:
    failed = make_call(user, status="failed", ai_agent=call.ai_agent)

    assert listed(partner, agent_id=call.ai_agent_id) == [failed.pk, call.pk]
    assert listed(partner, agent_id="agent_1") == [failed.pk, call.pk]
    assert listed(partner, status="failed") == [failed.pk]
    assert listed(partner, type="inbound") == [call.pk]
    assert listed(partner, agent_id="agent_1", status="completed", type="inbound") == [call.pk]
    assert listed(partner, agent_id="agent_2") == []


def test_another_organizations_call_is_not_found(other_partner: ApiClient, call: Call) -> None:
    assert_error(other_partner.get(f"{CALLS}/{call.pk}"), 404, "not_found")
    assert listed(other_partner) == []
    assert listed(other_partner, agent_id=call.ai_agent_id) == listed(other_partner, agent_id="agent_1") == []


def test_what_it_costs(user: User, organization: Organization) -> None:
    """The key; zone, count, the page with agents and contacts, and recordings; or the call, recordings and cost.

    And that the addresses of recordings are given is written down.
    """
    agent = make_prompt(organization)
    calls = [make_call(user, contact=make_contact(organization), ai_agent=agent) for _ in range(5)]
    for call in calls:
        add_recording(call)
    partner = partner_of(user)

    assert statements(partner, CALLS) == 6
    assert statements(partner, f"{CALLS}/{calls[0].pk}") == 5


@pytest.mark.parametrize("are_added_up", [False, True])
@pytest.mark.parametrize("query", [{}, {"status": "busy"}, {"type": "outbound"}, {"agent_id": "agent_1"}])
def test_pages_far_from_the_beginning_leave_nothing_out(
    query: dict[str, Any],
    are_added_up: bool,
    partner: ApiClient,
    user: User,
    organization: Organization,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(far_pages, "_NEAR", 1)
    agent = make_prompt(organization, name="Alex", elevenlabs_agent_id="agent_1")
    for number in range(12):
        start = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=11 * number)
        direction = "inbound" if number % 4 else "outbound"
        make_call(user, start_time=start, status="busy" if number % 3 else "completed", direction=direction)
        make_call(user, start_time=start, ai_agent=agent, status="busy", direction="outbound")
    if are_added_up:
        count_calls()
    whole = listed(partner, limit=100, **query)

    answers = [partner.get(CALLS, limit=5, page=page, **query).body for page in range(1, 7)]

    assert [call["id"] for answer in answers for call in answer["calls"]] == whole
    assert {answer["count"] for answer in answers} == {len(whole)}
    assert len(whole) > 2


def test_an_agent_that_nobody_has_had_no_calls(partner: ApiClient, call: Call, other_user: User) -> None:
    assert other_user.organization is not None
    make_call(other_user, ai_agent=make_prompt(other_user.organization, elevenlabs_agent_id="agent_of_others"))
    for agent in ("agent_of_others", "agent_unknown", "0" * 24):
        assert partner.get(CALLS, agent_id=agent).body["count"] == 0
        assert listed(partner, agent_id=agent) == []
