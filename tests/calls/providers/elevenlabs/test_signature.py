from __future__ import annotations

import json
import time
from typing import Any

import pytest
from elevenlabs.errors import BadRequestError

from calls.providers.elevenlabs import signature
from calls.providers.verdicts import Verdict
from tests.calls.providers.bodies import body, document
from tests.calls.providers.signature_contract import NOW, Signed, TimedSignatureContract

SECRET = "wsec_f3c0ffee"
BODY = body("elevenlabs/post_call_transcription.json")


class TestSignature(TimedSignatureContract):
    body = BODY
    secret = SECRET
    other_secret = "wsec_of_another_organization"
    needed_headers = (signature.HEADER,)
    malformed = (
        "t=1600000000",
        "v0=" + "0" * 64,
        "t=,v0=" + "0" * 64,
        "t=-1,v0=" + "0" * 64,
        "t=1.5,v0=" + "0" * 64,
        "t=१,v0=" + "0" * 64,
        "t=" + "9" * 30 + ",v0=" + "0" * 64,
        "t=1,t=2,v0=" + "0" * 64,
        "t=1,v0=" + "0" * 63,
        "t=1,v0=" + "g" * 64,
        "t=1,v1=" + "0" * 64,
        "t=1,v0=" + "0" * 64 + ",v0=x",
    )
    oldest = 30 * 60
    ahead = 5 * 60

    def signed(self, body: bytes, secret: str, at: float) -> Signed:
        return Signed(body, {signature.HEADER: signature.sign(body=body, secret=secret, timestamp=int(at))})

    def verdict(self, delivery: Signed, secret: str, now: float) -> Verdict:
        header = delivery.headers.get(signature.HEADER)
        return signature.verify(header=header, body=delivery.body, secret=secret, now=now)

    def with_time_of(self, old: Signed, new: Signed) -> Signed:
        mixed = f"{new.headers[signature.HEADER].partition(',')[0]},{old.headers[signature.HEADER].partition(',')[2]}"
        return Signed(old.body, {signature.HEADER: mixed})

    def test_it_makes_and_believes_the_packages_own_example(self) -> None:
        content = b'{"event_type": "speech.completed", "id": "123456"}'
        header = "t=1600000000,v0=f8a0d1dc33ee963cb54d2f31514555995e93313c9d2042c030adbb82b87fae13"
        assert signature.sign(body=content, secret="test_secret", timestamp=1_600_000_000) == header
        verdict = signature.verify(header=header, body=content, secret="test_secret", now=1_600_000_010)
        assert verdict is Verdict.VALID

    def test_it_takes_several_signatures_of_which_one_is_right(self) -> None:
        timestamp, _, right = signature.sign(body=BODY, secret=SECRET, timestamp=int(NOW)).partition(",")
        wrong = "v0=" + "0" * 64
        for header in (f"{timestamp},{wrong},{right}", f"{timestamp}, {right}, {wrong}", f"{right},{timestamp}"):
            assert self.verdict_on(Signed(BODY, {signature.HEADER: header})) is Verdict.VALID
        two_wrong = Signed(BODY, {signature.HEADER: f"{timestamp},{wrong},{wrong}"})
        assert self.verdict_on(two_wrong) is Verdict.WRONG

    def test_it_ignores_schemes_that_it_does_not_know(self) -> None:
        header = signature.sign(body=BODY, secret=SECRET, timestamp=int(NOW)) + ",v1=somethingelse"
        assert self.verdict_on(Signed(BODY, {signature.HEADER: header})) is Verdict.VALID

    def test_it_signs_bytes_that_are_no_text(self) -> None:
        delivery = self.signed(b"\xff\x00\xfe", SECRET, NOW)
        assert self.verdict_on(delivery) is Verdict.VALID


class TestAgainstTheOfficialPackage:
    @pytest.fixture
    def package(self) -> Any:
        # Here, since its thousands of modules would be read by every worker that looks for tests.
        from elevenlabs import ElevenLabs

        return ElevenLabs(api_key="not a key").webhooks

    def test_the_package_believes_what_we_sign(self, package: Any) -> None:
        header = signature.sign(body=BODY, secret=SECRET, timestamp=int(time.time()))
        event = package.construct_event(BODY.decode(), header, SECRET)
        assert event == document("elevenlabs/post_call_transcription.json")

    def test_the_package_refuses_what_we_refuse(self, package: Any) -> None:
        now = int(time.time())
        headers = [
            signature.sign(body=BODY, secret="another", timestamp=now),
            signature.sign(body=BODY + b" ", secret=SECRET, timestamp=now),
            signature.sign(body=BODY, secret=SECRET, timestamp=now - 31 * 60),
            f"t={now}",
            "",
        ]
        for header in headers:
            assert signature.verify(header=header, body=BODY, secret=SECRET, now=now) is not Verdict.VALID
            with pytest.raises(BadRequestError):
                package.construct_event(BODY.decode(), header, SECRET)

    def test_both_sign_text_that_is_not_ascii_alike(self, package: Any) -> None:
        content = json.dumps({"message": "Café à 15 h, señor 👍"}, ensure_ascii=False)
        header = signature.sign(body=content.encode(), secret="clé", timestamp=int(time.time()))
        assert package.construct_event(content, header, "clé")


class TestBearer:
    def test_it_believes_the_secret(self) -> None:
        for value in ("Bearer tool-secret", "bearer tool-secret", "Bearer  tool-secret "):
            assert signature.verify_bearer(authorization=value, secret="tool-secret") is Verdict.VALID

    def test_it_refuses_anything_else(self) -> None:
        refused = {
            None: Verdict.MISSING,
            "": Verdict.MISSING,
            "tool-secret": Verdict.MALFORMED,
            "Basic tool-secret": Verdict.MALFORMED,
            "Bearer": Verdict.MALFORMED,
            "Bearer  ": Verdict.MALFORMED,
            "Bearer tool-secre": Verdict.WRONG,
            "Bearer tool-secret2": Verdict.WRONG,
            "Bearer tool-secret é": Verdict.WRONG,
        }
        for value, verdict in refused.items():
            assert signature.verify_bearer(authorization=value, secret="tool-secret") is verdict

    def test_without_a_secret_it_refuses_everything(self) -> None:
        for value in (None, "", "Bearer ", "Bearer x"):
            assert signature.verify_bearer(authorization=value, secret="") is Verdict.NOT_CONFIGURED
