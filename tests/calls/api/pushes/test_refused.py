"""The log of refused pushes, and GET /api/calls/ingest/refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from calls.models import Call, RefusedPush
from tests.accounts.keys import client_with, make_key
from tests.calls.api.ingesting import INGEST, ingest, ingested
from tests.calls.api.pushes.pushing import BATCH, DRY, DRY_BATCH, push, results
from tests.calls.api.test_ingest_database_faults import failing
from tests.clients import ApiClient, logged_in, vendor_of
from tests.contract.components import assert_is
from tests.factories import ingest_body, make_user, missed_call_body
from tests.statements import statements_made
from tether_calls.accounts.models import ApiKey, User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

REFUSED = f"{INGEST}/refused"


def refusals(client: ApiClient, **query: Any) -> list[dict[str, Any]]:
    """What is listed, newest first."""
    answer = client.get(REFUSED, **query)
    assert answer.status == 200, answer
    assert_is("RefusedPushesPageResponse", answer.body)
    rows: list[dict[str, Any]] = answer.body["data"]
    return rows


def logged() -> list[tuple[int, str, str, str]]:
    columns = ("status", "code", "field", "external_call_id")
    return list(RefusedPush.objects.order_by("id").values_list(*columns))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (missed_call_body(externalCallId="a", toNumber="5"), (400, "VALIDATION_ERROR", "toNumber", "a")),
        (ingest_body(externalCallId=" a ", summary=None), (400, "VALIDATION_ERROR", "summary", "a")),
        (missed_call_body(externalCallId="a", duration="5"), (400, "VALIDATION_ERROR", "duration", "a")),
        (
            ingest_body(externalCallId="a", transcript=[{"role": "caller", "message": ""}]),
            (400, "VALIDATION_ERROR", "transcript[0].role", "a"),
        ),
        (
            missed_call_body(externalCallId="a", metadata={"text": "x" * 70_000}),
            (413, "PAYLOAD_TOO_LARGE", "metadata", "a"),
        ),
        (ingest_body(externalCallId="a", recording="?"), (400, "RECORDING_INVALID", "", "a")),
        (missed_call_body(externalCallId="a" * 256), (400, "VALIDATION_ERROR", "externalCallId", "")),
        (missed_call_body(externalCallId="a\0"), (400, "VALIDATION_ERROR", "", "")),
        (missed_call_body(externalCallId=17), (400, "VALIDATION_ERROR", "externalCallId", "")),
        (missed_call_body(externalCallId={"a": ["b"] * 5_000}), (400, "VALIDATION_ERROR", "externalCallId", "")),
        (b"{", (400, "MALFORMED_JSON", "", "")),
        (b"", (400, "MALFORMED_JSON", "", "")),
        (b"[" * 100_000, (400, "VALIDATION_ERROR", "", "")),
        (b'{"externalCallId": "a", "x": ' + b"[" * 100_000, (400, "MALFORMED_JSON", "", "")),
    ],
)
def test_a_refused_call_is_logged_with_what_was_wrong(vendor: ApiClient, body: Any, expected: Any) -> None:
    ingest(vendor, body)

    assert logged() == [expected]


def test_of_a_batch_each_refused_call_is_logged(vendor: ApiClient) -> None:
    results(vendor, [missed_call_body(), missed_call_body(externalCallId="a", toNumber="5"), {}])

    assert logged() == [
        (400, "VALIDATION_ERROR", "toNumber", "a"),
        (400, "VALIDATION_ERROR", "direction", ""),
    ]


def test_a_batch_that_is_refused_as_a_whole_is_logged_once(vendor: ApiClient) -> None:
    push(vendor, [missed_call_body(externalCallId="a")] * 101)
    vendor.post(BATCH, b"a=b", content_type="application/x-www-form-urlencoded")

    assert logged() == [(413, "PAYLOAD_TOO_LARGE", "calls", ""), (415, "UNSUPPORTED_MEDIA_TYPE", "", "")]


def test_what_is_kept_or_repeated_or_only_tried_is_not_logged(vendor: ApiClient) -> None:
    body = ingest_body()
    ingested(vendor, body)
    ingest(vendor, body)
    results(vendor, [body, missed_call_body()])
    vendor.post(DRY, {})
    vendor.post(DRY_BATCH, {"calls": [{}]})
    vendor.post(DRY_BATCH, {})
    vendor.get(INGEST)

    assert logged() == []


def test_what_is_our_fault_is_not_logged_as_refused(vendor: ApiClient) -> None:
    with failing(Call, sqlite="SELECT RAISE(ABORT, 'fault')", postgres="RAISE 'fault'"):
        assert ingest(vendor, missed_call_body()).status == 500
        assert results(vendor, [missed_call_body()])[0]["status"] == 500

    assert logged() == []


def test_nothing_of_the_call_is_kept(vendor: ApiClient) -> None:
    ingest(vendor, missed_call_body(fromNumber="+14165550142", toNumber="call +14165550143 now", agentName="Alexandra"))
    ingest(vendor, missed_call_body(status="+14165550144"))

    rows = str(list(RefusedPush.objects.values()))
    assert "4165550" not in rows
    assert "Alexandra" not in rows


def test_a_log_that_cannot_be_written_changes_no_answer(vendor: ApiClient) -> None:
    ingested(vendor, missed_call_body())
    with failing(RefusedPush, sqlite="SELECT RAISE(ABORT, 'fault')", postgres="RAISE 'fault'"):
        answer = ingest(vendor, missed_call_body(toNumber="5"))
        found = results(vendor, [{}, missed_call_body()])

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert [result["status"] for result in found] == [400, 201]
    assert logged() == []


def test_only_the_newest_are_kept_of_each_organization(vendor: ApiClient, other_user: User, settings: Settings) -> None:
    settings.TETHER_REFUSED_PUSHES = 3
    others = vendor_of(other_user)
    ingest(others, missed_call_body(externalCallId="theirs", toNumber="5"))

    for number in range(5):
        ingest(vendor, missed_call_body(externalCallId=f"{number}", toNumber="5"))
    results(vendor, [missed_call_body(externalCallId=f"{number}", toNumber="5") for number in (5, 6)])

    assert [row["externalCallId"] for row in refusals(vendor)] == ["6", "5", "4"]
    assert [row["externalCallId"] for row in refusals(others)] == ["theirs"]


# ---- Keys ---------------------------------------------------------------------------------------------------------


def test_what_comes_with_a_key_that_has_ended_or_may_not_is_logged_for_staff(user: User) -> None:
    revoked = make_key(user, "can_ingest_calls", revoked_at=timezone.now())
    expired = make_key(user, "can_ingest_calls", expires_at=timezone.now() - timedelta(days=1))
    for_reading = make_key(user, "can_read_calls")
    for api_key in (revoked, expired, for_reading):
        assert ingest(client_with(api_key), missed_call_body(externalCallId="a")).status == 401
        assert push(client_with(api_key), [missed_call_body()]).status == 401

    assert logged() == [(401, "UNAUTHORIZED", "", "")] * 6
    assert {row.api_key_id for row in RefusedPush.objects.all()} == {revoked.pk, expired.pk, for_reading.pk}
    assert {row.organization_id for row in RefusedPush.objects.all()} == {user.home_id}


def test_what_strangers_send_is_not_logged(user: User, vendor: ApiClient) -> None:
    assert vendor.token is not None
    forged = ("tk_live_x", f"tk_live_{new_object_id()}_x", vendor.token[:-1], f"{vendor.token}A")
    for client in (ApiClient(), logged_in(user), *map(ApiClient, forged)):
        assert ingest(client, missed_call_body()).status == 401

    assert logged() == []


def test_a_key_that_is_deleted_leaves_what_was_refused_to_it(user: User) -> None:
    api_key = make_key(user, "can_ingest_calls")
    ingest(client_with(api_key), {})

    api_key.delete()

    (row,) = refusals(vendor_of(user))
    assert "keyName" not in row


# ---- The list ------------------------------------------------------------------------------------------------------


def test_it_is_listed_newest_first(vendor: ApiClient) -> None:
    for number in range(3):
        ingest(vendor, missed_call_body(externalCallId=f"call {number}", toNumber="5"))

    rows = refusals(vendor)

    assert [row["externalCallId"] for row in rows] == ["call 2", "call 1", "call 0"]
    assert {name: value for name, value in rows[0].items() if name not in ("_id", "createdAt")} == {
        "status": 400,
        "code": "VALIDATION_ERROR",
        "field": "toNumber",
        "externalCallId": "call 2",
        "keyName": "Default",
    }


def test_it_comes_in_pages(vendor: ApiClient) -> None:
    results(vendor, [missed_call_body(externalCallId=f"{number}", toNumber="5") for number in range(25)])

    pages = [vendor.get(REFUSED, page=page, size=10).body for page in (1, 2, 3, 4)]

    assert [page["total"] for page in pages] == [25] * 4
    listed = [row["externalCallId"] for page in pages for row in page["data"]]
    assert listed == [f"{number}" for number in range(24, -1, -1)]


@pytest.mark.parametrize("query", ["page=0", "size=101", "size=x", "page=1&page=2", "limit=5"])
def test_a_query_that_is_wrong_is_refused(vendor: ApiClient, query: str) -> None:
    answer = vendor.request("GET", REFUSED, QUERY_STRING=query)

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert isinstance(answer.body["error"], str)


def test_another_organization_and_another_user_see_nothing_of_it(user: User, other_user: User) -> None:
    colleague = make_user(organization=user.organization)
    ingest(vendor_of(user), missed_call_body(externalCallId="a", toNumber="5"))

    for other in (other_user, colleague):
        answer = vendor_of(other).get(REFUSED)
        assert answer.body == {"data": [], "total": 0, "page": 1, "size": 10}
    second_key = client_with(make_key(user, "can_ingest_calls", name="A second system"))
    assert [row["externalCallId"] for row in refusals(second_key)] == ["a"]


def test_a_key_that_may_ingest_is_needed(user: User) -> None:
    for client in (ApiClient(), logged_in(user), client_with(make_key(user, "can_read_calls"))):
        answer = client.get(REFUSED)
        assert (answer.status, answer.body["code"]) == (401, "UNAUTHORIZED")
    assert logged() == []


def test_it_costs_three_statements(vendor: ApiClient) -> None:
    results(vendor, [{}] * 20)
    ApiKey.objects.update(last_used_at=timezone.now())

    with statements_made() as made:
        refusals(vendor)

    assert len(made) == 3
