"""A call's recordings in the admin: addresses that stay good, for those who may hear, and a door of its own to save."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from django.conf import settings as django_settings
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calls.models import Call, Peaks, Recording
from calls.services.recordings.make_peaks import make_waiting_peaks
from calls.storage import peaks_name
from tests.admin_site import admin_of, make_recording, make_staff, page_of, statements_of
from tests.factories import make_call, make_user, mp3_bytes
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.object_id import new_object_id

VIEWS = ("audio", "peaks", "download")


@pytest.fixture
def call(user: User) -> Call:
    return make_call(user, ai_transcript=[{"role": "user", "message": "Hello.", "timestamp": 0.5}])


@pytest.fixture
def recording(call: Call) -> Recording:
    return make_recording(call)


def client_of(home: Organization, role: AccessRole) -> Client:
    member = make_staff(home)
    member.access_role = role
    member.save()
    return admin_of(member)


@pytest.fixture
def head(home: Organization) -> Client:
    """Staff who may save recordings."""
    return client_of(home, AccessRole.DEPARTMENT_HEAD)


@pytest.fixture
def rep(home: Organization) -> Client:
    """Staff who may not."""
    return client_of(home, AccessRole.SALES_REP)


def address(view: str, recording: Recording) -> str:
    return reverse(f"admin:calls_call_{view}", args=[recording.call_id, recording.pk])


def heard(base_url: str, location: str, **headers: str) -> requests.Response:
    return requests.get(urljoin(base_url, location), headers=headers, timeout=PATIENCE)


# ---- To be heard


def test_the_address_leads_to_where_the_recording_is(live_url: str, staff: Client, recording: Recording) -> None:
    answer = staff.get(address("audio", recording))
    assert answer.status_code == 302
    assert "no-store" in answer["Cache-Control"]
    assert heard(live_url, answer["Location"]).content == mp3_bytes()


def test_a_player_gets_the_part_that_it_asks_for(live_url: str, user: User, recording: Recording) -> None:
    # As a browser does it: one request with a range, led on.
    assert user.organization is not None
    client = admin_of(make_staff(user.organization))
    session = requests.Session()
    name = django_settings.SESSION_COOKIE_NAME
    session.cookies.set(name, client.cookies[name].value)
    answer = session.get(live_url + address("audio", recording), headers={"Range": "bytes=10-19"}, timeout=PATIENCE)
    assert [led.status_code for led in answer.history] == [302]
    assert answer.status_code == 206
    assert answer.content == mp3_bytes()[10:20]


def test_when_an_address_has_expired_the_page_still_knows_the_way(
    live_url: str, staff: Client, recording: Recording, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if django_settings.R2_BUCKET:
        # Its own: that of the name is another one since settings were others for a while.
        monkeypatch.setattr(recording.file.storage, "querystring_expire", 1)
        expired = staff.get(address("audio", recording))["Location"]
        monkeypatch.undo()
    else:
        expired = staff.get(address("audio", recording))["Location"]
        settings.RECORDING_URL_SECONDS = 0
    wait_until_gone(live_url, expired)
    settings.RECORDING_URL_SECONDS = 600

    again = staff.get(address("audio", recording))["Location"]

    assert heard(live_url, again).content == mp3_bytes()


def wait_until_gone(base_url: str, location: str) -> None:
    wait_until(lambda: heard(base_url, location).status_code in (403, 404))


def test_it_costs_few_statements(staff: Client, recording: Recording) -> None:
    with CaptureQueriesContext(connection) as captured:
        staff.get(address("audio", recording))
    # Session, user, organization; recording; access log.
    assert len(captured) == 5


# ---- By whom


@pytest.mark.parametrize("view", VIEWS)
def test_another_organizations_recording_is_not_there(recording: Recording, other_user: User, view: str) -> None:
    assert other_user.organization is not None
    member = make_staff(other_user.organization)
    member.access_role = AccessRole.SUPERADMIN
    member.save()
    assert admin_of(member).get(address(view, recording)).status_code == 404


@pytest.mark.parametrize("view", VIEWS)
def test_a_superuser_has_all_of_them(root: Client, recording: Recording, view: str) -> None:
    assert root.get(address(view, recording)).status_code in (200, 202, 302)


@pytest.mark.parametrize("view", VIEWS)
def test_a_recording_is_that_of_its_call(root: Client, recording: Recording, user: User, view: str) -> None:
    another = make_call(user)
    for call_id, recording_id in ((another.pk, recording.pk), (recording.call_id, new_object_id()), ("x", "y")):
        assert root.get(reverse(f"admin:calls_call_{view}", args=[call_id, recording_id])).status_code == 404


@pytest.mark.parametrize("view", VIEWS)
def test_without_a_login_there_is_nothing(recording: Recording, view: str) -> None:
    answer = Client().get(address(view, recording))
    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]


@pytest.mark.parametrize("view", VIEWS)
def test_users_who_are_no_staff_get_nothing(user: User, recording: Recording, view: str) -> None:
    assert "/admin/login/" in admin_of(user).get(address(view, recording))["Location"]


@pytest.mark.parametrize("view", VIEWS)
def test_they_are_only_read(root: Client, recording: Recording, view: str) -> None:
    assert root.post(address(view, recording)).status_code == 405


# ---- To be saved


def test_who_may_saves_the_recording_and_the_log_says_so(
    live_url: str, head: Client, recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="calls.admin.call_recordings"):
        answer = head.get(address("download", recording))
    saved = heard(live_url, answer["Location"])
    assert saved.content == mp3_bytes()
    assert re.match(r'attachment; filename="recording', saved.headers["Content-Disposition"])
    (line,) = [record.getMessage() for record in caplog.records if record.name == "calls.admin.call_recordings"]
    assert recording.pk in line
    assert recording.call_id in line
    assert head.session["_auth_user_id"] in line


def test_what_is_heard_is_not_saved(live_url: str, staff: Client, recording: Recording) -> None:
    played = heard(live_url, staff.get(address("audio", recording))["Location"])
    assert played.headers["Content-Disposition"].startswith("inline")


def test_who_may_not_save_hears_all_the_same(
    rep: Client, recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="calls.admin.call_recordings"):
        assert rep.get(address("download", recording)).status_code == 403
    assert not [record for record in caplog.records if record.name == "calls.admin.call_recordings"]
    assert rep.get(address("audio", recording)).status_code == 302


def test_the_page_offers_it_to_those_who_may(rep: Client, head: Client, recording: Recording) -> None:
    pages = [client.get(page_of(recording.call)).content.decode() for client in (head, rep)]
    assert ["Save the recording" in shown for shown in pages] == [True, False]


# ---- The waveform


def test_peaks_are_asked_for_until_they_are_there(staff: Client, recording: Recording) -> None:
    first = staff.get(address("peaks", recording))
    assert (first.status_code, first["Retry-After"]) == (202, "2")

    make_waiting_peaks()

    answer = staff.get(address("peaks", recording))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Cache-Control"] == "private, max-age=86400"
    assert len(answer.content) % 2 == 0
    assert max(answer.content) > 50


def test_who_first_looks_at_an_older_recording_has_its_peaks_made(staff: Client, recording: Recording) -> None:
    Recording.objects.update(peaks=Peaks.UNMADE)
    assert staff.get(address("peaks", recording)).status_code == 202
    make_waiting_peaks()
    assert staff.get(address("peaks", recording)).status_code == 200


def test_peaks_that_were_lost_are_made_again(staff: Client, recording: Recording) -> None:
    make_waiting_peaks()
    storages["recordings"].delete(peaks_name(str(recording.file.name)))
    assert staff.get(address("peaks", recording)).status_code == 202
    make_waiting_peaks()
    assert staff.get(address("peaks", recording)).status_code == 200


def test_a_broken_recording_has_no_waveform_and_no_fault(staff: Client, call: Call) -> None:
    broken = make_recording(call, content=b"no sound")
    assert staff.get(address("peaks", broken)).status_code == 202
    make_waiting_peaks()
    assert staff.get(address("peaks", broken)).status_code == 204
    # From now on the page does not ask.
    assert 'data-peaks=""' in staff.get(page_of(call)).content.decode()


def test_the_page_costs_no_more_for_recordings(staff: Client, call: Call) -> None:
    make_recording(call)
    few = len(statements_of(staff, page_of(call)))
    for _ in range(4):
        make_recording(call)
    assert len(statements_of(staff, page_of(call))) == few


def test_a_member_of_no_organization_sees_none(recording: Recording) -> None:
    stray = make_user(organization=None, is_staff=True)
    assert admin_of(stray).get(address("audio", recording)).status_code in (302, 403, 404)
    assert "media" not in admin_of(stray).get(address("audio", recording)).get("Location", "")
