from django.db import migrations

from tether_calls.common.postgres_sql import PostgresSQL


class Migration(migrations.Migration):
    """The database notes which transaction wrote an event (`realtime.log.events_after` says what for)."""

    dependencies = [("realtime", "0001_initial")]

    operations = [
        PostgresSQL(
            "ALTER TABLE realtime_eventlog"
            " ALTER transaction_id SET DEFAULT pg_current_xact_id()::text::bigint,"
            " ALTER oldest_open_transaction_id SET DEFAULT pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
            "ALTER TABLE realtime_eventlog"
            " ALTER transaction_id DROP DEFAULT, ALTER oldest_open_transaction_id DROP DEFAULT",
        ),
    ]
