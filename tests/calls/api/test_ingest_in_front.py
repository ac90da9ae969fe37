"""A push that is answered in front of Django is answered as by Django: the same status, headers, body, rows and log."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from pytest_django import Settings

from calls.api.pushes import base
from calls.api.pushes.in_front import IngestInFront
from calls.models import Call, RefusedPush
from tests.calls.api.ingesting import INGEST
from tests.calls.event_log import event_names
from tests.clients import ApiClient
from tests.factories import ingest_body, missed_call_body
from tether_calls.accounts.api_keys import key_of
from tether_calls.accounts.models import ApiKey, User
from tether_calls.common import in_front, logs
from tether_calls.common.observing import tracing

# Requests end with closing connections that are too old, which no open transaction of a test survives.
pytestmark = pytest.mark.django_db(transaction=True)

_ID = re.compile(r"\b[0-9a-f]{24}\b")


class Server:
    """The application as a WSGI server has it, which notes whether Django was asked."""

    def __init__(self) -> None:
        django = get_wsgi_application()
        self.asked = 0

        def counting(environ: Any, start_response: Any) -> Iterable[bytes]:
            self.asked += 1
            return django(environ, start_response)

        self.in_front = IngestInFront(counting)

    def push(self, vendor: ApiClient | None, body: Any, **environ: Any) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": INGEST,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(content)),
            "HTTP_HOST": "testserver",
            "wsgi.input": BytesIO(content),
            **({"HTTP_AUTHORIZATION": f"Bearer {vendor.token}"} if vendor is not None else {}),
            **environ,
        }
        setup_testing_defaults(request)
        started: list[tuple[str, list[tuple[str, str]]]] = []
        answered: Iterable[bytes] = self.in_front(
            request, lambda status, headers, *_: started.append((status, headers))
        )
        try:
            answer = b"".join(answered)
        finally:
            if hasattr(answered, "close"):
                answered.close()
        ((status, headers),) = started
        names = [name.lower() for name, _ in headers]
        assert len(names) == len(set(names))
        return int(status.split()[0]), {name.lower(): value for name, value in headers}, answer


@pytest.fixture
def server(vendor: ApiClient) -> Server:
    """One that has answered a push: what is well is answered in front of Django from now on."""
    server = Server()
    assert server.push(vendor, missed_call_body())[0] == 201
    assert server.asked == 1
    return server


def plain(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("x-request-id", "content-length")}


@pytest.mark.parametrize(
    "body",
    [missed_call_body(), ingest_body(), ingest_body(recording=None, status="busy")],
    ids=["missed", "recorded", "busy"],
)
def test_answers_and_rows_are_those_of_django(server: Server, vendor: ApiClient, body: dict[str, Any]) -> None:
    in_front = server.push(vendor, body | {"externalCallId": "vendor-1"})
    assert server.asked == 1
    # What a browser sends is Django's to answer.
    by_django = server.push(vendor, body | {"externalCallId": "vendor-2"}, HTTP_COOKIE="a=b")
    assert server.asked == 2

    assert in_front[0] == by_django[0] == 201
    assert plain(in_front[1]) == plain(by_django[1])
    assert masked(in_front[2]) == masked(by_django[2])
    one, other = (Call.objects.get(external_call_id=name) for name in ("vendor-1", "vendor-2"))
    assert columns_of(one) == columns_of(other)
    assert event_names(one.pk) == event_names(other.pk)


def test_of_a_repeated_call_too(server: Server, vendor: ApiClient) -> None:
    body = missed_call_body(externalCallId="vendor-1")
    server.push(vendor, body)

    in_front, by_django = server.push(vendor, body), server.push(vendor, body, HTTP_COOKIE="a=b")

    assert in_front[0] == by_django[0] == 200
    assert (plain(in_front[1]), in_front[2]) == (plain(by_django[1]), by_django[2])


@pytest.mark.parametrize(
    ("body", "status", "refused"),
    [
        (b"{", 400, True),
        (b"", 400, True),
        (missed_call_body(toNumber="no number"), 400, True),
        (missed_call_body(duration="long"), 400, True),
        (ingest_body(summary=None), 400, True),
        (ingest_body(recording="bm8gTVAz"), 400, True),
    ],
)
def test_what_is_wrong_is_told_and_logged_as_by_django(
    server: Server, vendor: ApiClient, body: Any, status: int, refused: bool
) -> None:
    in_front = server.push(vendor, body)
    by_django = server.push(vendor, body, HTTP_COOKIE="a=b")

    assert in_front[0] == by_django[0] == status
    assert (plain(in_front[1]), masked(in_front[2])) == (plain(by_django[1]), masked(by_django[2]))
    one, other = RefusedPush.objects.values_list("status", "code", "field", "external_call_id", "api_key")
    assert one == other


@pytest.mark.parametrize("key", [None, "tk_live_nonsense", "revoked", "expired", "may not", "of nobody"])
def test_a_key_that_opens_nothing_is_refused_as_by_django(server: Server, vendor: ApiClient, key: str | None) -> None:
    ended: dict[str, dict[str, Any]] = {
        "revoked": {"revoked_at": timezone.now()},
        "expired": {"expires_at": timezone.now()},
        "may not": {"can_ingest_calls": False, "can_read_calls": True},
    }
    pushing: ApiClient | None = None
    if key in ended:
        row = ApiKey.objects.create(user=User.objects.get(), name="Another", can_ingest_calls=True)
        ApiKey.objects.filter(pk=row.pk).update(**ended[key])
        pushing = ApiClient(key_of(row))
    elif key == "of nobody":
        User.objects.update(is_active=False)
        pushing = vendor
    elif key is not None:
        pushing = ApiClient(key)

    # A body that is wrong as well: who may not send one is not told of it.
    for body in (missed_call_body(), b"{"):
        in_front, by_django = server.push(pushing, body), server.push(pushing, body, HTTP_COOKIE="a=b")

        assert in_front[0] == by_django[0] == 401
        assert (plain(in_front[1]), in_front[2]) == (plain(by_django[1]), by_django[2])
    assert Call.objects.count() == 1


def test_a_key_is_revoked_from_one_push_to_the_next(server: Server, vendor: ApiClient) -> None:
    assert server.push(vendor, missed_call_body())[0] == 201
    ApiKey.objects.update(revoked_at=timezone.now())
    assert server.push(vendor, missed_call_body())[0] == 401


def test_what_fails_in_front_is_not_done_a_second_time(
    server: Server, vendor: ApiClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[str] = []

    def fail(**_: Any) -> None:
        tried.append(logs.request_id.get())
        raise LookupError("lost")

    monkeypatch.setattr(base, "ingest_call", fail)

    status, headers, content = server.push(vendor, missed_call_body())

    assert status == 500
    # One id, in the answer and in what the log has of it.
    assert tried == [headers["x-request-id"]]
    assert headers["x-request-id"] in json.loads(content)["error"]
    assert "lost" in caplog.text


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_COOKIE": "a=b"},
        {"HTTP_ORIGIN": "https://elsewhere.example.com"},
        {"QUERY_STRING": "dryRun=true"},
        {"PATH_INFO": f"{INGEST}/"},
        {"PATH_INFO": f"{INGEST}/batch"},
        {"REQUEST_METHOD": "OPTIONS"},
        {"CONTENT_TYPE": "text/plain"},
        {"HTTP_CONTENT_ENCODING": "gzip"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "9" * 5_000},
        {"CONTENT_LENGTH": str(IngestInFront.most + 1)},
        {"HTTP_HOST": "elsewhere.example.com"},
        {"wsgi.url_scheme": "https"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
    ],
    ids=lambda environ: " ".join(f"{name}={value[:20]}" for name, value in environ.items()),
)
def test_what_is_not_plainly_a_push_is_django_s(server: Server, vendor: ApiClient, environ: dict[str, str]) -> None:
    server.push(vendor, missed_call_body(), **environ)

    assert server.asked == 2


def test_what_is_traced_is_django_s(server: Server, vendor: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "is_on", lambda: True)

    assert server.push(vendor, missed_call_body())[0] == 201
    assert server.asked == 2


def test_a_host_that_django_refuses_is_never_answered(vendor: ApiClient) -> None:
    server = Server()

    answers = [server.push(vendor, missed_call_body(), HTTP_HOST="elsewhere.example.com")[0] for _ in range(3)]

    assert answers == [400, 400, 400]
    assert server.asked == 3
    assert not Call.objects.exists()


def test_headers_are_those_of_django_at_each_place(vendor: ApiClient, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 3_600
    server = Server()
    for scheme in ("https", "http") * 2:
        _, headers, _ = server.push(vendor, missed_call_body(), **{"wsgi.url_scheme": scheme})
        assert ("strict-transport-security" in headers) == (scheme == "https")
    assert server.asked == 2


def test_of_very_many_hosts_not_all_are_remembered(
    vendor: ApiClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_front, "_MOST_PLACES", 2)
    settings.ALLOWED_HOSTS = ["*"]
    server = Server()

    for number in range(5):
        assert server.push(vendor, missed_call_body(), HTTP_HOST=f"{number}.example.com")[0] == 201

    assert len(server.in_front._headers) == 2


def test_each_is_a_line_of_the_log_with_who_it_was(
    server: Server, vendor: ApiClient, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    settings.TETHER_REQUEST_LOG = True
    caplog.set_level(logging.INFO, "tether_calls.request")

    server.push(vendor, missed_call_body())
    server.push(vendor, missed_call_body(), HTTP_COOKIE="a=b")

    lines = [
        {name: getattr(record, name) for name in ("method", "route", "status", "organization", "key")}
        for record in caplog.records
        if record.name == "tether_calls.request"
    ]
    assert len(lines) == 2
    assert lines[0] == lines[1]
    assert lines[0]["route"] == INGEST


def masked(content: bytes) -> str:
    return _ID.sub("<id>", content.decode())


def columns_of(call: Call) -> dict[str, Any]:
    """What a call says that is not of its moment."""
    of_the_moment = (
        "id",
        "external_call_id",
        "provider_metadata",
        "start_time",
        "end_time",
        "created_at",
        "updated_at",
    )
    fields = [field.attname for field in Call._meta.concrete_fields if field.attname not in of_the_moment]
    return {name: getattr(call, name) for name in fields}
