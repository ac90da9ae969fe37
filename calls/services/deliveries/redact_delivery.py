"""A delivery without what its organization does not keep: before its row is written, or when an old one is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from calls.providers.endpoint import Endpoint, Incoming
from tether_calls.common.redacted_kinds import Kinds


def redacted_delivery(*, endpoint: Endpoint[Any], incoming: Incoming, kinds: Kinds) -> Incoming:
    """The same request where nothing is to be redacted, or that has been done. No statement.

    Where that matters the sender has to be verified before: no signature is that of another body.
    """
    if not kinds or incoming.is_redacted:
        return incoming
    return replace(incoming, body=endpoint.redacted(incoming, kinds), is_redacted=True, original=incoming.body)
