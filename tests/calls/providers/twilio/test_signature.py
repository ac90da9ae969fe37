from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from calls.providers.twilio import signature
from calls.providers.verdicts import Verdict
from tests.calls.providers.bodies import body
from tests.calls.providers.signature_contract import SignatureContract, Signed

URL = "https://calls.example/api/webhook/calls/twilio/status"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
TOKEN = "0123456789abcdef0123456789abcdef"

# The example of https://www.twilio.com/docs/usage/security
EXAMPLE_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
EXAMPLE = b"CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309"
JSON_BODY = b'{"property": "value", "boolean": true}'
JSON_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


def pairs(form: bytes) -> list[tuple[str, str]]:
    return parse_qsl(form.decode(), keep_blank_values=True)


def verdict(
    signed: str | None, *, url: str = URL, content: bytes = b"", kind: str = FORM, token: str = TOKEN
) -> Verdict:
    return signature.verify(signature=signed, url=url, content_type=kind, body=content, token=token)


class TestSignature(SignatureContract):
    body = body("twilio/status_dialled_completed.txt")
    secret = TOKEN
    other_secret = "fedcba9876543210fedcba9876543210"
    needed_headers = (signature.HEADER,)
    malformed = ("RSOYDt4T1cUTdK1PDd93/VVr8B8", "RSOYDt4T1cUTdK1PDd93/VVr8B8==", "a" * 40)

    def signed(self, body: bytes, secret: str, at: float) -> Signed:
        return Signed(body, {signature.HEADER: signature.sign(url=URL, token=secret, pairs=pairs(body))})

    def verdict(self, delivery: Signed, secret: str, now: float) -> Verdict:
        return verdict(delivery.headers.get(signature.HEADER), content=delivery.body, token=secret)

    def test_it_believes_the_documented_example(self) -> None:
        assert verdict("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url=EXAMPLE_URL, content=EXAMPLE, token="12345") is Verdict.VALID

    def test_the_url_is_signed(self) -> None:
        signed = signature.sign(url=URL, token=TOKEN, pairs=pairs(self.body))
        for url in (URL.replace("https", "http"), URL + "?x=1", URL + "/", URL.replace("status", "amd")):
            assert verdict(signed, url=url, content=self.body) is Verdict.WRONG

    @pytest.mark.parametrize("scheme_and_port", [("https", 443), ("http", 80)])
    def test_it_believes_a_url_signed_with_or_without_its_default_port(self, scheme_and_port: tuple[str, int]) -> None:
        scheme, port = scheme_and_port
        plain, with_port = f"{scheme}://calls.example/x?y=1", f"{scheme}://calls.example:{port}/x?y=1"
        for ours in (plain, with_port):
            for theirs in (plain, with_port):
                signed = signature.sign(url=theirs, token=TOKEN, pairs=pairs(self.body))
                assert verdict(signed, url=ours, content=self.body) is Verdict.VALID

    def test_a_port_of_its_own_may_be_left_out_of_what_is_signed(self) -> None:
        signed = signature.sign(url="https://calls.example/x", token=TOKEN)
        assert verdict(signed, url="https://calls.example:8443/x") is Verdict.VALID
        assert verdict(signed, url="https://calls.example:8443/y") is Verdict.WRONG

    def test_a_value_that_comes_twice_is_signed_once_and_all_are_in_order(self) -> None:
        content = b"B=2&A=1&B=1&B=2&C="
        expected = signature.sign(url=URL, token=TOKEN, pairs=[("A", "1"), ("B", "1"), ("B", "2"), ("C", "")])
        assert verdict(expected, content=content) is Verdict.VALID

    def test_json_is_covered_by_its_hash_in_the_url(self) -> None:
        url = f"{URL}?bodySHA256={JSON_HASH}"
        signed = signature.sign(url=url, token=TOKEN)
        assert verdict(signed, url=url, content=JSON_BODY, kind="application/json") is Verdict.VALID
        changed = JSON_BODY.replace(b"true", b"null")
        assert verdict(signed, url=url, content=changed, kind="application/json") is Verdict.WRONG

    def test_a_body_that_nothing_covers_is_refused(self) -> None:
        signed = signature.sign(url=URL, token=TOKEN)
        assert verdict(signed, content=JSON_BODY, kind="application/json") is Verdict.MALFORMED
        assert verdict(signed, content=b"A=1", kind="") is Verdict.MALFORMED

    def test_a_form_that_is_none_is_refused(self) -> None:
        signed = signature.sign(url=URL, token=TOKEN)
        for content in (b"\xff=1", b"A=%ff", b"&".join([b"A=1"] * 1_000)):
            assert verdict(signed, content=content) is Verdict.MALFORMED


class TestAgainstTheOfficialPackage:
    @pytest.mark.parametrize(
        "name", ["voice_inbound", "voice_browser", "status_api_busy", "recording", "status_browser_completed"]
    )
    def test_the_package_and_we_believe_each_other(self, name: str) -> None:
        content = body(f"twilio/{name}.txt")
        form = dict(pairs(content))
        ours = signature.sign(url=URL, token=TOKEN, pairs=pairs(content))
        theirs = RequestValidator(TOKEN).compute_signature(URL, form)
        assert RequestValidator(TOKEN).validate(URL, form, ours)
        assert verdict(theirs, content=content) is Verdict.VALID
        assert not RequestValidator("another").validate(URL, form, ours)

    def test_both_sign_text_that_is_not_ascii_alike(self) -> None:
        content = urlencode({"CallerName": "Zoë 👍", "From": "+14165550171"}).encode()
        theirs = RequestValidator(TOKEN).compute_signature(URL, dict(pairs(content)))
        assert verdict(theirs, content=content) is Verdict.VALID

    def test_both_check_the_hash_of_json(self) -> None:
        assert hashlib.sha256(JSON_BODY).hexdigest() == JSON_HASH
        url = f"https://calls.example/x?bodySHA256={JSON_HASH}"
        signed = signature.sign(url=url, token=TOKEN)
        assert RequestValidator(TOKEN).validate(url, JSON_BODY.decode(), signed)
        assert verdict(signed, url=url, content=JSON_BODY, kind="application/json") is Verdict.VALID
