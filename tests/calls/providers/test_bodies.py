from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.providers.bodies import PayloadError, parse_form, parse_json, parse_pairs, peek


def test_it_reads_json() -> None:
    assert parse_json('{"a": [1, 2.5, null, "é"]}'.encode()) == {"a": [1, 2.5, None, "é"]}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b"\xff", b'"\xff"', b'"\\u"', b"nan", b"1 2", b"[" * 100_000, b"'a'"]
)
def test_it_refuses_what_is_no_json(body: bytes) -> None:
    with pytest.raises(PayloadError):
        parse_json(body)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb'"a\ud83d"', "a\ufffd"),
        (rb'"\uDC00\ud800"', "\ufffd\ufffd"),
        (rb'"\ud83d\ude00 \ude00"', "\U0001f600 \ufffd"),
        (rb'"\\ud800 \\\ud800"', "\\ud800 \\\ufffd"),
        (b"[NaN, Infinity, -Infinity, 1e999, -1e999, 1.5]", [None, None, None, None, None, 1.5]),
    ],
)
def test_half_a_letter_and_what_is_no_number_cost_nothing_else(written: bytes, read: Any) -> None:
    assert parse_json(b'{"a": %s, "b": 1}' % written) == {"a": read, "b": 1}


def test_a_peek_goes_past_half_a_letter_and_takes_no_number_that_is_too_large() -> None:
    found = peek(rb'{"a": "x", "b": "\ud800", "c": 1e999, "d": {"e": "\udfff"}}', "a", "b", "c")

    assert found == {"a": "x", "b": "\ufffd", "c": None}


def test_a_peek_mends_no_more_than_a_text_that_was_cut() -> None:
    """Of a stranger, who may send as many as there is room for; once the sender is verified all are mended."""
    body = b'{"a": "x", "b": "%s"}'

    assert peek(body % (rb"\ud800" * 100), "a") == {"a": "x"}
    with pytest.raises(PayloadError):
        peek(body % (rb"\ud800" * 101), "a")
    assert parse_json(body % (rb"\ud800" * 101))["b"] == "\ufffd" * 101


@given(st.lists(st.sampled_from([b"\\", b"u", b"d8", b"\\ud83d", b"\\ude00", b"\\n", b"\\u00e9", b"\\uD8", b"a"])))
def test_each_half_of_a_pair_that_stands_alone_is_one_letter(parts: list[bytes]) -> None:
    """As Python reads it, which takes halves."""
    written = b'"%s"' % b"".join(parts)
    try:
        read = json.loads(written)
    except ValueError:
        return

    assert parse_json(written) == re.sub("[\ud800-\udfff]", "\ufffd", read)


@given(st.binary())
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    for parse in (parse_json, parse_form):
        try:
            parse(body)
        except PayloadError:
            continue


def test_it_reads_a_form() -> None:
    body = b"From=%2B14165550171&CallerName=Zo%C3%AB+W&Empty=&A=1&A=2"
    assert parse_form(body) == {"From": "+14165550171", "CallerName": "Zoë W", "Empty": "", "A": "2"}
    assert parse_pairs(body)[-2:] == [("A", "1"), ("A", "2")]


@pytest.mark.parametrize("body", [b"\xff=1", b"A=%ff", b"&".join([b"A=1"] * 201)])
def test_it_refuses_what_is_no_form(body: bytes) -> None:
    with pytest.raises(PayloadError):
        parse_form(body)


def test_a_byte_order_mark_is_skipped() -> None:
    body = b"\xef\xbb\xbf" + b'{"a": 1}'

    assert parse_json(body) == {"a": 1}
    assert peek(body, "a") == {"a": 1}
