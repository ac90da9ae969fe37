from __future__ import annotations

import base64
import io
from urllib.parse import parse_qs

import pytest

from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.twilio.client import TwilioClient
from calls.providers.twilio.settings import TwilioCredentials
from tests.calls.providers.bodies import FIXTURES, body
from tests.calls.providers.client_contract import LIMITS, ClientContract, Servers
from tests.http_targets import TargetServer, answer, redirect
from tether_calls.common.http import FetchLimits

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
KEY = "SK0123456789abcdef0123456789abcdef"
SECRET = "the-secret-of-the-api-key"
CALL = "CA00000000000000000000000000000001"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}.json"
RECORDING = f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE0123456789abcdef0123456789abcdef"


def client(
    base_url: str, limits: FetchLimits = LIMITS, *, secret: str = SECRET, account: str = ACCOUNT
) -> TwilioClient:
    credentials = TwilioCredentials(account, "auth-token", KEY, secret, "AP0", base_url=base_url)
    return TwilioClient(credentials, limits=limits)


class TestClient(ClientContract):
    acting_path = PATH
    asking_path = PATH
    unspeakable = (SECRET, "auth-token", "4165550134", "Invalid call state")
    good = body("twilio/call.json")
    errors = {
        "twilio/error_401.json": (401, "20003"),
        "twilio/error_404.json": (404, "20404"),
        "twilio/error_422.json": (422, "21220"),
        "twilio/error_429.json": (429, "20429"),
    }

    def act(self, base_url: str, limits: FetchLimits) -> object:
        return client(base_url, limits).hangup(CALL)  # type: ignore[func-returns-value]

    def ask(self, base_url: str, limits: FetchLimits) -> object:
        return client(base_url, limits).call(CALL)

    def ask_unconfigured(self, base_url: str) -> object:
        return client(base_url, secret="").call(CALL)

    def ask_with_a_key_that_no_header_can_hold(self, base_url: str) -> object:
        # Basic authentication can hold any key; an account's id goes into the path.
        return client(base_url, account="").call(CALL)

    def test_it_asks_for_a_call_with_the_api_key(self, serve: Servers) -> None:
        target = serve(PATH, answer(self.good))
        report = client(target.url("")).call(CALL)
        assert (report.provider_call_id, report.status, report.duration) == (CALL, "completed", 72)
        authorization = target.requests[0].headers["authorization"]
        assert base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"{KEY}:{SECRET}"

    @pytest.mark.parametrize(("answered", "status"), [(True, "completed"), (False, "canceled")])
    def test_it_ends_a_call_that_was_answered_or_was_not(self, serve: Servers, answered: bool, status: str) -> None:
        target = serve(PATH, answer(self.good))
        client(target.url("")).hangup(CALL, answered=answered)
        (request,) = target.requests
        assert (request.method, parse_qs(request.body.decode())) == ("POST", {"Status": [status]})
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"

    def test_it_downloads_a_recording_as_mp3(self, serve: Servers) -> None:
        sound = (FIXTURES / "audio/blip.mp3").read_bytes()
        target = serve(f"{RECORDING}.mp3", answer(sound, content_type="audio/mpeg"))
        for url in (target.url(RECORDING), target.url(f"{RECORDING}.mp3")):
            into = io.BytesIO()
            assert client(target.url("")).recording(url, into, max_bytes=10_000) == len(sound)
            assert into.getvalue() == sound
        assert target.requests[0].headers["authorization"].startswith("Basic ")

    def test_the_key_goes_to_no_other_host(self, serve: Servers) -> None:
        with TargetServer({f"{RECORDING}.mp3": b"sound"}) as stranger:
            ours = serve(PATH, b"")
            foreign = [
                stranger.url(RECORDING),
                stranger.url(RECORDING).replace("127.0.0.1", "localhost"),
                f"http://api.twilio.com@{stranger.host}{RECORDING}",
                f"http://{ours.host}@{stranger.host}{RECORDING}",
                f"https://{ours.host}{RECORDING}",
                f"http://api.twilio.com{RECORDING}",
                f"https://api.twilio.com:444{RECORDING}",
                f"https://api.twilio.com.evil.example{RECORDING}",
                f"https://api.twilio.com\\@{stranger.host}{RECORDING}",
                f"//api.twilio.com{RECORDING}",
                "file:///etc/passwd",
                ours.url("/2010-04-01/Accounts.json"),
                ours.url("/x/Recordings/../../2010-04-01/Accounts.json"),
                ours.url(f"{RECORDING}?x=1"),
                "",
                "http://[",
                "x" * 5_000,
            ]
            for url in foreign:
                with pytest.raises(ProviderError) as caught:
                    client(ours.url("")).recording(url, io.BytesIO(), max_bytes=100)
                assert caught.value.problem is ProviderProblem.REFUSED, url
            assert stranger.requests == ours.requests == []

    def test_the_key_follows_no_redirect(self, serve: Servers) -> None:
        with TargetServer({"/stolen": b"sound"}) as stranger:
            target = serve(f"{RECORDING}.mp3", redirect(stranger.url("/stolen")))
            with pytest.raises(ProviderError) as caught:
                client(target.url("")).recording(target.url(RECORDING), io.BytesIO(), max_bytes=100)
            assert caught.value.problem is ProviderProblem.BAD_ANSWER
            assert stranger.requests == []

    def test_what_is_no_mp3_is_no_recording(self, serve: Servers) -> None:
        target = serve(f"{RECORDING}.mp3", answer(b"RIFF", content_type="audio/x-wav"))
        with pytest.raises(ProviderError) as caught:
            client(target.url("")).recording(target.url(RECORDING), io.BytesIO(), max_bytes=100)
        assert caught.value.problem is ProviderProblem.BAD_ANSWER
