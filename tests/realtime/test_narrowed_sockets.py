"""Where an organization narrows its roles, a socket hears of the calls alone that its user may see."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from calls.events import message_status, new_message, redaction_changed
from calls.models import RedactionRun
from calls.services.browser_calls.discard_call import discard_call
from calls.services.live_calls.push_live import Over, Started, push_live
from calls.services.review.write_note import write_note
from calls.services.scheduled_calls.change_call import cancel_call
from contacts.models import Contact
from contacts.services.notes import note_of_agent
from tests.calls.api.browsing import ringing_call
from tests.calls.exporting import made
from tests.calls.scheduling import make_scheduled
from tests.factories import (
    make_call,
    make_contact,
    make_conversation,
    make_message,
    make_organization,
    make_prompt,
    make_user,
)
from tests.realtime.sockets import live, look_after_sockets_every, opened_by
from tests.waiting import PATIENCE
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.realtime import follower, watch
from tether_calls.realtime.comparing import read_on
from tether_calls.realtime.events import Event, EventName, publish
from tether_calls.realtime.membership import Membership, still_hold
from tether_calls.realtime.models import EventLog

pytestmark = live


@pytest.fixture
def home(live_url: str) -> Organization:
    return make_organization(narrows_roles=True)


@pytest.fixture
def rep(home: Organization) -> User:
    return make_user(organization=home, access_role=AccessRole.SALES_REP)


@pytest.fixture
def colleague(home: Organization) -> User:
    return make_user(organization=home, access_role=AccessRole.ADMIN)


def start(user: User) -> str:
    told = Started(
        direction="outbound", from_number="+14165550100", to_number="+14165550199", start_time=timezone.now()
    )
    return push_live(user=user, external_call_id="call-1", told=told).call_id


def much_happens(user: User, contact: Contact) -> None:
    """A call of the user's begins, is written of, planned anew and ends; a file of calls is made."""
    call_id = start(user)
    write_note(user=user, organization_id=user.home_id, contact_id=contact.pk, note="A secret", call_id=call_id)
    push_live(user=user, external_call_id="call-1", told=Over())
    made(user)


def _call_in(data: dict[str, Any]) -> str | None:
    return data["call"]["_id"] if "call" in data else data.get("callId")


def test_a_socket_hears_of_the_own_calls_alone(live_url: str, rep: User, colleague: User) -> None:
    contact = make_contact(colleague.organization)  # type: ignore[arg-type]
    with opened_by(rep, live_url) as socket, opened_by(colleague, live_url) as other:
        much_happens(colleague, contact)
        own = start(rep)

        seen = [socket.frame()]
        while seen[-1]["event"] != "call_initiated":
            seen.append(socket.frame())
        assert [_call_in(frame["data"]) for frame in seen] == [own]
        # And there was something to be heard: who sees all calls has heard it.
        names: list[str] = []
        while names.count("call_initiated") < 2:
            names.append(other.frame()["event"])
        assert {"note_created", "call_ended", "export_ready"} <= set(names)


def test_a_resume_has_the_own_calls_alone(live_url: str, rep: User, colleague: User) -> None:
    contact = make_contact(colleague.organization)  # type: ignore[arg-type]
    first = start(rep)
    before = EventLog.objects.of_organization(rep.home_id).order_by("pk").first()
    assert before is not None
    much_happens(colleague, contact)
    write_note(user=rep, organization_id=rep.home_id, contact_id=contact.pk, note="My own", call_id=first)

    with opened_by(rep, live_url) as socket, opened_by(colleague, live_url) as other:
        frames = socket.resume(before.pk)[0]
        everything = other.resume(before.pk)[0]

    assert [(frame["event"], _call_in(frame["data"])) for frame in frames] == [
        ("call_answered", first),
        ("note_created", first),
    ]
    assert len(everything) > len(frames) + 3


def test_a_note_of_no_call_is_heard_of_by_whom_the_contact_is_for(live_url: str, rep: User, colleague: User) -> None:
    home = colleague.organization
    assert home is not None
    theirs, own, anybodys = (make_contact(home, phone_number=f"+1416555019{number}") for number in range(3))
    for user, contact in ((colleague, theirs), (rep, own)):
        make_call(user, contact=contact)
    before = fetched(home)

    with opened_by(rep, live_url) as socket, opened_by(colleague, live_url) as other:
        for contact in (theirs, own, anybodys):
            with transaction.atomic():
                note_of_agent(organization_id=home.pk, contact_id=contact.pk, note="A secret", call_id=None)
        heard = [socket.frame()["data"]["contactId"] for _ in range(2)]
        everything = [other.frame()["data"]["contactId"] for _ in range(3)]
        resumed = [frame["data"].get("contactId") for frame in socket.resume(before)[0]]

    assert heard == resumed == [own.pk, anybodys.pk]
    assert everything == [theirs.pk, own.pk, anybodys.pk]


def test_a_text_is_heard_of_by_whom_its_conversation_is_for(live_url: str, rep: User, colleague: User) -> None:
    """Also of a contact that more users see: a new one that is nobody's yet, and one to whom both users have spoken."""
    home = colleague.organization
    assert home is not None
    lead, known = (make_contact(home, phone_number=f"+1416555019{number}") for number in range(2))
    for user in (rep, colleague):
        make_call(user, contact=known)
    theirs = [
        make_conversation(contact, user=colleague, channel_identifier="+14165550111") for contact in (lead, known)
    ]
    own = [make_conversation(contact, user=rep, channel_identifier="+14165550112") for contact in (lead, known)]
    called = make_conversation(known, channel_identifier="+14165550113")
    make_call(rep, contact=known, conversation=called)
    before = fetched(home)

    with opened_by(rep, live_url) as socket, opened_by(colleague, live_url) as other:
        for conversation in (*theirs, *own, called):
            message = make_message(conversation)
            with transaction.atomic():
                publish(organization_id=home.pk, call_id=None, events=[new_message(message), message_status(message)])
        heard = [socket.frame()["data"]["conversationId"] for _ in range(6)]
        everything = [other.frame()["data"]["conversationId"] for _ in range(10)]
        resumed = [frame["data"]["conversationId"] for frame in socket.resume(before)[0]]

    assert heard == resumed == [each.pk for each in (*own, called) for _ in range(2)]
    assert everything == [each.pk for each in (*theirs, *own, called) for _ in range(2)]


def test_a_call_that_is_discarded_leaves_its_conversation_to_be_read_anew(
    live_url: str, rep: User, colleague: User
) -> None:
    contact = make_contact(colleague.organization)  # type: ignore[arg-type]
    calls = []
    for user in (colleague, rep):
        conversation = make_conversation(contact, user=user, channel_identifier=user.pk[-12:], message_count=1)
        call = ringing_call(user, contact=contact, conversation=conversation, status="no-answer")
        make_message(conversation, call_id=call.pk)
        calls.append((user, call.pk))

    with opened_by(rep, live_url) as socket:
        for user, call_id in calls:
            discard_call(user=user, call_id=call_id, contact_id=None, delete_contact=False)
        frame = socket.frame()
        assert socket.answers()

    assert (frame["event"], frame["data"]["conversationId"]) == ("fetch_messages", conversation.pk)


def test_how_far_a_redaction_is_is_for_who_sees_all_calls(live_url: str, rep: User, colleague: User) -> None:
    run = RedactionRun.objects.create(organization_id=colleague.home_id, kinds="card", places=[])
    own = start(rep)

    with opened_by(rep, live_url) as socket, opened_by(colleague, live_url) as other:
        with transaction.atomic():
            publish(organization_id=rep.home_id, call_id=None, events=[redaction_changed(run)])
        push_live(user=rep, external_call_id="call-1", told=Over())

        assert _call_in(socket.frame()["data"]) == own
        assert other.frame()["event"] == "redaction_changed"


def test_who_comes_while_the_log_is_read_for_others_hears_of_what_does_not_say_whose_it_is(
    live_url: str, rep: User, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = make_contact(rep.organization)  # type: ignore[arg-type]
    is_read, may_go_on = threading.Event(), threading.Event()

    def read_slowly(**asked: Any) -> Any:
        is_read.set()
        assert may_go_on.wait(PATIENCE)
        return read_on(**asked)

    with opened_by(colleague, live_url) as other:
        assert other.answers()
        monkeypatch.setattr(follower, "read_on", read_slowly)
        assert is_read.wait(PATIENCE)
        with opened_by(rep, live_url) as socket:
            assert socket.answers()
            with transaction.atomic():
                note_of_agent(organization_id=rep.home_id, contact_id=contact.pk, note="Hello", call_id=None)
            may_go_on.set()
            assert socket.frame()["event"] == other.frame()["event"] == "note_created"


def fetched(home: Organization) -> str:
    """An event before all others."""
    with transaction.atomic():
        publish(organization_id=home.pk, call_id=None, events=[Event(EventName.FETCH_MESSAGES, {})])
    return str(EventLog.objects.of_organization(home.pk).get().pk)


def test_a_call_that_is_not_seen_cannot_be_watched(live_url: str, rep: User, colleague: User) -> None:
    theirs = start(colleague)

    with opened_by(rep, live_url) as socket:
        socket.say({"type": "watch", "callId": theirs})
        frame = socket.frame()

    assert (frame["type"], frame["code"], frame["callId"]) == ("error", "CALL_NOT_FOUND", theirs)


def test_a_call_that_is_planned_is_told_of_to_whom_it_is_planned_for(live_url: str, rep: User, colleague: User) -> None:
    home = colleague.organization
    assert home is not None
    contact, agent = make_contact(home), make_prompt(home)
    theirs, own = (make_scheduled(user, contact=contact, agent=agent) for user in (colleague, rep))

    with opened_by(rep, live_url) as socket:
        for scheduled in (theirs, own):
            cancel_call(organization_id=home.pk, scheduled_id=scheduled.pk)
        frame = socket.frame()

    assert (frame["event"], frame["data"]["scheduledCall"]["_id"]) == ("scheduled_call_updated", own.pk)


def test_a_socket_closes_when_its_user_sees_other_calls_than_before(
    live_url: str, rep: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_after_sockets_every(0.05, monkeypatch)

    with opened_by(rep, live_url) as socket:
        assert socket.answers()
        User.objects.filter(pk=rep.pk).update(access_role=AccessRole.ADMIN)
        assert socket.close_code() == 4401


def test_a_socket_stays_open_while_its_user_sees_the_same_calls(
    live_url: str, rep: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[int] = []

    def asked(some: Sequence[Membership]) -> Sequence[bool]:
        rounds.append(len(some))
        return still_hold(some)

    monkeypatch.setattr(watch, "still_hold", asked)
    look_after_sockets_every(0.05, monkeypatch)

    with opened_by(rep, live_url) as socket:
        while len(rounds) < 2:
            assert socket.answers()
        assert socket.answers()
