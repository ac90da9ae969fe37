"""On PostgreSQL others are at work while something is erased: holds are placed, calls are told of."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone

from calls.models import Call, Delivery, LegalHold, Recording, RedactionRun, RetentionRule, Transfer, TransferOffer
from calls.reports import CallReport
from calls.services.deliveries.receive import replay_delivery
from calls.services.lifecycle.apply_report import apply_report
from calls.services.privacy.ask import ask
from calls.services.privacy.erase_call import erase_call
from calls.services.privacy.erase_content import erase_transcripts
from calls.services.privacy.expire_content import expire_content
from calls.services.privacy.legal_holds import place_hold
from calls.services.privacy.work import do_privacy_requests
from calls.services.redacting.work import redact_old_calls
from calls.services.search.index_calls import index_calls
from tests.calls.webhooks.elevenlabs_office import deliver, inbound_transcription, make_account
from tests.factories import make_call, mp3_bytes
from tests.halfway import halfway
from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers take turns"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("folders"),
]

NUMBER = "+14165550134"
SAID = "My card is 4539 5787 6362 1486."
FILE = "recording.mp3"


@pytest.fixture
def call(user: User) -> Call:
    """Of last month, with words and a recording."""
    call = make_call(
        user, to_number=NUMBER, start_time=timezone.now() - timedelta(days=31), ai_summary=SAID,
        ai_transcript=[{"role": "user", "message": SAID, "timestamp": 1.0}],
    )  # fmt: skip
    storages["recordings"].save(FILE, ContentFile(mp3_bytes()))
    Recording.objects.create(call=call, file=FILE, size=1, sha256="0" * 64)
    return call


def hold(user: User, call: Call) -> None:
    place_hold(user=user, organization_id=user.home_id, scope="call", reason="Claim", call_id=call.pk)


def left_of(call: Call) -> tuple[str, bool]:
    return Call.objects.get(pk=call.pk).ai_summary, storages["recordings"].exists(FILE)


def by_rule(user: User, _: Call) -> None:
    RetentionRule.objects.get_or_create(organization_id=user.home_id, audio_days=30, transcript_days=30)
    expire_content()


def at_once(user: User, call: Call) -> None:
    with suppress(TetherError):
        erase_call(user=user, organization_id=user.home_id, call_id=call.pk, part="all")


def by_request(user: User, _: Call) -> None:
    ask(user=user, organization_id=user.home_id, kind="erase", phone_number=NUMBER)
    do_privacy_requests()


def by_redaction(user: User, _: Call) -> None:
    RedactionRun.objects.create(organization_id=user.home_id, kinds="card", started_by=user)
    redact_old_calls()


ERASERS = {"rule": by_rule, "at once": at_once, "request": by_request, "redaction": by_redaction}


@pytest.mark.parametrize("erase", ERASERS.values(), ids=list(ERASERS))
def test_what_is_held_in_the_moment_at_which_it_would_be_erased_stays(
    user: User, call: Call, erase: Callable[[User, Call], None]
) -> None:
    halfway(lambda: hold(user, call), lambda: erase(user, call), after='INSERT INTO "calls_legalhold"')

    call.refresh_from_db()
    assert (call.ai_summary, call.ai_transcript) == (SAID, [{"role": "user", "message": SAID, "timestamp": 1.0}])
    assert call.audio_erased_at is None
    assert [recording.file.name for recording in call.recordings.all()] == [FILE]
    assert storages["recordings"].exists(FILE)


@pytest.mark.parametrize("erase", ERASERS.values(), ids=list(ERASERS))
def test_a_hold_is_placed_when_what_is_being_erased_is_gone(
    user: User, call: Call, erase: Callable[[User, Call], None]
) -> None:
    """Whoever has placed one can rely on it: from then on nothing goes."""
    before, seen = left_of(call), []

    def placed() -> None:
        hold(user, call)
        seen.append(left_of(call))

    halfway(lambda: erase(user, call), placed, after=r'SELECT "calls_call".* FOR UPDATE')

    assert seen == [left_of(call)]
    assert seen != [before]
    assert LegalHold.objects.count() == 1


# ---- One order of locks -----------------------------------------------------------------------------------------


@pytest.fixture
def agents_call(user: User) -> Call:
    return make_call(user, provider="elevenlabs", provider_call_id="conv_1", ai_summary=SAID)


@pytest.fixture
def leg(user: User, agents_call: Call) -> Call:
    leg = make_call(user, provider="twilio", direction="inbound", status="in-progress", transferred_from=agents_call)
    assert user.organization is not None
    transfer = Transfer.objects.create(
        organization=user.organization, call=agents_call, provider="elevenlabs", leg=leg, expires_at=timezone.now(),
        transfer_number="+14165550111", state="offered", reason=SAID,
    )  # fmt: skip
    TransferOffer.objects.create(
        organization=user.organization, transfer=transfer, user=user, until=timezone.now(), state="offered"
    )
    return leg


@pytest.mark.parametrize(
    "after", [r'SELECT "calls_call".* FOR UPDATE', r'SELECT "calls_transfer".* FOR NO KEY UPDATE'],
    ids=["its call is locked", "its transfer is locked"],
)  # fmt: skip
@pytest.mark.parametrize("also_the_leg", [True, False])
def test_a_caller_who_was_handed_over_is_told_of_while_the_words_are_erased(
    agents_call: Call, leg: Call, after: str, also_the_leg: bool
) -> None:
    ids = [agents_call.pk, leg.pk] if also_the_leg else [agents_call.pk]
    report = CallReport(provider="twilio", status="completed", duration=20.0)

    halfway(
        lambda: apply_report(organization_id=leg.organization_id, call_id=leg.pk, report=report),
        lambda: erase_transcripts(organization_id=leg.organization_id, call_ids=ids),
        after=after,
    )

    agents_call.refresh_from_db()
    assert (agents_call.ai_summary, agents_call.end_reason) == ("", "transferred")
    assert agents_call.provider_metadata["transferredTo"] == leg.pk
    assert Transfer.objects.get().reason == ""


@pytest.mark.parametrize("work", ["redaction", "words for searches"])
def test_a_caller_who_was_handed_over_is_told_of_while_many_calls_are_written(
    user: User, agents_call: Call, leg: Call, work: str
) -> None:
    Call.objects.filter(pk=leg.pk).update(ai_summary=SAID)
    second = (lambda: by_redaction(user, leg)) if work == "redaction" else (lambda: list(index_calls(every=True)))
    report = CallReport(provider="twilio", status="completed", duration=20.0)

    halfway(
        lambda: apply_report(organization_id=leg.organization_id, call_id=leg.pk, report=report),
        second,
        after=r'SELECT "calls_call".* FOR UPDATE',
    )

    agents_call.refresh_from_db()
    assert agents_call.end_reason == "transferred"
    assert agents_call.ai_summary == ("My card is [card]." if work == "redaction" else SAID)


def test_a_request_of_a_provider_is_processed_once_more_while_its_call_is_erased(user: User) -> None:
    make_account(user)
    assert deliver(inbound_transcription("conv_1")).status == 200
    delivery, call = Delivery.objects.get(), Call.objects.get()

    halfway(
        lambda: replay_delivery(delivery_id=delivery.pk),
        lambda: erase_transcripts(organization_id=user.home_id, call_ids=[call.pk]),
        after=r'SELECT "calls_delivery".* FOR UPDATE',
    )

    assert Call.objects.get().ai_summary == ""
    assert not Delivery.objects.exists()


def test_an_eraser_is_refused_by_a_hold_that_was_placed_first(user: User, call: Call) -> None:
    refused: list[Any] = []

    def erase() -> None:
        with pytest.raises(TetherError) as error:
            erase_call(user=user, organization_id=user.home_id, call_id=call.pk, part="transcript")
        refused.append(error.value.code)

    halfway(lambda: hold(user, call), erase, after='INSERT INTO "calls_legalhold"')

    assert refused == [ErrorCode.LEGAL_HOLD]
