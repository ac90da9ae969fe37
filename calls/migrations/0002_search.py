from django.db import migrations

from tether_calls.common.postgres_sql import PostgresSQL


class Migration(migrations.Migration):
    """Words of summaries (`calls.selectors.history.summary_matches`) and vendors' agents (`calls.admin.call`)."""

    dependencies = [("calls", "0001_initial")]

    operations = [
        PostgresSQL(
            "CREATE INDEX call_summary_words ON calls_call USING gin (to_tsvector('simple', COALESCE(ai_summary, '')))",
            "DROP INDEX call_summary_words",
        ),
        PostgresSQL(
            "CREATE INDEX call_vendor_agent ON calls_call (organization_id, upper(agent_name::text) text_pattern_ops)"
            " WHERE agent_name <> ''",
            "DROP INDEX call_vendor_agent",
        ),
    ]
