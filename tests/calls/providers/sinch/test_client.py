from __future__ import annotations

import json
from datetime import datetime

import pytest

from calls.providers.errors import ProviderProblem
from calls.providers.sinch import signature
from calls.providers.sinch.client import SinchClient
from calls.providers.sinch.settings import SinchCredentials
from calls.providers.verdicts import Verdict
from tests.calls.providers.bodies import body
from tests.calls.providers.client_contract import LIMITS, ClientContract, Servers
from tests.http_targets import SeenRequest, answer
from tether_calls.common.http import FetchLimits

KEY = "669E367E-6BBA-48AB-AF15-266871C28135"
SECRET = "BeIukql3pTKJ8RGL5zo0DA=="
CALL = "4398599d1ba84ef3bde0a82dfb61abed"
PATH = f"/calling/v1/calls/id/{CALL}"


def client(base_url: str, limits: FetchLimits = LIMITS, *, key: str = KEY, secret: str = SECRET) -> SinchClient:
    return SinchClient(SinchCredentials(key, secret, base_url=base_url), limits=limits)


def verdict(request: SeenRequest) -> Verdict:
    """What Sinch, checking as we check its callbacks, would say."""
    stamp = request.headers["x-timestamp"]
    return signature.verify(
        authorization=request.headers["authorization"],
        timestamp=stamp,
        method=request.method,
        path=request.path,
        content_type=request.headers.get("content-type", ""),
        body=request.body,
        key=KEY,
        secret=SECRET,
        now=datetime.fromisoformat(stamp).timestamp(),
    )


class TestClient(ClientContract):
    acting_path = PATH
    asking_path = PATH
    unspeakable = (SECRET, "4165550134", "Unprocessable")
    good = body("sinch/call.json")
    errors = {
        "sinch/error_401.json": (401, "40102"),
        "sinch/error_404.json": (404, "40400"),
        "sinch/error_422.json": (422, "42200"),
    }

    def act(self, base_url: str, limits: FetchLimits) -> object:
        return client(base_url, limits).hangup(CALL)  # type: ignore[func-returns-value]

    def ask(self, base_url: str, limits: FetchLimits) -> object:
        return client(base_url, limits).call(CALL)

    def ask_unconfigured(self, base_url: str) -> object:
        return client(base_url, secret="").call(CALL)

    def ask_with_a_key_that_no_header_can_hold(self, base_url: str) -> object:
        return client(base_url, key="key\r\nHost: evil.example").call(CALL)

    def test_it_asks_for_a_call_with_a_signed_request(self, serve: Servers) -> None:
        target = serve(PATH, answer(self.good))
        report = client(target.url("")).call(CALL)
        assert (report.provider_call_id, report.status, report.duration) == (CALL, "completed", 63)
        (request,) = target.requests
        assert (request.method, request.body) == ("GET", b"")
        assert "content-type" not in request.headers
        assert verdict(request) is Verdict.VALID

    def test_it_hangs_up_with_a_signed_request(self, serve: Servers) -> None:
        target = serve(PATH, answer(b"", status=204))
        client(target.url("")).hangup(CALL)
        (request,) = target.requests
        assert request.method == "PATCH"
        assert json.loads(request.body) == {"instructions": [], "action": {"name": "hangup"}}
        assert verdict(request) is Verdict.VALID

    def test_the_path_is_signed_as_it_is_sent(self, serve: Servers) -> None:
        path = "/prefix/calling/v1/calls/id/822aa4b7-05b4_257%40x"
        target = serve(path, answer(b"", status=204))
        client(target.url("/prefix/")).hangup("822aa4b7-05b4_257@x")
        assert target.requests[0].path == path
        assert verdict(target.requests[0]) is Verdict.VALID

    @pytest.mark.parametrize("secret", ["not base64!", "é"])
    def test_a_secret_that_is_none_is_no_configuration(self, serve: Servers, secret: str) -> None:
        target = serve(PATH, answer(self.good))
        with pytest.raises(Exception, match="not_configured"):
            client(target.url(""), secret=secret).call(CALL)
        assert target.requests == []

    def test_a_call_that_is_over_is_not_found(self, serve: Servers) -> None:
        target = serve(PATH, answer(body("sinch/error_404.json"), status=404))
        assert self.acting(target.url("")).problem is ProviderProblem.NOT_FOUND
