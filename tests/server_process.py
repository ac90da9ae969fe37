"""How one server process of `tests.servers` lives: its ports, its folder, its start, and its certain end."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import metadata
from pathlib import Path

START_SECONDS = 90.0
STOP_SECONDS = 10.0
START_ATTEMPTS = 3
LOG_LINES_SHOWN = 40
PR_SET_PDEATHSIG = 1  # prctl(2)


class ServerFailed(RuntimeError):
    """A server did not come up; the message carries the end of its log."""


class Server:
    """A server process in its folder: it can be stopped, and started again on its ports with what it has kept there."""

    def __init__(
        self,
        *,
        command: Callable[[Sequence[int]], list[str]],
        prepare: Callable[[Sequence[int]], None],
        not_yet: tuple[type[Exception], ...],
        folder: Path,
        ports: int = 1,
        stop: signal.Signals = signal.SIGTERM,
        uid: int | None = None,
    ) -> None:
        """`prepare` is tried again for as long as it raises one of `not_yet`."""
        self.ports = free_ports(ports)
        self._command, self._prepare, self._not_yet = command, prepare, not_yet
        self._folder, self._stop, self._uid = folder, stop, uid
        self._alive = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0

    def start_somewhere(self) -> None:
        """Raises ServerFailed when the process ends early or is not ready after START_SECONDS."""
        for _ in range(START_ATTEMPTS):
            if self._starts_here():
                return
            self.ports = free_ports(len(self.ports))
        raise ServerFailed(f"No free ports in {START_ATTEMPTS} attempts:\n{tail(self._log)}")

    def start(self) -> None:
        """Where it was; raises ServerFailed as `start_somewhere` does, and when another process has its port."""
        if not self._starts_here():
            raise ServerFailed(f"One of the ports {self.ports} is taken:\n{tail(self._log)}")

    def stop(self, how: signal.Signals | None = None) -> None:
        """`how`: in place of the signal that usually ends it."""
        if how is not None and self._process is not None:
            end_group(self._process, stop=how)
        self._alive.close()

    def _starts_here(self) -> bool:
        """False when a port was taken in the meantime."""
        self._starts += 1
        self._process = self._alive.enter_context(
            process(
                command=self._command(self.ports), folder=self._folder, log=self._log, stop=self._stop, uid=self._uid
            )
        )
        is_ready = _became_ready(
            server=self._process, prepare=partial(self._prepare, self.ports), not_yet=self._not_yet, log=self._log
        )
        if not is_ready:
            self.stop()
        return is_ready

    @property
    def _log(self) -> Path:
        return self._folder / f"log.{self._starts}"


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Runs it on free ports until the block ends; raises ServerFailed as it does."""
    try:
        server.start_somewhere()
        yield server
    finally:
        server.stop()


def free_ports(count: int) -> list[int]:
    """Distinct ports that were free a moment ago; the caller tries again where somebody else was faster."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def own_folder(*, name: str) -> Iterator[Path]:
    """A temporary folder that only this server uses; removed at the end, also where SIGTERM is the end."""
    folder = tempfile.TemporaryDirectory(prefix=f"tether-{name}-", ignore_cleanup_errors=True)
    with _sigterm_as_interrupt(), folder as path:
        yield Path(path)


def clean_environment(folder: Path) -> dict[str, str]:
    """Nothing of the developer's shell or home may change what the server does."""
    return {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C", "TZ": "UTC"}


def from_wheel(*, wheel: str, name: str) -> Path:
    """The file of an installed wheel whose path ends in `name`."""
    for file in metadata.files(wheel) or ():
        if file.match(name):
            return Path(os.path.realpath(file.locate()))
    raise ServerFailed(f"{wheel} brings no {name}")


def _became_ready(
    *,
    server: subprocess.Popen[bytes],
    prepare: Callable[[], None],
    not_yet: tuple[type[Exception], ...],
    log: Path,
) -> bool:
    """False when a port was taken in the meantime; raises ServerFailed for every other reason."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        # Asked first, so that what answered below was this process and not a stranger on its port.
        status = server.poll()
        if status is not None:
            if "ddress already in use" in tail(log):
                return False
            raise ServerFailed(f"{server.args!r} ended with status {status}:\n{tail(log)}")
        try:
            prepare()
        except not_yet as error:
            if time.monotonic() > deadline:
                raise ServerFailed(f"{server.args!r} is not ready: {error}\n{tail(log)}") from error
            time.sleep(0.05)
        else:
            return True


@contextmanager
def process(
    *,
    command: list[str],
    folder: Path,
    log: Path,
    stop: signal.Signals | None,
    uid: int | None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs the command until the block ends; what then happens is told by `end_group`."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            command,
            cwd=folder,
            env=clean_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=uid,
            # A group of its own: Ctrl-C reaches only us, and we end the servers in order.
            start_new_session=True,
            preexec_fn=_end_with_parent(stop),
        )
    try:
        yield started
    finally:
        end_group(started, stop=stop)


def end_group(process: subprocess.Popen[bytes], *, stop: signal.Signals | None) -> None:
    """Sends `stop` to the process and its group, and SIGKILL if it still runs after STOP_SECONDS.

    Without `stop` it gets these seconds to end by itself.
    """
    # Once the process is reaped its number may be somebody else's: signals go only to a group surely ours.
    if process.poll() is not None:
        return
    try:
        if stop is not None:
            os.killpg(process.pid, stop)
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _end_with_parent(stop: signal.Signals | None) -> Callable[[], object] | None:
    """Has the kernel stop the server should we be killed without a chance to do so; on Linux only."""
    if stop is None or sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(stop))


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Lets SIGTERM unwind the stack as Ctrl-C does; a handler that the program has set itself stays."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def interruption() -> threading.Event:
    """Has SIGINT and SIGTERM raise KeyboardInterrupt, and set the event as well.

    The event is for what the exception misses: one that is raised inside a finalizer is lost.
    """
    happened = threading.Event()

    def interrupt(*_: object) -> None:
        happened.set()
        raise KeyboardInterrupt

    # Both set by hand, for a shell starts its background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    return happened


def tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
