"""POST /api/calls/ingest with a disposition and tags: by name, made where unknown, and exactly once."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call, CallTag, Disposition, Tag
from calls.services.review import named_labels
from tests.calls.api.ingesting import ingested, refused
from tests.calls.api.labelling import make_disposition, make_tag
from tests.calls.api.pushes.pushing import results, statuses
from tests.calls.api.reading import history
from tests.calls.api.test_ingest_races import post_at_once
from tests.clients import ApiClient, vendor_of
from tests.factories import ingest_body, make_user, missed_call_body
from tests.statements import statements_made
from tether_calls.accounts.models import Organization, User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


def names(call: dict[str, Any]) -> list[str]:
    return [tag["name"] for tag in call["tags"]]


def test_unknown_names_are_made(api: ApiClient, vendor: ApiClient, organization: Organization) -> None:
    call_id = ingested(vendor, ingest_body(disposition=" Sold ", tags=["VIP", " Complaint "]))["callId"]

    (call,) = history(api)["calls"]
    assert (names(call), call["disposition"]["name"], call["disposition"]["kind"]) == (
        ["Complaint", "VIP"],
        "Sold",
        "neutral",
    )
    assert set(CallTag.objects.values_list("call_id", "tag__name")) == {(call_id, "VIP"), (call_id, "Complaint")}
    assert set(Tag.objects.values_list("organization_id", flat=True)) == {organization.pk}
    for event in EventLog.objects.filter(call_id=call_id, name__in=["call_initiated", "call_ended"]):
        assert (names(event.data["call"]), event.data["call"]["disposition"]["name"]) == (["Complaint", "VIP"], "Sold")


def test_known_names_are_taken_whatever_their_letter_case(
    api: ApiClient, vendor: ApiClient, organization: Organization
) -> None:
    tag, disposition = make_tag(organization, "VIP", is_archived=True), make_disposition(organization, "Sold")

    ingested(vendor, ingest_body(disposition="SOLD", tags=["vip", "Vip"]))

    (call,) = history(api)["calls"]
    assert ([each["_id"] for each in call["tags"]], call["disposition"]["_id"]) == ([tag.pk], disposition.pk)
    assert (Tag.objects.count(), Disposition.objects.count()) == (1, 1)


def test_another_organizations_are_its_own(vendor: ApiClient) -> None:
    other = make_user()
    assert other.organization is not None
    theirs = make_tag(other.organization, "VIP")

    ingested(vendor, ingest_body(tags=["VIP"]))

    assert CallTag.objects.get().tag_id != theirs.pk


@pytest.mark.parametrize("said", [{}, {"tags": None, "disposition": None}, {"tags": ["", " "], "disposition": " "}])
def test_without_any_nothing_is_made_and_no_statement_is_more(said: dict[str, Any], vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())
    with statements_made() as plain:
        ingested(vendor, ingest_body())

    with statements_made() as made:
        ingested(vendor, ingest_body(**said))

    assert len(made) == len(plain)
    assert not Tag.objects.exists()
    assert not Disposition.objects.exists()


def test_labels_that_are_there_cost_a_look_at_each_kind_and_a_row(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body(tags=["VIP"], disposition="Sold"))
    with statements_made() as plain:
        ingested(vendor, ingest_body())

    with statements_made() as made:
        ingested(vendor, ingest_body(tags=["VIP"], disposition="Sold"))

    writes = sum("INSERT" in sql for sql in made) - sum("INSERT" in sql for sql in plain)
    assert len(made) - writes == len(plain) + 2


def test_a_call_that_comes_again_is_labelled_once(vendor: ApiClient) -> None:
    body = missed_call_body(externalCallId="v1", tags=["VIP"])
    ingested(vendor, body)

    assert vendor.post("/api/calls/ingest", {**body, "tags": ["Other"]}).status == 200

    assert list(CallTag.objects.values_list("tag__name", flat=True)) == ["VIP"]
    assert Tag.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"tags": "VIP"}, "tags"),
        ({"tags": [1]}, "tags"),
        ({"tags": ["x"] * 21}, "tags"),
        ({"tags": ["ok", "x" * 61]}, "tags[1]"),
        ({"disposition": 1}, "disposition"),
        ({"disposition": "x" * 61}, "disposition"),
        ({"tags": ["a\0"]}, "NUL"),
        ({"disposition": "a\0"}, "NUL"),
    ],
)
def test_what_is_no_label_is_refused(said: dict[str, Any], sentence: str, vendor: ApiClient) -> None:
    assert sentence in refused(vendor, ingest_body(**said))


def test_what_would_be_more_than_there_may_be_is_left_out_and_the_call_kept(
    api: ApiClient, vendor: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_labels, "MOST_LABELS", 1)

    ingested(vendor, ingest_body(tags=["Beta", "Alpha"]))
    ingested(vendor, ingest_body(tags=["Gamma", "Alpha"]))

    assert [names(call) for call in history(api)["calls"]] == [["Alpha"], ["Alpha"]]


def test_a_batch_makes_each_name_once(api: ApiClient, vendor: ApiClient, organization: Organization) -> None:
    make_tag(organization, "VIP")
    calls = [missed_call_body(tags=["vip", f"Tag {number % 2}"], disposition="Lost") for number in range(4)]

    assert statuses(results(vendor, [*calls, missed_call_body()])) == [201] * 5

    assert sorted(Tag.objects.values_list("name", flat=True)) == ["Tag 0", "Tag 1", "VIP"]
    assert Disposition.objects.count() == 1
    assert CallTag.objects.count() == 8
    shown = history(api)["calls"]
    assert sorted(len(call["tags"]) for call in shown) == [0, 2, 2, 2, 2]
    assert sum("disposition" in call for call in shown) == 4


@pytest.mark.django_db(transaction=True)
def test_calls_that_come_at_once_make_a_name_once(live_url: str) -> None:
    vendor = vendor_of(make_user())
    bodies = [missed_call_body(tags=["VIP", "Complaint"], disposition="Lost") for _ in range(6)]

    answers = post_at_once(live_url, [(vendor, body) for body in bodies])

    assert {answer.status_code for answer in answers} == {201}
    assert (Tag.objects.count(), Disposition.objects.count()) == (2, 1)
    assert CallTag.objects.count() == 12
    assert Call.objects.filter(disposition=Disposition.objects.get()).count() == 6
