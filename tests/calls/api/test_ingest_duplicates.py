"""POST /api/calls/ingest: a call is kept once for each externalCallId of a key's owner."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call
from contacts.models import Contact
from tests.calls.api.ingesting import INGEST, ingest, ingested, nothing_kept, refused
from tests.clients import ApiClient, vendor_of
from tests.factories import ingest_body, make_user, missed_call_body
from tether_calls.accounts import api_keys
from tether_calls.accounts.models import ApiKey, Organization, User

pytestmark = pytest.mark.django_db


def test_a_repeated_call_is_answered_200_with_the_first_ones_id(vendor: ApiClient) -> None:
    body = ingest_body()
    first = ingested(vendor, body)

    answer = ingest(vendor, body)

    assert answer.status == 200
    assert answer.body == {"success": True, "deduplicated": True, "callId": first["callId"]}


def test_a_repeated_call_leaves_no_row_event_or_recording(vendor: ApiClient) -> None:
    body = ingest_body()
    ingested(vendor, body)

    with nothing_kept():
        assert ingest(vendor, body).status == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"summary": "Something else."},
        {"toNumber": "+14165550177"},
        {"direction": "inbound"},
        {"status": "no-answer", "recording": None, "transcript": None, "summary": None},
    ],
)
def test_a_repeated_id_returns_the_first_call_whatever_else_has_changed(
    vendor: ApiClient, changed: dict[str, Any]
) -> None:
    body = ingest_body()
    first = ingested(vendor, body)
    again = {name: value for name, value in {**body, **changed}.items() if value is not None}

    with nothing_kept():
        answer = ingest(vendor, again)

    assert (answer.status, answer.body["callId"]) == (200, first["callId"])
    assert Call.objects.get().ai_summary == "Confirmed appointment for Friday at 2pm."


def test_a_repeated_call_names_nobody(vendor: ApiClient) -> None:
    body = ingest_body()
    ingested(vendor, body)

    ingest(vendor, {**body, "callerName": "Kim Example"})

    assert Contact.objects.get().full_name == "Unknown Caller"


def test_a_repeated_call_that_is_not_valid_is_refused_like_any_other(vendor: ApiClient) -> None:
    body = ingest_body()
    ingested(vendor, body)

    assert refused(vendor, {**body, "summary": None}) == "Missing required field: summary"


def test_a_call_without_an_external_id_is_never_a_duplicate(vendor: ApiClient) -> None:
    body = ingest_body(externalCallId=None)

    assert ingested(vendor, body)["callId"] != ingested(vendor, body)["callId"]


@pytest.mark.parametrize("blank", ["", "   ", "\t\n", None])
def test_a_blank_external_id_identifies_nothing(vendor: ApiClient, blank: str | None) -> None:
    body = {**missed_call_body(), "externalCallId": blank}

    assert ingested(vendor, body)["callId"] != ingested(vendor, body)["callId"]
    assert set(Call.objects.values_list("external_call_id", flat=True)) == {None}


def test_spaces_around_an_external_id_do_not_make_it_another(vendor: ApiClient) -> None:
    first = ingested(vendor, missed_call_body(externalCallId="abc"))

    assert ingest(vendor, missed_call_body(externalCallId=" abc ")).body["callId"] == first["callId"]


@pytest.mark.parametrize("other", ["ABC", "abc/", "abc%00", "äbc"])
def test_an_external_id_is_taken_to_the_letter(vendor: ApiClient, other: str) -> None:
    ingested(vendor, missed_call_body(externalCallId="abc"))

    assert ingest(vendor, missed_call_body(externalCallId=other)).status == 201


def test_the_same_external_id_of_another_organization_is_another_call(vendor: ApiClient, other_user: User) -> None:
    body = ingest_body()

    assert ingested(vendor, body)["callId"] != ingested(vendor_of(other_user), body)["callId"]


def test_the_same_external_id_of_a_colleague_is_another_call(vendor: ApiClient, user: User) -> None:
    body = ingest_body()
    colleague = make_user(organization=user.organization)

    assert ingested(vendor, body)["callId"] != ingested(vendor_of(colleague), body)["callId"]


def move(user: User, organization: Organization) -> None:
    user.organization = organization
    user.save()


def test_the_call_of_an_organization_that_its_owner_has_left_is_not_found(
    vendor: ApiClient, user: User, other_user: User
) -> None:
    former, there = user.organization, other_user.organization
    assert former is not None
    assert there is not None
    body = ingest_body()
    before = ingested(vendor, body)
    move(user, there)

    after = ingested(vendor, body)

    assert all(before[name] != after[name] for name in ("callId", "contactId", "conversationId"))
    assert set(Call.objects.values_list("pk", "organization_id")) == {
        (before["callId"], former.pk),
        (after["callId"], there.pk),
    }
    assert ingest(vendor, body).body["callId"] == after["callId"]
    move(user, former)
    assert ingest(vendor, body).body["callId"] == before["callId"]


def test_nor_is_it_by_a_batch_or_a_dry_run(vendor: ApiClient, user: User, other_user: User) -> None:
    body = ingest_body()
    before = ingested(vendor, body)["callId"]
    assert other_user.organization is not None
    move(user, other_user.organization)

    rehearsed = vendor.post(f"{INGEST}?dryRun=true", body)
    batch = vendor.post(f"{INGEST}/batch", {"calls": [body]})

    assert before.encode() not in rehearsed.content + batch.content
    (result,) = batch.body["results"]
    assert (result["status"], Call.objects.get(pk=result["callId"]).organization_id) == (201, user.organization_id)


def test_the_same_external_id_under_another_key_of_the_owner_is_the_same_call(vendor: ApiClient, user: User) -> None:
    body = ingest_body()
    first = ingested(vendor, body)
    second_key = ApiClient(api_keys.key_of(ApiKey.objects.create(user=user, name="A second system")))

    assert ingest(second_key, body).body == {"success": True, "deduplicated": True, "callId": first["callId"]}
