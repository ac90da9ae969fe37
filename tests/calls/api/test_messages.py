"""POST /api/messages/send: once, by the rules, with the carrier's reasons."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.demo.simulator import Simulator
from calls.models import OutgoingText, TextState
from contacts.models import Contact, DoNotCallNumber
from conversations.models import Conversation, Message
from tests.calls import telephony
from tests.calls.texting import (
    DELIVERED,
    DOUBLED,
    INVALID,
    LANDLINE,
    MAKE,
    NOT_DELIVERED,
    OUR_NUMBER,
    UNHEARD,
    make_sinch,
    make_twilio,
    simulated,
)
from tests.clients import Answer, ApiClient, logged_in
from tests.factories import UNKNOWN_ID, make_call, make_contact, make_conversation, make_do_not_call, make_user
from tests.refusals import assert_every_body_is_checked, assert_fault, assert_only_a_member_may, assert_refused
from tests.statements import statements_made
from tests.waiting import PATIENCE
from tether_calls.accounts.calling_hours import Hours, set_calling_hours
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

PATH = "/api/messages/send"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


@pytest.fixture
def contact(home: Organization) -> Contact:
    return make_contact(home, phone_number=DELIVERED)


def send(api: ApiClient, contact: Contact, content: str = "Monday at 14:30?", **more: Any) -> Answer:
    key = more.pop("key", None)
    return api.post(
        PATH,
        {"contactId": contact.pk, "content": content, **more},
        headers={"Idempotency-Key": key} if key is not None else None,
    )


def texts_at(simulator: Simulator) -> list[str]:
    return [text["body"] for text in simulator.happened()["texts"]]


# ---- Sent


@pytest.mark.parametrize("provider", ["twilio", "sinch"])
def test_a_text_is_sent_and_is_in_the_conversation(
    provider: str, api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    MAKE[provider](user, base_url=simulator.url)

    answer = send(api, contact, "À demain, 14:30 — ça va? 👍")

    assert answer.status == 201, answer
    message = Message.objects.get()
    assert answer.body["data"] == {
        "_id": message.pk,
        "conversationId": message.conversation_id,
        "contactId": contact.pk,
        "content": "À demain, 14:30 — ça va? 👍",
        "direction": "outbound",
        "channelType": "sms",
        "status": "queued",
        "sentBy": user.full_name,
        "isAIGenerated": False,
        "encoding": "ucs2",
        "segments": 1,
        "createdAt": answer.body["data"]["createdAt"],
    }
    (there,) = simulator.happened()["texts"]
    assert (there["body"], there["id"]) == (message.content, message.provider_message_id)
    assert [number.removeprefix("+") for number in (there["from"], there["to"])] == [
        OUR_NUMBER.removeprefix("+"),
        DELIVERED.removeprefix("+"),
    ]
    event = EventLog.objects.order_by("id")[0]
    assert (event.name, event.data["conversationId"]) == ("fetch_messages", message.conversation_id)


@pytest.mark.parametrize("provider", ["twilio", "sinch"])
@pytest.mark.parametrize("emoji", ["👍", "👩‍👩‍👧‍👦", "🇨🇦"])
def test_a_text_of_one_emoji_is_one_segment_and_arrives_whole(
    emoji: str, provider: str, api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    MAKE[provider](user, base_url=simulator.url)

    sent = send(api, contact, emoji).body["data"]

    assert (sent["content"], sent["encoding"], sent["segments"]) == (emoji, "ucs2", 1)
    assert texts_at(simulator) == [emoji]


def test_texts_and_calls_are_in_one_conversation(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(user, base_url=simulator.url)
    conversation = make_conversation(contact, channel_identifier=OUR_NUMBER)
    make_call(user, contact=contact, conversation=conversation)

    assert send(api, contact).body["data"]["conversationId"] == conversation.pk

    listed = api.get(f"/api/conversation/{conversation.pk}/messages").body["messages"]
    assert [(each["channelType"], each["content"]) for each in listed] == [("sms", "Monday at 14:30?")]
    shown = api.get(f"/api/conversation/{conversation.pk}").body["conversation"]
    assert (shown["latestMessage"], shown["messageCount"]) == ("Monday at 14:30?", 1)


def test_it_goes_from_the_number_of_the_newest_conversation(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(user, base_url=simulator.url)
    for number, minutes in (("+14165550101", 1), ("+14165550102", 2), ("+14165550103", 0)):
        telephony.make_number(user, "twilio", number, is_default=False)
        make_conversation(
            contact, channel_identifier=number, last_message_time=timezone.now() + timedelta(minutes=minutes)
        )
    older = Conversation.objects.get(channel_identifier="+14165550101")

    send(api, contact)
    send(api, contact, "From another number", conversationId=older.pk)

    assert [text["from"] for text in simulator.happened()["texts"]] == ["+14165550102", "+14165550101"]


@pytest.fixture
def rep(user: User, home: Organization, simulator: Simulator) -> User:
    """Sees their own calls and conversations only; the organization texts from OUR_NUMBER, which is `user`'s."""
    make_twilio(user, base_url=simulator.url)
    Organization.objects.filter(pk=home.pk).update(narrows_roles=True)
    return make_user(organization=Organization.objects.get(), access_role=AccessRole.SALES_REP)


def test_where_roles_are_narrowed_it_goes_from_no_conversation_that_is_not_seen(
    user: User, rep: User, simulator: Simulator, contact: Contact
) -> None:
    own = telephony.make_number(rep, "twilio", "+14165550101", is_default=False).phone_number
    make_call(rep, contact=contact)
    now = timezone.now()
    theirs = make_conversation(contact, user=user, channel_identifier=OUR_NUMBER, last_message_time=now)

    sent = send(logged_in(rep), contact).body["data"]

    assert [text["from"] for text in simulator.happened()["texts"]] == [own]
    assert logged_in(rep).get(f"/api/conversation/{sent['conversationId']}").status == 200
    assert sent["conversationId"] != theirs.pk


def test_ones_own_conversation_is_gone_on_in_though_others_have_one_over_an_older_spelling_of_the_number(
    user: User, rep: User, simulator: Simulator, contact: Contact
) -> None:
    telephony.make_number(user, "twilio", "+525512345670", is_default=False)
    own = make_conversation(contact, channel_identifier="+525512345670", last_message_time=timezone.now())
    make_call(rep, contact=contact, conversation=own)
    make_conversation(contact, user=user, channel_identifier="+5215512345670", last_message_time=timezone.now())

    assert send(logged_in(rep), contact).body["data"]["conversationId"] == own.pk


@pytest.mark.parametrize("has_other", [True, False])
def test_where_roles_are_narrowed_a_conversation_that_is_not_seen_is_gone_on_in_where_there_is_no_other_number(
    user: User, rep: User, simulator: Simulator, contact: Contact, has_other: bool
) -> None:
    other = telephony.make_number(user, "twilio", "+14165550101", is_default=False).phone_number if has_other else None
    make_call(rep, contact=contact)
    make_conversation(contact, user=user, channel_identifier=OUR_NUMBER, last_message_time=timezone.now())

    assert send(logged_in(rep), contact).status == 201

    assert [text["from"] for text in simulator.happened()["texts"]] == [other or OUR_NUMBER]


def test_a_conversation_whose_number_cannot_text_is_not_gone_on_from_another(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(user, base_url=simulator.url)
    conversation = make_conversation(contact, channel_identifier="+14165550109")

    assert_refused(send(api, contact, conversationId=conversation.pk), 400, "NO_TEXT_NUMBER")
    assert not texts_at(simulator)


# ---- Once


def test_the_same_key_sends_one_text(api: ApiClient, user: User, simulator: Simulator, contact: Contact) -> None:
    make_twilio(user, base_url=simulator.url)

    first, again = send(api, contact, key="a"), send(api, contact, key="a")
    # Also long after.
    OutgoingText.objects.update(created_at=timezone.now() - timedelta(days=2))
    later = send(api, contact, key="a")

    assert [each.status for each in (first, again, later)] == [201, 200, 200]
    assert {each.body["data"]["_id"] for each in (first, again, later)} == {Message.objects.get().pk}
    assert [each.body["deduplicated"] for each in (first, again, later)] == [False, True, True]
    assert_refused(send(api, contact, "Another text", key="a"), 409, "IDEMPOTENCY_CONFLICT")
    assert len(texts_at(simulator)) == 1


def test_a_second_click_sends_no_second_text(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(user, base_url=simulator.url)

    assert [send(api, contact).status for _ in range(2)] == [201, 200]
    assert send(api, contact, "Another text").status == 201
    OutgoingText.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert send(api, contact).status == 201
    assert len(texts_at(simulator)) == 3


@pytest.mark.parametrize("key", ["", "é", "a" * 256])
def test_a_key_that_is_none_is_refused(key: str, api: ApiClient, contact: Contact) -> None:
    assert_fault(send(api, contact, key=key), "Idempotency-Key")


@pytest.mark.parametrize("fault", [{"fault": "close"}, {"status": 500}, {"status": 503}], ids=str)
@pytest.mark.parametrize("provider", ["twilio", "sinch"])
def test_an_answer_that_is_lost_is_unknown_and_nothing_is_sent_again(
    provider: str, fault: dict[str, Any], api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    MAKE[provider](user, base_url=simulator.url)
    simulator.fail(provider, **fault, after=True)

    for _ in range(3):
        assert_refused(send(api, contact, key="a"), 500, "PROVIDER_UNKNOWN")
    assert_refused(send(api, contact), 500, "PROVIDER_UNKNOWN")

    assert len(texts_at(simulator)) == 1
    assert Message.objects.get().status == "unknown"
    assert OutgoingText.objects.get().state == TextState.DONE


def test_what_has_certainly_not_been_sent_may_be_sent_again(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(user, base_url=simulator.url)
    simulator.fail("twilio", status=429)

    assert_refused(send(api, contact), 400, "TEXT_REFUSED")
    assert send(api, contact).status == 201

    assert sorted(Message.objects.values_list("status", "error_code")) == [("failed", "limit_reached"), ("queued", "")]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_requests_at_once_one_sends(live_url: str, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number=DELIVERED)
    token = issue_tokens(user).access
    with simulated() as simulator:
        make_twilio(user, base_url=simulator.url)

        def post(number: int) -> int:
            return requests.post(
                f"{live_url}{PATH}",
                json={"contactId": contact.pk, "content": "Once."},
                headers={"Authorization": f"Bearer {token}", **({"Idempotency-Key": "a"} if number % 2 else {})},
                timeout=PATIENCE,
            ).status_code

        with ThreadPoolExecutor(20) as threads:
            statuses = list(threads.map(post, range(20)))

        # The carrier reports to this server, which is not to be in the middle of that when the rows go.
        simulator.settle()
        assert sorted(statuses) == [200] * 19 + [201]
        assert texts_at(simulator) == ["Once."]
    assert Message.objects.count() == OutgoingText.objects.count() == 1


# ---- Refused


@pytest.mark.parametrize(
    ("number", "code", "kept"),
    [
        (LANDLINE, "NUMBER_CANNOT_GET_TEXTS", ("failed", "cannot_receive", "21614")),
        (INVALID, "INVALID_PHONE_NUMBER", ("failed", "invalid_number", "21211")),
    ],
)
def test_the_carriers_reason_is_a_stable_code(
    number: str, code: str, kept: tuple[str, str, str], api: ApiClient, user: User, simulator: Simulator
) -> None:
    make_twilio(user, base_url=simulator.url)
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number=number)

    assert_refused(send(api, contact, key="a"), 400, code)
    assert_refused(send(api, contact, key="a"), 400, code)

    assert Message.objects.values_list("status", "error_code", "provider_code").get() == kept


def test_who_has_opted_out_at_the_carrier_is_refused_and_on_the_list(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(user, base_url=simulator.url)
    simulator.text_in("twilio", from_number=DELIVERED, to=OUR_NUMBER, body="STOP")

    assert_refused(send(api, contact), 400, "RECIPIENT_OPTED_OUT")
    assert_refused(send(api, contact), 400, "DO_NOT_CALL")

    entry = DoNotCallNumber.objects.get()
    assert (entry.phone_number, entry.source) == (DELIVERED, "sms")
    assert Message.objects.filter(direction="outbound").count() == 1


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (30034, "TEXT_REFUSED"),
        (21606, "TEXT_REFUSED"),
        (20429, "TEXT_REFUSED"),
        (21617, "TEXT_REFUSED"),
        (99999, "PROVIDER_ERROR"),
    ],
)
def test_other_refusals_say_what_is_wrong(
    reason: int, code: str, api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(user, base_url=simulator.url)
    status = 500 if code == "PROVIDER_ERROR" else 400
    simulator.fail("twilio", status=400, body={"code": reason, "message": f"To {DELIVERED}", "status": 400})

    answer = send(api, contact)

    assert_refused(answer, status, code)
    assert DELIVERED not in answer.content.decode()
    assert Message.objects.get().provider_code == str(reason)


def test_the_rules_of_dials_hold(api: ApiClient, user: User, simulator: Simulator, contact: Contact) -> None:
    make_twilio(user, base_url=simulator.url)
    assert user.organization is not None
    make_do_not_call(user.organization, phone_number=DELIVERED)
    assert_refused(send(api, contact), 400, "DO_NOT_CALL")

    DoNotCallNumber.objects.all().delete()
    yesterday = (timezone.now().weekday() + 3) % 7
    midnight = timezone.now().time().replace(hour=0, minute=0, second=0, microsecond=0)
    set_calling_hours(organization_id=user.organization.pk, hours=Hours(start=midnight, end=midnight, days=[yesterday]))
    assert_refused(send(api, contact), 400, "OUTSIDE_CALLING_HOURS")

    premium = make_contact(user.organization, phone_number="+19005550199")
    assert_refused(send(api, premium), 400, "NUMBER_TYPE_NOT_ALLOWED")
    assert not texts_at(simulator)
    assert not Message.objects.exists()


def test_an_organization_without_a_carrier_for_texts_sends_none(api: ApiClient, user: User, contact: Contact) -> None:
    assert_refused(send(api, contact), 400, "PROVIDER_NOT_CONFIGURED")
    account = make_sinch(user)
    account.secrets = {"application_secret": "BeIukql3pTKJ8RGL5zo0DA=="}
    account.save()
    assert_refused(send(api, contact), 400, "PROVIDER_NOT_CONFIGURED")


@pytest.mark.parametrize(
    ("content", "is_sent"), [("a" * 1600, True), ("👍" * 800, True), ("a" * 1601, False), ("👍" * 801, False)]
)
def test_a_text_has_at_most_1600_characters_of_utf_16(
    content: str, is_sent: bool, api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_sinch(user, base_url=simulator.url)

    answer = send(api, contact, content)

    assert (answer.status == 201) is is_sent, answer
    if not is_sent:
        assert_fault(answer, "content")
        assert not texts_at(simulator)


def test_a_text_of_5000_characters_is_refused_with_its_parts(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(user, base_url=simulator.url)

    answer = send(api, contact, "a" * 5_000)

    assert_fault(answer, "content")
    assert "this one has 5000, and would go in 33 parts" in answer.body["error"]["message"]
    assert not Message.objects.exists()


def test_what_sinch_would_take_for_a_template_is_not_sent(
    api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    make_sinch(user, base_url=simulator.url)

    assert_refused(send(api, contact, "It costs ${price}"), 400, "TEXT_REFUSED")
    assert Message.objects.get().error_code == "content_refused"
    assert not texts_at(simulator)


# ---- Whose


def test_contacts_and_conversations_of_another_organization_are_not_found(
    api: ApiClient, other_api: ApiClient, user: User, other_user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(other_user, base_url=simulator.url)
    assert other_user.organization is not None
    theirs = make_contact(other_user.organization, phone_number=DOUBLED)
    unknown = other_api.post(PATH, {"contactId": UNKNOWN_ID, "content": "x"})

    of_another = send(other_api, contact)

    assert (of_another.status, of_another.body) == (unknown.status, unknown.body)
    assert_refused(of_another, 404, "CONTACT_NOT_FOUND")
    for conversation in (make_conversation(contact), make_conversation(make_contact(other_user.organization))):
        assert_refused(send(other_api, theirs, conversationId=conversation.pk), 404, "CONVERSATION_NOT_FOUND")
    assert not texts_at(simulator)


def test_a_key_is_one_organizations(
    api: ApiClient, other_api: ApiClient, user: User, other_user: User, simulator: Simulator, contact: Contact
) -> None:
    make_twilio(user, base_url=simulator.url)
    make_sinch_of_other = MAKE["sinch"]
    with pytest.raises(IntegrityError), transaction.atomic():
        # A number is one organization's.
        make_sinch_of_other(other_user, base_url=simulator.url)
    telephony.make_account(
        other_user,
        "sinch",
        account_id="K",
        base_url=simulator.url,
        phone_number="+14165550111",
        secrets={"application_secret": "", "sms_service_plan_id": "plan-1", "sms_api_token": "token of the plan"},
    )
    assert other_user.organization is not None
    theirs = make_contact(other_user.organization, phone_number=DELIVERED)

    assert [send(client, each, key="a").status for client, each in ((api, contact), (other_api, theirs))] == [201, 201]


def test_the_body_is_checked(api: ApiClient, contact: Contact) -> None:
    assert_every_body_is_checked(api, "POST", PATH)
    assert_fault(api.post(PATH, {}), "contactId", "content")
    assert_fault(api.post(PATH, {"contactId": "x", "content": " "}), "contactId", "content")
    assert_fault(send(api, contact, conversationId="x"), "conversationId")
    assert_only_a_member_may([ApiClient(), ApiClient("x")], "POST", PATH, {})


def test_a_contact_without_a_number_that_can_be_written_to_is_refused(
    api: ApiClient, user: User, simulator: Simulator
) -> None:
    make_twilio(user, base_url=simulator.url)
    assert user.organization is not None
    hidden = make_contact(user.organization, phone_number="+266696687")

    assert_fault(send(api, hidden), "contactId")


# ---- Followed


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("provider", ["twilio", "sinch"])
def test_statuses_come_in_any_order_and_twice(provider: str, live_url: str, user: User) -> None:
    assert user.organization is not None
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}
    with simulated(live_url) as simulator:
        MAKE[provider](user, base_url=simulator.url)
        for number, status, error in (
            (DELIVERED, "delivered", ""),
            (NOT_DELIVERED, "undelivered", "unreachable"),
            # Every callback twice, the last one first.
            (DOUBLED, "delivered", ""),
            # The answer to us never comes, the callbacks do.
            (UNHEARD, "delivered", ""),
        ):
            contact = make_contact(user.organization, phone_number=number)
            if number == UNHEARD:
                simulator.fail(provider, fault="close", after=True)
            requests.post(
                f"{live_url}{PATH}",
                json={"contactId": contact.pk, "content": "Hello"},
                headers=headers,
                timeout=PATIENCE,
            )
            simulator.settle()
            message = Message.objects.get(contact=contact)
            assert (message.status, message.error_code) == (status, error), number
            assert message.provider_message_id
            news = [each.data["status"] for each in EventLog.objects.filter(name="message_status").order_by("id")]
            assert news[-1] == status
            EventLog.objects.all().delete()
        callbacks = [each for text in simulator.happened()["texts"] for each in text["callbacks"]]
        assert {each["status"] for each in callbacks} == {200}


@pytest.mark.parametrize(("provider", "count"), [("twilio", 20), ("sinch", 20)])
def test_a_text_needs_few_statements(
    provider: str, count: int, api: ApiClient, user: User, simulator: Simulator, contact: Contact
) -> None:
    MAKE[provider](user, base_url=simulator.url)
    send(api, contact, "The first one makes the conversation.")

    with statements_made() as made:
        assert send(api, contact).status == 201

    assert len(made) == count, "\n".join(made)
