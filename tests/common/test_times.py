"""Times on the wire: ISO 8601, UTC, milliseconds and Z."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tether_calls.common.times import (
    Unclear,
    UnclearMoment,
    from_query,
    from_wire,
    moment_by_clock,
    to_wire,
    zone_named,
)

MOMENT = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (MOMENT, "2026-05-15T09:10:00.000Z"),
        (MOMENT.replace(microsecond=1_999), "2026-05-15T09:10:00.001Z"),
        (MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30))), "2026-05-15T09:10:00.000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
        (datetime.max.replace(tzinfo=UTC), "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert to_wire(moment) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-15T09:10:00.000Z",
        "2026-05-15T09:10:00Z",
        "2026-05-15T09:10Z",
        "2026-05-15t09:10:00z",
        "2026-05-15 09:10:00",
        "2026-05-15T09:10:00",
        "2026-05-15T09:10:00,000Z",
        "2026-05-15T09:10:00.000000+00:00",
        "2026-05-15T11:10:00+02:00",
        "2026-05-15T11:10:00+02",
        "2026-05-15T05:40:00-03:30",
        "20260515T091000Z",
        "2026-W20-5T09:10:00Z",
    ],
)
def test_a_time_is_read_in_whatever_form_iso_8601_has_for_it(text: str) -> None:
    assert from_wire(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        *("2026-05-14T24:00:00Z", "2026-05-14T24:00Z", "2026-05-14t24:00:00.000z", "2026-05-14 24:00", "20260514T24Z"),
        *("20260514T240000Z", "2026-05-14T24:00:00,0", "2026-05-14T24:00:00-00:00", "2026-W20-4T24:00"),
    ],
)
def test_24_00_is_the_end_of_its_day(text: str) -> None:
    assert from_wire(text) == datetime(2026, 5, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
        ("2016-12-31T23:59:60.250Z", "2016-12-31T23:59:59.250Z"),
        ("20161231T235960Z", "2016-12-31T23:59:59.000Z"),
        ("2016-12-31 18:59:60-05:00", "2016-12-31T23:59:59.000Z"),
        ("2017-01-01T05:29:60+05:30", "2016-12-31T23:59:59.000Z"),
        ("2026-05-15T09:10:60Z", "2026-05-15T09:10:59.000Z"),
        ("2024-02-28T24:00Z", "2024-02-29T00:00:00.000Z"),
        ("2026-12-31T24:00+01:00", "2026-12-31T23:00:00.000Z"),
    ],
)
def test_a_leap_second_is_the_second_before_it(text: str, read: str) -> None:
    assert to_wire(from_wire(text)) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-05-15T11:10:00 02:00", "2026-05-15T09:10:00.000Z"),
        ("2026-05-15t11:10:00 0200", "2026-05-15T09:10:00.000Z"),
        ("2026-05-15 11:10:00 02:00", "2026-05-15T09:10:00.000Z"),
        ("2026-05-15T11:10 02", "2026-05-15T09:10:00.000Z"),
        ("2026-05-15 09:10", "2026-05-15T09:10:00.000Z"),
        (" 2026-05-15 ", "2026-05-15T00:00:00.000Z"),
        ("2026-05-14T24:00:00 00:00", "2026-05-15T00:00:00.000Z"),
    ],
)
def test_the_plus_of_a_zone_may_have_become_a_blank_in_a_query(text: str, read: str) -> None:
    assert to_wire(from_query(text)) == read


def test_where_a_time_is_asked_for_a_date_is_none() -> None:
    assert from_wire("2026-05-15t09:10", may_be_date=False) == MOMENT
    with pytest.raises(ValueError, match="not ISO 8601"):
        from_wire("2026-05-15", may_be_date=False)


def test_a_date_is_its_first_moment() -> None:
    assert from_wire("2026-05-15") == MOMENT.replace(hour=0, minute=0)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-05-15T24:00:01Z", "2026-05-15T24:00:00.001Z", "2026-05-15T25:00Z", "9999-12-31T24:00Z"),
        *("2026-05-15T09:60", "2026-05-15T09:60:60", "2026-05-15T60", "2026-05-15T24:00:60Z"),
        *("", " ", "now", "2026", "2026-05", "2026-5-15", "15-05-2026", "2026-02-30", "1747300200"),
        *("2026-05-15T", "2026-05-15T24:01", "2026-05-15T09:10:61Z", "2026-05-15T09:10:00X", "2026-05-15T09:10:00ZZ"),
        *("2026-05-15x09:10:00", "2026-05-15é09:10:00", "2026-05-15T09:10:00\0", "2026-05-15T09:10:00Z\n", "\0"),
        *(
            "\u0662\u0660\u0662\u0666-\u0660\u0665-\u0661\u0665",
            "2026-05-15T09:10:00+25:00",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
        ),
        *("2026-05-15\ud800", "-2026-05-15", "+2026-05-15", "9" * 10_000),
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_wire(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_as_the_same_millisecond(moment: datetime) -> None:
    assert from_wire(to_wire(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert from_wire(text).tzinfo is UTC


# ---- By the clock of a zone


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-05-15T09:10", "America/Toronto", datetime(2026, 5, 15, 13, 10, tzinfo=UTC)),
        ("2026-05-15 09:10", "America/Toronto", datetime(2026, 5, 15, 13, 10, tzinfo=UTC)),
        ("2026-05-15T09:10+02:00", "America/Toronto", datetime(2026, 5, 15, 7, 10, tzinfo=UTC)),
        ("2026-05-15T09:10Z", None, MOMENT),
        # In Lord Howe the clock is set by half an hour: from 2:00 back to 1:30 in April.
        ("2026-04-05T01:29", "Australia/Lord_Howe", datetime(2026, 4, 4, 14, 29, tzinfo=UTC)),
        ("2026-04-05T02:00", "Australia/Lord_Howe", datetime(2026, 4, 4, 15, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_by_the_clock_of_the_zone(text: str, zone: str | None, moment: datetime) -> None:
    assert moment_by_clock(text, None if zone is None else zone_named(zone)) == moment


@pytest.mark.parametrize(
    ("text", "zone", "why"),
    [
        ("2026-05-15", "America/Toronto", Unclear.NO_TIME),
        ("soon", "America/Toronto", Unclear.NO_TIME),
        ("", None, Unclear.NO_TIME),
        ("0001-01-01T00:00", "Asia/Tokyo", Unclear.NO_TIME),
        ("2026-05-15T09:10", None, Unclear.NO_ZONE),
        ("2026-11-01T01:00", "America/Toronto", Unclear.TWICE),
        ("2026-11-01T01:59:59", "America/Toronto", Unclear.TWICE),
        ("2026-04-05T01:45", "Australia/Lord_Howe", Unclear.TWICE),
        ("2027-03-14T02:00", "America/Toronto", Unclear.NEVER),
        ("2027-03-14T02:59:59", "America/Toronto", Unclear.NEVER),
        # Samoa left a whole day out.
        ("2011-12-30T12:00", "Pacific/Apia", Unclear.NEVER),
    ],
)
def test_what_is_no_moment_says_why(text: str, zone: str | None, why: Unclear) -> None:
    with pytest.raises(UnclearMoment) as error:
        moment_by_clock(text, None if zone is None else zone_named(zone))

    assert error.value.why == why
