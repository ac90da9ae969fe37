"""POST /api/calls/ingest: how many statements a call costs; BEGIN, COMMIT and SAVEPOINT are not counted.

The first reads the API key and what is there already. Writing when the key was last used is one more, at most once a
minute. PostgreSQL takes call, recording, note, message, the conversation's counters and events as one statement.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from tests.calls.api.ingesting import ingest, ingested
from tests.clients import ApiClient
from tests.factories import ingest_body, missed_call_body
from tests.statements import statements_made
from tether_calls.accounts.models import ApiKey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _key_was_used_a_moment_ago(vendor: ApiClient) -> None:
    ingested(vendor, missed_call_body(fromNumber="+14165550001"))


def statements(vendor: ApiClient, body: dict[str, Any], *, status: int) -> list[str]:
    with statements_made() as made:
        answer = ingest(vendor, body)
    assert answer.status == status
    return made


def costs(*, before: int, written: int = 5, words: int = 1, note: int = 1) -> int:
    """`before`: one for each; `written`: on PostgreSQL together; `words`, `note`: of what was said, of the summary."""
    return before + (1 if connection.vendor == "postgresql" else written + words + note)


def test_a_recorded_call_of_a_new_contact(vendor: ApiClient) -> None:
    """Key and look-up; contact, conversation, call, recording, message, conversation's counters, events."""
    assert len(statements(vendor, ingest_body(), status=201)) == costs(before=3)


def test_a_recorded_call_over_another_of_our_numbers_costs_a_statement_less(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())

    assert len(statements(vendor, ingest_body(fromNumber="+14165550111"), status=201)) == costs(before=2)


def test_a_recorded_call_in_a_conversation_that_is_there_costs_another_less(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())

    assert len(statements(vendor, ingest_body(), status=201)) == costs(before=1)


def test_a_call_without_a_recording_writes_a_row_less(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())

    assert len(statements(vendor, ingest_body(status="busy", recording=None), status=201)) == costs(before=1, written=4)


def test_a_call_without_text_costs_one_statement_less(vendor: ApiClient) -> None:
    ingested(vendor, missed_call_body())

    assert len(statements(vendor, missed_call_body(), status=201)) == costs(before=1, written=4, words=0, note=0)


def test_naming_an_unknown_caller_costs_one_statement_more(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())

    assert len(statements(vendor, ingest_body(callerName="Kim Example"), status=201)) == costs(before=2)


def test_a_duplicate_costs_one_statement(vendor: ApiClient) -> None:
    body = ingest_body()
    ingested(vendor, body)

    assert len(statements(vendor, body, status=200)) == 1


def test_what_django_answers_costs_one_statement_more(vendor: ApiClient) -> None:
    """Key, look-up; call, message, conversation's counters, events."""
    ingested(vendor, missed_call_body())

    with statements_made() as made:
        answer = ingest(vendor, missed_call_body(), headers={"Origin": "https://elsewhere.example.com"})

    assert answer.status == 201
    assert len(made) == costs(before=2, written=4, words=0, note=0)


@pytest.mark.parametrize("turns", [1, 1_000])
def test_a_longer_transcript_costs_no_more_statements(vendor: ApiClient, turns: int) -> None:
    body = ingest_body(transcript=[{"role": "agent", "message": "Hello."}] * turns)

    assert len(statements(vendor, body, status=201)) == costs(before=3)


def test_a_body_that_is_refused_costs_three_statements(vendor: ApiClient) -> None:
    """Key; the log of what is refused, and whether it has room."""
    assert len(statements(vendor, ingest_body(summary=None), status=400)) == 3


def test_a_key_without_the_shape_of_one_costs_no_statement() -> None:
    assert statements(ApiClient("tk_live_nonsense"), ingest_body(), status=401) == []


def test_a_key_that_was_not_used_for_a_minute_costs_one_statement_more(vendor: ApiClient) -> None:
    ApiKey.objects.update(last_used_at=None)

    assert len(statements(vendor, ingest_body(), status=201)) == costs(before=4)
