"""GET /api/calls/{callId}/recording, and the address that it answers with."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from django.core.files.storage import storages

from calls.models import Call
from calls.storage import LocalRecordings
from tests.calls.api.reading import add_recording
from tests.clients import Answer, ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import make_call, make_user, mp3_bytes
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

TURNS = [{"role": "agent", "message": "Hello.\nThis is Alex.", "timestamp": 0.5}, {"role": "user", "message": "Hi."}]


def recording_of(client: ApiClient, call: Call) -> Answer:
    return client.get(f"/api/calls/{call.pk}/recording")


def is_local() -> bool:
    return isinstance(storages["recordings"], LocalRecordings)


def test_a_recording_comes_with_its_transcript(api: ApiClient, user: User) -> None:
    call = make_call(user, ai_transcript=TURNS)
    recording = add_recording(call)

    answer = recording_of(api, call)

    assert answer.status == 200
    assert_is("CallsRecordingResponse", answer.body)
    assert answer.body.pop("audioUrl").startswith("http")
    assert answer.body == {
        "success": True,
        "audioUrl": answer.body["audioUrl"],
        "duration": 2.5,
        "recordingId": recording.pk,
        "transcriptionText": "agent: Hello.\nThis is Alex.\nuser: Hi.",
        "transcriptionData": [
            {"role": "agent", "message": "Hello.\nThis is Alex.", "timestamp": 0.5},
            {"role": "user", "message": "Hi.", "timestamp": None},
        ],
        "direction": "outbound",
        "from": "+14165550100",
        "to": "+14165550199",
    }


def test_a_recording_without_transcript_has_an_empty_one(api: ApiClient, user: User) -> None:
    call = make_call(user)
    add_recording(call)

    answer = recording_of(api, call)

    assert (answer.body["transcriptionText"], answer.body["transcriptionData"]) == ("", [])


def test_of_several_recordings_it_is_the_newest(api: ApiClient, user: User) -> None:
    call = make_call(user)
    add_recording(call)
    newest = add_recording(call, sha256="1" * 64)

    assert recording_of(api, call).body["recordingId"] == newest.pk


def test_a_recording_whose_length_is_not_known_has_the_calls(api: ApiClient, user: User) -> None:
    call = make_call(user, duration=61)
    add_recording(call, duration=None)

    assert recording_of(api, call).body["duration"] == 61


def test_a_length_that_nobody_knows_is_left_out(api: ApiClient, user: User) -> None:
    call = make_call(user, duration=None)
    add_recording(call, duration=None)

    assert "duration" not in recording_of(api, call).body


def test_a_colleague_may_listen(api: ApiClient, user: User) -> None:
    call = make_call(make_user(organization=user.organization))
    add_recording(call)

    assert recording_of(api, call).status == 200


def test_a_call_without_recording_is_404(api: ApiClient, user: User) -> None:
    answer = recording_of(api, make_call(user))

    assert (answer.status, answer.body["code"]) == (404, "RECORDING_NOT_FOUND")


def test_an_unknown_call_is_404(api: ApiClient) -> None:
    answer = api.get(f"/api/calls/{new_object_id()}/recording")

    assert (answer.status, answer.body["code"]) == (404, "CALL_NOT_FOUND")


def test_the_address_is_under_the_public_base_url_where_one_is_set(api: ApiClient, user: User, settings: Any) -> None:
    if not is_local():
        pytest.skip("the storage has addresses of its own")
    settings.PUBLIC_BASE_URL = "https://calls.example"
    call = make_call(user)
    add_recording(call)

    assert recording_of(api, call).body["audioUrl"].startswith("https://calls.example/media/recordings/")


@pytest.fixture
def played(live_url: str) -> dict[str, Any]:
    """What the running server answers for a recording that was just made."""
    user = make_user()
    call = make_call(user)
    add_recording(call)
    token = logged_in(user).token
    answer = requests.get(
        f"{live_url}/api/calls/{call.pk}/recording", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
    )
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.django_db(transaction=True)
def test_the_address_plays_without_a_token(played: dict[str, Any]) -> None:
    answer = requests.get(played["audioUrl"], timeout=PATIENCE)

    assert (answer.status_code, answer.content) == (200, mp3_bytes())
    assert answer.headers["Content-Type"] == "audio/mpeg"


@pytest.mark.django_db(transaction=True)
def test_the_address_plays_from_the_middle(played: dict[str, Any]) -> None:
    answer = requests.get(played["audioUrl"], headers={"Range": "bytes=100-"}, timeout=PATIENCE)

    assert (answer.status_code, answer.content) == (206, mp3_bytes()[100:])
    assert answer.headers["Content-Range"] == f"bytes 100-{len(mp3_bytes()) - 1}/{len(mp3_bytes())}"


@pytest.mark.django_db(transaction=True)
def test_the_address_saves_a_file_of_a_sensible_name_once(played: dict[str, Any]) -> None:
    answer = requests.get(played["audioUrl"], timeout=PATIENCE)

    saved = r'inline; filename="recording-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{8}\.mp3"'
    assert re.fullmatch(saved, answer.headers["Content-Disposition"])
    held = {"If-None-Match": answer.headers["ETag"]}
    assert requests.get(played["audioUrl"], headers=held, timeout=PATIENCE).status_code == 304


@pytest.mark.django_db(transaction=True)
def test_a_changed_address_plays_nothing(played: dict[str, Any]) -> None:
    address: str = played["audioUrl"]

    answer = requests.get(address[:-2] + ("aa" if address[-2:] != "aa" else "bb"), timeout=PATIENCE)

    assert answer.status_code in (403, 404)
    assert mp3_bytes()[:100] not in answer.content


def test_an_address_of_s3_expires(user: User, monkeypatch: Any) -> None:
    if is_local():
        pytest.skip("the folder's addresses are tested with the folder")
    recording = add_recording(make_call(user))
    assert requests.get(recording.file.url, timeout=PATIENCE).content == mp3_bytes()

    monkeypatch.setattr(recording.file.storage, "querystring_expire", 1)
    address = recording.file.url
    wait_until(lambda: requests.get(address, timeout=PATIENCE).status_code == 403)


def test_an_address_of_s3_works_for_ten_minutes(user: User) -> None:
    if is_local():
        pytest.skip("the folder's addresses are tested with the folder")

    assert "X-Amz-Expires=600" in add_recording(make_call(user)).file.url
