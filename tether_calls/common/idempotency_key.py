"""The header by which a client has a request done once, however often it is sent."""

from __future__ import annotations

import re
from typing import Final

from rest_framework.request import Request

from tether_calls.common.errors import TetherError

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
# For the API's document.
KEY_PATTERN: Final = r"^[\x20-\x7e]{1,255}$"
_KEY: Final = re.compile(KEY_PATTERN[1:-1])


def idempotency_key(request: Request) -> str | None:
    """Raises VALIDATION_ERROR."""
    key: str | None = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and _KEY.fullmatch(key) is None:
        raise TetherError.of_field(IDEMPOTENCY_KEY, "Must be 1 to 255 printable characters of ASCII")
    return key
