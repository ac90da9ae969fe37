"""A delivery without what its organization does not keep: before its row is written, or when an old one is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from calls.providers.endpoint import Endpoint, Incoming
from tether_calls.common.redacted_kinds import NONE, Kinds


def redacted_delivery(*, endpoint: Endpoint[Any], incoming: Incoming, kinds: Kinds) -> Incoming:
    """The same request where nothing is to be redacted, or that has been done. No statement.

    Where that matters the sender has to be verified before: no signature is that of another body.
    """
    if not kinds or incoming.is_redacted:
        return incoming
    body = endpoint.redacted(incoming, kinds)
    if body == endpoint.redacted(incoming, NONE):
        # Nothing was found: as it came, byte by byte, so that it is known again whatever is chosen.
        return replace(incoming, is_redacted=True)
    return replace(incoming, body=body, is_redacted=True, original=incoming.body)
