"""JSON in which a text was cut within a letter, made one that can be read. Pure values."""

from __future__ import annotations

import re

# As much of a JSON text as needs nothing, at one go, and half of a surrogate pair without its other half behind it.
_UP_TO_HALF = re.compile(
    rb"((?:[^\\]++|\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|u(?![dD][89a-fA-F][0-9a-fA-F]{2})|[^u]))*+)(\\u[dD][89a-fA-F][0-9a-fA-F]{2})?"
)


def with_whole_letters(content: bytes, *, at_most: int = 0) -> bytes:
    """The same JSON, U+FFFD in place of each half of a surrogate pair that stands alone, or of the first `at_most`."""
    if b"\\ud" not in content and b"\\uD" not in content:
        return content
    return _UP_TO_HALF.sub(lambda found: found[1] + b"\\ufffd" if found[2] else found[0], content, count=at_most)
