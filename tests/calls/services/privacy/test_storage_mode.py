"""What an organization does not keep is not taken, on whichever way it comes."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call, CallWords, LiveTurn, Recording, RetentionRule
from calls.reports import CallReport, StoredRecording, TranscriptTurn, known_metadata
from calls.selectors.privacy.storage_mode import takes_audio
from calls.selectors.reconciling.unsettled import lacks_audio
from calls.services.lifecycle.record_report import record_report
from contacts.models import ContactNote, DoNotCallNumber
from conversations.models import Message
from tests.calls.api.ingesting import ingest
from tests.calls.api.pushes.pushing import push
from tests.clients import ApiClient
from tests.factories import ingest_body, make_call, make_prompt
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

STORED = StoredRecording(name="x.mp3", size=1, sha256="1" * 64, duration=1.0)


def keep(user: User, mode: str, **fields: Any) -> None:
    RetentionRule.objects.create(organization_id=user.home_id, storage_mode=mode, **fields)


def report(call: Call) -> CallReport:
    return CallReport(
        provider=call.provider,
        provider_call_id=call.provider_call_id,
        status="completed",
        transcript=(TranscriptTurn(role="user", message="An offer, please", timestamp=1.0),),
        summary="Wants an offer",
        analysis={"note": "offer"},
        provider_metadata=known_metadata(callSummaryTitle="Offer", cost=3),
    )


def assert_keeps(mode: str, call: Call) -> None:
    call.refresh_from_db()
    assert bool(call.ai_transcript) == bool(call.ai_summary) == (mode != "metadata_only")
    assert mode != "metadata_only" or "callSummaryTitle" not in call.provider_metadata
    assert CallWords.objects.exists() == (mode != "metadata_only")
    assert ContactNote.objects.exists() == (mode != "metadata_only" and call.contact_id is not None)
    assert Recording.objects.exists() == (mode == "everything")
    assert (call.content_erased_at is not None) == (mode == "metadata_only")


@pytest.mark.parametrize("mode", ["everything", "no_audio", "metadata_only"])
class TestEachMode:
    def test_of_one_push(self, user: User, vendor: ApiClient, mode: str) -> None:
        keep(user, mode)

        assert ingest(vendor, ingest_body()).status == 201

        assert_keeps(mode, Call.objects.get())
        assert ("Confirmed" in Message.objects.get().content) == (mode != "metadata_only")

    def test_of_a_batch(self, user: User, vendor: ApiClient, mode: str) -> None:
        keep(user, mode)

        assert push(vendor, [ingest_body()]).status == 200

        assert_keeps(mode, Call.objects.get())

    def test_of_a_recording_by_its_address_nothing_is_fetched(self, user: User, vendor: ApiClient, mode: str) -> None:
        keep(user, mode)

        # Nobody answers there: where it is asked, the push is refused.
        answer = ingest(vendor, ingest_body(recording="https://recordings.invalid/a.mp3"))

        assert (answer.status == 201) == (mode != "everything")

    def test_of_a_live_call_and_its_final_push(self, user: User, vendor: ApiClient, mode: str) -> None:
        keep(user, mode)
        name = {"externalCallId": "live-1"}
        numbers = {"direction": "outbound", "fromNumber": "+14165550100", "toNumber": "+14165550199"}
        assert vendor.post("/api/calls/live", {"event": "started", **name, **numbers}).status == 200
        turns = [{"role": "user", "message": "Hello"}]
        assert vendor.post("/api/calls/live", {"event": "turn", **name, "place": 0, "turns": turns}).status == 200
        assert LiveTurn.objects.exists() == (mode != "metadata_only")

        assert ingest(vendor, ingest_body(**name)).status == 201

        assert_keeps(mode, Call.objects.get())

    def test_of_what_a_provider_reports(self, user: User, mode: str) -> None:
        keep(user, mode)
        call = make_call(user, provider="elevenlabs", provider_call_id="conv_1")
        assert takes_audio(organization_id=user.home_id, call_id=call.pk) == (mode == "everything")

        applied = record_report(organization_id=user.home_id, report=report(call), may_create=False, stored=STORED)

        assert applied is not None
        assert applied.stored_is_used == (mode == "everything")
        assert_keeps(mode, call)
        assert lacks_audio(call) is False


def test_an_agents_mode_takes_the_place_of_the_organizations(user: User) -> None:
    assert user.organization is not None
    agent = make_prompt(user.organization)
    keep(user, "metadata_only")
    keep(user, "everything", agent=agent)
    call = make_call(user, provider="elevenlabs", provider_call_id="conv_1", ai_agent=agent)

    record_report(organization_id=user.home_id, report=report(call), may_create=False, stored=STORED)

    assert_keeps("everything", call)


def test_an_opt_out_is_heard_where_no_word_is_kept(user: User, vendor: ApiClient) -> None:
    keep(user, "metadata_only")
    turns = [{"role": "user", "message": "Please stop calling me."}]

    for body in (ingest_body(transcript=turns), ingest_body(transcript=turns, toNumber="+14165550177")):
        assert ingest(vendor, body).status == 201
    assert push(vendor, [ingest_body(transcript=turns, toNumber="+14165550178")]).status == 200

    assert DoNotCallNumber.objects.count() == 3
    assert {entry.reason for entry in DoNotCallNumber.objects.all()} == {"Asked not to be called again"}
    assert all(call.opt_out == {"by": "phrase", "turn": None, "text": ""} for call in Call.objects.all())


def test_what_is_refused_once_is_refused_when_everything_is_kept_again(user: User) -> None:
    keep(user, "metadata_only")
    call = make_call(user, provider="elevenlabs", provider_call_id="conv_1")
    record_report(organization_id=user.home_id, report=report(call), may_create=False)
    RetentionRule.objects.all().delete()

    record_report(organization_id=user.home_id, report=report(call), may_create=False, stored=STORED)

    assert_keeps("metadata_only", call)
