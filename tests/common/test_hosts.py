"""A Host header that names no port that there is: the request is refused, whatever it asks for."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from tests.admin_site import make_account
from tests.clients import Answer
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

HOSTS = ["testserver:99999", "testserver:65536", "testserver:0", "testserver:" + "9" * 5_000, "[::1]:99999"]


@pytest.fixture(autouse=True)
def _hosts(settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = ""


def asked(path: str, host: str, **fields: str) -> Answer:
    client = Client(raise_request_exception=False)
    return Answer(
        client.post(path, fields, headers={"Host": host}) if fields else client.get(path, headers={"Host": host})
    )


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["inbound", "outbound", "status", "amd", "recording"])
def test_a_webhook_of_a_known_account_is_refused(user: User, path: str, host: str) -> None:
    assert user.organization is not None
    account = make_account(user.organization)
    fields = {"AccountSid": account.account_id or "", "CallSid": "CA" + "1" * 32, "CallStatus": "completed"}

    answer = asked(f"/api/webhook/calls/twilio/{path}", host, **fields)

    assert (answer.status, answer.body["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "path", ["/", "/api/schema", "/api/calls/history", "/api/v1/agents", "/admin/login/", "/media/recordings/x"]
)
def test_every_other_address_refuses_it_too(path: str, host: str) -> None:
    assert asked(path, host).status == 400


@pytest.mark.parametrize("host", ["testserver", "testserver:80", "testserver:65535", "[::1]:8000"])
def test_a_port_that_there_is_is_no_hindrance(host: str) -> None:
    assert asked("/api/calls/history", host).status == 401


@pytest.mark.parametrize("host", HOSTS)
def test_a_probe_may_call_us_what_it_likes(host: str) -> None:
    assert asked("/healthz", host).status == 200
