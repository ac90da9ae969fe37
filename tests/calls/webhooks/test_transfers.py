"""Agents hand callers over: a person is reserved, the caller arrives at a number of ours, both calls are joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from calls.models import Call, Transfer, TransferOffer
from calls.services.counting.fold import count_calls
from calls.services.transfers.begin import in_sentences
from calls.services.transfers.pass_on import pass_on_transfers
from tests.at_once import at_once
from tests.calls.webhooks import elevenlabs_office, sinch_office, twilio_office
from tests.calls.webhooks.elevenlabs_office import AGENT_NUMBER, CUSTOMER, ask, make_dialled
from tests.clients import Answer, ApiClient, logged_in
from tests.factories import make_call, make_contact, make_organization, make_user
from tests.presence import make_absent, make_present
from tether_calls.accounts.models import User
from tether_calls.accounts.services.availability import set_availability
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

CONVERSATION = "conv_1"
TOOL = "/api/webhook/elevenlabs/tools/transfer"
LINE, OTHER_LINE = "+14165550111", "+14165550112"
CALL_SID, LEG_SID = "CA000000000000000000000000000000a1", "CA000000000000000000000000000000a2"


@pytest.fixture
def call(user: User) -> Call:
    """The agent's, which goes on. The user has a line and is there."""
    elevenlabs_office.make_account(user)
    twilio_office.make_account(user)
    twilio_office.make_number(user, phone_number=LINE)
    make_present(user)
    contact = make_contact(user.organization, phone_number=CUSTOMER)  # type: ignore[arg-type]
    return make_dialled(
        user, contact=contact, provider_call_id=CONVERSATION, status="in-progress", provider_phone_number=AGENT_NUMBER
    )


@pytest.fixture
def colleague(user: User) -> User:
    """Somebody who is there too, and has had a call since the user's last one."""
    colleague = make_user(organization=user.organization)
    ended = timezone.now() - timedelta(minutes=1)
    make_call(colleague, provider="twilio", status="completed", start_time=ended, end_time=ended)
    make_present(colleague)
    return colleague


def want(conversation: str = CONVERSATION, **told: Any) -> Any:
    told = {"conversation_id": conversation, "reason": "Wants another address.", "caller_id": CUSTOMER, **told}
    answer = ask(told, path=TOOL)
    assert answer.status == 200, answer
    return answer.body


def asked() -> list[tuple[str, str]]:
    """Who was asked, the first one first, and what became of it."""
    offers = TransferOffer.objects.order_by("pk")
    return [(offer.user_id, offer.state) for offer in offers]


def told_to(user: User) -> list[tuple[str, dict[str, Any]]]:
    rows = EventLog.objects.of_organization(user.home_id).filter(user_id=user.pk).order_by("pk")
    return [(row.name, row.data) for row in rows]


def run_out() -> None:
    TransferOffer.objects.update(until=timezone.now() - timedelta(seconds=1))
    pass_on_transfers()


def arrive(*, caller: str = AGENT_NUMBER, to: str = LINE, sid: str = CALL_SID) -> ElementTree.Element:
    told = twilio_office.request("voice_inbound", From=caller, To=to, Called=to, Caller=caller, CallSid=sid)
    answer = twilio_office.deliver("inbound", told)
    assert answer.status == 200, answer
    return xml_of(answer)


def xml_of(answer: Answer) -> ElementTree.Element:
    return ElementTree.fromstring(answer.content)  # noqa: S314  # our own


def rung(response: ElementTree.Element) -> str | None:
    return response.findtext("Dial/Client/Identity")


def leg_of(call: Call) -> Call:
    return Call.objects.get(transferred_from=call)


def status_of(leg: Call, state: str, **fields: str) -> Answer:
    told = twilio_office.request("status_client_answered", **fields)
    told |= {
        "CallSid": LEG_SID,
        "ParentCallSid": CALL_SID,
        "CallStatus": state,
        "From": AGENT_NUMBER,
        "To": f"client:{leg.user_id}",
        "Direction": "outbound-dial",
    }
    return twilio_office.deliver("status", told, query=f"?callId={leg.pk}")


def decline(user: User) -> Answer:
    return logged_in(user).post(f"/api/calls/transfers/{Transfer.objects.get().pk}/decline")


def accept(user: User) -> Answer:
    return logged_in(user).post(f"/api/calls/transfers/{Transfer.objects.get().pk}/accept")


# ---- Who is asked


def test_the_agent_gets_the_number_and_the_persons_browsers_are_told(user: User, call: Call, other_user: User) -> None:
    make_present(other_user)
    before = timezone.now()
    answer = want(summary="One. Two! Three? Four.")

    assert (answer["success"], answer["transfer_number"]) == (True, LINE)
    ((name, data),) = told_to(user)
    offer = TransferOffer.objects.get()
    assert name == "transfer_offered"
    assert data == {
        "transferId": offer.transfer_id,
        "callId": call.pk,
        "reason": "Wants another address.",
        "summary": "One. Two! Three?",
        "fromNumber": CUSTOMER,
        "expiresAt": data["expiresAt"],
    }
    assert before <= offer.until - timedelta(seconds=30) <= timezone.now()
    assert told_to(other_user) == []


@pytest.mark.parametrize(
    ("text", "shortened"), [("", ""), ("No end", "No end"), ("A. B.\nC. D.", "A. B. C."), ("x" * 900, "x" * 600)]
)
def test_a_summary_has_three_sentences(text: str, shortened: str) -> None:
    assert in_sentences(text) == shortened


def test_who_has_been_free_for_longest_is_asked_first(user: User, call: Call, colleague: User) -> None:
    want()
    assert asked() == [(user.pk, "offered")]


def test_nobody_is_asked_who_is_away_busy_or_does_not_want_to(user: User, call: Call, colleague: User) -> None:
    make_call(user, provider="twilio", status="in-progress", start_time=timezone.now(), duration=None)
    set_availability(user=colleague, is_available=False)

    answer = want()

    assert (answer["success"], answer["reason"], answer["callback_offered"]) == (False, "nobody_available", True)
    assert asked() == []
    assert not Transfer.objects.exists()


def test_without_a_number_that_reaches_a_person_nobody_is_reserved(user: User) -> None:
    elevenlabs_office.make_account(user)
    elevenlabs_office.make_ai_number(user)
    make_present(user)
    assert want()["reason"] == "nobody_available"
    assert asked() == []


def test_a_persons_own_number_comes_first(user: User, call: Call) -> None:
    set_availability(user=user, is_available=False)
    owner = make_user(organization=user.organization)
    make_present(owner)
    twilio_office.make_number(owner, phone_number=OTHER_LINE)
    assert want()["transfer_number"] == OTHER_LINE


def test_the_same_conversation_has_one_transfer_however_often_it_asks(user: User, call: Call, colleague: User) -> None:
    answers = [want(reason=f"Reason {number}")["transfer_number"] for number in range(3)]
    assert answers == [LINE] * 3
    assert asked() == [(user.pk, "offered")]


@pytest.mark.django_db(transaction=True)
def test_twenty_requests_at_once_of_a_conversation_are_one_offer(user: User, call: Call, colleague: User) -> None:
    answers = at_once([want for _ in range(20)])
    assert {answer["transfer_number"] for answer in answers} == {LINE}
    assert len(asked()) == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_at_once_nobody_is_offered_two_and_no_caller_is_lost(user: User, call: Call) -> None:
    people = [user, *(make_user(organization=user.organization) for _ in range(2))]
    for number, person in enumerate(people):
        make_present(person)
        if number:
            twilio_office.make_number(person, phone_number=f"+1416555012{number}")

    answers = [
        answer
        for start in range(0, 100, 20)
        for answer in at_once([partial(want, f"conv_{number}") for number in range(start, start + 20)])
    ]

    assert Counter(answer["success"] for answer in answers) == {True: 3, False: 97}
    assert len({answer["transfer_number"] for answer in answers if answer["success"]}) == 3
    assert {answer["reason"] for answer in answers if not answer["success"]} == {"nobody_available"}
    assert sorted(asked()) == sorted((person.pk, "offered") for person in people)


# ---- What they answer


def test_who_accepts_is_kept_for_the_caller(user: User, call: Call, colleague: User) -> None:
    want()
    answers = [accept(user) for _ in range(2)]

    assert [(each.status, each.body["transfer"]["state"]) for each in answers] == [(200, "accepted")] * 2
    assert TransferOffer.objects.get().until > timezone.now() + timedelta(seconds=50)
    assert rung(arrive()) == user.pk


def test_when_one_declines_the_next_one_is_asked(user: User, call: Call, colleague: User) -> None:
    want()
    answers = [decline(user) for _ in range(2)]

    assert [(each.status, each.body["transfer"]["state"]) for each in answers] == [(200, "declined")] * 2
    assert asked() == [(user.pk, "declined"), (colleague.pk, "offered")]
    assert [name for name, _ in told_to(user)] == ["transfer_offered", "transfer_ended"]
    assert told_to(user)[1][1]["outcome"] == "declined"
    assert want()["transfer_number"] == LINE
    assert rung(arrive()) == colleague.pk


def test_whose_time_is_over_is_free_and_the_next_one_is_asked(user: User, call: Call, colleague: User) -> None:
    want()
    pass_on_transfers()
    assert asked() == [(user.pk, "offered")]
    run_out()
    assert asked() == [(user.pk, "timed_out"), (colleague.pk, "offered")]
    assert accept(user).body["code"] == "TRANSFER_OVER"
    run_out()
    assert asked()[1] == (colleague.pk, "timed_out")
    assert want()["reason"] == "nobody_available"


def test_when_a_browser_dies_the_next_one_is_asked(user: User, call: Call, colleague: User) -> None:
    want()
    make_absent(user)
    pass_on_transfers()
    assert asked() == [(user.pk, "away"), (colleague.pk, "offered")]


def test_a_caller_who_never_arrives_keeps_nobody(user: User, call: Call) -> None:
    want()
    Transfer.objects.update(expires_at=timezone.now())
    pass_on_transfers()
    assert asked() == [(user.pk, "timed_out")]
    assert Transfer.objects.get().state == "ended"


@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_caller_who_hangs_up_before_they_arrive_keeps_neither_people_nor_the_number(
    user: User, call: Call, colleague: User, is_accepted: bool
) -> None:
    want()
    if is_accepted:
        assert accept(user).status == 200
    Call.objects.filter(pk=call.pk).update(status="completed", end_time=timezone.now() - timedelta(seconds=10))
    pass_on_transfers()
    assert asked() == [(user.pk, "accepted" if is_accepted else "offered")]

    Call.objects.filter(pk=call.pk).update(end_time=timezone.now() - timedelta(minutes=1))
    pass_on_transfers()

    assert asked() == [(user.pk, "ended")]
    assert Transfer.objects.get().state == "ended"
    assert told_to(user)[-1][1]["outcome"] == "ended"
    assert accept(user).body["code"] == "TRANSFER_OVER"
    # The number is the next caller's.
    make_dialled(user, provider_call_id="conv_2", status="in-progress", provider_phone_number=AGENT_NUMBER)
    assert want("conv_2")["transfer_number"] == LINE


def test_a_caller_who_has_arrived_stays_however_long_ago_the_agents_call_ended(user: User, call: Call) -> None:
    want()
    arrive()
    Call.objects.filter(pk=call.pk).update(status="completed", end_time=timezone.now() - timedelta(minutes=1))

    pass_on_transfers()

    assert asked() == [(user.pk, "offered")]
    assert Transfer.objects.get().state == "offered"


def test_who_accepts_at_the_last_moment_is_kept_for_as_long_as_the_caller_is_awaited(user: User, call: Call) -> None:
    want()
    soon = timezone.now() + timedelta(seconds=5)
    Transfer.objects.update(expires_at=soon)

    assert accept(user).status == 200

    assert Transfer.objects.get().expires_at == TransferOffer.objects.get().until > soon


@pytest.mark.parametrize("action", ["accept", "decline"])
def test_nobody_answers_for_somebody_else(
    user: User, call: Call, colleague: User, other_api: ApiClient, action: str
) -> None:
    want()
    path = f"/api/calls/transfers/{Transfer.objects.get().pk}/{action}"
    unknown = other_api.post("/api/calls/transfers/5f0000000000000000000000/" + action)
    answers = [other_api.post(path), logged_in(colleague).post(path)]
    assert [(each.status, each.body["code"]) for each in answers] == [(404, "TRANSFER_NOT_FOUND")] * 2
    assert answers[0].body == unknown.body
    assert asked() == [(user.pk, "offered")]


def test_a_conversation_of_another_organization_is_not_found(user: User, call: Call, other_user: User) -> None:
    make_present(other_user)
    secrets = {"tool_secret": "another tool secret"}
    elevenlabs_office.make_account(other_user, secrets=secrets)
    answer = ask({"conversation_id": CONVERSATION, "reason": "x"}, path=TOOL, secret="another tool secret")
    assert answer.body["reason"] == "nobody_available"
    assert asked() == []


# ---- The caller arrives


def test_the_caller_rings_the_person_and_belongs_to_the_agents_call(user: User, call: Call) -> None:
    want()
    response = arrive()

    leg = leg_of(call)
    assert rung(response) == user.pk == leg.user_id
    dial = response.find("Dial")
    assert dial is not None
    assert dial.get("timeout") == "30"
    assert (dial.get("action") or "").endswith(f"/api/webhook/calls/twilio/next?callId={leg.pk}")
    client = dial.find("Client")
    assert client is not None
    assert (client.get("url") or "").endswith(f"/api/webhook/calls/twilio/whisper?callId={leg.pk}")
    assert (leg.contact_id, leg.conversation_id) == (call.contact_id, call.conversation_id)
    detail = logged_in(user).get(f"/api/calls/{leg.pk}").body["call"]
    assert detail["transferredFrom"] == call.pk


def test_both_calls_are_one_row_in_the_history_and_counted_once(
    user: User, call: Call, api: ApiClient, staff: Client
) -> None:
    want()
    arrive()
    leg = leg_of(call)
    status_of(leg, "in-progress")
    status_of(leg, "completed", CallDuration="95")

    def seen() -> tuple[list[str], int, int]:
        history = api.get("/api/calls/history").body
        total = api.get("/api/calls/statistics").body["statistics"]["totalCalls"]
        rows = staff.get("/admin/calls/call/").context["cl"].result_list
        assert [row.pk for row in rows] == [each["_id"] for each in history["calls"]]
        return [each["_id"] for each in history["calls"]], history["total"], total

    assert seen() == ([call.pk], 1, 1)
    # Once it is added up, too; and both when they are two calls again.
    count_calls()
    assert seen() == ([call.pk], 1, 1)
    Call.objects.filter(pk=leg.pk).update(transferred_from=None)
    assert seen() == ([leg.pk, call.pk], 2, 2)
    assert api.get(f"/api/calls/{leg.pk}").status == 200


def test_who_answers_is_told_of_what_before_they_are_connected(user: User, call: Call) -> None:
    call.agent_name = "Mia"
    call.save()
    want(summary="She ordered on Monday.")
    arrive()
    leg = leg_of(call)

    told = twilio_office.request("voice_inbound", CallSid=LEG_SID, ParentCallSid=CALL_SID)
    answer = twilio_office.deliver("whisper", told, query=f"?callId={leg.pk}")

    said = xml_of(answer).findtext("Say")
    assert said == "Handed over by Mia. Wants another address. She ordered on Monday."


@pytest.mark.parametrize("agents_first", [True, False])
def test_both_durations_and_that_it_was_handed_over_are_kept_in_any_order(
    user: User, call: Call, agents_first: bool
) -> None:
    want()
    arrive()
    leg = leg_of(call)

    def agents() -> None:
        told = elevenlabs_office.transcription(CONVERSATION)
        assert elevenlabs_office.deliver(told).status == 200

    def persons() -> None:
        assert status_of(leg, "in-progress").status == 200
        assert status_of(leg, "completed", CallDuration="95").status == 200

    for report in (agents, persons) if agents_first else (persons, agents):
        report()

    call.refresh_from_db()
    leg.refresh_from_db()
    assert (call.status, call.end_reason) == ("completed", "transferred")
    assert call.provider_metadata["transferredTo"] == leg.pk
    assert call.provider_metadata["transferredSeconds"] == leg.duration == 95
    assert call.duration not in (None, 0, 95)
    assert asked() == [(user.pk, "connected")]
    assert Transfer.objects.get().state == "connected"


def test_whom_nobody_answers_is_rung_at_the_next_one_while_the_caller_waits(
    user: User, call: Call, colleague: User
) -> None:
    want()
    assert rung(arrive()) == user.pk
    leg = leg_of(call)
    status_of(leg, "no-answer")

    def what_next(status: str) -> ElementTree.Element:
        told = twilio_office.request("voice_inbound", CallSid=CALL_SID, DialCallStatus=status)
        return xml_of(twilio_office.deliver("next", told, query=f"?callId={leg.pk}"))

    assert rung(what_next("no-answer")) == colleague.pk
    assert asked() == [(user.pk, "timed_out"), (colleague.pk, "offered")]
    status_of(leg, "in-progress")
    leg.refresh_from_db()
    assert (leg.status, leg.user_id) == ("in-progress", colleague.pk)
    assert what_next("completed").find("Dial") is None
    assert asked()[1] == (colleague.pk, "connected")


def test_when_nobody_is_left_the_caller_stays_with_the_agent(user: User, call: Call) -> None:
    want()
    make_absent(user)
    response = arrive()
    assert response.find("Reject") is not None
    assert want()["reason"] == "nobody_available"


def test_a_declined_browser_call_does_not_end_the_callers(user: User, call: Call, colleague: User) -> None:
    want()
    arrive()
    leg = leg_of(call)
    logged_in(user).post("/api/calls/sdk/reject", {"callId": leg.pk})
    leg.refresh_from_db()
    assert leg.status == "ringing"


@pytest.mark.parametrize("caller", [CUSTOMER, AGENT_NUMBER])
def test_the_caller_is_known_by_their_number_or_the_agents(user: User, call: Call, caller: str) -> None:
    elevenlabs_office.make_ai_number(user)
    want()
    arrive(caller=caller)
    assert leg_of(call).from_number == caller


def test_whoever_else_calls_the_number_is_not_handed_over(user: User, call: Call) -> None:
    want()
    arrive(caller="+14165550177", sid="CA000000000000000000000000000000b1")
    assert not Call.objects.filter(transferred_from=call).exists()
    assert Transfer.objects.get().leg_id is None


def test_the_number_is_an_ordinary_one_once_the_caller_has_arrived(user: User, call: Call) -> None:
    want()
    arrive()
    arrive(sid="CA000000000000000000000000000000b1")
    assert Call.objects.filter(transferred_from=call).count() == 1


def test_a_carrier_that_asks_again_gets_the_same_answer(user: User, call: Call, colleague: User) -> None:
    want()
    assert [rung(arrive()) for _ in range(2)] == [user.pk] * 2
    assert Call.objects.filter(transferred_from=call).count() == 1


LATER = "conv_later"


@pytest.mark.parametrize(
    "order",
    [
        ("agent's call", "arrives", "is answered", "hangs up"),
        ("arrives", "agent's call", "is answered", "hangs up"),
        ("arrives", "is answered", "agent's call", "hangs up"),
        ("arrives", "is answered", "hangs up", "agent's call"),
        ("arrives", "hangs up", "agent's call", "is answered"),
    ],
)
def test_a_call_of_an_agent_that_becomes_known_late_is_joined_at_once_in_any_order(
    user: User, call: Call, order: tuple[str, ...]
) -> None:
    want(LATER)

    def leg() -> Call:
        found = Transfer.objects.get().leg
        assert found is not None
        return found

    steps: dict[str, Callable[[], object]] = {
        "arrives": lambda: arrive(caller=CUSTOMER),
        "is answered": lambda: status_of(leg(), "in-progress"),
        "hangs up": lambda: status_of(leg(), "completed", CallDuration="30"),
        "agent's call": lambda: elevenlabs_office.deliver(elevenlabs_office.transcription(LATER)),
    }
    for step in order:
        steps[step]()

    agents = Call.objects.get(provider_call_id=LATER)
    assert leg().transferred_from_id == agents.pk
    assert (leg().contact_id, leg().conversation_id) == (agents.contact_id, agents.conversation_id)
    assert (agents.end_reason, agents.provider_metadata["transferredTo"]) == ("transferred", leg().pk)
    assert agents.provider_metadata["transferredSeconds"] == 30


def test_of_a_callers_call_that_was_erased_meanwhile_nobody_is_known_again(user: User, call: Call) -> None:
    want(LATER)
    arrive(caller=CUSTOMER)
    leg = Transfer.objects.get().leg
    assert leg is not None
    status_of(leg, "in-progress")
    status_of(leg, "completed", CallDuration="30")
    Call.objects.filter(pk=leg.pk).update(person_erased_at=timezone.now(), contact=None, conversation=None)

    elevenlabs_office.deliver(elevenlabs_office.transcription(LATER))

    agents = Call.objects.get(provider_call_id=LATER)
    leg.refresh_from_db()
    assert agents.contact_id is not None
    assert (leg.transferred_from_id, leg.contact_id, leg.conversation_id) == (agents.pk, None, None)


def test_where_a_process_dies_before_it_joins_both_the_job_does(user: User, call: Call) -> None:
    want(LATER)
    arrive(caller=CUSTOMER)
    leg = Transfer.objects.get().leg
    assert leg is not None
    status_of(leg, "in-progress")
    status_of(leg, "completed", CallDuration="30")
    later = make_dialled(user, provider_call_id=LATER, status="completed", end_reason="agent_hangup")

    pass_on_transfers()

    later.refresh_from_db()
    leg.refresh_from_db()
    assert leg.transferred_from_id == later.pk
    assert (later.end_reason, later.provider_metadata["transferredSeconds"]) == ("transferred", 30)


def test_a_conversation_of_the_same_name_elsewhere_is_not_joined(user: User, call: Call, other_user: User) -> None:
    want(LATER)
    arrive(caller=CUSTOMER)
    make_dialled(other_user, provider_call_id=LATER, status="completed")
    pass_on_transfers()
    transfer = Transfer.objects.get()
    assert transfer.leg is not None
    assert (transfer.call_id, transfer.leg.transferred_from_id) == (None, None)


def test_over_sinch_the_browser_is_rung_as_well(user: User, call: Call) -> None:
    sinch_office.make_account(user, is_active=False)
    sinch_office.make_number(user, phone_number=OTHER_LINE)
    want()
    Transfer.objects.update(transfer_number=OTHER_LINE)
    told = sinch_office.callback(
        "ice_inbound", cli=CUSTOMER.removeprefix("+"), to={"type": "did", "endpoint": OTHER_LINE}
    )

    answer = sinch_office.deliver(told)

    assert answer.body["action"]["name"] == "connectMxp"
    assert answer.body["action"]["destination"]["endpoint"] == user.pk
    assert leg_of(call).provider == "sinch"


def test_another_organization_has_transfers_of_its_own() -> None:
    home = make_user(organization=make_organization())
    assert list(Transfer.objects.of_organization(home.home_id)) == []
