"""What carriers tell of texts: over HTTP, signed as they sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest

from calls.demo.simulator import Simulator
from calls.models import Delivery, OutgoingText, TextPurpose
from calls.providers.texts import OptWord
from calls.selectors.texts.line import TextLine
from calls.services.deliveries.receive import replay_delivery
from calls.services.texts.hand_over import send_texts
from calls.services.texts.opt_words import Keyword, answer_to, keyword_in
from calls.services.texts.queue_text import queue_text
from contacts.models import Contact, DoNotCallNumber
from conversations.models import Conversation, Message
from tests.calls import telephony
from tests.calls.texting import (
    CUSTOMER,
    OUR_NUMBER,
    SINCH_SECRETS,
    make_sinch,
    make_twilio,
    simulated,
    sinch_report,
    sinch_text,
    twilio_status,
    twilio_text,
)
from tests.calls.webhooks import sinch_office, twilio_office
from tests.clients import Answer
from tests.factories import make_call, make_contact, make_do_not_call
from tether_calls.accounts.models import Organization, User
from tether_calls.common.text_parts import text_parts
from tether_calls.realtime.events import INTERNAL
from tether_calls.realtime.models import EventLog


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulated() as running:
        yield running


def make_text(user: User, account: Any, **fields: Any) -> OutgoingText:
    """A text of ours that the carrier has not answered for yet."""
    assert user.organization is not None
    text = queue_text(
        organization_id=user.organization.pk,
        contact=make_contact(user.organization, phone_number=CUSTOMER),
        content="Hello",
        line=TextLine(account=account, phone_number=OUR_NUMBER),
        purpose=TextPurpose.USER,
        **fields,
    )
    EventLog.objects.all().delete()
    return text


# ---- How ours are doing


@pytest.mark.parametrize("order", list(permutations(("queued", "sent", "delivered"))))
def test_statuses_in_any_order_end_in_the_same(order: tuple[str, ...], user: User) -> None:
    text = make_text(user, make_twilio(user))

    for status in (*order, *order):
        assert twilio_status(text, status).status == 200

    text.message.refresh_from_db()
    assert (text.message.status, text.message.provider_message_id) == (
        "delivered",
        "SM00000000000000000000000000000002",
    )
    events = [event.data for event in EventLog.objects.filter(name="message_status").order_by("id")]
    assert [each["status"] for each in events] == (
        ["sent"] if order.index("sent") < order.index("delivered") else []
    ) + ["delivered"]
    assert events[-1] == {
        "messageId": text.message_id,
        "conversationId": text.message.conversation_id,
        "contactId": text.message.contact_id,
        "status": "delivered",
    }


@pytest.mark.parametrize(
    ("status", "code", "kept"),
    [
        ("undelivered", "30006", ("undelivered", "cannot_receive", "30006")),
        ("failed", "30007", ("failed", "blocked", "30007")),
        ("failed", "12345", ("failed", "provider_error", "12345")),
        ("undelivered", "", ("undelivered", "provider_error", "")),
        ("read", "", ("delivered", "", "")),
        ("framed", "", ("queued", "", "")),
    ],
)
def test_twilios_words_and_codes(status: str, code: str, kept: tuple[str, str, str], user: User) -> None:
    text = make_text(user, make_twilio(user))

    assert twilio_status(text, status, ErrorCode=code).status == 200

    assert Message.objects.values_list("status", "error_code", "provider_code").get() == kept


@pytest.mark.parametrize(
    ("status", "code", "kept"),
    [
        ("Dispatched", 401, ("sent", "")),
        ("DELIVERED", 0, ("delivered", "")),
        ("Failed", 150, ("undelivered", "cannot_receive")),
        ("Rejected", 61, ("failed", "opted_out")),
        ("Expired", 406, ("undelivered", "unreachable")),
        ("Aborted", 777, ("failed", "provider_error")),
        ("Unknown", 0, ("sent", "")),
        ("Evaporated", 0, ("queued", "")),
    ],
)
def test_sinchs_words_and_codes(status: str, code: int, kept: tuple[str, str], user: User) -> None:
    text = make_text(user, make_sinch(user))

    assert sinch_report(text, status, code=code).status == 200

    assert Message.objects.values_list("status", "error_code").get() == kept


def test_an_opt_out_that_is_told_afterwards_puts_the_number_on_the_list(user: User) -> None:
    text = make_text(user, make_twilio(user))

    twilio_status(text, "failed", ErrorCode="21610")

    entry = DoNotCallNumber.objects.get()
    assert (entry.phone_number, entry.source) == (CUSTOMER, "sms")


@pytest.mark.parametrize("order", list(permutations((("failed", "21610"), ("failed", ""), ("undelivered", "39999")))))
def test_the_reason_is_kept_whichever_of_the_reports_knows_it(order: tuple[tuple[str, str], ...], user: User) -> None:
    text = make_text(user, make_twilio(user))

    for status, code in order:
        assert twilio_status(text, status, ErrorCode=code).status == 200

    kept = Message.objects.values_list("status", "error_code", "provider_code").get()
    assert kept == ("undelivered", "opted_out", "21610")
    assert DoNotCallNumber.objects.get().phone_number == CUSTOMER


@pytest.mark.parametrize(
    "order",
    [
        *permutations((("failed", "30007"), ("failed", "21610"), ("failed", "30003"))),
        *permutations((("undelivered", "30007"), ("failed", "21610"))),
        *permutations((("delivered", ""), ("failed", "21610"))),
    ],
)
def test_an_opt_out_is_heeded_whatever_else_is_told_of_the_text(order: tuple[tuple[str, str], ...], user: User) -> None:
    text = make_text(user, make_twilio(user))

    for status, code in order:
        assert twilio_status(text, status, ErrorCode=code).status == 200

    assert DoNotCallNumber.objects.get().phone_number == CUSTOMER
    arrived = ("delivered", "") in order
    assert Message.objects.values_list("error_code", flat=True).get() == ("" if arrived else "opted_out")


def test_an_opt_out_that_is_told_once_more_does_not_undo_a_start(user: User) -> None:
    text = make_text(user, make_twilio(user))
    twilio_status(text, "failed", ErrorCode="21610")
    twilio_text(Body="START")
    assert not DoNotCallNumber.objects.exists()

    twilio_status(text, "failed", ErrorCode="21610")
    twilio_status(text, "undelivered", ErrorCode="30003")
    twilio_status(text, "undelivered", ErrorCode="21610")

    assert not DoNotCallNumber.objects.exists()


def test_of_texts_that_are_not_ours_nothing_is_kept_but_the_delivery(user: User, other_user: User) -> None:
    account = make_twilio(user)
    text = make_text(user, account)
    text.message.provider_message_id = "SM0000000000000000000000000000000A"
    text.message.save()

    # Another text with our id in its address, and one of nobody's.
    assert twilio_status(text, "delivered").status == 200
    text.message.delete()
    assert twilio_status(text, "delivered").status == 200

    assert set(Delivery.objects.values_list("state", flat=True)) == {"ignored"}
    assert not EventLog.objects.exists()


def test_a_status_of_another_organizations_text_changes_nothing(user: User, other_user: User) -> None:
    make_twilio(user)
    theirs = make_text(other_user, telephony.make_account(other_user, "twilio", account_id="AC-another"))

    assert twilio_status(theirs, "delivered").status == 200

    theirs.message.refresh_from_db()
    assert theirs.message.status == "queued"
    assert Delivery.objects.get().state == "ignored"


# ---- What comes in


@pytest.mark.parametrize("deliver", [twilio_text, sinch_text])
def test_a_text_is_in_the_conversation_with_its_sender(
    deliver: Callable[..., Answer], user: User, home: Organization
) -> None:
    (make_twilio if deliver is twilio_text else make_sinch)(user)

    for _ in range(2):
        assert deliver().status == 200

    contact = Contact.objects.get()
    assert (contact.phone_number, contact.full_name) == (CUSTOMER, "Unknown Caller")
    conversation = Conversation.objects.get()
    assert (conversation.contact, conversation.channel_identifier) == (contact, OUR_NUMBER)
    assert (conversation.latest_message, conversation.message_count) == ("Can you call me back at three?", 1)
    message = Message.objects.get()
    assert (message.direction, message.channel_type, message.status) == ("inbound", "sms", "received")
    assert (message.content, message.parts, message.encoding) == ("Can you call me back at three?", 1, "gsm7")
    (event,) = EventLog.objects.filter(organization_id=home.pk).exclude(name__in=INTERNAL)
    assert (event.name, event.data) == (
        "fetch_messages",
        {"conversationId": conversation.pk, "contactId": contact.pk},
    )
    assert [delivery.state for delivery in Delivery.objects.all()] == ["processed", "processed"]


def test_twilio_is_answered_with_nothing_to_say(user: User) -> None:
    make_twilio(user)

    answer = twilio_text()

    assert answer.headers["Content-Type"] == "text/xml"
    assert answer.content.decode() == '<?xml version="1.0" encoding="UTF-8"?><Response />'


def test_pictures_are_told_of(user: User) -> None:
    make_twilio(user)

    twilio_text(Body="", NumMedia="2", MediaUrl0="https://api.twilio.com/1")

    assert Message.objects.get().content == "Pictures or files: 2"


@pytest.mark.parametrize("sender", ["EXAMPLE", "anonymous", "+266696687", "", "whatsapp:+14165550171"])
def test_a_text_from_no_telephone_is_no_contacts(sender: str, user: User) -> None:
    make_twilio(user)

    assert twilio_text(From=sender).status == 200

    assert not Contact.objects.exists()
    assert Delivery.objects.get().state == "ignored"


def test_a_text_from_a_short_code_is_kept(user: User) -> None:
    make_twilio(user)

    assert twilio_text(From="78787", Body="STOP").status == 200

    assert Contact.objects.get().phone_number == "78787"
    assert not DoNotCallNumber.objects.exists()


def test_a_text_that_is_not_signed_is_refused_and_kept(user: User) -> None:
    make_twilio(user)
    make_account_of_sinch(user)

    assert sinch_text(secret="another one's").status == 401
    assert sinch_text(ago=3_600).status == 401

    assert not Message.objects.exists()
    assert sorted(Delivery.objects.values_list("state", "verdict")) == [("refused", "stale"), ("refused", "wrong")]


def make_account_of_sinch(user: User) -> None:
    """Beside Twilio's, which is the active one."""
    sinch_office.make_account(
        user,
        is_active=False,
        secrets=SINCH_SECRETS,
    )


def test_of_two_organizations_with_one_account_it_is_of_the_one_with_the_number(user: User, other_user: User) -> None:
    make_twilio(user)
    twilio_office.make_account(other_user)

    assert twilio_text().status == 200

    assert Message.objects.get().organization_id == user.organization_id


# ---- Keywords


STOPS = [
    "STOP",
    "stop",
    " Stop. ",
    "S.T.O.P",
    "Stop all",
    "UNSUBSCRIBE",
    "opt-out",
    "ARRÊT",
    "arret",
    "Désabonner",
    "\N{FULLWIDTH LATIN CAPITAL LETTER S}TOP",
    "Stop, stop, STOP",
    pytest.param("stop " * 40, id="stop 40 times"),
    pytest.param("STOP" + "!" * 100, id="STOP and 100 exclamation marks"),
    "Pls stop now, thanks",
    "Stop it",
    "Don't call",
    "\N{ZERO WIDTH SPACE}Stop\N{OCTAGONAL SIGN}",
    "Arrêt, s'il vous plaît",
    "désinscription",
    "ALTO",
    "Baja, por favor",
    "¡Pare!",
    "Stop\n\nSent from my telephone",
    "StopPlease",
    "PleaseStop",
    "STOPSVP",
    "STOP 1",
    "STOP au 36111",
    "Baja 28100",
    "Ok stop",
    "Wrong number. Stop.",
    "Plus de textos svp",
    "Dar de baja",
    "Stop.\nEnvoyé depuis mon telephone",
    pytest.param("Stop.\nEnvoye\N{COMBINING ACUTE ACCENT} a\N{COMBINING GRAVE ACCENT} partir d'Outlook", id="apart"),
    "Stop\n---\nRobin Example",
    "Stop\n- Robin",
    "Stop.\n\nRobin Example\nExample Inc.",
    "Stop\n\nOn Mon, May 4, 2026 at 3:00 PM Example wrote:\n> Good morning",
    "Arrêt\nLe 4 mai 2026, Example a écrit :\n> Bonjour",
]


@pytest.mark.parametrize("word", STOPS)
def test_stop_in_any_spelling_puts_the_number_on_the_list(word: str, user: User, simulator: Simulator) -> None:
    make_sinch(user, base_url=simulator.url)

    sinch_text(body=word)

    entry = DoNotCallNumber.objects.get()
    assert (entry.organization, entry.phone_number, entry.source) == (user.organization, CUSTOMER, "sms")
    assert Message.objects.get(direction="inbound").content == word.strip()


@pytest.mark.parametrize(
    "content",
    [
        "Please don't stop",
        "stop by at three",
        "The end",
        "endive",
        "help me find it",
        "yes",
        "",
        "🛑",
        "please",
        "cancel my order",
        "Cancel, please, my order",
        "Stop\nat the corner",
        "Stop\n- at the corner",
        "Arrêt 51",
        "Cancel 4",
        "Cancel\n\nMy order of yesterday",
        "End 2026",
        "Planta baja 1",
        "Baja\n\nEstoy en la puerta",
        pytest.param("stop " * 60, id="stop 60 times"),
        pytest.param("please " * 1_400, id="please 1,400 times"),
    ],
)
def test_what_says_more_than_a_keyword_is_none(content: str) -> None:
    assert keyword_in(content) is None


@pytest.mark.parametrize(
    ("content", "confirmed"),
    [
        ("Please don't text me any more", "You get no more messages or calls from us."),
        ("Hi. Take me off your list! Thanks", "You get no more messages or calls from us."),
        ("S'il vous plaît ne m'écrivez plus", "Vous ne recevrez plus ni message ni appel."),
        ("No me llamen más", "Ya no recibe mensajes ni llamadas nuestras."),
        ("Ne m'envoyez plus de textos", "Vous ne recevrez plus ni message ni appel."),
        ("STOP. I have moved away", "You get no more messages or calls from us."),
        ("Who are you? Stop", "You get no more messages or calls from us."),
        ("Who are you? Stop 36111", "You get no more messages or calls from us."),
        ("I waited at the bus\nNobody came. STOP", "You get no more messages or calls from us."),
        ("Je sors du\ntravail! Stop", "You get no more messages or calls from us."),
        ("I told you already\nstop", "You get no more messages or calls from us."),
        ("I am on the bus\nSTOP", "You get no more messages or calls from us."),
        ("Give it a rest\nStop", "You get no more messages or calls from us."),
        ("Please don't\nStop", "You get no more messages or calls from us."),
        ("Please do\nnot text me again", "You get no more messages or calls from us."),
        ("Please don't send me anything else", "You get no more messages or calls from us."),
    ],
)
def test_who_asks_for_no_more_in_other_words_is_heard_as_in_calls(
    content: str, confirmed: str, user: User, simulator: Simulator
) -> None:
    make_sinch(user, base_url=simulator.url)

    sinch_text(body=content, id="1")
    sinch_text(body=content, id="2")
    send_texts()

    entry = DoNotCallNumber.objects.get()
    assert (entry.phone_number, entry.source) == (CUSTOMER, "sms")
    assert entry.reason.startswith("Asked in a text: ")
    (answer,) = (text["body"] for text in simulator.happened()["texts"])
    assert confirmed in answer
    sinch_text(body="START", id="3")
    assert not DoNotCallNumber.objects.exists()


@pytest.mark.parametrize("policy", ["flag", "off"])
def test_other_words_are_left_to_people_where_the_organization_wants_it_so_and_keywords_are_not(
    policy: str, user: User, home: Organization
) -> None:
    make_sinch(user)
    Organization.objects.filter(pk=home.pk).update(opt_out_policy=policy)

    sinch_text(body="Please don't text me any more", id="1")
    assert not DoNotCallNumber.objects.exists()
    assert not OutgoingText.objects.exists()

    sinch_text(body="STOP", id="2")
    assert DoNotCallNumber.objects.get().reason == "Texted STOP"


def test_what_only_sounds_like_it_puts_nobody_on_the_list(user: User) -> None:
    make_sinch(user)

    for number, content in enumerate(
        (
            "Don't stop texting me",
            "I wait for you at the\nStop",
            "We get off at the next\nstop.",
            "I wait for you at the bus\nstop",
            "That was great, please don't\nstop",
            "Je descends au prochain\narrêt",
            "Not now\nCall me again",
            "He told them to stop calling",
            "cancel my order",
            "Don't text me, call me",
            "Do not text me back, please call me.",
            "Stop texting and call me",
            "Don't text me now, I'm driving",
            "Please remove me from the 5pm appointment",
            "Ne m'écrivez pas, appelez-moi",
            "No me llames, escríbeme",
            "No me escriban, llámenme",
            "No me llames, mándame un mensaje",
            "Pourquoi ne m'envoyez-vous plus de textos?",
            "Vous ne m'envoyez plus de textos depuis mai",
            "Ne m'envoyez plus de textos après 21 h",
            "Envoyez-moi plus de messages",
            "I don't get messages from you anymore",
            "Did you stop sending messages?",
            "You never text me back",
            "Stop\nat the corner",
            "Drive to the last stop. Then call me",
            "Ya llegué. Baja",
            "Baja. Estoy en la puerta",
            "I'm on the bus. Stop 12",
            "Where do I get off?\nStop 4",
            "Stop 7. Then to the left",
            "Do you want to unsubscribe?",
        )
    ):
        sinch_text(body=content, id=str(number))

    assert not DoNotCallNumber.objects.exists()


def test_a_stop_is_confirmed_once_and_start_takes_off_what_it_put_on(user: User, simulator: Simulator) -> None:
    make_sinch(user, base_url=simulator.url)

    sinch_text(body="STOP", id="1")
    sinch_text(body="STOP", id="2")
    send_texts()
    (answer,) = (text["body"] for text in simulator.happened()["texts"])
    assert user.organization is not None
    name = user.organization.name
    assert answer == f"{name}: You get no more messages or calls from us. Reply START to get them again."

    sinch_text(body="start", id="3")
    send_texts()
    assert not DoNotCallNumber.objects.exists()
    assert len(simulator.happened()["texts"]) == 2


def test_start_takes_off_nothing_else(user: User, home: Organization, simulator: Simulator) -> None:
    make_sinch(user, base_url=simulator.url)
    make_do_not_call(home, phone_number=CUSTOMER, source="call")

    sinch_text(body="STOP", id="1")
    sinch_text(body="START", id="2")

    assert DoNotCallNumber.objects.get().source == "call"
    assert not OutgoingText.objects.exists()


def test_what_a_call_has_put_on_besides_stays(user: User, home: Organization, simulator: Simulator) -> None:
    make_sinch(user, base_url=simulator.url)
    entry = make_do_not_call(home, phone_number=CUSTOMER, source="call", call_id=make_call(user).pk)

    sinch_text(body="STOP", id="1")
    entry.refresh_from_db()
    assert entry.source == "sms"
    sinch_text(body="START", id="2")

    entry.refresh_from_db()
    assert entry.source == "call"
    assert not OutgoingText.objects.exists()


def test_help_is_answered_in_its_language_and_not_for_ever(user: User, simulator: Simulator) -> None:
    make_sinch(user, base_url=simulator.url)

    for number, word in enumerate(("AIDE", "HELP", "help")):
        sinch_text(body=word, id=str(number))
    send_texts()

    (answer,) = (text["body"] for text in simulator.happened()["texts"])
    assert "ARRET pour ne plus recevoir" in answer


@pytest.mark.parametrize("word", OptWord)
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_answers_to_keywords_go_in_one_part_whatever_the_organizations_name_is_long(
    word: OptWord, language: str
) -> None:
    counted = text_parts(answer_to(Keyword(word, language), organization_name="N" * 200))

    assert (counted.encoding, counted.parts) == ("gsm7", 1)


def test_what_twilio_answers_itself_gets_no_second_answer(user: User, simulator: Simulator) -> None:
    make_twilio(user, base_url=simulator.url)

    twilio_text(Body="STOP", MessageSid="SM1")
    twilio_text(Body="HELP", MessageSid="SM2")
    assert DoNotCallNumber.objects.count() == 1
    assert not OutgoingText.objects.exists()

    # A keyword of the account's own, which only Twilio knows.
    twilio_text(Body="Revenir", OptOutType="START", MessageSid="SM3")
    assert not DoNotCallNumber.objects.exists()

    # Twilio knows no French, unless it has been told.
    twilio_text(Body="Arrêt", MessageSid="SM4")
    assert OutgoingText.objects.get().purpose == "keyword"


def test_a_stop_is_one_organizations(user: User, other_user: User) -> None:
    make_twilio(user)

    twilio_text(Body="STOP")

    assert DoNotCallNumber.objects.get().organization_id == user.organization_id
    assert not DoNotCallNumber.objects.of_organization(other_user.home_id).exists()


def test_a_stop_that_is_processed_once_more_does_not_undo_a_start(user: User) -> None:
    make_twilio(user)
    twilio_text(Body="STOP", MessageSid="SM1")
    twilio_text(Body="START", MessageSid="SM2")

    replay_delivery(delivery_id=Delivery.objects.order_by("id").values_list("pk", flat=True)[0])

    assert not DoNotCallNumber.objects.exists()
    assert Message.objects.count() == 2
