"""PATCH /api/calls/{callId}: what people make of a call, and where it is seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Call, CallTag, LegalHold
from calls.reports import CallReport
from calls.services.lifecycle.apply_report import apply_report
from tests.calls.api.labelling import make_disposition, make_tag, put_on
from tests.calls.api.reading import HISTORY, history
from tests.calls.event_log import event_names
from tests.calls.partner.partners import partner_of
from tests.clients import ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_call, make_user
from tests.refusals import assert_refused
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


@pytest.fixture
def call(user: User) -> Call:
    return make_call(user)


def review(api: ApiClient, call: Call, **changes: Any) -> dict[str, Any]:
    answer = api.patch(f"/api/calls/{call.pk}", changes)
    assert answer.status == 200, answer
    assert_is("CallsCallResponse", answer.body)
    assert_is("CallDocument", answer.body["call"])
    document: dict[str, Any] = answer.body["call"]
    return document


def last_event(call: Call) -> EventLog:
    event = EventLog.objects.filter(call_id=call.pk).last()
    assert event is not None
    return event


def test_a_call_gets_tags_a_disposition_and_a_star(api: ApiClient, call: Call, organization: Organization) -> None:
    late, early = make_tag(organization, "Urgent", color="#d62728"), make_tag(organization, "complaint")
    disposition = make_disposition(organization, "Sold", kind="positive")

    document = review(api, call, tags=[late.pk, early.pk], disposition=disposition.pk, isStarred=True)

    assert document["tags"] == [
        {"_id": early.pk, "name": "complaint", "color": "#64748b"},
        {"_id": late.pk, "name": "Urgent", "color": "#d62728"},
    ]
    assert document["disposition"] == {"_id": disposition.pk, "name": "Sold", "kind": "positive"}
    assert document["isStarred"] is True
    assert document["userId"]["email"]


def test_a_call_without_shows_that_it_has_none(api: ApiClient, call: Call) -> None:
    (document,) = history(api)["calls"]

    assert (document["tags"], document["isStarred"]) == ([], False)
    assert "disposition" not in document


def test_what_is_not_given_stays_as_it_is(api: ApiClient, call: Call, organization: Organization) -> None:
    tag, disposition = make_tag(organization), make_disposition(organization)
    review(api, call, tags=[tag.pk], disposition=disposition.pk, isStarred=True)

    document = review(api, call, isStarred=False)

    assert [each["_id"] for each in document["tags"]] == [tag.pk]
    assert (document["disposition"]["_id"], document["isStarred"]) == (disposition.pk, False)


def test_tags_take_the_place_of_those_before_and_null_takes_the_disposition_away(
    api: ApiClient, call: Call, organization: Organization
) -> None:
    first, second, third = (make_tag(organization) for _ in range(3))
    review(api, call, tags=[first.pk, second.pk], disposition=make_disposition(organization).pk)

    document = review(api, call, tags=[second.pk, third.pk, third.pk], disposition=None)

    assert {each["_id"] for each in document["tags"]} == {second.pk, third.pk}
    assert "disposition" not in document
    assert set(CallTag.objects.values_list("tag_id", flat=True)) == {second.pk, third.pk}
    assert review(api, call, tags=[])["tags"] == []
    assert not CallTag.objects.exists()


def test_a_change_is_told_with_what_it_made(api: ApiClient, call: Call, organization: Organization) -> None:
    tag, disposition = make_tag(organization, "Complaint"), make_disposition(organization, "Sold")

    review(api, call, tags=[tag.pk], disposition=disposition.pk, isStarred=True)

    assert event_names(call.pk) == ["call_updated"]
    told = last_event(call).data["call"]
    assert told["tags"] == [{"_id": tag.pk, "name": "Complaint", "color": "#64748b"}]
    assert told["disposition"] == {"_id": disposition.pk, "name": "Sold", "kind": "neutral"}
    assert told["isStarred"] is True
    assert "aiTranscript" not in told


def test_what_changes_nothing_is_told_to_nobody(api: ApiClient, call: Call, organization: Organization) -> None:
    first, second = make_tag(organization), make_tag(organization)
    review(api, call, tags=[first.pk, second.pk], isStarred=True)

    review(api, call, tags=[second.pk, first.pk], disposition=None, isStarred=True)

    assert event_names(call.pk) == ["call_updated"]


def test_what_happens_to_the_call_later_is_told_with_its_labels(
    api: ApiClient, user: User, organization: Organization
) -> None:
    call = make_call(user, status="in-progress")
    tag, disposition = make_tag(organization), make_disposition(organization)
    review(api, call, tags=[tag.pk], disposition=disposition.pk)

    apply_report(
        organization_id=organization.pk, call_id=call.pk, report=CallReport(provider="external", status="completed")
    )

    told = EventLog.objects.get(call_id=call.pk, name="call_ended").data["call"]
    assert ([each["_id"] for each in told["tags"]], told["disposition"]["_id"]) == ([tag.pk], disposition.pk)


def test_a_call_that_turns_out_to_have_begun_at_another_time_stays_in_the_history_of_its_tags(
    api: ApiClient, user: User, organization: Organization
) -> None:
    call = make_call(user, provider="elevenlabs")
    review(api, call, tags=[make_tag(organization).pk])
    another = call.start_time - timedelta(minutes=1)

    apply_report(
        organization_id=organization.pk, call_id=call.pk, report=CallReport(provider="elevenlabs", start_time=another)
    )

    call.refresh_from_db()
    assert call.start_time == another
    assert CallTag.objects.get().start_time == another


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.ADMIN])
def test_everybody_of_the_organization_reviews_calls(role: AccessRole, call: Call, organization: Organization) -> None:
    colleague = logged_in(make_user(organization=organization, access_role=role))

    assert review(colleague, call, isStarred=True)["isStarred"] is True


def test_what_is_archived_stays_and_is_put_on_no_more(api: ApiClient, call: Call, organization: Organization) -> None:
    there, new = make_tag(organization, is_archived=True), make_tag(organization, is_archived=True)
    disposition = make_disposition(organization, is_archived=True)
    put_on(call, there)
    Call.objects.update(disposition=disposition)

    assert len(review(api, call, tags=[there.pk], disposition=disposition.pk)["tags"]) == 1
    assert_refused(api.patch(f"/api/calls/{call.pk}", {"tags": [there.pk, new.pk]}), 400, "VALIDATION_ERROR")
    assert review(api, call, disposition=None, tags=[])["tags"] == []
    assert_refused(api.patch(f"/api/calls/{call.pk}", {"disposition": disposition.pk}), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "VALIDATION_ERROR"),
        ({"tags": None}, 400, "VALIDATION_ERROR"),
        ({"tags": "x"}, 400, "VALIDATION_ERROR"),
        ({"tags": ["x"]}, 400, "VALIDATION_ERROR"),
        ({"tags": [UNKNOWN_ID] * 21}, 400, "VALIDATION_ERROR"),
        ({"tags": [UNKNOWN_ID]}, 404, "TAG_NOT_FOUND"),
        ({"disposition": "x"}, 400, "VALIDATION_ERROR"),
        ({"disposition": UNKNOWN_ID}, 404, "DISPOSITION_NOT_FOUND"),
        ({"isStarred": "yes"}, 400, "VALIDATION_ERROR"),
        ({"isStarred": None}, 400, "VALIDATION_ERROR"),
        ({"isStarred": True, "disposition": UNKNOWN_ID}, 404, "DISPOSITION_NOT_FOUND"),
    ],
)
def test_a_faulty_review_changes_nothing(
    body: dict[str, Any], status: int, code: str, api: ApiClient, call: Call
) -> None:
    assert_refused(api.patch(f"/api/calls/{call.pk}", body), status, code)

    call.refresh_from_db()
    assert (call.tag_ids, call.disposition_id, call.is_starred, event_names(call.pk)) == ("", None, False, [])


def test_a_call_under_a_legal_hold_keeps_its_labels_and_gets_more(
    api: ApiClient, call: Call, organization: Organization
) -> None:
    there, new = make_tag(organization), make_tag(organization)
    sold, lost = make_disposition(organization), make_disposition(organization)
    review(api, call, tags=[there.pk])
    hold = LegalHold.objects.create(organization=organization, scope="call", reason="Claim 118", call_id=call.pk)

    assert len(review(api, call, tags=[there.pk, new.pk], disposition=sold.pk, isStarred=True)["tags"]) == 2
    for changes in ({"tags": [new.pk]}, {"disposition": None}, {"disposition": lost.pk}):
        assert_refused(api.patch(f"/api/calls/{call.pk}", {**changes, "isStarred": False}), 409, "LEGAL_HOLD")

    call.refresh_from_db()
    assert (set(call.tag_ids.split()), call.disposition_id, call.is_starred) == ({there.pk, new.pk}, sold.pk, True)
    assert event_names(call.pk) == ["call_updated", "call_updated"]
    LegalHold.objects.filter(pk=hold.pk).update(released_at=call.start_time)
    assert review(api, call, tags=[], disposition=None)["tags"] == []


def test_a_call_that_is_not_there_is_not_reviewed(api: ApiClient) -> None:
    assert_refused(api.patch(f"/api/calls/{UNKNOWN_ID}", {"isStarred": True}), 404, "CALL_NOT_FOUND")


def test_partners_read_them_in_their_names(call: Call, user: User, organization: Organization) -> None:
    tag, disposition = make_tag(organization, "Complaint"), make_disposition(organization, "Sold", kind="positive")
    put_on(call, tag)
    Call.objects.update(disposition=disposition, is_starred=True)
    partner = partner_of(user)

    for document in (
        partner.get("/api/v1/calls").body["calls"][0],
        partner.get(f"/api/v1/calls/{call.pk}").body,
    ):
        assert document["tags"] == [{"id": tag.pk, "name": "Complaint", "color": "#64748b"}]
        assert document["disposition"] == {"id": disposition.pk, "name": "Sold", "kind": "positive"}
        assert document["is_starred"] is True


def test_a_page_without_tags_costs_no_statement_for_them_and_one_with_any_costs_one(
    api: ApiClient, user: User, organization: Organization
) -> None:
    calls = [make_call(user, disposition=make_disposition(organization)) for _ in range(5)]
    counts = []
    for tagged in (0, 1, 5):
        for call in calls[:tagged]:
            CallTag.objects.filter(call=call).delete()
            put_on(call, *(make_tag(organization) for _ in range(3)))
        with CaptureQueriesContext(connection) as captured:
            assert api.get(HISTORY).status == 200
        counts.append(len(captured))

    assert counts == [4, 5, 5]
