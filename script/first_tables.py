"""`python -m script.first_tables` writes anew, for each app, the one migration with which a first installation begins.

It stands for all the others of its app (`replaces`), which databases from before go on with. To be run for a release;
tests/test_first_tables.py holds that both ways make the same tables.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import django
from django.apps import apps
from django.db import connection, migrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.writer import MigrationWriter

OURS: Final = ("realtime", "accounts", "contacts", "conversations", "calls")

# What comes before an app's tables although they do not need it: every step of another package that has to do with
# users makes the classes of all that leads to users anew, which is most of ours once it is there.
BEFORE: Final = {"contacts": ("realtime", "token_blacklist")}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tether_calls.settings.base")
    django.setup()
    for app in OURS:
        for path in _folder(app).glob("0001_squashed_*.py"):
            path.unlink()
    loader = MigrationLoader(connection)
    tables = _tables(loader)
    names = {app: f"0001_squashed_{loader.graph.leaf_nodes(app)[0][1]}" for app in OURS}
    # What an app needs of another one is named by that one's first step, which Django takes for all that stands for it.
    # Named by what stands for all, it would need the newest step too, and a database from before could not go on.
    begins = {app: loader.graph.root_nodes(app)[0][1] for app in OURS}
    for app, migration in tables.items():
        steps = [node for node in loader.graph.forwards_plan(loader.graph.leaf_nodes(app)[0]) if node[0] == app]
        migration.name, migration.initial, migration.replaces = names[app], True, steps
        earlier = [loader.graph.leaf_nodes(label)[0] for label in BEFORE.get(app, ())]
        migration.dependencies = sorted(
            {(label, begins.get(label, name)) for label, name in [*migration.dependencies, *earlier]}, key=str
        )
        migration.operations = [_at_once(migration.operations), *_statements(loader, steps)]
        path = _folder(app) / f"{migration.name}.py"
        path.write_text(MigrationWriter(migration, include_header=False).as_string())


def _tables(loader: MigrationLoader) -> dict[str, Any]:
    """What makes the tables of today, where there are those of other apps alone."""
    today = loader.project_state()
    others = today.clone()
    for app, model in list(others.models):
        if app in OURS:
            del others.models[app, model]
    detector = MigrationAutodetector(others, today, NonInteractiveMigrationQuestioner(specified_apps=set(OURS)))
    found = detector.changes(graph=MigrationGraph())
    if divided := [app for app in OURS if len(found[app]) != 1]:
        raise SystemExit(f"Apps that need each other in a circle: {', '.join(divided)}")
    return {app: found[app][0] for app in OURS}


def _at_once(operations: Sequence[migrations.operations.base.Operation]) -> migrations.operations.base.Operation:
    from tether_calls.common.first_tables import FirstTables

    return FirstTables(operations)


def _statements(loader: MigrationLoader, steps: list[tuple[str, str]]) -> list[migrations.RunSQL]:
    """Those that make more than Django knows of; what changes rows finds none in tables that are new."""
    return [
        operation
        for step in steps
        for operation in loader.disk_migrations[step].operations
        if isinstance(operation, migrations.RunSQL) and not str(operation.sql).startswith("INSERT INTO ")
    ]


def _folder(app: str) -> Path:
    return Path(apps.get_app_config(app).path) / "migrations"


if __name__ == "__main__":
    main()
