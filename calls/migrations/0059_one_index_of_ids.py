"""Takes away the second index that PostgreSQL had of every column of ids: a twentieth of what a call takes on disk."""

from __future__ import annotations

from typing import Any

from django.db import migrations

# In byte order the first index finds beginnings of texts, too.
_SECOND_INDEXES = """
SELECT format('%I', class.relname) FROM pg_index
JOIN pg_class class ON class.oid = indexrelid
JOIN pg_opclass kind ON kind.oid = indclass[0] AND kind.opcname = 'varchar_pattern_ops'
JOIN pg_attribute ids ON ids.attrelid = indrelid AND ids.attnum = indkey[0]
JOIN pg_collation byte_order ON byte_order.oid = ids.attcollation AND byte_order.collname = 'C'
JOIN pg_namespace place ON place.oid = class.relnamespace AND place.nspname = current_schema()
WHERE indnatts = 1 AND class.relname LIKE '%\\_like'
ORDER BY 1
"""


def drop_second_indexes(_: Any, schema_editor: Any) -> None:
    """Drop the indexes one after the other, while rows are written; a migration that is begun anew drops the rest."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    # wall: indexes, not rows
    with connection.cursor() as cursor:
        cursor.execute(_SECOND_INDEXES)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("calls", "0058_redaction_run")]

    operations = [migrations.RunPython(drop_second_indexes, migrations.RunPython.noop)]
