from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.providers import reading


class TestValues:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("+14165550171", "+14165550171"),
            ("14165550171", "+14165550171"),
            (" +14165550171 ", "+14165550171"),
            ("sip:+14165550171@trunk.example;transport=tls", "+14165550171"),
            ("sip:14165550171@192.0.2.1", "+14165550171"),
            ("tel:+14165550171", "+14165550171"),
            ("+14165550171;ext=7", "+14165550171"),
            ("sip:dana@trunk.example", None),
            ("client:14165550171", None),
            ("anonymous", None),
            ("911", None),
            ("0014165550171", "+14165550171"),
            ("0046701234567", "+46701234567"),
            ("whatsapp:+14165550171", "+14165550171"),
            ("+266696687", None),
            ("266696687", None),
            ("sip:+86282452253@trunk.example", None),
            ("1234567", None),
            ("123456789", None),
            ("1234567890", "+1234567890"),
            ("+1416555017112345678", None),
            ("+1 416 555 0171", None),
            ("+1416555017१", None),
            ("", None),
            (14165550171, None),
            (None, None),
        ],
    )
    def test_a_number_is_e164_or_none(self, value: Any, expected: str | None) -> None:
        assert reading.phone(value) == expected

    @pytest.mark.parametrize(
        ("value", "kept"),
        [
            ("+14165550171", "+14165550171"),
            ("911", "911"),
            ("1234567", "1234567"),
            ("sip:12345678@trunk.example", "12345678"),
            ("+266696687", None),
            ("2562533", None),
            ("anonymous", None),
            ("Restricted", None),
            ("client:14165550171", None),
            ("Dana", None),
            (911, None),
        ],
    )
    def test_a_short_number_is_kept_as_text(self, value: Any, kept: str | None) -> None:
        assert reading.party(value) == kept

    @pytest.mark.parametrize(
        ("value", "expected"),
        [(0, 0), (63, 63), (2.5, 2.5), (3.0, 3), ("63", 63), (" 63 ", 63), ("2.5", 2.5)],
    )
    def test_a_figure_is_a_number_that_is_not_negative(self, value: Any, expected: float) -> None:
        found = reading.number(value)
        assert found == expected
        assert type(found) is type(expected)

    @pytest.mark.parametrize("value", [-1, True, "", "x", "-1", "1e3", "٣", math.nan, math.inf, 10**400, [], None])
    def test_anything_else_is_no_figure(self, value: Any) -> None:
        assert reading.number(value) is None

    def test_no_call_is_longer_than_a_year(self) -> None:
        assert reading.seconds(366 * 86_400) == 366 * 86_400
        assert reading.seconds(366 * 86_400 + 1) is None

    def test_text_can_be_stored(self) -> None:
        assert reading.text(" a\0b \ud800") == "ab ?"
        assert reading.text("abc", 2) == "ab"
        nothing: list[Any] = ["", "  ", "\0", None, 7, []]
        for value in nothing:
            assert reading.text(value) is None

    def test_an_identifier_is_taken_as_it_is_or_not_at_all(self) -> None:
        assert reading.identifier("x" * 255) == "x" * 255
        for value in ("x" * 256, " x", "x\0", "\ud800", "", 7, None):
            assert reading.identifier(value) is None

    def test_times_are_aware_and_plausible(self) -> None:
        expected = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)
        assert reading.unix_time(1_778_836_200) == expected
        assert reading.unix_time("1778836200") == expected
        assert reading.iso_time("2026-05-15T09:10:00") == expected
        assert reading.iso_time("2026-05-15T11:10:00+02:00") == expected
        assert reading.rfc2822_time("Fri, 15 May 2026 09:10:00 +0000") == expected
        assert reading.rfc2822_time("Fri, 15 May 2026 09:10:00 -0000") == expected
        none: list[Any] = [0, -1, 10**20, "x", "", None, [], True]
        for value in (*none, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
            assert reading.unix_time(value) is reading.iso_time(value) is reading.rfc2822_time(value) is None

    @given(st.text() | st.from_regex(r"\A\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.?\d{0,9}([+-]\d{2}:\d{2}|Z)?\Z"))
    def test_any_text_is_a_time_or_none(self, value: str) -> None:
        for read in (reading.iso_time, reading.rfc2822_time, reading.unix_time):
            moment = read(value)
            assert moment is None or moment.utcoffset() is not None

    @pytest.mark.parametrize(("value", "seconds"), [(-0.02, 0), (-1, None), (0, 0), (2.5, 2.5), (None, None)])
    def test_a_turn_just_before_the_beginning_is_at_the_beginning(self, value: Any, seconds: float | None) -> None:
        assert reading.moment_of_turn(value) == seconds
