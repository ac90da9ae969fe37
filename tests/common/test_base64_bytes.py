"""`decode_base64` takes what Python's own takes, and nothing else."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tether_calls.common.base64_bytes import decode_base64

WRITTEN = st.binary(max_size=40).map(lambda content: binascii.b2a_base64(content, newline=False))


@given(WRITTEN)
def test_what_is_written_is_read(content: bytes) -> None:
    assert decode_base64(content) == binascii.a2b_base64(content)


@given(WRITTEN, st.integers(0, 60), st.sampled_from([b"=", b"==", b" ", b"\n", b"-", b"_", b"\x80", b"A", b""]))
def test_what_is_changed_is_read_as_python_does_or_refused_as_it_does(content: bytes, at: int, put: bytes) -> None:
    changed = content[:at] + put + content[at + 1 :]
    try:
        expected = binascii.a2b_base64(changed, strict_mode=True)
    except binascii.Error:
        with pytest.raises(binascii.Error):
            decode_base64(changed)
    else:
        assert decode_base64(changed) == expected
