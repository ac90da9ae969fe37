"""A first installation makes its tables at once, and has the same as one that has come all the way."""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from script.first_tables import OURS
from tests.script_server import PROJECT

FOLDERS = {name: f"tether_calls/{name}" for name in ("accounts", "realtime")}

# Without the migrations that stand for others.
STEP_BY_STEP = """
import django
from django.db.migrations.loader import MigrationLoader
load = MigrationLoader.load_disk
def load_steps(self):
    load(self)
    for key in [key for key, migration in self.disk_migrations.items() if migration.replaces]:
        del self.disk_migrations[key]
MigrationLoader.load_disk = load_steps
"""
MIGRATE = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", verbosity=0)
"""
# Columns are in another order; constraints that PostgreSQL names itself have the name that a column once had.
ON_POSTGRESQL = (
    "SELECT table_name, column_name, data_type, column_default, is_nullable, character_maximum_length,"
    " generation_expression FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid), CASE WHEN contype <> 'n' THEN conname END"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT relname, relkind, reloptions::text FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "SELECT extname, NULL FROM pg_extension",
)


@pytest.mark.parametrize("app", OURS)
def test_an_app_begins_with_one_migration_that_stands_for_others(app: str) -> None:
    """`python -m script.first_tables` writes it."""
    (first,) = (PROJECT / FOLDERS.get(app, app) / "migrations").glob("0001_squashed_*.py")

    assert "replaces" in first.read_text()


@pytest.mark.django_db
@pytest.mark.parametrize("app", OURS)
def test_a_database_that_began_so_goes_on_when_an_app_has_another_migration(app: str) -> None:
    executor = MigrationExecutor(connection)
    executor.loader = NextRelease(connection, app)

    executor.loader.check_consistent_history(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())

    assert [(migration.app_label, migration.name) for migration, _ in plan] == [(app, "9999_next")]


class NextRelease(MigrationLoader):
    """Migrations as they are once an app has one more, and the first one that stands for all stands for it too."""

    def __init__(self, connection: BaseDatabaseWrapper, app: str) -> None:
        self._app = app
        super().__init__(connection)

    def load_disk(self) -> None:
        super().load_disk()
        names = [name for label, name in self.disk_migrations if label == self._app]
        (first,) = [name for name in names if name.startswith("0001_squashed_")]
        # The types of Django's stubs know migrations as classes only.
        one_more: Any = Migration("9999_next", self._app)
        stands_for_all: Any = Migration("0001_squashed_9999_next", self._app)
        migration: Any
        before = self.disk_migrations.pop((self._app, first))
        one_more.dependencies = [before.replaces[-1]]
        stands_for_all.replaces = [*before.replaces, (self._app, one_more.name)]
        stands_for_all.dependencies, stands_for_all.initial = before.dependencies, True
        for migration in (one_more, stands_for_all):
            self.disk_migrations[self._app, migration.name] = migration
        for migration in self.disk_migrations.values():
            migration.dependencies = [
                (self._app, stands_for_all.name) if needed == (self._app, first) else needed
                for needed in migration.dependencies
            ]


@pytest.mark.servers
@pytest.mark.slow
def test_both_ways_make_the_same_tables_and_one_goes_on_from_the_other(tmp_path: Path) -> None:
    with own_database(tmp_path / "at_once") as first, own_database(tmp_path / "step_by_step") as second:
        migrate(first, MIGRATE)
        migrate(second, STEP_BY_STEP + MIGRATE)

        assert len(made := made_in(first)) > 300
        assert made == made_in(second)
        migrate(second, MIGRATE)
        assert made == made_in(second)


@contextmanager
def own_database(folder: Path) -> Iterator[str]:
    """The URL of an empty one."""
    folder.mkdir()
    if "DATABASE_URL" not in os.environ:
        yield f"sqlite:///{folder}/tables.sqlite3"
        return
    server, name = os.environ["DATABASE_URL"].rpartition("/")[0], f"tables_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def migrate(database: str, program: str) -> None:
    variables = {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base"}
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, env=variables, check=True)


def made_in(database: str) -> set[str]:
    if database.startswith("sqlite"):
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as file:
            return {
                text
                for kind, name, statement in file.execute("SELECT type, name, sql FROM sqlite_master")
                for text in parts_of(kind, name, statement or "")
            }
    with psycopg.connect(database) as server:
        return {str(row) for query in ON_POSTGRESQL for row in server.execute(query)}


def parts_of(kind: str, name: str, statement: str) -> Iterator[str]:
    """Of a table its columns and constraints, each alone."""
    if kind != "table" or "VIRTUAL" in statement:
        yield f"{kind} {name} {statement}"
        return
    body = statement.partition("(")[2].rpartition(")")[0]
    depth, part = 0, ""
    for token in re.findall(r"'[^']*'|\"[^\"]*\"|[(),]|[^'\"(),]+", body):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "," and not depth:
            yield f"{name} {part.strip()}"
            part = ""
        else:
            part += token
    yield f"{name} {part.strip()}"
