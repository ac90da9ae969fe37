"""What every provider's signature check has to refuse. Inherit, and say how a delivery is signed and verified."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from calls.providers.verdicts import Verdict

NOW = 1_778_836_260.0


@dataclass(frozen=True)
class Signed:
    """A delivery: its body, and the headers that vouch for it."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def without(self, name: str) -> Signed:
        return replace(self, headers={key: value for key, value in self.headers.items() if key != name})


class SignatureContract:
    body: bytes
    secret: str
    other_secret: str
    # The headers without which nothing is vouched for.
    needed_headers: tuple[str, ...]
    malformed: tuple[str, ...]

    def signed(self, body: bytes, secret: str, at: float) -> Signed:
        raise NotImplementedError

    def verdict(self, delivery: Signed, secret: str, now: float) -> Verdict:
        raise NotImplementedError

    def verdict_on(self, delivery: Signed) -> Verdict:
        return self.verdict(delivery, self.secret, NOW)

    def test_it_believes_what_is_signed_with_the_secret(self) -> None:
        assert self.verdict_on(self.signed(self.body, self.secret, NOW)) is Verdict.VALID

    def test_it_refuses_what_is_signed_with_another_organizations_secret(self) -> None:
        assert self.verdict_on(self.signed(self.body, self.other_secret, NOW)) is Verdict.WRONG

    def test_it_refuses_a_body_of_which_any_byte_was_changed(self) -> None:
        delivery = self.signed(self.body, self.secret, NOW)
        for position in range(0, len(self.body), max(1, len(self.body) // 40)):
            changed = bytearray(self.body)
            changed[position] ^= 1
            verdict = self.verdict_on(replace(delivery, body=bytes(changed)))
            # A changed form may be no form any more.
            assert verdict in (Verdict.WRONG, Verdict.MALFORMED), position

    def test_it_refuses_a_body_that_goes_on_or_is_cut_off(self) -> None:
        delivery = self.signed(self.body, self.secret, NOW)
        for changed in (self.body + b"&x=1", self.body[:-1], b""):
            assert self.verdict_on(replace(delivery, body=changed)) is Verdict.WRONG

    def test_it_refuses_what_carries_no_signature(self) -> None:
        delivery = self.signed(self.body, self.secret, NOW)
        for name in self.needed_headers:
            assert self.verdict_on(delivery.without(name)) is Verdict.MISSING
            empty = replace(delivery, headers={**delivery.headers, name: ""})
            assert self.verdict_on(empty) is Verdict.MISSING

    def test_it_refuses_a_signature_in_another_form(self) -> None:
        delivery = self.signed(self.body, self.secret, NOW)
        name = self.needed_headers[0]
        for value in (*self.malformed, " ", "x", "é", "\0", "=", ",,,", "😀" * 100, "a" * 100_000):
            assert self.verdict_on(replace(delivery, headers={**delivery.headers, name: value})) is Verdict.MALFORMED

    def test_it_refuses_a_signature_of_which_one_character_was_changed(self) -> None:
        delivery = self.signed(self.body, self.secret, NOW)
        name = self.needed_headers[0]
        value = delivery.headers[name]
        # The character before the last ones, which in base64 may stand for no bits.
        changed = value[:-5] + ("0" if value[-5] != "0" else "1") + value[-4:]
        assert self.verdict_on(replace(delivery, headers={**delivery.headers, name: changed})) is Verdict.WRONG

    @pytest.mark.parametrize("signed_with", ["", "the secret"])
    def test_without_a_secret_it_refuses_everything(self, signed_with: str) -> None:
        delivery = self.signed(self.body, self.secret if signed_with else self.other_secret, NOW)
        assert self.verdict(delivery, "", NOW) is Verdict.NOT_CONFIGURED
        unsigned = replace(delivery, headers={})
        assert self.verdict(unsigned, "", NOW) is Verdict.NOT_CONFIGURED


class TimedSignatureContract(SignatureContract):
    """For signatures that cover the time of their making; seconds."""

    oldest: float
    ahead: float

    def test_it_refuses_what_is_too_old(self) -> None:
        delivery = self.signed(self.body, self.secret, NOW)
        assert self.verdict(delivery, self.secret, NOW + self.oldest - 1) is Verdict.VALID
        assert self.verdict(delivery, self.secret, NOW + self.oldest + 1) is Verdict.STALE

    def test_it_refuses_what_comes_from_the_future(self) -> None:
        delivery = self.signed(self.body, self.secret, NOW)
        assert self.verdict(delivery, self.secret, NOW - self.ahead + 1) is Verdict.VALID
        assert self.verdict(delivery, self.secret, NOW - self.ahead - 1) is Verdict.FUTURE

    def test_what_is_old_and_wrongly_signed_is_wrong(self) -> None:
        delivery = self.signed(self.body, self.other_secret, NOW)
        assert self.verdict(delivery, self.secret, NOW + self.oldest + 1) is Verdict.WRONG

    def test_the_time_is_part_of_what_is_signed(self) -> None:
        old, new = (self.signed(self.body, self.secret, at) for at in (NOW, NOW + self.oldest))
        # An old signature beside a new time.
        name = self.needed_headers[-1]
        if len(self.needed_headers) == 1:
            mixed = self.with_time_of(old, new)
        else:
            mixed = replace(old, headers={**old.headers, name: new.headers[name]})
        assert self.verdict(mixed, self.secret, NOW + self.oldest) is Verdict.WRONG

    def with_time_of(self, old: Signed, new: Signed) -> Signed:
        raise NotImplementedError
