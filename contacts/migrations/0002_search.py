from django.db import migrations

from tether_calls.common.postgres_sql import PostgresSQL


class Migration(migrations.Migration):
    """Parts of names and numbers are found by trigrams (`contacts.selectors.contacts.contacts_matching`)."""

    dependencies = [("contacts", "0001_initial")]

    operations = [
        PostgresSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        PostgresSQL(
            "CREATE INDEX contact_search ON contacts_contact USING gin ("
            " upper(first_name::text) gin_trgm_ops, upper(last_name::text) gin_trgm_ops,"
            " upper(email::text) gin_trgm_ops, phone_number gin_trgm_ops)",
            "DROP INDEX contact_search",
        ),
    ]
