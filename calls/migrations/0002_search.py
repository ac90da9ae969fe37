from django.db import migrations

from tether_calls.common.postgres_sql import PostgresSQL


class Migration(migrations.Migration):
    """Words of summaries are found by this index (`calls.selectors.history.summary_matches`)."""

    dependencies = [("calls", "0001_initial")]

    operations = [
        PostgresSQL(
            "CREATE INDEX call_summary_words ON calls_call USING gin (to_tsvector('simple', COALESCE(ai_summary, '')))",
            "DROP INDEX call_summary_words",
        ),
    ]
