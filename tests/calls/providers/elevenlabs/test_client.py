from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from calls.providers.dialling import AgentDial, SipTrunk
from calls.providers.elevenlabs.client import ElevenLabsClient
from calls.providers.elevenlabs.settings import ElevenLabsCredentials
from calls.providers.errors import ProviderError, ProviderProblem
from tests.calls.providers.bodies import FIXTURES, body
from tests.calls.providers.client_contract import LIMITS, ClientContract, Servers
from tests.http_targets import answer, chunks, promise
from tether_calls.common.http import FetchLimits

KEY = "sk_0123456789abcdef"
AGENT = "agent_7101k5zvyjhmfg983brhmhkd98n6"
CONVERSATION = "conv_8401kabcdefgh1234567890jklmn"
NUMBER_ID = "phnum_2601kdefabc0123456789"
CALL_ID = "68f2c5d13a0b4c5d6e7f8a9b"

DIAL = "/v1/convai/sip-trunk/outbound-call"
CONVERSATIONS = "/v1/convai/conversations"
AUDIO = f"{CONVERSATIONS}/{CONVERSATION}/audio"
NUMBERS = "/v1/convai/phone-numbers"


def client(base_url: str, limits: FetchLimits = LIMITS, *, key: str = KEY) -> ElevenLabsClient:
    return ElevenLabsClient(ElevenLabsCredentials(key, "webhook", "tool", base_url=base_url), limits=limits)


def dial(base_url: str, limits: FetchLimits = LIMITS) -> object:
    return client(base_url, limits).dial(
        AgentDial(
            agent_id=AGENT,
            phone_number_id=NUMBER_ID,
            to_number="+14165550137",
            call_id=CALL_ID,
            dynamic_variables={"call_reason": "Your appointment: Über 15 h", "contact_name": "Dana"},
        )
    )


class TestClient(ClientContract):
    acting_path = DIAL
    asking_path = f"{CONVERSATIONS}/{CONVERSATION}"
    unspeakable = (KEY, "4165550137", "Field required")
    good = body("elevenlabs/conversation.json")
    errors = {
        "elevenlabs/error_401.json": (401, "invalid_api_key"),
        "elevenlabs/error_404.json": (404, "conversation_not_found"),
        "elevenlabs/error_422.json": (422, "missing"),
        "elevenlabs/error_429_concurrent.json": (429, "too_many_concurrent_requests"),
        "elevenlabs/error_429_busy.json": (429, "system_busy"),
        "elevenlabs/error_sentence.json": (404, ""),
    }

    def act(self, base_url: str, limits: FetchLimits) -> object:
        return dial(base_url, limits)

    def ask(self, base_url: str, limits: FetchLimits) -> object:
        return client(base_url, limits).conversation(CONVERSATION)

    def ask_unconfigured(self, base_url: str) -> object:
        return client(base_url, key="").conversation(CONVERSATION)

    def ask_with_a_key_that_no_header_can_hold(self, base_url: str) -> object:
        return client(base_url, key="key\r\nHost: evil.example").conversation(CONVERSATION)

    def test_it_dials(self, serve: Servers) -> None:
        target = serve(DIAL, answer(body("elevenlabs/outbound_call.json")))
        placed = client(target.url("")).dial(
            AgentDial(
                agent_id=AGENT,
                phone_number_id=NUMBER_ID,
                to_number="+14165550137",
                call_id=CALL_ID,
                dynamic_variables={"call_reason": "Über 15 h", "contact_name": "Dana", "tether_call_id": "another"},
                instructions="Be kind.",
                first_message="Hello!",
            )
        )
        assert (placed.conversation_id, placed.sip_call_id) == (CONVERSATION, "SCL_mV3kqR2ZxYwv")
        (request,) = target.requests
        assert request.method == "POST"
        assert request.headers["xi-api-key"] == KEY
        assert request.headers["content-type"] == "application/json"
        assert json.loads(request.body) == {
            "agent_id": AGENT,
            "agent_phone_number_id": NUMBER_ID,
            "to_number": "+14165550137",
            "conversation_initiation_client_data": {
                "user_id": CALL_ID,
                "dynamic_variables": {
                    "call_reason": "Über 15 h",
                    "contact_name": "Dana",
                    "transfer_number": "",
                    "tether_call_id": CALL_ID,
                },
                "conversation_config_override": {
                    "agent": {"prompt": {"prompt": "Be kind."}, "first_message": "Hello!"}
                },
            },
        }

    @pytest.mark.parametrize(
        "content",
        [
            body("elevenlabs/outbound_call_refused.json"),
            b'{"success": false}',
            b'{"success": false, "conversation_id": "", "sip_call_id": null}',
        ],
    )
    def test_a_200_that_says_no_is_a_refusal(self, serve: Servers, content: bytes) -> None:
        error = self.acting(serve(DIAL, answer(content)).url(""))
        assert (error.problem, error.reason) == (ProviderProblem.REFUSED, "not_placed")
        assert not error.is_undecided

    @pytest.mark.parametrize(
        "content",
        [
            b"{}",
            b'{"success": "yes", "conversation_id": "c"}',
            b'{"message": "ok"}',
            b'{"success": true, "message": "", "conversation_id": null}',
            b'{"success": true, "conversation_id": ""}',
            b'{"success": false, "conversation_id": "conv_1"}',
            b'{"success": false, "conversation_id": 7}',
            b'{"success": false, "conversation_id": null, "sip_call_id": "SCL_1"}',
        ],
    )
    def test_a_200_that_does_not_say_whether_it_dialled_is_undecided(self, serve: Servers, content: bytes) -> None:
        assert self.acting(serve(DIAL, answer(content)).url("")).problem is ProviderProblem.BAD_ANSWER

    def test_it_reads_a_conversation(self, serve: Servers) -> None:
        target = serve(self.asking_path, answer(self.good))
        report = client(target.url("")).conversation(CONVERSATION)
        assert (report.provider_call_id, report.status, report.call_id) == (CONVERSATION, "completed", CALL_ID)

    @pytest.mark.parametrize("name", ["", "..", ".", "a/b", "a b", "x?y", "x#y", "%2e%2e", "é", "a" * 256])
    def test_what_cannot_be_an_id_is_not_asked_for(self, serve: Servers, name: str) -> None:
        target = serve(CONVERSATIONS, answer(b"{}"))
        with pytest.raises(ProviderError) as caught:
            client(target.url("")).conversation(name)
        assert caught.value.problem is ProviderProblem.NOT_FOUND
        assert target.requests == []

    def test_it_finds_the_conversations_that_carry_our_id(self, serve: Servers) -> None:
        target = serve(CONVERSATIONS, answer(body("elevenlabs/conversations.json")))
        after = datetime(2026, 5, 15, 9, 0, tzinfo=UTC)
        (found,) = client(target.url("")).find_conversations(agent_id=AGENT, user_id=CALL_ID, after=after)
        assert (found.conversation_id, found.status, found.direction) == (CONVERSATION, "completed", "outbound")
        assert found.start_time == datetime(2026, 5, 15, 9, 10, tzinfo=UTC)
        assert parse_qs(urlsplit(target.requests[0].path).query) == {
            "agent_id": [AGENT],
            "user_id": [CALL_ID],
            "call_start_after_unix": ["1778835600"],
            "page_size": ["100"],
        }

    def test_it_writes_a_conversations_audio_to_a_file(self, serve: Servers) -> None:
        sound = (FIXTURES / "audio/blip.mp3").read_bytes()
        target = serve(AUDIO, answer(sound, content_type="audio/mpeg"))
        into = io.BytesIO()
        assert client(target.url("")).conversation_audio(CONVERSATION, into, max_bytes=10_000) == len(sound)
        assert into.getvalue() == sound
        assert target.requests[0].headers["xi-api-key"] == KEY

    @pytest.mark.parametrize(
        ("told", "problem"),
        [
            (answer(b"{}", content_type="application/json"), ProviderProblem.BAD_ANSWER),
            (answer(b"sound"), ProviderProblem.BAD_ANSWER),
            (answer(b"", content_type="audio/mpeg"), ProviderProblem.BAD_ANSWER),
            (answer(b"x" * 101, content_type="audio/mpeg"), ProviderProblem.BAD_ANSWER),
            (answer(body("elevenlabs/error_404.json"), status=404), ProviderProblem.NOT_FOUND),
            (answer(b"x", status=206, content_type="audio/mpeg"), ProviderProblem.BAD_ANSWER),
            (promise(50, b"half"), ProviderProblem.BAD_ANSWER),
        ],
        ids=["JSON", "no type", "empty", "too large", "unknown", "a part", "another type and half of it"],
    )
    def test_what_is_no_audio_is_not_taken_for_it(self, serve: Servers, told: object, problem: ProviderProblem) -> None:
        target = serve(AUDIO, told)  # type: ignore[arg-type]
        with pytest.raises(ProviderError) as caught:
            client(target.url("")).conversation_audio(CONVERSATION, io.BytesIO(), max_bytes=100)
        assert caught.value.problem is problem

    def test_compressed_audio_is_undone_into_the_file(self, serve: Servers) -> None:
        sound = (FIXTURES / "audio/blip.mp3").read_bytes()
        target = serve(AUDIO, answer(gzip.compress(sound), content_type="audio/mpeg", content_encoding="gzip"))
        into = io.BytesIO()
        assert client(target.url("")).conversation_audio(CONVERSATION, into, max_bytes=10_000) == len(sound)
        assert into.getvalue() == sound

    def test_of_audio_that_gets_too_large_when_it_is_undone_no_more_is_written_than_the_limit(
        self, serve: Servers
    ) -> None:
        bomb = gzip.compress(bytes(50_000_000))
        target = serve(AUDIO, answer(bomb, content_type="audio/mpeg", content_encoding="gzip"))
        into = io.BytesIO()
        with pytest.raises(ProviderError) as caught:
            client(target.url("")).conversation_audio(CONVERSATION, into, max_bytes=200_000)
        assert (caught.value.problem, caught.value.reason) == (ProviderProblem.BAD_ANSWER, "too_large")
        assert len(into.getvalue()) <= 200_000

    def test_audio_that_breaks_off_is_no_recording(self, serve: Servers) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 50\r\n\r\nhalf"
        target = serve(AUDIO, lambda connection, _: connection.sendall(head))
        with pytest.raises(ProviderError) as caught:
            client(target.url("")).conversation_audio(CONVERSATION, io.BytesIO(), max_bytes=100)
        assert caught.value.problem is ProviderProblem.UNKNOWN

    def test_the_error_of_our_own_file_passes(self, serve: Servers) -> None:
        class FullDisk(io.BytesIO):
            def write(self, _content: object, /) -> int:
                raise OSError(28, "No space left on device")

        target = serve(AUDIO, answer(b"sound", content_type="audio/mpeg"))
        with pytest.raises(OSError, match="No space left"):
            client(target.url("")).conversation_audio(CONVERSATION, FullDisk(), max_bytes=100)

    def test_it_imports_a_number_with_its_trunk_and_agent(self, serve: Servers) -> None:
        target = serve(NUMBERS, answer(body("elevenlabs/phone_number_created.json")))
        trunk = SipTrunk(address="trunk.example", transport="tls", username="tether", password="p4ss")
        imported = client(target.url("")).import_sip_number(
            phone_number="+14165550100", label="Front desk", trunk=trunk, agent_id=AGENT
        )
        assert imported == NUMBER_ID
        assert target.requests[0].method == "POST"
        assert json.loads(target.requests[0].body) == {
            "provider": "sip_trunk",
            "phone_number": "+14165550100",
            "label": "Front desk",
            "agent_id": AGENT,
            "outbound_trunk_config": {
                "address": "trunk.example",
                "transport": "tls",
                "media_encryption": "allowed",
                "credentials": {"username": "tether", "password": "p4ss"},
            },
        }
        assert "p4ss" not in repr(trunk)

    def test_it_lists_the_numbers_that_are_imported(self, serve: Servers) -> None:
        known = json.loads(body("elevenlabs/phone_number.json"))
        rows = [known, {**known, "phone_number": None}, {"phone_number": "+14165550101"}, "text", None]
        target = serve(NUMBERS, answer(json.dumps(rows).encode()))
        assert client(target.url("")).imported_numbers() == {known["phone_number"]: known["phone_number_id"]}
        assert target.requests[0].method == "GET"

    @pytest.mark.parametrize("content", [b"{}", b"null", b'"x"', b"<html>", b""])
    def test_what_is_no_list_is_none_of_numbers(self, serve: Servers, content: bytes) -> None:
        target = serve(NUMBERS, answer(content))
        with pytest.raises(ProviderError) as raised:
            client(target.url("")).imported_numbers()
        assert raised.value.problem is ProviderProblem.BAD_ANSWER

    def test_a_trunk_known_by_its_addresses_has_no_credentials(self, serve: Servers) -> None:
        target = serve(NUMBERS, answer(body("elevenlabs/phone_number_created.json")))
        trunk = SipTrunk(address="trunk.example", allowed_addresses=("192.0.2.0/24",))
        client(target.url("")).import_sip_number(phone_number="+14165550100", label="Desk", trunk=trunk)
        sent = json.loads(target.requests[0].body)
        assert "credentials" not in sent["outbound_trunk_config"]
        assert sent["inbound_trunk_config"] == {"allowed_addresses": ["192.0.2.0/24"]}
        assert "agent_id" not in sent

    @pytest.mark.parametrize("agent_id", [AGENT, None])
    def test_it_assigns_an_agent_or_none(self, serve: Servers, agent_id: str | None) -> None:
        target = serve(f"{NUMBERS}/{NUMBER_ID}", answer(body("elevenlabs/phone_number.json")))
        client(target.url("")).assign_agent(NUMBER_ID, agent_id)
        (request,) = target.requests
        assert (request.method, json.loads(request.body)) == ("PATCH", {"agent_id": agent_id})

    @pytest.mark.parametrize("content", [b"", b"null", b"{}", b'{"status": "ok"}'])
    def test_it_deletes_a_number(self, serve: Servers, content: bytes) -> None:
        target = serve(f"{NUMBERS}/{NUMBER_ID}", answer(content))
        client(target.url("")).delete_number(NUMBER_ID)
        assert (target.requests[0].method, target.requests[0].body) == ("DELETE", b"")

    def test_it_takes_an_answer_in_chunks(self, serve: Servers) -> None:
        target = serve(DIAL, chunks(b'{"success": true, "conv', b'ersation_id": "conv_1"}'))
        assert dial(target.url(""))
