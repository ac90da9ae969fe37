from django.db import migrations

from tether_calls.common.postgres_sql import PostgresSQL


class Migration(migrations.Migration):
    """Conversations are updated with each call, messages only added.

    With room in its page a conversation's new version stays there, and no index has to be written: its latest message
    and their number are in none. What is left of the old versions goes after a twentieth of the table, not a fifth.
    """

    dependencies = [("conversations", "0001_initial")]

    operations = [
        PostgresSQL(
            "ALTER TABLE conversations_conversation SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)",
            "ALTER TABLE conversations_conversation RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
        PostgresSQL(
            "ALTER TABLE conversations_message SET (autovacuum_vacuum_insert_scale_factor = 0.05,"
            " autovacuum_analyze_scale_factor = 0.02)",
            "ALTER TABLE conversations_message RESET (autovacuum_vacuum_insert_scale_factor,"
            " autovacuum_analyze_scale_factor)",
        ),
    ]
