"""Redis as Celery's broker, by a transport that a worker outlives when Redis goes away under a task of its own."""

from __future__ import annotations

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as RedisConnectionError


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        """A connection that was lost is closed, and a task that was under way is still acknowledged by it.

        kombu then looks for an address that is no longer there, and the AttributeError ends the worker, or leaves it as
        a process that does nothing. An error of the connection is what Celery expects, and connects anew after it. The
        task comes again when its time to be seen is over, which changes nothing: jobs are driven by rows.
        """
        if self.connection.client is None:
            raise RedisConnectionError("The connection is closed")
        parameters: dict[str, Any] = super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]
        return parameters


class Transport(redis.Transport):
    Channel = Channel
