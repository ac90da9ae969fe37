"""Migrations of what only one of the databases has, or what each says in its own words."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations


class _SQLOfOneDatabase(migrations.RunSQL):
    """RunSQL that does nothing on other databases."""

    vendor: ClassVar[str]

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == self.vendor:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == self.vendor:
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class PostgresSQL(_SQLOfOneDatabase):
    """Such as indexes that the embedded default searches without."""

    vendor = "postgresql"


class SQLiteSQL(_SQLOfOneDatabase):
    vendor = "sqlite"
