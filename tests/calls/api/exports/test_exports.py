"""/api/exports: asked for, looked at, downloaded; by whom, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import requests
from django.core.files.storage import storages
from django.utils import timezone

from calls.models import Export
from calls.services.exports.make import make_exports
from calls.storage import LocalExports
from tests.at_once import at_once
from tests.calls.exporting import content_of, made, make_export
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_call, make_organization, make_user
from tests.statements import statements_made
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.background import wake
from tether_calls.settings import base

pytestmark = pytest.mark.django_db

EXPORTS = "/api/exports"
CALLS = {"kind": "calls", "format": "csv"}


def asked(client: ApiClient, body: Any) -> dict[str, Any]:
    answer = client.post(EXPORTS, body)
    assert answer.status == 202, answer
    assert_is("ExportResponse", answer.body)
    export: dict[str, Any] = answer.body["export"]
    return export


def read(client: ApiClient, export_id: str) -> dict[str, Any]:
    answer = client.get(f"{EXPORTS}/{export_id}")
    assert answer.status == 200, answer
    export: dict[str, Any] = answer.body["export"]
    return export


def download(url: str) -> tuple[int, bytes, str, str]:
    """Status, content, type and name of a file, as a browser gets it."""
    if isinstance(storages["exports"], LocalExports):
        local = ApiClient().request("GET", url.removeprefix("http://testserver"))
        return local.status, local.content, local.headers["Content-Type"], local.headers["Content-Disposition"]
    answer = requests.get(url, timeout=PATIENCE)
    return answer.status_code, answer.content, answer.headers["Content-Type"], answer.headers["Content-Disposition"]


def faults(answer: Answer) -> list[str]:
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR"), answer
    return [detail["path"] for detail in answer.body["error"]["details"]]


# ---- From asking to downloading ------------------------------------------------------------------------------------


def test_it_is_asked_for_made_and_downloaded(api: ApiClient, user: User) -> None:
    make_call(user, status="busy")
    make_call(user, status="completed")
    body = {**CALLS, "filter": {"status": "busy", "startDate": "2020-01-01"}, "columns": ["status"], "timezone": "UTC"}

    export = asked(api, body)

    assert export == {
        "_id": export["_id"],
        "status": "queued",
        "kind": "calls",
        "format": "csv",
        "filter": {"status": "busy", "startDate": "2020-01-01T00:00:00Z"},
        "columns": ["status"],
        "timezone": "UTC",
        "rows": 0,
        "userId": user.pk,
        "createdAt": export["createdAt"],
    }

    make_exports()

    ready = read(api, export["_id"])
    assert (ready["status"], ready["rows"], ready["total"], ready["size"]) == (
        "ready",
        1,
        1,
        len(b"\xef\xbb\xbfstatus\r\nbusy\r\n"),
    )
    assert ready["expiresAt"] > ready["finishedAt"]
    day = ready["createdAt"][:10]
    assert download(ready["url"]) == (
        200,
        b"\xef\xbb\xbfstatus\r\nbusy\r\n",
        "text/csv; charset=utf-8",
        f'attachment; filename="calls-{day}.csv"',
    )


def test_the_list_shows_the_newest_first_with_addresses(api: ApiClient, user: User) -> None:
    ready, queued = made(user), make_export(user)

    answer = api.get(EXPORTS, size=1)
    assert_is("ExportsPageResponse", answer.body)
    assert ([export["_id"] for export in answer.body["exports"]], answer.body["total"]) == ([queued.pk], 2)
    (second,) = api.get(EXPORTS, size=1, page=2).body["exports"]
    assert second["_id"] == ready.pk
    assert download(second["url"])[1] == content_of(ready)


def test_why_it_failed_can_be_read(api: ApiClient, user: User, settings: Any) -> None:
    settings.TETHER_EXPORT_MAX_ROWS = 0
    make_call(user)
    export = make_export(user)
    make_exports()

    failed = read(api, export.pk)

    assert (failed["status"], failed["error"]["code"], "url" in failed) == ("failed", "EXPORT_TOO_LARGE", False)


def test_after_its_time_there_is_none_although_it_is_not_pruned_yet(api: ApiClient, user: User) -> None:
    export = made(user)
    Export.objects.update(expires_at=timezone.now())

    answer = api.get(f"{EXPORTS}/{export.pk}")

    assert (answer.status, answer.body["code"]) == (404, "EXPORT_NOT_FOUND")
    assert api.get(EXPORTS).body["exports"] == []


@pytest.mark.skipif("'R2_BUCKET' in os.environ", reason="S3 signs its addresses itself")
def test_an_address_works_for_ten_minutes_and_only_for_its_file(
    api: ApiClient, user: User, later: Callable[[float], None]
) -> None:
    url = read(api, made(user).pk)["url"].removeprefix("http://testserver")
    assert ApiClient().request("GET", url).status == 200

    forged = ApiClient().request("GET", url[:-1] + ("A" if url[-1] != "A" else "B"))
    # An address of a recording is signed otherwise.
    of_a_recording = ApiClient().request("GET", url.replace("/media/exports/", "/media/recordings/"))
    later(601)
    old = ApiClient().request("GET", url)

    assert (forged.status, forged.body["code"]) == (404, "EXPORT_NOT_FOUND")
    assert (of_a_recording.status, of_a_recording.body["code"]) == (404, "RECORDING_NOT_FOUND")
    assert (old.status, old.body["code"]) == (404, "EXPORT_NOT_FOUND")


def test_the_job_is_woken_at_once(
    api: ApiClient, settings: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    settings.TETHER_JOBS_IN_PROCESS, settings.TETHER_JOBS_WOKEN_BY_EXPORTS = True, base.TETHER_JOBS_WOKEN_BY_EXPORTS
    woken: list[str] = []
    wake.use_runner(woken.append)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            asked(api, CALLS)
    finally:
        wake.use_runner(None)

    assert woken == ["make_exports"]


# ---- Who ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["calls", "contacts", "doNotCall", "wallet"])
@pytest.mark.parametrize("role", AccessRole)
def test_department_heads_export_and_administrators_the_wallet_too(
    user: User, home: Organization, role: AccessRole, kind: str
) -> None:
    client = logged_in(make_user(organization=home, access_role=role))
    export = made(user, kind)
    least = AccessRole.ADMIN if kind == "wallet" else AccessRole.DEPARTMENT_HEAD
    order = [AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD, AccessRole.ADMIN, AccessRole.SUPERADMIN]
    may = order.index(role) >= order.index(least)

    assert client.post(EXPORTS, {"kind": kind, "format": "csv"}).status == (202 if may else 403)
    one, page = client.get(f"{EXPORTS}/{export.pk}"), client.get(EXPORTS)
    if role is AccessRole.SALES_REP:
        assert (one.status, one.body["code"], page.status) == (403, "FORBIDDEN", 403)
    else:
        assert one.status == (200 if may else 404)
        assert (export.pk in [row["_id"] for row in page.body["exports"]]) == may


def test_nobody_without_a_token_or_an_organization(db: None, user: User) -> None:
    export = make_export(user)
    for client, status in ((ApiClient(), 401), (logged_in(make_user(organization=None)), 403)):
        assert client.post(EXPORTS, CALLS).status == status
        assert client.get(EXPORTS).status == status
        assert client.get(f"{EXPORTS}/{export.pk}").status == status


def test_another_organizations_export_is_not_there(user: User, api: ApiClient, other_api: ApiClient) -> None:
    export = made(user)

    theirs, unknown = other_api.get(f"{EXPORTS}/{export.pk}"), other_api.get(f"{EXPORTS}/{UNKNOWN_ID}")

    assert (theirs.status, theirs.content) == (unknown.status, unknown.content)
    assert other_api.get(EXPORTS).body["exports"] == []
    assert read(api, export.pk)["status"] == "ready"


def test_ids_of_another_organization_find_nothing(user: User, other_user: User) -> None:
    call = make_call(other_user)
    client = logged_in(user)

    export = asked(client, {**CALLS, "filter": {"userId": other_user.pk}})
    asked(client, {**CALLS, "filter": {"fromNumber": call.from_number}})
    make_exports()

    assert [row["rows"] for row in client.get(EXPORTS).body["exports"]] == [0, 0]
    assert read(client, export["_id"])["status"] == "ready"


# ---- How many ------------------------------------------------------------------------------------------------------


def test_an_organization_has_so_many_unfinished_ones_and_others_have_theirs(
    user: User, api: ApiClient, other_api: ApiClient, settings: Any
) -> None:
    settings.TETHER_EXPORTS_AT_ONCE = 2
    for _ in range(2):
        asked(api, CALLS)

    refused = api.post(EXPORTS, CALLS)

    assert (refused.status, refused.body["code"]) == (409, "TOO_MANY_EXPORTS")
    asked(other_api, CALLS)
    make_exports()
    asked(api, CALLS)
    Export.objects.of_organization(user.home_id).update(status="running", expires_at=timezone.now() + timedelta(1))
    assert api.post(EXPORTS, CALLS).status == 409
    # What was never finished is in the way for a day only.
    Export.objects.of_organization(user.home_id).update(expires_at=timezone.now())
    asked(api, CALLS)


@pytest.mark.django_db(transaction=True)
def test_not_more_when_they_are_asked_for_at_the_same_moment(settings: Any) -> None:
    settings.TETHER_EXPORTS_AT_ONCE = 2
    client = logged_in(make_user(organization=make_organization()))

    answers = at_once([partial(client.post, EXPORTS, CALLS)] * 6)

    assert sorted(answer.status for answer in answers) == [202, 202, 409, 409, 409, 409]
    wait_until(lambda: Export.objects.count() == 2)


# ---- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["kind", "format"]),
        ({"kind": "agents", "format": "csv"}, ["kind"]),
        ({"kind": "calls", "format": "xlsx"}, ["format"]),
        ({**CALLS, "format": None}, ["format"]),
        ({**CALLS, "colums": ["to"]}, ["colums"]),
        ({**CALLS, "filter": []}, ["filter"]),
        ({**CALLS, "filter": None}, ["filter"]),
        ({**CALLS, "filter": {"state": "busy"}}, ["filter.state"]),
        ({**CALLS, "filter": {"limit": "10"}}, ["filter.limit"]),
        ({**CALLS, "filter": {"cursor": "x", "offset": "1"}}, ["filter.cursor", "filter.offset"]),
        ({**CALLS, "filter": {"status": "gone"}}, ["filter.status"]),
        ({**CALLS, "filter": {"status": ["busy", "failed"]}}, ["filter.status"]),
        ({**CALLS, "filter": {"status": None, "q": 7}}, ["filter.status", "filter.q"]),
        ({**CALLS, "filter": {"contactId": "7"}}, ["filter.contactId"]),
        ({**CALLS, "filter": {"fromNumber": "12"}}, ["filter.fromNumber"]),
        ({**CALLS, "filter": {"q": "x" * 101}}, ["filter.q"]),
        ({**CALLS, "filter": {"startDate": "yesterday"}}, ["filter.startDate"]),
        ({**CALLS, "filter": {"startDate": "2026-05-02", "endDate": "2026-05-01"}}, ["filter.endDate"]),
        ({**CALLS, "filter": {"source": "CRM"}}, ["filter.source"]),
        ({**CALLS, "kind": "contacts", "filter": {"status": "busy"}}, ["filter.status"]),
        ({**CALLS, "kind": "contacts", "filter": {"search": "x" * 101}}, ["filter.search"]),
        ({**CALLS, "kind": "doNotCall", "filter": {"search": "x"}}, ["filter.search"]),
        ({**CALLS, "kind": "wallet", "filter": {"q": "xx"}}, ["filter.q"]),
        ({**CALLS, "columns": []}, ["columns"]),
        ({**CALLS, "columns": "to"}, ["columns"]),
        ({**CALLS, "columns": ["to", "secret"]}, ["columns.1"]),
        ({**CALLS, "columns": ["to", "from", "to"]}, ["columns.2"]),
        ({**CALLS, "columns": ["aiTranscript"]}, ["columns.0"]),
        ({**CALLS, "columns": ["to"] * 101}, ["columns"]),
        ({**CALLS, "columns": [7]}, ["columns.0"]),
        ({**CALLS, "kind": "contacts", "columns": ["duration"]}, ["columns.0"]),
        ({**CALLS, "includeTranscript": "yes"}, ["includeTranscript"]),
        ({**CALLS, "kind": "contacts", "includeTranscript": True}, ["includeTranscript"]),
        ({**CALLS, "timezone": "Mars/Olympus"}, ["timezone"]),
        ({**CALLS, "timezone": "../../etc/passwd"}, ["timezone"]),
        ({**CALLS, "timezone": "x" * 65}, ["timezone"]),
        ({**CALLS, "timezone": ""}, ["timezone"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(api: ApiClient, body: Any, paths: list[str]) -> None:
    assert faults(api.post(EXPORTS, body)) == paths
    assert not Export.objects.exists()


@pytest.mark.parametrize("query", ["page=0", "size=101", "size=x", "page=1&page=2", "kind=calls"])
def test_a_list_that_cannot_be_understood_is_refused(api: ApiClient, query: str) -> None:
    answer = api.request("GET", EXPORTS, QUERY_STRING=query)

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


def test_what_is_no_id_is_no_route(api: ApiClient) -> None:
    assert api.get(f"{EXPORTS}/7").status == 404


# ---- What it costs -------------------------------------------------------------------------------------------------


def test_statements(api: ApiClient, user: User) -> None:
    export = made(user)
    with statements_made() as asking:
        asked(api, {**CALLS, "filter": {"q": "invoice"}, "timezone": "UTC"})
    with statements_made() as looking:
        read(api, export.pk)
    with statements_made() as listing:
        api.get(EXPORTS)

    # Each begins with the user; who is given the address of a file is written down.
    assert (len(asking), len(looking), len(listing)) == (4, 3, 4)
