"""The floor: the very statements that one ingest sends, sent by bare psycopg on as many connections as the load has.

The statements are recorded from a real request. What must be fresh in each round (ids, the vendor's identifier, the
file's name) is found by comparing the parameters with what the tables hold, and made anew.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

FLOOR_CALL = "floor-call-"
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


class Recorder:
    """Collects (sql, params) of all that passes a Django connection, transaction control included."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Any]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements.append((sql, params))
        return execute(sql, params, many, context)


def record(body: bytes, key: str) -> list[tuple[str, Any]]:
    """What a request with this body sends, once contact and conversation are there."""
    from django.db import connection
    from django.test import Client

    def post(call: str) -> None:
        content = body.replace(b"@@CALL-ID@@", call.encode()).replace(b"@@NUMBER@@", b"1416000000")
        headers = {"Authorization": f"Bearer {key}"}
        answer = Client().post("/api/calls/ingest", content, content_type="application/json", headers=headers)
        assert answer.status_code == 201, answer.content

    run_name = f"{FLOOR_CALL}{time.time_ns():x}"
    post(f"{run_name}-warm")
    recorder = Recorder()
    connection.ensure_connection()
    with connection.execute_wrapper(recorder):
        post(run_name)
    return recorder.statements


def variable_texts(statements: list[tuple[str, Any]]) -> set[str]:
    """The texts among the parameters that are new in every request."""
    from django.apps import apps

    texts = {text for _, params in statements for text in params or () if isinstance(text, str)}
    stable = {
        pk
        for name in ("accounts.Organization", "accounts.User", "accounts.ApiKey", "contacts.Contact")
        for pk in apps.get_model(name).objects.values_list("pk", flat=True)
    } | set(apps.get_model("conversations.Conversation").objects.values_list("pk", flat=True))
    return {text for text in texts - stable if _OBJECT_ID.fullmatch(text) or FLOOR_CALL in text or ".mp3" in text}


async def run(
    seconds: float, connections: int, statements: list[tuple[str, Any]], variable: set[str]
) -> dict[str, float]:
    """Rounds per second, and seconds of this process's CPU for each."""
    import psycopg

    from tether_calls.common.object_id import new_object_id

    serial = itertools.count()
    # What is written as one statement needs no transaction around it.
    writes = next((index for index, (sql, _) in enumerate(statements) if sql.startswith("INSERT")), None)
    rounds, cpu, begin = 0, time.process_time(), time.perf_counter()

    async def one() -> None:
        nonlocal rounds
        opened = psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0)
        async with await opened as connection:
            cursor = connection.cursor()
            while time.perf_counter() - begin < seconds:
                fresh = {text: _fresh(text, next(serial), new_object_id) for text in variable}
                for index, (sql, params) in enumerate(statements):
                    if index == writes:
                        await cursor.execute("BEGIN")
                    values = [fresh.get(value, value) if isinstance(value, str) else value for value in params]
                    await cursor.execute(sql, values)
                    if cursor.description is not None:
                        await cursor.fetchall()
                if writes is not None:
                    await cursor.execute("COMMIT")
                rounds += 1

    await asyncio.gather(*(one() for _ in range(connections)))
    return {
        "perSecond": rounds / (time.perf_counter() - begin),
        "cpu": (time.process_time() - cpu) / rounds,
    }


def _fresh(text: str, serial: int, new_object_id: Any) -> str:
    if _OBJECT_ID.fullmatch(text):
        return str(new_object_id())
    return f"{os.getpid()}-{serial}-{text}"


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--body", type=Path, required=True)
    options.add_argument("--key", required=True)
    options.add_argument("--seconds", type=float, required=True)
    options.add_argument("--connections", type=int, default=16)
    chosen = options.parse_args()

    import django

    django.setup()
    statements = record(chosen.body.read_bytes(), chosen.key)
    variable = variable_texts(statements)
    figures = asyncio.run(run(chosen.seconds, chosen.connections, statements, variable))
    sys.stdout.write(json.dumps({**figures, "statements": len(statements)}))


if __name__ == "__main__":
    main()
