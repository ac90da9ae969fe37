"""Whatever the order in which reports of a call come, and however often, they come to the same.

Not promised, and not drawn here: reports of the same authority that contradict each other. Of two ways in which a call
ended ("busy" and "no-answer") the first stays, as it does of two numbers. Nor is a user's own action that the order
makes another one: who hangs up while it rings cancels the call, and who answers when it is over has not answered.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.documents.call import call_document
from calls.documents.facts import full_facts_of
from calls.models import Call, CallStatus
from calls.reports import StoredRecording
from calls.selectors.find_call import CallNames
from calls.selectors.history import recordings_of
from calls.services.browser_calls.answer_call import answer_call
from calls.services.browser_calls.terminate_call import Termination, terminate_call
from calls.services.lifecycle.apply_report import apply_report
from calls.services.lifecycle.change_status import RANK, TERMINAL
from calls.storage import new_recording_name
from conversations.documents import conversation_document, message_document
from conversations.models import Conversation, Message
from tests.calls.services.lifecycle.stories import (
    SINCH_ANSWERED,
    SINCH_WITHOUT_FIGURES,
    STORIES,
    TWILIO_ANSWERED,
    TWILIO_CALLED,
    Story,
    Told,
)
from tests.factories import make_call, make_contact, make_conversation
from tether_calls.accounts.models import User
from tether_calls.realtime.events import INTERNAL
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

# When our row was made: a moment after the provider had the call.
BEGUN = datetime(2026, 5, 15, 9, 12, 1, tzinfo=UTC)
ANSWERED = RANK[CallStatus.IN_PROGRESS]

Action = Callable[[Call], None]

proven = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def conversation(user: User) -> Conversation:
    assert user.organization is not None
    return make_conversation(make_contact(user.organization), user=user)


def outcome(conversation: Conversation, story: Story, steps: Sequence[Told | Action]) -> tuple[Any, Counter[str]]:
    """All that is left after a call's steps, without ids and moments of writing, and its events by name."""
    with transaction.atomic():
        assert conversation.user is not None
        call = make_call(
            conversation.user,
            contact=conversation.contact,
            conversation=conversation,
            provider=story.provider,
            direction=story.direction,
            status=CallStatus.INITIATED,
            from_number="",
            to_number="",
            start_time=BEGUN,
            duration=None,
        )
        for step in steps:
            if isinstance(step, Told):
                tell(call, step)
            else:
                step(call)
        left = what_is_left(call.pk), Counter(EventLog.objects.filter(call_id=call.pk).values_list("name", flat=True))
        transaction.set_rollback(True)
    return left


def tell(call: Call, told: Told) -> None:
    stored = None if told.recording is None else stored_audio(call, told.recording)
    is_new = stored is not None and not call.recordings.filter(sha256=stored.sha256).exists()

    assert (
        apply_report(
            organization_id=call.organization_id, call_id=call.pk, report=told.report, stored=stored
        ).stored_is_used
        is is_new
    )


def stored_audio(call: Call, content: str) -> StoredRecording:
    """Each delivery is stored under a name of its own, before anybody knows whether it came twice."""
    return StoredRecording(
        name=new_recording_name(organization_id=call.organization_id, at=BEGUN),
        size=len(content),
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        duration=42.5,
    )


def what_is_left(call_id: str) -> Any:
    call = Call.objects.get(pk=call_id)
    recordings = recordings_of([call_id]).get(call_id, [])
    recordings.sort(key=lambda recording: recording.sha256)
    document = call_document(full_facts_of(call), recordings=recordings)
    left = {
        "call": msgspec.to_builtins(document),
        "columns": [call.ai_conversation_id, call.end_time_is_counted, call.duration_is_counted],
        "messages": [
            msgspec.to_builtins(message_document(message)) for message in Message.objects.filter(call_id=call_id)
        ],
        "conversation": msgspec.to_builtins(
            conversation_document(Conversation.objects.get(pk=call.conversation_id or ""))
        ),
    }
    for one in (left["call"], *left["call"]["recordings"]):
        for name in ("_id", "callId", "createdAt", "updatedAt"):
            one.pop(name, None)
    for message in left["messages"]:
        del message["_id"], message["callId"]
    return left


def ends(told: Told) -> bool:
    return told.report.status in TERMINAL


def is_settled(told: Sequence[Told]) -> bool:
    """Whether nothing of the outcome is the moment at which we heard of it."""
    return not any(map(ends, told)) or any(
        each.report.end_time is not None or each.report.duration is not None for each in told
    )


@st.composite
def orders(draw: st.DrawFn, story: Story, *, all_of_them: bool = False) -> list[Told]:
    """Some or all of a story's reports, some of them repeated, in any order."""
    whole = st.just(list(story.told))
    some = st.lists(st.sampled_from(story.told), min_size=1, unique=True).filter(is_settled)
    chosen = draw(whole if all_of_them else whole | some)
    repeated = draw(st.lists(st.sampled_from(chosen), max_size=3))
    return draw(st.permutations(chosen + repeated))


def assert_events(events: Counter[str], steps: Sequence[Told]) -> None:
    """Each once, and `call_answered` only while that was news."""
    first_end = next((place for place, step in enumerate(steps) if ends(step)), len(steps))
    was_answered = any(RANK.get(step.report.status or "") == ANSWERED for step in steps[:first_end])
    assert events["call_answered"] == int(was_answered)
    assert events["call_ended"] == int(any(map(ends, steps)))
    assert events["call_recording_ready"] == len({step.recording for step in steps} - {None})
    assert (events["fetch_messages"] >= 1) is any(map(ends, steps))
    assert events["note_created"] <= 1
    assert set(events) <= {
        "note_created",
        "call_answered",
        "call_ended",
        "call_updated",
        "call_recording_ready",
        "fetch_messages",
        *INTERNAL,
    }


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_in_any_order_and_repeated_the_reports_come_to_the_same(conversation: Conversation, story: Story) -> None:
    left_in_order: dict[tuple[int, ...], Any] = {}

    @proven
    @given(orders(story))
    def prove(steps: list[Told]) -> None:
        in_order = tuple(place for place, told in enumerate(story.told) if told in steps)
        if in_order not in left_in_order:
            left_in_order[in_order] = outcome(conversation, story, [story.told[place] for place in in_order])[0]

        left, events = outcome(conversation, story, steps)

        assert left == left_in_order[in_order]
        assert_events(events, steps)

    prove()


@pytest.mark.parametrize("story", [SINCH_ANSWERED, TWILIO_CALLED], ids=lambda story: story.name)
def test_an_answer_in_the_browser_may_come_at_any_time(conversation: Conversation, story: Story, user: User) -> None:
    def answer(call: Call) -> None:
        answer_call(user=user, names=CallNames(call_id=call.pk))

    left_in_order = outcome(conversation, story, story.told)[0]

    @proven
    @given(orders(story, all_of_them=True), st.data())
    def prove(steps: list[Told], data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(steps)))

        left, events = outcome(conversation, story, [*steps[:place], answer, *steps[place:]])

        assert left == left_in_order
        assert events["call_answered"] <= 1
        assert events["call_ended"] == 1

    prove()


@pytest.mark.parametrize(
    "story", [SINCH_ANSWERED, SINCH_WITHOUT_FIGURES, TWILIO_ANSWERED], ids=lambda story: story.name
)
def test_who_hangs_up_an_answered_call_may_do_so_at_any_time(
    conversation: Conversation, story: Story, user: User
) -> None:
    def hang_up(call: Call) -> None:
        termination = terminate_call(organization_id=user.home_id, call_id=call.pk)
        assert termination in (Termination.ENDED_HERE, Termination.WAS_OVER)

    left_in_order = outcome(conversation, story, story.told)[0]

    @proven
    @given(orders(story, all_of_them=True), st.data())
    def prove(steps: list[Told], data: st.DataObject) -> None:
        answered = next(place for place, step in enumerate(steps) if RANK.get(step.report.status or "", 0) >= ANSWERED)
        place = data.draw(st.integers(answered + 1, len(steps)))

        left, events = outcome(conversation, story, [*steps[:place], hang_up, *steps[place:]])

        # Who hangs up while it goes on is why it ended.
        undisturbed = {**left_in_order, "call": dict(left_in_order["call"])}
        assert left["call"].pop("endReason") in ("agent_hangup", undisturbed["call"].pop("endReason"))
        assert left == undisturbed
        assert events["call_answered"] <= 1
        assert events["call_ended"] == 1

    prove()
