"""A call ends in the same way whichever of its reports came first: the one with the greater authority decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import transaction

from calls.models import Call
from calls.reports import Authority, CallReport
from calls.services.lifecycle.apply_report import apply_report
from tests.calls.services.lifecycle.stories import sinch_event, twilio_leg
from tests.factories import make_call
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

BEGUN = datetime(2026, 5, 15, 9, 12, 1, tzinfo=UTC)
PARENT = "CA00000000000000000000000000000001"


def after(user: User, reports: Sequence[CallReport], *, provider: str) -> tuple[Call, list[str]]:
    Call.objects.all().delete()
    call = make_call(user, provider=provider, direction="outbound", status="initiated", start_time=BEGUN, duration=None)
    for report in reports:
        apply_report(organization_id=call.organization_id, call_id=call.pk, report=report)
    call.refresh_from_db()
    names = EventLog.objects.filter(call_id=call.pk).order_by("id").values_list("name", flat=True)
    return call, [name for name in names if name.startswith("call_")]


def ends_alike(user: User, reports: Sequence[CallReport], *, provider: str) -> tuple[str, float | None]:
    """How the call ends, which must be the same in every order."""
    outcomes = set()
    for order in permutations(reports):
        with transaction.atomic():
            call, _ = after(user, order, provider=provider)
            outcomes.add((call.status, call.duration, call.answer_time, call.end_time))
            transaction.set_rollback(True)
    assert len(outcomes) == 1, outcomes
    status, duration, _, _ = outcomes.pop()
    return status, duration


def leg(name: str, sid: str, minute: int, **changes: str) -> CallReport:
    return twilio_leg(
        name, CallSid=sid, ParentCallSid=PARENT, Timestamp=f"Fri, 15 May 2026 09:{minute}:00 +0000", **changes
    )


@pytest.fixture
def legs() -> dict[str, CallReport]:
    first, second = "CA000000000000000000000000000000aa", "CA000000000000000000000000000000bb"
    return {
        "no answer": leg("status_dialled_no_answer", first, 13),
        "ringing": leg("status_dialled_ringing", second, 14),
        "answered": leg("status_dialled_answered", second, 15),
        "over": leg("status_dialled_completed", second, 16, CallDuration="7"),
    }


@pytest.mark.parametrize("word", ["no-answer", "busy", "failed", "canceled"])
def test_an_answered_leg_decides_over_unanswered_ones(word: str, legs: dict[str, CallReport], user: User) -> None:
    reports = [replace(legs["no answer"], status=word), legs["ringing"], legs["answered"], legs["over"]]

    assert ends_alike(user, reports, provider="twilio") == ("completed", 7)


def test_a_leg_that_is_given_up_while_another_one_talks_ends_nothing(legs: dict[str, CallReport], user: User) -> None:
    for order in ([legs["no answer"], legs["answered"]], [legs["answered"], legs["no answer"]]):
        call, events = after(user, order, provider="twilio")
        assert (call.status, call.end_time, call.duration) == ("in-progress", None, None)
        assert events[-1] == "call_answered"


def test_of_unanswered_legs_the_same_one_decides(legs: dict[str, CallReport], user: User) -> None:
    reports = [replace(legs["no answer"], status=word) for word in ("canceled", "busy", "no-answer", "failed")]

    assert ends_alike(user, reports, provider="twilio")[0] == "busy"


def look_up(status: str) -> CallReport:
    return CallReport(provider="elevenlabs", status=status, authority=Authority.LOOK_UP)


def reported(status: str) -> CallReport:
    return CallReport(provider="elevenlabs", status=status, end_time=BEGUN + timedelta(seconds=20))


@pytest.mark.parametrize("word", ["busy", "no-answer"])
def test_a_webhooks_word_decides_over_a_look_ups(word: str, user: User) -> None:
    assert ends_alike(user, [look_up("failed"), reported(word)], provider="elevenlabs")[0] == word


def test_a_providers_word_decides_over_our_own_conclusion(user: User) -> None:
    given_up = CallReport(provider="elevenlabs", status="failed", authority=Authority.GIVEN_UP)
    completed = CallReport(provider="elevenlabs", status="completed", duration=7)

    call, events = after(user, [given_up, completed], provider="elevenlabs")

    assert (call.status, call.duration) == ("completed", 7)
    assert events == ["call_ended", "call_updated"]


def test_a_correction_is_an_event_with_the_corrected_call(user: User) -> None:
    call, _ = after(user, [look_up("failed"), reported("busy")], provider="elevenlabs")

    (event,) = EventLog.objects.filter(call_id=call.pk, name="call_updated")
    assert event.data["call"]["status"] == "busy"


def test_the_same_word_with_more_authority_is_no_news(user: User) -> None:
    _, events = after(user, [look_up("busy"), replace(reported("busy"), end_time=None)], provider="elevenlabs")

    assert events == ["call_ended"]


def test_figures_that_change_after_the_end_are_an_event(user: User) -> None:
    first = CallReport(provider="twilio", status="completed", end_time=BEGUN + timedelta(seconds=1.158))
    told = CallReport(provider="twilio", status="completed", end_time=BEGUN + timedelta(seconds=47), duration=47)

    call, events = after(user, [first, told], provider="twilio")

    assert call.duration == 47
    assert events == ["call_ended", "call_updated"]


def test_figures_that_differ_by_a_second_are_none(user: User) -> None:
    first = CallReport(provider="twilio", status="completed", duration=47)
    told = CallReport(provider="twilio", status="completed", duration=48)

    assert after(user, [first, told], provider="twilio")[1] == ["call_ended"]


NO_WORDS = {"result": "N/A", "reason": "N/A"}


@pytest.mark.parametrize(
    ("words", "unanswered"),
    [
        (NO_WORDS, "failed"),
        ({"result": "N/A", "reason": "CALLEEHANGUP"}, "no-answer"),
        ({"result": "N/A", "reason": "CALLERHANGUP"}, "canceled"),
        ({"result": None, "reason": "SOMENEW"}, "failed"),
    ],
)
def test_sinchs_end_of_a_call_ends_it_in_whatever_words(
    words: dict[str, str | None], unanswered: str, user: User
) -> None:
    over, answered = sinch_event("dice_answered", duration=0, **words), sinch_event("ace")
    talked = sinch_event("dice_answered", duration=33, **words)

    assert after(user, [over], provider="sinch")[0].status == unanswered
    assert ends_alike(user, [over, answered], provider="sinch")[0] == "completed"
    assert ends_alike(user, [talked], provider="sinch") == ("completed", 33)
