"""/api/tags and /api/dispositions: what calls can be labelled with."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call, CallTag, Disposition, LegalHold, Tag
from calls.services.review import labels
from tests.calls.api.labelling import DISPOSITIONS, TAGS, make_disposition, make_tag, put_on
from tests.calls.api.reading import history
from tests.clients import ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, make_call, make_user
from tests.refusals import assert_refused
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db

BOTH = pytest.mark.parametrize(
    ("path", "name", "kind"), [(TAGS, "tag", Tag), (DISPOSITIONS, "disposition", Disposition)]
)


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


def test_a_tag_is_made_with_name_and_color(api: ApiClient) -> None:
    answer = api.post(TAGS, {"name": " Complaint ", "color": "#D62728"})

    assert answer.status == 201, answer
    assert_is("TagResponse", answer.body)
    tag = Tag.objects.get()
    assert answer.body == {
        "success": True,
        "tag": {"_id": tag.pk, "name": "Complaint", "color": "#d62728", "archived": False},
    }


def test_a_disposition_is_made_with_name_and_kind(api: ApiClient) -> None:
    answer = api.post(DISPOSITIONS, {"name": "Appointment booked", "kind": "positive"})

    assert answer.status == 201, answer
    assert_is("DispositionResponse", answer.body)
    disposition = Disposition.objects.get()
    assert answer.body == {
        "success": True,
        "disposition": {
            "_id": disposition.pk,
            "name": "Appointment booked",
            "kind": "positive",
            "archived": False,
        },
    }


def test_what_is_not_said_of_a_label_has_a_default(api: ApiClient) -> None:
    assert api.post(TAGS, {"name": "Complaint"}).body["tag"]["color"] == "#64748b"
    assert api.post(DISPOSITIONS, {"name": "Sold"}).body["disposition"]["kind"] == "neutral"


@BOTH
def test_they_are_listed_by_name_whatever_its_letter_case(path: str, name: str, kind: Any, api: ApiClient) -> None:
    for each in ("beta", "Alpha", "Gamma"):
        assert api.post(path, {"name": each}).status == 201

    answer = api.get(path)

    assert_is(f"{name.title()}sResponse", answer.body)
    assert [each["name"] for each in answer.body[f"{name}s"]] == ["Alpha", "beta", "Gamma"]


@BOTH
@pytest.mark.parametrize("same", ["Straße", "STRASSE", "straße", " strasse "])
def test_a_name_is_there_once_whatever_its_letter_case(
    same: str, path: str, name: str, kind: Any, api: ApiClient
) -> None:
    assert api.post(path, {"name": "Straße"}).status == 201

    assert_refused(api.post(path, {"name": same}), 409, f"{name.upper()}_EXISTS")

    assert kind.objects.count() == 1


@BOTH
def test_the_name_of_another_is_taken_by_no_change(
    path: str, name: str, kind: Any, api: ApiClient, organization: Organization
) -> None:
    kind.objects.create(organization=organization, name="Sold")
    other = kind.objects.create(organization=organization, name="Lost")

    assert_refused(api.patch(f"{path}/{other.pk}", {"name": "SOLD"}), 409, f"{name.upper()}_EXISTS")
    assert api.patch(f"{path}/{other.pk}", {"name": "LOST"}).body[name]["name"] == "LOST"


@BOTH
def test_an_archived_one_is_offered_no_more(
    path: str, name: str, kind: Any, api: ApiClient, organization: Organization
) -> None:
    label = kind.objects.create(organization=organization, name="Sold")

    answer = api.patch(f"{path}/{label.pk}", {"archived": True})

    assert (answer.status, answer.body[name]["archived"]) == (200, True)
    assert api.get(path).body[f"{name}s"] == []
    assert [each["_id"] for each in api.get(path, include="archived").body[f"{name}s"]] == [label.pk]


@BOTH
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": None}, "name"),
        ({"name": "Sold", "archived": "yes"}, "archived"),
    ],
)
def test_a_faulty_one_is_refused(
    body: dict[str, Any], field: str | None, path: str, name: str, kind: Any, api: ApiClient
) -> None:
    answer = api.post(path, body)

    assert_refused(answer, 400, "VALIDATION_ERROR")
    assert [each["path"] for each in answer.body["error"]["details"]] == [field or "name"]
    assert not kind.objects.exists()


def test_colors_and_kinds_are_checked(api: ApiClient) -> None:
    assert_refused(api.post(TAGS, {"name": "Sold", "color": "red"}), 400, "VALIDATION_ERROR")
    assert_refused(api.post(DISPOSITIONS, {"name": "Sold", "kind": "great"}), 400, "VALIDATION_ERROR")


@BOTH
def test_only_administrators_make_change_and_delete_them(
    path: str, name: str, kind: Any, organization: Organization
) -> None:
    label = kind.objects.create(organization=organization, name="Sold")
    head = logged_in(make_user(organization=organization, access_role=AccessRole.DEPARTMENT_HEAD))

    assert head.get(path).status == 200
    for answer in (
        head.post(path, {"name": "Lost"}),
        head.patch(f"{path}/{label.pk}", {"name": "Lost"}),
        head.request("DELETE", f"{path}/{label.pk}"),
    ):
        assert_refused(answer, 403, "FORBIDDEN")
    assert list(kind.objects.values_list("name", flat=True)) == ["Sold"]


@BOTH
def test_one_that_is_not_there_is_neither_changed_nor_deleted(path: str, name: str, kind: Any, api: ApiClient) -> None:
    assert_refused(api.patch(f"{path}/{UNKNOWN_ID}", {"name": "Lost"}), 404, f"{name.upper()}_NOT_FOUND")
    assert_refused(api.request("DELETE", f"{path}/{UNKNOWN_ID}"), 404, f"{name.upper()}_NOT_FOUND")


def test_a_deleted_tag_leaves_its_calls(api: ApiClient, user: User, organization: Organization) -> None:
    gone, stays = make_tag(organization, "Gone"), make_tag(organization, "Stays")
    call = make_call(user)
    put_on(call, gone, stays)

    assert api.request("DELETE", f"{TAGS}/{gone.pk}").status == 200

    assert [tag["name"] for tag in history(api)["calls"][0]["tags"]] == ["Stays"]
    assert list(CallTag.objects.values_list("tag_id", flat=True)) == [stays.pk]


def test_a_deleted_disposition_leaves_its_calls(api: ApiClient, user: User, organization: Organization) -> None:
    disposition = make_disposition(organization)
    make_call(user, disposition=disposition)

    assert api.request("DELETE", f"{DISPOSITIONS}/{disposition.pk}").status == 200

    assert "disposition" not in history(api)["calls"][0]
    assert Call.objects.get().disposition_id is None


@BOTH
def test_there_are_only_so_many(
    path: str, name: str, kind: Any, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "MOST_LABELS", 1)
    assert api.post(path, {"name": "Sold"}).status == 201

    assert_refused(api.post(path, {"name": "Lost"}), 409, "TOO_MANY_LABELS")


@pytest.mark.parametrize("kind", ["tags", "dispositions"])
def test_a_label_of_a_call_under_a_legal_hold_stays(api: ApiClient, user: User, kind: str) -> None:
    assert user.organization is not None
    call, other = make_call(user), make_call(user)
    tag, disposition = make_tag(user.organization), make_disposition(user.organization)
    put_on(call, tag)
    Call.objects.filter(pk=call.pk).update(disposition=disposition)
    label = tag if kind == "tags" else disposition
    hold = LegalHold.objects.create(organization=user.organization, scope="call", reason="Claim 118", call_id=call.pk)

    assert_refused(api.delete(f"/api/{kind}/{label.pk}"), 409, "LEGAL_HOLD")
    LegalHold.objects.filter(pk=hold.pk).update(call_id=other.pk)
    assert api.delete(f"/api/{kind}/{label.pk}").status == 200


@pytest.mark.parametrize(
    ("kind", "changes"), [("tags", {"name": "Praise"}), ("dispositions", {"kind": "negative"})], ids=str
)
def test_a_label_says_of_a_call_under_a_legal_hold_what_it_said(
    api: ApiClient, user: User, kind: str, changes: dict[str, str]
) -> None:
    assert user.organization is not None
    call = make_call(user)
    tag, disposition = make_tag(user.organization), make_disposition(user.organization)
    put_on(call, tag)
    Call.objects.filter(pk=call.pk).update(disposition=disposition)
    path = f"/api/{kind}/{(tag if kind == 'tags' else disposition).pk}"
    hold = LegalHold.objects.create(organization=user.organization, scope="call", reason="Claim 118", call_id=call.pk)
    [before] = api.get(f"/api/{kind}").body[kind]

    assert_refused(api.patch(path, changes), 409, "LEGAL_HOLD")

    # What it says stays so, archived or not.
    same = {name: before[name] for name in changes}
    assert api.patch(path, {**same, "archived": True}).body[kind.removesuffix("s")] == {**before, "archived": True}
    LegalHold.objects.filter(pk=hold.pk).delete()
    assert api.patch(path, changes).status == 200
