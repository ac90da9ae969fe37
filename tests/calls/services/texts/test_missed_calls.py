"""Who has called in vain gets a message: once, not too often, never against the rules."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from calls.demo.simulator import Outcome, Simulator
from calls.models import Call, OutgoingText, TextState
from calls.services.texts import missed_calls
from calls.services.texts.hand_over import GONE_AFTER, send_texts
from calls.services.texts.missed_calls import text_missed_callers
from contacts.models import Contact
from conversations.models import Message
from tests.calls.texting import DELIVERED, OUR_NUMBER, make_sinch, make_twilio, simulated
from tests.clients import ApiClient, logged_in
from tests.factories import UNKNOWN_ID, make_call, make_contact, make_do_not_call, make_prompt, make_user
from tests.refusals import assert_every_body_is_checked, assert_fault, assert_only_a_member_may, assert_refused
from tether_calls.accounts.calling_hours import Hours, set_calling_hours
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.accounts.services.missed_call_message import filled_in

pytestmark = pytest.mark.django_db

MESSAGE = "Hello {{contactName}}, sorry that we missed you. {{agentName}}"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


@pytest.fixture
def enabled(user: User, home: Organization, simulator: Simulator) -> None:
    """It is sent of every call."""
    make_twilio(user, base_url=simulator.url)
    home.missed_call_message = MESSAGE
    home.missed_calls_texted_since = timezone.now() - timedelta(days=1)
    home.save()


@pytest.fixture
def contact(home: Organization) -> Contact:
    return make_contact(home, phone_number=DELIVERED, first_name="Ada", last_name="Lovelace")


def missed(user: User, contact: Contact | None, **fields: Any) -> Call:
    """A call that came in and ended a minute ago."""
    ended = timezone.now() - timedelta(minutes=1)
    defaults: dict[str, Any] = {
        "provider": "twilio",
        "direction": "inbound",
        "status": "no-answer",
        "contact": contact,
        "start_time": ended - timedelta(seconds=30),
        "end_time": ended,
        "provider_phone_number": OUR_NUMBER,
        "duration": None,
    }
    return make_call(user, **{**defaults, **fields})


def run() -> None:
    text_missed_callers()
    send_texts()


def sent(simulator: Simulator) -> list[str]:
    return [text["body"] for text in simulator.happened()["texts"]]


# ---- The job


@pytest.mark.parametrize("status", ["no-answer", "busy", "canceled", "failed"])
def test_a_missed_call_is_answered_once(
    status: str, user: User, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    call = missed(user, contact, status=status, ai_agent=make_prompt(contact.organization, name="Mia"))

    run()
    run()

    assert sent(simulator) == ["Hello Ada Lovelace, sorry that we missed you. Mia"]
    text = OutgoingText.objects.get()
    assert (text.call, text.purpose, text.state) == (call, "missed_call", "done")
    message = Message.objects.get()
    assert (message.direction, message.sent_by, message.is_ai_generated) == ("outbound", "Mia", False)


def test_one_number_gets_it_once_in_four_hours(
    user: User, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    missed(user, contact)
    run()
    missed(user, contact)
    run()
    assert len(sent(simulator)) == 1

    OutgoingText.objects.update(created_at=timezone.now() - timedelta(hours=4, seconds=1))
    run()
    assert len(sent(simulator)) == 2
    assert OutgoingText.objects.values("call").distinct().count() == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "completed"},
        {"status": "ringing", "end_time": None},
        {"direction": "outbound"},
        # A vendor's own.
        {"provider": "external"},
        {"contact": None},
    ],
)
def test_other_calls_are_not_answered(
    fields: dict[str, Any], user: User, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    missed(user, **{"contact": contact, **fields})

    run()

    assert not sent(simulator)


@pytest.mark.parametrize("is_listed", [True, False])
def test_who_calls_all_day_long_keeps_no_other_caller_waiting(
    user: User,
    home: Organization,
    contact: Contact,
    simulator: Simulator,
    enabled: None,
    is_listed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(missed_calls, "_AT_A_TIME", 2)
    robot = make_contact(home, phone_number="+14165550142")
    long_ago = timezone.now() - timedelta(minutes=40)
    if is_listed:
        make_do_not_call(home, phone_number=robot.phone_number)
    else:
        missed(user, robot, start_time=long_ago - timedelta(minutes=5))
        run()
    for minute in range(4):
        missed(user, robot, start_time=long_ago + timedelta(minutes=minute))
    missed(user, contact)

    run()

    numbers = list(OutgoingText.objects.order_by("id").values_list("to_number", flat=True))
    assert numbers == ([DELIVERED] if is_listed else [robot.phone_number, DELIVERED])


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(hours=1, seconds=1)])
def test_a_call_that_has_just_ended_is_not_settled_and_one_of_an_hour_ago_no_news(
    ago: timedelta, user: User, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    ended = timezone.now() - ago
    missed(user, contact, start_time=ended - timedelta(seconds=30), end_time=ended)

    run()

    assert not sent(simulator)


def test_calls_before_it_was_enabled_are_not_answered(
    user: User, home: Organization, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    missed(user, contact)
    home.missed_calls_texted_since = timezone.now()
    home.save()
    run()
    home.missed_calls_texted_since = None
    home.save()
    run()
    assert not sent(simulator)


def test_the_rules_hold_and_are_asked_again(
    user: User, home: Organization, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    missed(user, contact)
    entry = make_do_not_call(home, phone_number=DELIVERED)
    run()
    entry.delete()
    midnight = timezone.now().time().replace(hour=0, minute=0, second=0, microsecond=0)
    day = (timezone.now().weekday() + 3) % 7
    set_calling_hours(organization_id=home.pk, hours=Hours(start=midnight, end=midnight, days=[day]))
    run()
    assert not sent(simulator)

    # While the call is news, the message goes out when the hours have come.
    set_calling_hours(organization_id=home.pk, hours=None)
    run()
    assert len(sent(simulator)) == 1


def test_who_asks_for_no_more_calls_before_it_is_sent_gets_none(
    user: User, home: Organization, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    missed(user, contact)
    text_missed_callers()
    make_do_not_call(home, phone_number=DELIVERED)

    send_texts()

    assert not sent(simulator)
    assert Message.objects.values_list("status", "error_code").get() == ("failed", "do_not_call")


def test_a_run_that_dies_before_the_carrier_is_asked_leaves_it_to_the_next(
    user: User, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    missed(user, contact)
    text_missed_callers()
    assert OutgoingText.objects.get().state == TextState.WAITING

    send_texts()
    assert len(sent(simulator)) == 1


def test_a_run_that_dies_while_the_carrier_is_asked_is_unknown_and_never_sent_again(
    user: User, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    missed(user, contact)
    text_missed_callers()
    OutgoingText.objects.update(state=TextState.UNDER_WAY, claimed_at=timezone.now())
    send_texts()
    assert Message.objects.get().status == "queued"

    OutgoingText.objects.update(claimed_at=timezone.now() - GONE_AFTER - timedelta(seconds=1))
    run()
    run()

    assert not sent(simulator)
    assert Message.objects.get().status == "unknown"
    assert OutgoingText.objects.get().state == TextState.DONE


def test_what_waited_for_an_hour_is_not_sent_any_more(
    user: User, simulator: Simulator, enabled: None, contact: Contact
) -> None:
    missed(user, contact)
    text_missed_callers()
    OutgoingText.objects.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))

    send_texts()

    assert not sent(simulator)
    assert Message.objects.values_list("status", "error_code").get() == ("failed", "expired")


@pytest.mark.django_db(transaction=True)
def test_of_many_runs_at_once_one_writes(user: User, home: Organization, simulator: Simulator, enabled: None) -> None:
    contact = make_contact(home, phone_number=DELIVERED)
    for _ in range(3):
        missed(user, contact)

    def job(_: int) -> None:
        try:
            run()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(job, range(12)))

    assert len(sent(simulator)) == 1
    assert OutgoingText.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.BUSY, Outcome.CANCELED])
@pytest.mark.parametrize("provider", ["twilio", "sinch"])
def test_a_call_that_a_carrier_reports_as_missed_is_answered(
    provider: str, outcome: Outcome, live_url: str, user: User, home: Organization
) -> None:
    with simulated(live_url) as simulator:
        (make_twilio if provider == "twilio" else make_sinch)(user, base_url=simulator.url)
        home.missed_call_message = MESSAGE
        home.missed_calls_texted_since = timezone.now() - timedelta(hours=1)
        home.save()
        simulator.call_in(provider, from_number=DELIVERED, to=OUR_NUMBER, outcome=outcome)
        simulator.settle()
        Call.objects.update(end_time=timezone.now() - timedelta(minutes=1))

        run()
        simulator.settle()

        assert [text["body"] for text in simulator.happened()["texts"]] == [
            f"Hello, sorry that we missed you. {home.name}"
        ]
    # The carrier knows where to report: where it has reported the call.
    assert Message.objects.get(channel_type="sms").status == "delivered"


# ---- What it says


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Ada", "Hello Ada, it is Mia"),
        ("", "Hello, it is Mia"),
        ("{{agentName}}", "Hello {{agentName}}, it is Mia"),
        ("A\n\nB", "Hello A B, it is Mia"),
        ("x" * 100, f"Hello {'x' * 60}, it is Mia"),
    ],
)
def test_names_are_data(name: str, text: str) -> None:
    assert filled_in("Hello {{contactName}}, it is {{ agentName }}", contact_name=name, agent_name="Mia") == text


def test_it_never_gets_longer_than_a_text() -> None:
    text = filled_in("{{agentName}}" * 38, contact_name="", agent_name="👍" * 60)
    assert len(text.encode("utf-16-le")) == 3_200


# ---- Who says it


def path(organization: Organization | None) -> str:
    assert organization is not None
    return f"/api/organizations/{organization.pk}/missed-call-message"


def test_an_administrator_says_what_is_sent(api: ApiClient, home: Organization) -> None:
    both = {"missedCallMessage": MESSAGE, "missedCallAutoMessageEnabled": True}

    assert (answer := api.put(path(home), both)).body == both, answer
    home.refresh_from_db()
    since = home.missed_calls_texted_since
    assert since is not None

    # What is left out stays, and so does since when.
    assert api.put(path(home), {"missedCallMessage": "Hello"}).body == {**both, "missedCallMessage": "Hello"}
    home.refresh_from_db()
    assert home.missed_calls_texted_since == since
    assert api.put(path(home), {"missedCallAutoMessageEnabled": False}).body == {
        "missedCallMessage": "Hello",
        "missedCallAutoMessageEnabled": False,
    }


@pytest.mark.parametrize(
    "message",
    [
        *("Hello {{firstName}}", "Hello {{contactname}}", "{{}}", "Hello {{contactName}", "{{ {{contactName}} }}"),
        "x" * 501,
    ],
)
def test_a_template_with_what_is_no_placeholder_is_refused(message: str, api: ApiClient, home: Organization) -> None:
    assert_fault(api.put(path(home), {"missedCallMessage": message}), "missedCallMessage")
    home.refresh_from_db()
    assert home.missed_call_message == ""


def test_nothing_cannot_be_sent(api: ApiClient, home: Organization) -> None:
    assert_fault(api.put(path(home), {"missedCallAutoMessageEnabled": True}), "missedCallMessage")
    api.put(path(home), {"missedCallMessage": MESSAGE, "missedCallAutoMessageEnabled": True})
    assert_fault(api.put(path(home), {"missedCallMessage": ""}), "missedCallMessage")


@pytest.mark.parametrize("role", [AccessRole.SALES_REP, AccessRole.DEPARTMENT_HEAD])
def test_others_may_not(role: AccessRole, home: Organization) -> None:
    client = logged_in(make_user(organization=home, access_role=role))
    assert_refused(client.put(path(home), {"missedCallMessage": "Hello"}), 403, "FORBIDDEN")


def test_another_organization_is_not_found(api: ApiClient, home: Organization, other_user: User) -> None:
    told = {"missedCallMessage": "Hello"}
    unknown = api.put(f"/api/organizations/{UNKNOWN_ID}/missed-call-message", told)

    theirs = api.put(path(other_user.organization), told)

    assert (theirs.status, theirs.body) == (unknown.status, unknown.body)
    assert_refused(theirs, 404, "NOT_FOUND")
    assert_every_body_is_checked(api, "PUT", path(home))
    assert_fault(api.put(path(home), {}), "")
    assert_only_a_member_may([ApiClient(), ApiClient("x")], "PUT", path(home), told)
