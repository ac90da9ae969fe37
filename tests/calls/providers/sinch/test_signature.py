from __future__ import annotations

import pytest

from calls.providers.sinch import signature
from calls.providers.verdicts import Verdict
from tests.calls.providers.bodies import body
from tests.calls.providers.signature_contract import NOW, Signed, TimedSignatureContract

KEY = "669E367E-6BBA-48AB-AF15-266871C28135"
SECRET = "BeIukql3pTKJ8RGL5zo0DA=="
PATH = "/api/webhook/calls/sinch"
JSON = "application/json; charset=utf-8"

# The example of https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request
EXAMPLE = (
    b'{"event":"ace","callid":"822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257",'
    b'"timestamp":"2014-09-24T10:59:41Z","version":1}'
)
EXAMPLE_TIME = "2014-09-24T10:59:41Z"
EXAMPLE_NOW = 1_411_556_381


def verdict_on_example(
    content_type: str = "application/json",
    signed: str = "Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4=",
    *,
    path: str = "/sinch/callback/ace",
    method: str = "POST",
    scheme: str = "application",
    key: str = KEY,
) -> Verdict:
    return signature.verify(
        authorization=f"{scheme} {KEY}:{signed}",
        timestamp=EXAMPLE_TIME,
        method=method,
        path=path,
        content_type=content_type,
        body=EXAMPLE,
        key=key,
        secret=SECRET,
        now=EXAMPLE_NOW,
    )


class TestCallbacks(TimedSignatureContract):
    body = body("sinch/dice_answered.json")
    secret = SECRET
    other_secret = "JViE5vDor0Sw3WllZka15Q=="
    needed_headers = ("Authorization", "x-timestamp")
    malformed = (
        f"Basic {KEY}:Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4=",
        f"application {KEY}",
        f"application {KEY}:",
        "application :Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4=",
        f"application {KEY}:not base64",
        f"application{KEY}:abcd",
    )
    oldest = 5 * 60
    ahead = 5 * 60

    def signed(self, body: bytes, secret: str, at: float) -> Signed:
        stamp = signature.timestamp(at)
        authorization = signature.authorization(
            key=KEY, secret=secret, method="POST", path=PATH, timestamp=stamp, content_type=JSON, body=body
        )
        return Signed(body, {"Authorization": authorization, "x-timestamp": stamp})

    def verdict(self, delivery: Signed, secret: str, now: float) -> Verdict:
        return signature.verify(
            authorization=delivery.headers.get("Authorization"),
            timestamp=delivery.headers.get("x-timestamp"),
            method="POST",
            path=PATH,
            content_type=JSON,
            body=delivery.body,
            key=KEY,
            secret=secret,
            now=now,
        )

    @pytest.mark.parametrize(
        "stamp", ["yesterday", "2026", "2026-05-15", "2026-13-45T00:00:00Z", "1778836260", "é", "2026-05-15T09:10:00X"]
    )
    def test_it_refuses_a_time_in_another_form(self, stamp: str) -> None:
        delivery = self.signed(self.body, SECRET, NOW)
        changed = Signed(self.body, {**delivery.headers, "x-timestamp": stamp})
        assert self.verdict_on(changed) is Verdict.MALFORMED

    def test_it_takes_times_with_seven_digits_of_a_second_or_no_zone(self) -> None:
        for stamp in ("2026-05-15T09:11:00.1234567Z", "2026-05-15T09:11:00.417", "2026-05-15T09:11:00+00:00"):
            authorization = signature.authorization(
                key=KEY, secret=SECRET, method="POST", path=PATH, timestamp=stamp, content_type=JSON, body=self.body
            )
            delivery = Signed(self.body, {"Authorization": authorization, "x-timestamp": stamp})
            assert self.verdict_on(delivery) is Verdict.VALID

    @pytest.mark.parametrize("secret", ["not base64!", "é", "A"])
    def test_a_secret_that_is_not_base64_is_none(self, secret: str) -> None:
        delivery = self.signed(self.body, SECRET, NOW)
        assert self.verdict(delivery, secret, NOW) is Verdict.NOT_CONFIGURED
        with pytest.raises(ValueError, match="secret"):
            signature.authorization(key=KEY, secret=secret, method="GET", path="/", timestamp=EXAMPLE_TIME)


class TestExamples:
    def test_it_believes_the_documented_callback(self) -> None:
        assert verdict_on_example() is Verdict.VALID

    def test_the_content_type_is_signed_as_it_was_sent(self) -> None:
        with_charset = "+7IX6MJJ6hapyCsjPaOlzOfQAE8XAFAogUxTYQiSzmQ="
        assert verdict_on_example("application/json; charset=utf-8", with_charset) is Verdict.VALID
        assert verdict_on_example("application/json", with_charset) is Verdict.WRONG
        assert verdict_on_example("application/json; charset=utf-8") is Verdict.WRONG

    def test_path_and_method_are_signed(self) -> None:
        assert verdict_on_example(path="/sinch/callback/dice") is Verdict.WRONG
        assert verdict_on_example(path="/sinch/callback/ace?x=1") is Verdict.WRONG
        assert verdict_on_example(method="PUT") is Verdict.WRONG

    def test_the_scheme_and_the_key_may_be_in_any_case(self) -> None:
        assert verdict_on_example(scheme="Application") is Verdict.VALID
        assert verdict_on_example(key=KEY.lower()) is Verdict.VALID

    def test_the_application_must_be_the_one_whose_secret_is_used(self) -> None:
        assert verdict_on_example(key="a32e5a8d-f7d8-411c-9645-9038e8dd051d") is Verdict.WRONG
        assert verdict_on_example(key="") is Verdict.NOT_CONFIGURED

    def test_it_tells_which_application_a_callback_says_it_is_of(self) -> None:
        assert signature.application_key(f"Application {KEY}:abc=") == KEY
        for header in (None, "", "Basic abc", f"application {KEY}", "application :abc"):
            assert signature.application_key(header) is None

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            # The documentation prints this value beside a path that it does not belong to.
            ("/v1/sms/+46700000000", "qDXMwzfaxCRS849c/2R0hg0nphgdHciTo7OdM6MsdnM="),
            ("/calling/v1/callouts", "aS9fG2smJx6MIhPJDSNiaDQ1D3+e493HuL+VVA9pqyM="),
        ],
    )
    def test_it_signs_the_documented_request(self, path: str, expected: str) -> None:
        header = signature.authorization(
            key="5F5C418A0F914BBC8234A9BF5EDDAD97",
            secret="JViE5vDor0Sw3WllZka15Q==",
            method="POST",
            path=path,
            timestamp="2014-06-04T13:41:58Z",
            content_type="application/json",
            body=b'{"message":"Hello world"}',
        )
        assert header == f"application 5F5C418A0F914BBC8234A9BF5EDDAD97:{expected}"
