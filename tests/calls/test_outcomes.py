"""The vocabulary of ends: what of several accounts counts, and how it is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.models import Call, CallStatus
from calls.outcomes import (
    OF_ANSWERED,
    OF_UNANSWERED,
    AnsweredBy,
    EndFault,
    Ending,
    EndReason,
    Weight,
    as_text,
    best_of,
    ending_of_our_own,
    ending_of_status,
    endings_of_hang_up,
    from_text,
    greater_answerer,
    told_ending,
)
from calls.services.lifecycle.change_status import TERMINAL
from tether_calls.common.errors import ErrorCode

weights = st.sampled_from([Weight.USUAL, Weight.CODE, Weight.DEED])
endings = st.builds(Ending, st.sampled_from(EndReason), st.sampled_from(EndFault), weights)
answerers = st.sampled_from(["", *map(str, AnsweredBy)])


@given(told=st.lists(endings, max_size=6), order=st.randoms())
@pytest.mark.parametrize("is_completed", [False, True])
def test_in_any_order_the_same_account_counts(is_completed: bool, told: list[Ending], order: object) -> None:
    kept: list[Ending] = []
    for ending in sorted(told, key=lambda _: order.random()):  # type: ignore[attr-defined]
        kept = from_text(as_text([*kept, ending]))
    assert best_of(kept, is_completed=is_completed) == best_of(told, is_completed=is_completed)


@given(told=st.lists(endings))
def test_what_is_kept_has_room(told: list[Ending]) -> None:
    field = Call._meta.get_field("endings_told")
    assert len(as_text(told)) <= (field.max_length or 0)
    assert as_text(from_text(as_text(told))) == as_text(told)


@given(one=answerers, two=answerers, three=answerers)
def test_who_answered_does_not_depend_on_who_tells_first(one: str, two: str, three: str) -> None:
    found = greater_answerer(greater_answerer(one, two), three)
    assert found == greater_answerer(three, greater_answerer(two, one))
    assert found in (one, two, three)


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_every_end_has_a_reason_that_its_status_allows(status: str, direction: str) -> None:
    ending = ending_of_status(status, direction)
    assert ending.reason not in (OF_UNANSWERED if status == CallStatus.COMPLETED else OF_ANSWERED)


@pytest.mark.parametrize(
    ("side", "direction", "answered", "unanswered"),
    [
        ("caller", "inbound", "customer_hangup none", "canceled caller"),
        ("callee", "inbound", "agent_hangup none", "rejected us"),
        ("caller", "outbound", "agent_hangup none", "canceled us"),
        ("callee", "outbound", "customer_hangup none", "rejected callee"),
    ],
)
def test_who_hung_up_is_told_by_the_direction(side: str, direction: str, answered: str, unanswered: str) -> None:
    found = endings_of_hang_up(side, direction)
    assert [f"{each.reason} {each.fault}" for each in found] == [answered, unanswered]


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_reason_can_be_told_and_kept(reason: str) -> None:
    told = told_ending(reason, "outbound")
    assert from_text(as_text([told])) == [told]
    assert told.reason == reason


def test_a_refusal_of_ours_without_a_row_is_a_rejection() -> None:
    assert ending_of_our_own("number_type_not_allowed").reason == "rejected"
    assert ending_of_our_own("do_not_call").reason == "do_not_call"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (ErrorCode.DO_NOT_CALL, "do_not_call"),
        (ErrorCode.OUTSIDE_CALLING_HOURS, "outside_hours"),
        (ErrorCode.DIAL_LIMIT_REACHED, "too_many_attempts"),
    ],
)
def test_a_refusal_of_a_dial_is_found_by_the_name_of_its_code(code: ErrorCode, reason: str) -> None:
    assert ending_of_our_own(code.lower()).reason == reason
