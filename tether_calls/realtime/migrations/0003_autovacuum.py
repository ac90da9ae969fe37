from django.db import migrations

from tether_calls.common.postgres_sql import PostgresSQL


class Migration(migrations.Migration):
    """Vacuum of the event log: after a fiftieth of it, not a fifth.

    It grows at one end and is pruned at the other. A fifth of ten million rows, dead, lies in the way of whoever reads
    from the old end; and what is known of its ids, which are times, is out of date when a fifth is new.
    """

    dependencies = [("realtime", "0002_transaction_marks")]

    operations = [
        PostgresSQL(
            "ALTER TABLE realtime_eventlog SET (autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)",
            "ALTER TABLE realtime_eventlog RESET (autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)",
        ),
    ]
