"""What every address that a provider calls does with requests, good and bad: verified, interpreted, answered; all pure.

Inherit, with bodies as the provider sends them and the headers by which it signs them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from calls.providers.base import Provider
from calls.providers.bodies import PayloadError
from calls.providers.endpoint import (
    FORM,
    Answer,
    CallerFacts,
    CallerQuestion,
    Endpoint,
    Incoming,
    Interpretation,
    Nowhere,
    Route,
    RoutedCall,
    RouteQuestion,
    ToAgent,
    ToNumber,
    ToUser,
)
from calls.providers.tools import (
    AvailabilityReply,
    BusinessHoursReply,
    CallbackReply,
    ContactReply,
    ToolReply,
    ToolRequested,
    TransferReply,
    UpdatedContactReply,
)
from calls.providers.verdicts import Verdict
from tests.calls.providers.any_json import JSON, assert_fits, spoilt
from tests.factories import UNKNOWN_ID
from tether_calls.common.wire import SnakeStruct

BASE: Final = "https://calls.example/api/webhook/"
_JUNK: Final = (b"", b"null", b"[]", b"{}", b'"', b"\xff\xfe", b"[" * 100_000, b"a=1&" * 300, b"=%ff&%00=%00")
_QUERIES: Final = ("", "?callId=x", f"?callId={UNKNOWN_ID}", "?callId=%00%ff", "?" * 50)

_ROUTES: Final[tuple[Route | None, ...]] = (
    None,
    Nowhere("number_not_open"),
    ToUser(UNKNOWN_ID),
    ToUser(UNKNOWN_ID, is_handed_over=True),
    ToAgent("+14165550100", "sip.agents.example"),
    ToNumber("+14165550134", "+14165550100"),
    ToNumber("+14165550134", ""),
)
_CALLS: Final = (
    None,
    *(
        RoutedCall(call_id=UNKNOWN_ID, direction=direction, from_number=number, has_ended=has_ended)
        for direction, number, has_ended in product(("inbound", "outbound"), ("+14165550171", ""), (False, True))
    ),
)
_CALLERS: Final = tuple(
    CallerFacts(caller_name=name, caller_number=number, org_name="Example")
    for name, number in (("Kim <&> Ö", "+14165550171"), ("", "+14165550171"), ("", ""))
)


# What a tool answers, by the form that it has.
_TOOLS: Final[dict[type[SnakeStruct], SnakeStruct]] = {
    ToolReply: ToolReply(success=True, message="Done."),
    ContactReply: ContactReply(success=False, error="Nobody."),
    UpdatedContactReply: UpdatedContactReply(success=True, updated_fields=["email"]),
    AvailabilityReply: AvailabilityReply(agents_available=True, available_count=1, online_count=2),
    TransferReply: TransferReply(success=True, transfer_number="+14165550100"),
    CallbackReply: CallbackReply(success=True, scheduled_for="2026-05-15T09:10:00.000Z"),
    BusinessHoursReply: BusinessHoursReply(
        is_open=True, current_time="Monday 14:32", timezone="UTC", organization_name="Example"
    ),
}


@dataclass(frozen=True)
class Sample:
    """A request as the provider sends it, apart from its signature; `query` begins with a question mark."""

    path: str
    body: bytes
    query: str = ""

    @property
    def url(self) -> str:
        return f"{BASE}{self.path}{self.query}"


class EndpointContract:
    provider: Provider[Any]
    # Every setting of an account; and the secrets of another one.
    values: Mapping[str, str]
    other_values: Mapping[str, str]
    # Of each address, one at least.
    samples: tuple[Sample, ...]
    # With words in them that the provider has never sent.
    unknown: tuple[Sample, ...]

    def signed(self, sample: Sample, values: Mapping[str, str]) -> dict[str, str]:
        """The headers, names in lower case, by which an account with these settings vouches for a request now."""
        raise NotImplementedError

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "endpoint" in metafunc.fixturenames:
            metafunc.parametrize(
                "endpoint", self.provider.endpoints, ids=[each.path for each in self.provider.endpoints]
            )

    def incoming(self, endpoint: Endpoint[Any], sample: Sample, headers: Mapping[str, str]) -> Incoming:
        """As the view takes it over."""
        return Incoming(
            url=sample.url,
            content_type=endpoint.media_type,
            headers={name: headers[name] for name in endpoint.signed_headers if name in headers},
            body=sample.body,
            received_at=datetime.now(UTC),
            authorization=headers.get("authorization"),
        )

    def of(self, endpoint: Endpoint[Any]) -> Iterator[Sample]:
        return (sample for sample in self.samples if sample.path == endpoint.path)

    def verdicts(self, endpoint: Endpoint[Any], signing: Mapping[str, str], known: Mapping[str, str]) -> set[Verdict]:
        """On requests signed with some settings, by an account that has others."""
        credentials = self.provider.credentials_from(known)
        return {
            endpoint.verify(self.incoming(endpoint, sample, self.signed(sample, signing)), credentials)
            for sample in self.of(endpoint)
        }

    def test_every_address_has_a_sample_and_says_what_it_is(self, endpoint: Endpoint[Any]) -> None:
        assert list(self.of(endpoint))
        assert endpoint.summary

    def test_a_request_that_the_account_has_signed_is_verified(self, endpoint: Endpoint[Any]) -> None:
        assert self.verdicts(endpoint, self.values, self.values) == {Verdict.VALID}

    def test_one_that_another_account_has_signed_is_wrong(self, endpoint: Endpoint[Any]) -> None:
        others = {**self.values, **self.other_values}
        assert self.verdicts(endpoint, others, self.values) == {Verdict.WRONG}

    def test_one_without_a_signature_is_missing_it(self, endpoint: Endpoint[Any]) -> None:
        credentials = self.provider.credentials_from(self.values)
        for sample in self.of(endpoint):
            assert endpoint.verify(self.incoming(endpoint, sample, {}), credentials) is Verdict.MISSING

    def test_without_a_secret_to_check_with_nothing_is_verified(self, endpoint: Endpoint[Any]) -> None:
        assert self.verdicts(endpoint, self.values, {}) == {Verdict.NOT_CONFIGURED}

    def test_its_sender_is_named_before_json_of_a_stranger_is_decoded(self, endpoint: Endpoint[Any]) -> None:
        for sample in self.of(endpoint):
            incoming = self.incoming(endpoint, sample, self.signed(sample, self.values))
            names = endpoint.sender(incoming)
            assert "json" not in vars(incoming)
            if self.provider.account_id is not None:
                assert names.account_id == self.values[self.provider.account_id]
            assert any(asdict(names).values())

    def test_what_is_kept_of_a_request_means_the_same_later(self, endpoint: Endpoint[Any]) -> None:
        for sample in self.of(endpoint):
            first = self.incoming(endpoint, sample, self.signed(sample, self.values))
            kept = replace(first, authorization=None)
            assert (
                plain(endpoint.interpret(first)) == plain(endpoint.interpret(kept)) == plain(endpoint.interpret(first))
            )

    def test_a_question_whose_answer_is_of_no_use_later_is_declared_as_one(self, endpoint: Endpoint[Any]) -> None:
        """Where a call goes, and what an agent needs in the turn that asks."""
        told = [endpoint.interpret(self.incoming(endpoint, sample, {})) for sample in self.of(endpoint)]
        asked = {
            found.kind
            for found in told
            if isinstance(found.question, RouteQuestion)
            or (isinstance(found.question, ToolRequested) and found.question.tool.is_momentary)
        }
        assert asked <= endpoint.questions
        assert bool(asked) is bool(endpoint.questions)

    def test_every_answer_has_its_documented_form(self, endpoint: Endpoint[Any]) -> None:
        for sample in self.of(endpoint):
            self.assert_answered(endpoint, endpoint.interpret(self.incoming(endpoint, sample, {})))

    def test_words_that_are_not_known_change_nothing_and_are_answered(self) -> None:
        assert self.unknown
        for sample in self.unknown:
            [endpoint] = [each for each in self.provider.endpoints if each.path == sample.path]
            incoming = self.incoming(endpoint, sample, self.signed(sample, self.values))
            assert endpoint.verify(incoming, self.provider.credentials_from(self.values)) is Verdict.VALID
            found = endpoint.interpret(incoming)
            assert found.report is None or found.report.status is None, sample
            self.assert_answered(endpoint, found)

    @settings(suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow], max_examples=150)
    @given(data=st.data())
    def test_any_body_is_refused_or_means_what_can_be_stored(self, data: st.DataObject) -> None:
        endpoint = data.draw(st.sampled_from(self.provider.endpoints))
        bodies = [sample.body for sample in self.of(endpoint)]
        drawn = data.draw(_forms(bodies) if endpoint.media_type == FORM else _documents(bodies))
        sample = Sample(endpoint.path, drawn, data.draw(st.sampled_from(_QUERIES)))
        incoming = self.incoming(endpoint, sample, self.signed(sample, self.values))
        try:
            endpoint.sender(incoming)
            endpoint.verify(incoming, self.provider.credentials_from(self.values))
            found = endpoint.interpret(incoming)
        except PayloadError:
            return
        if found.report is not None:
            assert found.report.provider == self.provider.name
            assert_fits(found.report)
        self.assert_answered(endpoint, found)

    def assert_answered(self, endpoint: Endpoint[Any], interpretation: Interpretation) -> None:
        """Whatever comes of the request, its reply is what the endpoint's description promises."""
        # A question who is calling is always answered, and without one there is no answer to it.
        callers = _CALLERS if isinstance(interpretation.question, CallerQuestion) else (None,)
        question = interpretation.question
        told = _TOOLS[question.tool.reply] if isinstance(question, ToolRequested) else None
        for call, route, caller, is_recorded in product(_CALLS, _ROUTES, callers, (False, True)):
            answer = Answer(
                interpretation=interpretation,
                call=call,
                route=route,
                caller=caller,
                is_recorded=is_recorded,
                url_of=lambda path: f"https://calls.example{path}",
                tool=told,
            )
            reply = endpoint.reply(answer)
            if isinstance(endpoint.reply_document, str):
                assert isinstance(reply.content, str)
                assert reply.content_type == endpoint.reply_document
                continue
            assert isinstance(reply.content, endpoint.reply_document or dict)
            assert isinstance(json.loads(msgspec.json.encode(reply.content)), dict)


def plain(interpretation: Interpretation) -> Interpretation:
    """What can be compared: where a recording comes from, and what is left without it, are functions of their own."""
    return replace(interpretation, recording=None, without_recording=None)


def _documents(bodies: list[bytes]) -> SearchStrategy[bytes]:
    known = [json.loads(body) for body in bodies]
    return st.one_of((JSON | spoilt(known)).map(_encoded), st.binary(), st.sampled_from(_JUNK))


def _encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


def _forms(bodies: list[bytes]) -> SearchStrategy[bytes]:
    known = [parse_qsl(body.decode(), keep_blank_values=True) for body in bodies]
    names = sorted({name for pairs in known for name, _ in pairs})
    pairs = st.lists(st.tuples(st.sampled_from(names) | st.text(), st.text()), max_size=4)
    replaced = st.tuples(st.sampled_from(known), pairs).map(
        lambda both: urlencode([*both[0], *both[1]], errors="replace")
    )
    return st.one_of(replaced.map(str.encode), st.binary(), st.sampled_from(_JUNK))
