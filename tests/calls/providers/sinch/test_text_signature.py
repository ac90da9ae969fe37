from __future__ import annotations

import pytest

from calls.providers.sinch import text_signature
from calls.providers.verdicts import Verdict
from tests.calls.providers.bodies import body
from tests.calls.providers.signature_contract import NOW, Signed, TimedSignatureContract

NONCE = "01FJA8B4A7BM43YGWSG9GBV067"
# The example of https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks/
EXAMPLE = (
    b'{"type":"mo_text","id":"01FC66621XXXXX119Z8PMV1QPA","from":"12015550101","to":"12015550100","body":"STOP",'
    b'"received_at":"2026-01-02T03:04:05.000Z"}'
)


class TestCallbacks(TimedSignatureContract):
    body = body("sinch/text.json")
    secret = "foo_secret1234"
    other_secret = "another one's"
    needed_headers = (text_signature.SIGNATURE, text_signature.NONCE, text_signature.TIMESTAMP)
    malformed = ("not base64", "abcd", "XsS33/NgqWAkW7OaAOO/jSuZdM7Lrpya0Ym3IOCkwzA")
    oldest = 5 * 60
    ahead = 5 * 60

    def signed(self, body: bytes, secret: str, at: float) -> Signed:
        moment = str(int(at))
        signature = text_signature.sign(secret=secret, body=body, nonce=NONCE, timestamp=moment)
        headers = {
            text_signature.SIGNATURE: signature,
            text_signature.NONCE: NONCE,
            text_signature.TIMESTAMP: moment,
        }
        return Signed(body, headers)

    def verdict(self, delivery: Signed, secret: str, now: float) -> Verdict:
        return text_signature.verify(
            signature=delivery.headers.get(text_signature.SIGNATURE),
            timestamp=delivery.headers.get(text_signature.TIMESTAMP),
            nonce=delivery.headers.get(text_signature.NONCE),
            body=delivery.body,
            secret=secret,
            now=now,
        )

    @pytest.mark.parametrize("moment", ["yesterday", "2026-05-15", "1" * 13, "-1", "é"])
    def test_it_refuses_a_time_in_another_form(self, moment: str) -> None:
        delivery = self.signed(self.body, self.secret, NOW)
        changed = Signed(self.body, {**delivery.headers, text_signature.TIMESTAMP: moment})
        assert self.verdict_on(changed) is Verdict.MALFORMED

    def test_it_believes_the_documented_callback(self) -> None:
        verdict = text_signature.verify(
            signature="XsS33/NgqWAkW7OaAOO/jSuZdM7Lrpya0Ym3IOCkwzA=",
            timestamp="1634579353",
            nonce=NONCE,
            body=EXAMPLE,
            secret=self.secret,
            now=1_634_579_353,
        )
        assert verdict is Verdict.VALID
