"""Migrations of what only PostgreSQL has."""

from __future__ import annotations

from typing import Any

from django.db import migrations


class PostgresSQL(migrations.RunSQL):
    """RunSQL that does nothing on other databases: the embedded default searches without these indexes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
