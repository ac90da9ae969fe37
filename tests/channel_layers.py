"""Channel layers that are of no use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers, get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer


@contextmanager
def channel_layer_at(port: int) -> Iterator[None]:
    """For as long as it lasts, the channel layer is a Redis at this port.

    Not by settings: a thread of a server that is just making itself a channel layer of those that end would leave it to
    all tests after this one.
    """
    kept = get_channel_layer()
    channel_layers.set(DEFAULT_CHANNEL_LAYER, RedisPubSubChannelLayer(hosts=[f"redis://127.0.0.1:{port}/0"]))
    try:
        yield
    finally:
        channel_layers.set(DEFAULT_CHANNEL_LAYER, kept)
