"""Bodies that no provider would send: any JSON, and good bodies of which one part is something else."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from calls.models import CallDirection, CallProvider, CallStatus
from calls.reports import CallReport

SCALARS: SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(),
    st.text(),
    st.text(alphabet=st.characters(), max_size=5),
    st.sampled_from(["\0", "\ud800", "a\0b", "", " ", "+", "-1", "1e400", "9" * 400, "x" * 1_000, "client:", "sip:@"]),
    st.sampled_from(["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "Mon, 01 Jan 0001 00:00:00 +2359"]),
)
JSON: SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)

Path = tuple[str | int, ...]


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    yield here
    children: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from paths(child, (*here, key))


@st.composite
def spoilt(draw: st.DrawFn, documents: list[Any]) -> Any:
    """A good body with one to three parts replaced, taken out or joined by others."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(paths(document))))
        replacement = draw(JSON)
        if not path:
            return replacement if draw(st.integers(0, 9)) == 0 else document
        parent = document
        for key in path[:-1]:
            parent = parent[key]
        if draw(st.booleans()) or isinstance(parent, list):
            parent[path[-1]] = replacement
        else:
            del parent[path[-1]]
    return document


def assert_storable(report: CallReport) -> None:
    """Whatever was sent, what comes of it fits the columns of a call, on every database; and it is of a call."""
    assert report.provider in CallProvider.values
    assert report.provider_call_id
    assert_fits(report)


def assert_fits(report: CallReport) -> None:
    """Each value fits its column."""
    assert report.direction is None or report.direction in CallDirection.values
    assert report.status is None or report.status in CallStatus.values
    for moment in (report.start_time, report.answer_time, report.end_time):
        assert moment is None or (moment.tzinfo is not None and 1990 <= moment.year <= 2201)
    assert report.duration is None or (0 <= report.duration < 10**8 and not math.isnan(report.duration))
    for number in (report.from_number, report.to_number):
        assert number is None or (number.removeprefix("+").isdigit() and len(number) <= 16)
    for identifier in (report.provider_call_id, report.provider_agent_id):
        assert identifier is None or 0 < len(identifier) <= 255
    assert report.call_id is None or len(report.call_id) == 24
    assert len(report.agent_name) <= 200
    assert len(report.caller_name) <= 200
    turns = [turn.as_document() for turn in report.transcript or ()]
    kept = [turns, dict(report.provider_metadata), report.summary, report.agent_name, report.caller_name]
    text = json.dumps([*kept, report.provider_call_id, report.recording_url], ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in text
    text.encode()
