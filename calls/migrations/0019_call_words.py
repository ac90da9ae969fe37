import django.db.models.deletion
from django.db import migrations, models

import calls.models.call_words
from tether_calls.common.postgres_sql import PostgresSQL, SQLiteSQL

# The texts themselves lie in the row already: FTS5 keeps words and places only where it has no content of its own, but
# can then forget none before SQLite 3.43. So it has a copy.
_FTS = """
CREATE VIRTUAL TABLE calls_callwords_fts USING fts5(labels, agent, user, summary, notes, tokenize = 'ascii')
"""
_INSERT = """
INSERT INTO calls_callwords_fts (rowid, labels, agent, user, summary, notes) VALUES (new.id,
    json_extract(new.words, '$[0]'), json_extract(new.words, '$[1]'), json_extract(new.words, '$[2]'),
    json_extract(new.words, '$[3]'), json_extract(new.words, '$[4]'));
"""
_DELETE = "DELETE FROM calls_callwords_fts WHERE rowid = old.id;"
_TRIGGERS = {
    "calls_callwords_insert": f"AFTER INSERT ON calls_callwords BEGIN {_INSERT} END",
    "calls_callwords_update": f"AFTER UPDATE ON calls_callwords BEGIN {_DELETE} {_INSERT} END",
    "calls_callwords_delete": f"AFTER DELETE ON calls_callwords BEGIN {_DELETE} END",
}


class Migration(migrations.Migration):
    """Searches in what was said. The table is new, so nothing is locked; `manage.py index_calls` fills it."""

    dependencies = [("calls", "0018_exports")]

    operations = [
        migrations.CreateModel(
            name="CallWords",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("start_time", models.DateTimeField()),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("words", calls.models.call_words.WordsField()),
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="words", to="calls.call"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        PostgresSQL(
            # What waits to be added is read by every search: not more than searches can bear.
            "CREATE INDEX call_words ON calls_callwords USING gin (words) WITH (gin_pending_list_limit = 512)",
            "DROP INDEX call_words",
        ),
        SQLiteSQL(_FTS, "DROP TABLE calls_callwords_fts"),
        *(SQLiteSQL([f"CREATE TRIGGER {name} {body}"], [f"DROP TRIGGER {name}"]) for name, body in _TRIGGERS.items()),
    ]
