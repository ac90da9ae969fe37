"""A network between client and server that breaks on demand."""

from __future__ import annotations

import socket
from threading import Event, Thread
from types import TracebackType
from typing import Self

from tests.waiting import wait_until


class Network:
    """Hands connections to its `port` on to a port of 127.0.0.1; `clients` counts them."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.clients = 0
        # From their handshake on nothing of what clients say arrives; later clients, from then on.
        self.holds_what_clients_say = False
        # Clients that come are cut off before they are answered.
        self.refuses = False
        # Nothing arrives any more, in either direction, and nobody is told; what is underway then is lost.
        self.is_silent = False
        # Cleared: nothing of what clients say arrives, their handshake included, until it is set again.
        self.hears = Event()
        self.hears.set()
        self._open: list[socket.socket] = []
        self._answered = 0

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes what waits for clients
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """All connections that are open now end."""
        self._answered = 0
        # Who connects while others are cut stays in the list, for the next cut.
        cut, self._open = self._open, []
        for one in cut:
            with one:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def wait_for_a_client(self) -> None:
        """Wait until the server has answered one that came since the last cut."""
        wait_until(lambda: self._answered)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.clients += 1
            if self.refuses:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._to_port))
            self._open.extend((client, server))
            Thread(target=self._hand_on, args=(client, server, self.holds_what_clients_say), daemon=True).start()
            Thread(target=self._hand_back, args=(server, client), daemon=True).start()

    def _hand_on(self, client: socket.socket, server: socket.socket, only_the_handshake: bool) -> None:
        try:
            while data := client.recv(65_536):
                self.hears.wait()
                if self.is_silent:
                    continue
                server.sendall(data)
                if only_the_handshake and b"\r\n\r\n" in data:
                    return
        except OSError:
            return

    def _hand_back(self, server: socket.socket, client: socket.socket) -> None:
        try:
            while data := server.recv(65_536):
                if self.is_silent:
                    continue
                client.sendall(data)
                self._answered += 1
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
