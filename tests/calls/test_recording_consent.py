"""Whether people agree to the recording of a call: told by vendors, agents and announcements, and followed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from calls.models import Call, LegalHold, Recording
from calls.recording_consent import is_announced
from calls.services.privacy.denied_audio import drop_denied_audio
from tests.calls.api.ingesting import ingested, recording_names, refused
from tests.calls.api.pushes.pushing import results
from tests.calls.api.pushes.test_live import tell, told
from tests.calls.api.reading import history
from tests.calls.event_log import event_names
from tests.calls.partner.partners import partner_of
from tests.calls.webhooks.elevenlabs_office import ask, audio, deliver, inbound_transcription, make_account
from tests.clients import ApiClient, logged_in
from tests.factories import ingest_body, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

DENIED = {"state": "denied", "at": "2026-11-29T20:00:00Z", "source": "agent"}


def assert_no_audio() -> None:
    drop_denied_audio()
    assert not Recording.objects.exists()
    assert recording_names() == set()


def use_tool(state: str, **fields: Any) -> Any:
    body = {"conversation_id": "conv_1", "state": state, **fields}
    return ask(body, path="/api/webhook/elevenlabs/tools/recording-consent").body


@pytest.mark.parametrize("state", ["announced", "granted"])
def test_a_push_says_so_and_the_audio_is_kept(api: ApiClient, user: User, vendor: ApiClient, state: str) -> None:
    ingested(vendor, ingest_body(recordingConsent={**DENIED, "state": state}))

    expected = {"state": state, "at": "2026-11-29T20:00:00.000Z", "source": "agent"}
    assert history(api)["calls"][0]["recordingConsent"] == expected
    assert partner_of(user).get("/api/v1/calls").body["calls"][0]["recording_consent"] == expected
    assert Recording.objects.count() == 1


def test_where_nothing_is_told_nothing_is_said(api: ApiClient, vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())

    assert "recordingConsent" not in history(api)["calls"][0]


@pytest.mark.parametrize("recording", [ingest_body()["recording"], None])
def test_of_a_push_that_denies_it_no_audio_is_kept(vendor: ApiClient, recording: str | None) -> None:
    ingested(vendor, ingest_body(recordingConsent=DENIED, recording=recording))

    assert_no_audio()


def test_of_a_batch_neither(vendor: ApiClient) -> None:
    results(vendor, [ingest_body(recordingConsent=DENIED, externalCallId="call-1")])

    assert_no_audio()


@pytest.mark.parametrize("event", ["started", "ended"])
def test_a_no_while_the_call_goes_on_counts_for_its_final_push(vendor: ApiClient, event: str) -> None:
    told(vendor, "started", **({"recordingConsent": DENIED} if event == "started" else {}))
    if event == "ended":
        told(vendor, "ended", recordingConsent=DENIED)

    ingested(vendor, ingest_body(externalCallId="vendor-call-1", recordingConsent={"state": "granted"}))

    assert Call.objects.get().recording_consent == "denied"
    assert_no_audio()


@pytest.mark.parametrize("audio_is_first", [True, False])
def test_after_a_no_that_an_agent_hears_there_is_no_audio(user: User, *, audio_is_first: bool) -> None:
    make_account(user)
    assert deliver(inbound_transcription("conv_1")).status == 200
    if audio_is_first:
        assert deliver(audio("conv_1")).status == 200
        assert Recording.objects.count() == 1

    assert use_tool("denied") == {"success": True, "message": "No recording of this call is kept."}

    if not audio_is_first:
        assert deliver(audio("conv_1")).status == 200
        assert not Recording.objects.exists()
    assert event_names(Call.objects.get().pk)[-1] == "call_updated"
    assert_no_audio()


@pytest.mark.parametrize("scope", ["call", "period"])
def test_a_no_goes_before_a_legal_hold(user: User, scope: str) -> None:
    """A hold keeps what may be kept; of this there must be no recording."""
    make_account(user)
    assert deliver(inbound_transcription("conv_1")).status == 200
    assert deliver(audio("conv_1")).status == 200
    call = Call.objects.get()
    covered: dict[str, dict[str, Any]] = {
        "call": {"call_id": call.pk},
        "period": {"begins": call.start_time - timedelta(days=1), "ends": call.start_time + timedelta(days=1)},
    }
    LegalHold.objects.create(organization_id=user.home_id, scope=scope, reason="Claim 118", **covered[scope])
    drop_denied_audio()
    assert Recording.objects.count() == 1

    use_tool("denied")

    assert_no_audio()
    assert Call.objects.get().ai_transcript, "only the audio goes"


def test_a_no_stays(user: User) -> None:
    make_account(user)
    assert deliver(inbound_transcription("conv_1")).status == 200
    use_tool("denied")
    use_tool("granted")

    call = Call.objects.get()
    assert (call.recording_consent, call.recording_consent_source) == ("denied", "tool")


def test_a_tool_says_what_it_does_not_understand(user: User) -> None:
    make_account(user)

    assert use_tool("perhaps")["error"] == "state is one of announced, granted, denied."
    assert use_tool("denied")["error"] == "This conversation is of no call that is known."


def test_a_call_of_another_organization_is_not_known(user: User) -> None:
    other = make_user()
    make_account(other, account_id="theirs")
    assert deliver(inbound_transcription("conv_1")).status == 200
    Call.objects.update(organization=make_user().organization, user=None, contact=None, conversation=None)

    assert use_tool("denied")["success"] is False
    assert Call.objects.get().recording_consent == "unknown"


def test_an_announcement_is_heard_in_the_transcript(api: ApiClient, vendor: ApiClient) -> None:
    """The agent's disclosure, which it says before anything else."""
    turns = [
        {"role": "agent", "message": "Hi, I'm Mia, an AI. This call is being recorded.", "timestamp": 0},
        {"role": "user", "message": "Fine.", "timestamp": 4},
    ]
    ingested(vendor, ingest_body(transcript=turns))

    consent = history(api)["calls"][0]["recordingConsent"]
    assert (consent["state"], consent["source"]) == ("announced", "disclosure")


@pytest.mark.parametrize(
    ("role", "message", "is_heard"),
    [
        ("agent", "Cet appel est enregistré à des fins de qualité.", True),
        ("agent", "Esta llamada está siendo grabada.", True),
        ("agent", "You are on a recorded line.", True),
        ("agent", "We have recorded your order.", False),
        ("agent", "I will call you. Your address is recorded.", False),
        ("user", "Is this call recorded?", False),
    ],
)
def test_what_an_announcement_is(role: str, message: str, *, is_heard: bool) -> None:
    assert is_announced([(role, message)]) is is_heard


def test_it_costs_a_push_no_statement(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body(externalCallId="call-0"))
    with statements_made() as plain:
        ingested(vendor, ingest_body(externalCallId="call-1"))
    with statements_made() as consenting:
        ingested(vendor, ingest_body(externalCallId="call-2", recordingConsent={"state": "granted"}))

    assert len(plain) == len(consenting)


@pytest.mark.parametrize(
    ("consent", "field"),
    [
        ({"state": "maybe"}, "recordingConsent.state"),
        ({"state": "granted", "by": "x"}, "recordingConsent"),
        ({"state": "granted", "source": "x" * 101}, "recordingConsent.source"),
        ({"state": "granted", "at": "yesterday"}, "recordingConsent.at"),
        ({"state": "granted", "at": "1970-01-01T00:00:00Z"}, "recordingConsent.at"),
        ({"state": "granted", "at": "2190-01-01T00:00:00Z"}, "recordingConsent.at"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(vendor: ApiClient, consent: dict[str, str], field: str) -> None:
    assert field in refused(vendor, ingest_body(recordingConsent=consent))


@pytest.mark.parametrize(
    ("consent", "field"),
    [
        ({"state": "maybe"}, "recordingConsent.state"),
        ({"state": "granted", "source": "x" * 101}, "recordingConsent.source"),
        ({"state": "granted", "at": "1970-01-01T00:00:00Z"}, "recordingConsent.at"),
        ({"state": "granted", "at": "2190-01-01T00:00:00Z"}, "recordingConsent.at"),
    ],
)
def test_a_live_push_that_is_wrong_is_refused(vendor: ApiClient, consent: dict[str, str], field: str) -> None:
    answer = tell(vendor, "started", recordingConsent=consent)

    assert answer.status == 400
    assert answer.body["error"].startswith(f"Invalid field {field}: ")


def test_other_users_read_it_in_their_own_calls_only(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body(recordingConsent=DENIED))

    assert history(logged_in(make_user()))["calls"] == []
