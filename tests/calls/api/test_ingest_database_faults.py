"""POST /api/calls/ingest while the database fails: everything is taken back, the recording too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, models

from calls.models import Call, Recording
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.calls.api.ingesting import ingest, nothing_kept, recording_names, row_counts
from tests.clients import Answer, ApiClient
from tests.factories import ingest_body
from tether_calls.accounts.models import Organization
from tether_calls.realtime.models import EventLog

WRITTEN: tuple[type[models.Model], ...] = (Contact, Conversation, Call, Recording, Message, EventLog)
BREAKS_AT_COMMIT = "INSERT INTO fault_witness VALUES ('nobody')"


@contextmanager
def failing(table: type[models.Model], *, sqlite: str, postgres: str, deferred: bool = False) -> Iterator[None]:
    """A trigger on a table that does this when a row is inserted, or when the transaction commits."""
    quoted = connection.ops.quote_name(table._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            organization = connection.ops.quote_name(Organization._meta.db_table)
            cursor.execute(
                f"CREATE TABLE fault_witness (id TEXT REFERENCES {organization} (id) DEFERRABLE INITIALLY DEFERRED)"
            )
            cursor.execute(f"CREATE TRIGGER fault AFTER INSERT ON {quoted} BEGIN {sqlite}; END")
            undo = ["DROP TRIGGER fault", "DROP TABLE fault_witness"]
        else:
            cursor.execute(f"CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {postgres}; END $$")
            kind, when = ("CONSTRAINT TRIGGER", "DEFERRABLE INITIALLY DEFERRED") if deferred else ("TRIGGER", "")
            cursor.execute(f"CREATE {kind} fault AFTER INSERT ON {quoted} {when} FOR EACH ROW EXECUTE FUNCTION fault()")
            undo = [f"DROP TRIGGER fault ON {quoted}", "DROP FUNCTION fault"]
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in undo:
                cursor.execute(statement)


def assert_internal_error(refused: Answer) -> None:
    assert (refused.status, refused.body["code"]) == (500, "INTERNAL_ERROR")
    assert refused.body["error"] == f"Internal server error (request {refused.headers['X-Request-ID']})"


@pytest.mark.django_db
@pytest.mark.parametrize("table", WRITTEN, ids=lambda table: table.__name__)
def test_a_row_that_cannot_be_written_takes_everything_back(vendor: ApiClient, table: type[models.Model]) -> None:
    with nothing_kept(), failing(table, sqlite="SELECT RAISE(ABORT, 'fault')", postgres="RAISE 'fault'"):
        assert_internal_error(ingest(vendor, ingest_body()))


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_takes_everything_back(vendor: ApiClient) -> None:
    with nothing_kept(), failing(EventLog, sqlite=BREAKS_AT_COMMIT, postgres="RAISE 'fault'", deferred=True):
        assert_internal_error(ingest(vendor, ingest_body()))


@pytest.mark.django_db(transaction=True)
def test_after_a_commit_that_failed_the_call_can_be_sent_again(vendor: ApiClient) -> None:
    body = ingest_body()
    with failing(EventLog, sqlite=BREAKS_AT_COMMIT, postgres="RAISE 'fault'", deferred=True):
        assert ingest(vendor, body).status == 500

    assert ingest(vendor, body).status == 201
    assert len(recording_names()) == Recording.objects.count() == 1


@pytest.mark.django_db
def test_a_recording_stays_where_nobody_knows_whether_the_call_was_kept(vendor: ApiClient) -> None:
    """A lost connection may have been lost after the commit; sweep_recordings removes what no call needs."""
    before = row_counts()
    lost = "RAISE 'terminating connection' USING ERRCODE = '57P01'"

    with failing(EventLog, sqlite="SELECT no_such_function()", postgres=lost):
        assert_internal_error(ingest(vendor, ingest_body()))

    assert row_counts() == before
    assert len(recording_names()) == 1


only_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers take turns")


@only_postgres
@pytest.mark.django_db
@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_a_transaction_that_lost_to_another_is_tried_once_more(vendor: ApiClient, code: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE fault_times")  # which no rollback turns back
    lost_once = f"IF nextval('fault_times') = 1 THEN RAISE 'lost' USING ERRCODE = '{code}'; END IF; RETURN NEW"

    with failing(Message, sqlite="", postgres=lost_once):
        assert ingest(vendor, ingest_body()).status == 201

    assert len(recording_names()) == Recording.objects.count() == 1


@only_postgres
@pytest.mark.django_db
def test_a_transaction_that_loses_again_takes_everything_back(vendor: ApiClient) -> None:
    with nothing_kept(), failing(Message, sqlite="", postgres="RAISE 'lost' USING ERRCODE = '40P01'"):
        assert_internal_error(ingest(vendor, ingest_body()))
