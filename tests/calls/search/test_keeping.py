"""What is found is what the calls say now: in the transaction that changes them, and by the command."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from calls.models import Call, CallWords
from calls.reports import CallReport, TranscriptTurn
from calls.services.lifecycle import keep_words as keeping
from calls.services.lifecycle.apply_report import apply_report
from calls.services.search import index_calls as indexing
from calls.services.search.index_calls import index_calls
from tests.calls.api.ingesting import ingested
from tests.calls.search.searching import found, make_talk
from tests.clients import ApiClient
from tests.factories import ingest_body, make_call, missed_call_body
from tests.statements import statements_made
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


def report(*turns: str, **fields: Any) -> CallReport:
    return CallReport(
        provider="elevenlabs",
        transcript=tuple(TranscriptTurn("agent", turn, None) for turn in turns) or None,
        **{"provider_call_id": None, **fields},
    )


def index(*arguments: str) -> str:
    out = StringIO()
    call_command("index_calls", *arguments, stdout=out)
    return out.getvalue()


def test_a_pushed_call_is_found_at_once(vendor: ApiClient, api: ApiClient) -> None:
    call = ingested(vendor, ingest_body())

    assert found(api, "alex friday") == [call["callId"]]


def test_a_call_without_text_costs_no_statement(vendor: ApiClient) -> None:
    ingested(vendor, missed_call_body())

    assert not CallWords.objects.exists()


def test_what_a_provider_reports_is_found_at_once(api: ApiClient, user: User) -> None:
    call = make_call(user)
    assert found(api, "platypus") == []

    apply_report(organization_id=user.home_id, call_id=call.pk, report=report("A platypus."))

    assert found(api, "platypus") == [call.pk]


def test_a_fuller_transcript_takes_the_place_of_the_one_before(api: ApiClient, user: User) -> None:
    call = make_call(user)
    for turns in (["A wombat."], ["A platypus.", "And a kettle."]):
        apply_report(organization_id=user.home_id, call_id=call.pk, report=report(*turns))

    assert found(api, "platypus kettle") == [call.pk]
    assert found(api, "wombat") == []
    assert CallWords.objects.count() == 1


def test_a_report_that_changes_no_text_writes_no_words(user: User) -> None:
    call = make_talk(user, "A platypus.")

    with statements_made() as statements:
        apply_report(organization_id=user.home_id, call_id=call.pk, report=report(status="completed"))

    assert not any("callwords" in statement for statement in statements)


def test_an_earlier_start_moves_a_call_in_the_order(api: ApiClient, user: User) -> None:
    later = make_talk(user, "Same.")
    moved = make_talk(user, "Same.")
    assert found(api, "same") == [moved.pk, later.pk]

    start = datetime(2024, 1, 1, tzinfo=UTC)
    apply_report(organization_id=user.home_id, call_id=moved.pk, report=report(start_time=start))

    assert found(api, "same") == [later.pk, moved.pk]
    assert found(api, "same", endDate="2024-01-02") == [moved.pk]


def test_text_that_is_erased_is_gone_at_once(api: ApiClient, user: User) -> None:
    call = make_talk(user, "A platypus.", ai_summary="Of a platypus.")
    with transaction.atomic():
        call.ai_transcript, call.ai_summary = None, ""
        call.save()
        keeping.keep_words(call)

    assert found(api, "platypus") == []
    assert not _words_in_the_database("platypus")


def test_a_deleted_call_leaves_no_word(user: User) -> None:
    call = make_talk(user, "A platypus.")
    assert _words_in_the_database("platypus")

    call.delete()

    assert not _words_in_the_database("platypus")


def test_what_is_rolled_back_is_not_found(api: ApiClient, user: User) -> None:
    call = make_call(user)
    with transaction.atomic():
        apply_report(organization_id=user.home_id, call_id=call.pk, report=report("A platypus."))
        transaction.set_rollback(True)

    assert found(api, "platypus") == []


def _words_in_the_database(word: str) -> bool:
    tables = ["calls_callwords"] if connection.vendor == "postgresql" else ["calls_callwords", "calls_callwords_fts"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            if any(word in str(row) for row in cursor.fetchall()):
                return True
    return False


def test_the_command_has_older_calls_found(api: ApiClient, user: User, other_user: User) -> None:
    calls = [make_call(user, ai_summary="Platypus."), make_call(user, ai_transcript=[_turn("Platypus.")])]
    make_call(other_user, ai_summary="Platypus.")
    make_call(user, ai_transcript=[])
    assert found(api, "platypus") == []

    assert "wrote the words of 3" in index()

    assert found(api, "platypus") == [call.pk for call in reversed(calls)]
    assert "wrote the words of 0" in index()


def _turn(message: str) -> dict[str, Any]:
    return {"role": "agent", "message": message}


def test_the_command_makes_anew_what_another_version_made(api: ApiClient, user: User) -> None:
    call = make_talk(user, "Platypus.")
    Call.objects.filter(pk=call.pk).update(ai_transcript=[_turn("Wombat.")])
    assert "wrote the words of 0" in index()

    CallWords.objects.update(version=0)
    assert "wrote the words of 1" in index()

    assert found(api, "wombat") == [call.pk]


def test_the_command_can_make_all_anew(api: ApiClient, user: User) -> None:
    calls = [make_talk(user, "Platypus.") for _ in range(2)]
    Call.objects.all().update(ai_transcript=[_turn("Wombat.")])

    assert "wrote the words of 1" in index("--all", "--after", calls[0].pk)

    assert found(api, "wombat") == [calls[1].pk]
    assert found(api, "platypus") == [calls[0].pk]


def test_the_command_goes_on_where_it_was_cut_off(api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "SLICE", 1)
    for _ in range(25):
        make_call(user, ai_summary="Platypus.")
    first = next(iter(index_calls()))
    assert (first.looked_at, first.written) == (10, 10)

    assert "wrote the words of 15" in index()

    assert api.get("/api/calls/search", q="platypus").body["total"] == 25


def test_what_a_report_wrote_meanwhile_is_not_taken_back(
    api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slice is read under the locks that reports take: what it reads is what stands there until it has written."""
    call = make_call(user, ai_summary="Wombat.")
    missing = indexing._missing

    def then_a_report_comes(ids: list[str]) -> list[str]:
        found = list(missing(ids))
        apply_report(organization_id=user.home_id, call_id=call.pk, report=report(summary="A platypus instead."))
        return found

    monkeypatch.setattr(indexing, "_missing", then_a_report_comes)
    index()

    assert found(api, "platypus") == [call.pk]
    assert found(api, "wombat") == []


def test_the_command_wants_an_id() -> None:
    with pytest.raises(CommandError, match="id of a call"):
        index("--after", "x")
