"""merge_contacts: contacts of one person become one, whatever refers to them; placeholders are no names any more."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from calls.models import Call, LegalHold
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.calls.api.ingesting import ingested, row_counts
from tests.clients import ApiClient
from tests.factories import make_call, make_contact, make_conversation, make_message, missed_call_body
from tests.statements import statements_made
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db

# Kept before today's plans were known, and what they are today.
SPELLED = [
    ("+5215512345670", "+525512345670"),
    ("+520445512345670", "+525512345670"),
    ("+4402079460010", "+442079460010"),
    ("+490301234567", "+49301234567"),
    ("+551187654320", "+5511987654320"),
    ("+266696687", "anonymous"),
]
OLD, TODAY = SPELLED[0]
OURS, ALSO_OURS = "+14165550100", "+14165550101"
OF_OURS = "; merged 0 conversations, respelled our number in 0"
EARLY, LATE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)


def run(*options: str) -> list[str]:
    """The command's lines, and its summary last."""
    out = StringIO()
    call_command("merge_contacts", *options, stdout=out)
    return out.getvalue().splitlines()


def talked(contact: Contact, user: User, *, over: str, at: datetime, said: str) -> tuple[Call, Message]:
    """A call in the contact's conversation, with its message."""
    conversation = Conversation.objects.filter(contact=contact, channel_identifier=over).first() or make_conversation(
        contact, channel_identifier=over, message_count=0, latest_message="", last_message_time=None
    )
    call = make_call(user, contact=contact, conversation=conversation)
    message = make_message(conversation, call_id=call.pk, content=said, created_at=at)
    conversation.message_count += 1
    conversation.latest_message, conversation.last_message_time = said, at
    conversation.save()
    return call, message


@pytest.mark.parametrize(("old", "today"), SPELLED)
def test_a_contact_becomes_one_with_that_of_todays_number(
    old: str, today: str, home: Organization, user: User, vendor: ApiClient
) -> None:
    stray, kept = make_contact(home, phone_number=old), make_contact(home, phone_number=today)
    call, message = talked(stray, user, over=OURS, at=LATE, said="Called from abroad")
    other_call, _ = talked(stray, user, over=ALSO_OURS, at=EARLY, said="Over another of our numbers")
    kept_call, kept_message = talked(kept, user, over=OURS, at=EARLY, said="Called from home")

    lines = run("--apply")

    assert lines[-1] == "Merged 1 contacts, respelled the numbers of 0, cleared the names of 0" + OF_OURS
    assert lines[0].endswith(f"{stray.pk} {old} is {today} today, which {kept.pk} has")
    assert Contact.objects.get() == kept
    assert {*Call.objects.values_list("contact_id", flat=True)} == {kept.pk}
    conversation, over_another = Conversation.objects.order_by("channel_identifier")
    assert {*Conversation.objects.values_list("contact_id", flat=True)} == {kept.pk}
    assert {*Message.objects.values_list("contact_id", flat=True)} == {kept.pk}
    assert {*conversation.messages.all()} == {message, kept_message}
    assert {*conversation.calls.all()} == {call, kept_call}
    assert (conversation.message_count, conversation.latest_message) == (2, "Called from abroad")
    assert conversation.last_message_time == LATE
    assert list(over_another.calls.all()) == [other_call]
    if today != "anonymous":
        assert ingested(vendor, missed_call_body(fromNumber=old))["contactId"] == kept.pk


@pytest.mark.parametrize("covers", ["contact", "call", "number"])
@pytest.mark.parametrize("held", [0, 1])
def test_two_contacts_stay_as_they_are_where_a_legal_hold_covers_one(
    held: int, covers: str, home: Organization, user: User
) -> None:
    both = [make_contact(home, phone_number=number) for number in (OLD, TODAY)]
    calls = [talked(contact, user, over=OURS, at=EARLY, said="Called")[0] for contact in both]
    what = {"contact": both[held].pk, "call": calls[held].pk, "number": both[held].phone_number}[covers]
    column = {"contact": "contact_id", "call": "call_id", "number": "phone_number"}[covers]
    hold = LegalHold.objects.create(organization=home, scope=covers, reason="Claim 118", **{column: what})
    before = [list(model.objects.order_by("pk").values()) for model in (Contact, Call, Conversation, Message)]

    for options in ((), ("--apply",)):
        line, *_, summary = run(*options)

        assert line.endswith(f"{both[0].pk} {OLD} is {TODAY} today, which {both[1].pk} has: held")
        assert "erged 0 contacts" in summary or ": 0 contacts to be merged" in summary
        assert summary.endswith("; 1 left as they are, since legal holds cover them")
    assert [list(model.objects.order_by("pk").values()) for model in (Contact, Call, Conversation, Message)] == before
    LegalHold.objects.filter(pk=hold.pk).update(released_at=LATE)
    assert run("--apply")[-1].startswith("Merged 1 contacts, ")


def test_a_contact_under_a_legal_hold_keeps_its_number_its_name_and_its_conversations(home: Organization) -> None:
    hidden, alone = (make_contact(home, phone_number=number, first_name="Dana") for number in ("+266696687", OLD))
    for number in (OLD, TODAY):
        make_conversation(alone, channel_identifier=number)
    for contact in (hidden, alone):
        LegalHold.objects.create(organization=home, scope="contact", reason="Claim 118", contact_id=contact.pk)
    before = [list(model.objects.order_by("pk").values()) for model in (Contact, Conversation)]

    *lines, summary = run("--apply")

    assert [line.endswith(": held") for line in lines] == [True] * 3
    assert summary.endswith("; 3 left as they are, since legal holds cover them")
    assert [list(model.objects.order_by("pk").values()) for model in (Contact, Conversation)] == before


@pytest.mark.parametrize(("old", "today"), SPELLED)
def test_a_contact_that_is_alone_gets_todays_number(old: str, today: str, home: Organization, user: User) -> None:
    stray = make_contact(home, phone_number=old, first_name="Dana", last_name="Example", email="dana@example.com")
    call, _ = talked(stray, user, over=OURS, at=EARLY, said="Called")

    assert run("--apply")[-1] == "Merged 0 contacts, respelled the numbers of 1, cleared the names of 0" + OF_OURS

    contact = Contact.objects.get()
    assert (contact.pk, contact.phone_number) == (stray.pk, today)
    assert contact.full_name == ("Hidden Caller" if today == "anonymous" else "Dana Example")
    call.refresh_from_db()
    assert call.contact_id == contact.pk


def test_several_old_spellings_of_one_number_become_one(home: Organization) -> None:
    for number in (OLD, "+520445512345670", "+5201" + TODAY[3:]):
        make_contact(home, phone_number=number)

    assert run("--apply")[-1] == "Merged 2 contacts, respelled the numbers of 1, cleared the names of 0" + OF_OURS

    assert Contact.objects.get().phone_number == TODAY


@pytest.mark.parametrize(
    ("kept", "gone", "expected"),
    [
        (
            {"first_name": "Unknown", "last_name": "Caller"},
            {"first_name": "Kim", "last_name": "Example"},
            "Kim Example",
        ),
        ({"first_name": "SPAM", "last_name": "RISK"}, {"first_name": "Kim", "last_name": ""}, "Kim"),
        ({"first_name": "Dana", "last_name": ""}, {"first_name": "Kim", "last_name": "Example"}, "Dana"),
        (
            {"first_name": "Unknown", "last_name": "Caller"},
            {"first_name": "Anonymous", "last_name": ""},
            "Unknown Caller",
        ),
    ],
)
def test_a_name_is_kept_and_a_placeholder_gives_way(
    kept: dict[str, str], gone: dict[str, str], expected: str, home: Organization
) -> None:
    make_contact(home, phone_number=TODAY, **kept)
    make_contact(home, phone_number=OLD, **gone)

    run("--apply")

    assert Contact.objects.get().full_name == expected


def test_what_only_the_one_that_goes_has_is_taken_over(home: Organization, user: User) -> None:
    make_contact(home, phone_number=TODAY, email="", user=None, source="")
    make_contact(home, phone_number=OLD, email="kim@example.com", user=user, source="Import", created_at=EARLY)

    run("--apply")

    contact = Contact.objects.get()
    assert (contact.email, contact.user, contact.source, contact.created_at) == (
        "kim@example.com",
        user,
        "Import",
        EARLY,
    )


@pytest.mark.parametrize("is_resolved", [(True, False), (False, True), (True, True)])
def test_a_conversation_is_resolved_where_both_were(is_resolved: tuple[bool, bool], home: Organization) -> None:
    for number, each in zip((TODAY, OLD), is_resolved, strict=True):
        make_conversation(make_contact(home, phone_number=number), channel_identifier=OURS, is_resolved=each)

    run("--apply")

    assert Conversation.objects.get().is_resolved is all(is_resolved)


# ---- Our own number ------------------------------------------------------------------------------------------------


def test_conversations_over_one_number_of_ours_become_one(home: Organization, user: User, vendor: ApiClient) -> None:
    contact = make_contact(home, phone_number="+14165550177")
    before, message = talked(contact, user, over=OLD, at=EARLY, said="Before the number changed")
    after, _ = talked(contact, user, over=TODAY, at=LATE, said="Since then")
    stray, kept = Conversation.objects.order_by("pk")

    lines = run("--apply")

    assert lines == [
        f"{home.pk}: conversation {stray.pk} over {OLD} is over {TODAY} today, as {kept.pk} is",
        "Merged 0 contacts, respelled the numbers of 0, cleared the names of 0;"
        " merged 1 conversations, respelled our number in 0",
    ]
    conversation = Conversation.objects.get()
    assert conversation == kept
    assert {*conversation.calls.all()} == {before, after}
    assert (conversation.message_count, conversation.latest_message) == (2, "Since then")
    message.refresh_from_db()
    assert message.conversation_id == kept.pk
    body = missed_call_body(direction="inbound", fromNumber="+14165550177", toNumber=OLD)
    assert ingested(vendor, body)["conversationId"] == kept.pk
    assert run("--apply") == ["Merged 0 contacts, respelled the numbers of 0, cleared the names of 0" + OF_OURS]


def test_a_conversation_that_is_alone_is_over_todays_number(home: Organization, user: User) -> None:
    contact = make_contact(home, phone_number="+14165550177")
    talked(contact, user, over=OLD, at=EARLY, said="Called")

    assert run("--apply")[-1].endswith("; merged 0 conversations, respelled our number in 1")

    assert Conversation.objects.get().channel_identifier == TODAY


def test_of_two_contacts_that_are_one_the_conversations_over_both_spellings_are_one(
    home: Organization, user: User
) -> None:
    for theirs, over in ((OLD, "+4402079460010"), (TODAY, "+442079460010")):
        talked(make_contact(home, phone_number=theirs), user, over=over, at=EARLY, said="Called")

    assert run("--apply")[-1].startswith("Merged 1 contacts")

    conversation = Conversation.objects.get()
    assert (conversation.message_count, conversation.calls.count()) == (2, 2)
    assert (conversation.contact, conversation.channel_identifier) == (Contact.objects.get(), "+442079460010")


def test_conversations_of_two_organizations_stay_two(home: Organization, user: User, other_user: User) -> None:
    assert other_user.organization is not None
    for organization, by, over in ((home, user, OLD), (other_user.organization, other_user, TODAY)):
        talked(make_contact(organization, phone_number="+14165550177"), by, over=over, at=EARLY, said="Called")

    run("--apply")

    assert {*Conversation.objects.values_list("organization_id", "channel_identifier", "message_count")} == {
        (home.pk, TODAY, 1),
        (other_user.organization.pk, TODAY, 1),
    }


# ---- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Anonymous", "WIRELESS CALLER", "SPAM RISK", "+1 416 555 0199", "SAN JOSE     CA", "???"]
)
def test_a_placeholder_is_cleared_and_the_contact_waits_for_a_name(
    name: str, home: Organization, vendor: ApiClient
) -> None:
    first, _, last = name.partition(" ")
    contact = make_contact(home, phone_number="+14165550177", first_name=first, last_name=last)

    lines = run("--apply")

    assert lines == [
        f"{home.pk}: {contact.pk} +14165550177: {name.strip()!r} is no name",
        "Merged 0 contacts, respelled the numbers of 0, cleared the names of 1" + OF_OURS,
    ]
    contact.refresh_from_db()
    assert contact.full_name == "Unknown Caller"
    ingested(vendor, missed_call_body(fromNumber="+14165550177", callerName="Kim Example"))
    contact.refresh_from_db()
    assert contact.full_name == "Kim Example"


@pytest.mark.parametrize(
    ("first", "last"), [("Kim", "Example"), ("", ""), ("Unknown", "Caller"), ("New", "Contact"), ("", "Acme Ltd")]
)
def test_other_names_stay(first: str, last: str, home: Organization) -> None:
    make_contact(home, first_name=first, last_name=last)
    before = list(Contact.objects.values())

    assert len(run("--apply")) == 1

    assert list(Contact.objects.values()) == before


# ---- How it is run ---------------------------------------------------------------------------------------------------


def test_without_apply_it_shows_and_changes_nothing(home: Organization, user: User) -> None:
    stray, kept = make_contact(home, phone_number=OLD), make_contact(home, phone_number=TODAY)
    alone = make_contact(home, phone_number="+4402079460010")
    called = make_contact(home, phone_number="+14165550177", first_name="Anonymous", last_name="")
    talked(stray, user, over=OURS, at=EARLY, said="Called")
    before = everything()

    lines = run()

    assert lines == [
        f"{home.pk}: {stray.pk} {OLD} is {TODAY} today, which {kept.pk} has",
        f"{home.pk}: {alone.pk} +4402079460010 is +442079460010 today",
        f"{home.pk}: {called.pk} +14165550177: 'Anonymous' is no name",
        "Nothing is changed without --apply: 1 contacts to be merged, 1 numbers to be respelled, 1 names to be cleared;"
        " 0 conversations to be merged, our number to be respelled in 0",
    ]
    assert everything() == before


def test_a_second_run_finds_nothing(home: Organization, user: User) -> None:
    for number in (OLD, TODAY, "+4402079460010", "+266696687"):
        talked(make_contact(home, phone_number=number), user, over=OURS, at=EARLY, said="Called")
    run("--apply")
    before = everything()

    assert run("--apply") == ["Merged 0 contacts, respelled the numbers of 0, cleared the names of 0" + OF_OURS]
    assert everything() == before


def test_each_organization_has_its_own_persons(home: Organization, other_user: User) -> None:
    assert other_user.organization is not None
    make_contact(home, phone_number=OLD)
    theirs = make_contact(other_user.organization, phone_number=TODAY)
    theirs_old = make_contact(other_user.organization, phone_number=OLD)

    run("--apply", "--organization", home.pk)

    assert Contact.objects.of_organization(home.pk).get().phone_number == TODAY
    assert {*Contact.objects.of_organization(theirs.organization_id)} == {theirs, theirs_old}
    assert run("--apply")[-1].startswith("Merged 1 contacts, respelled the numbers of 0")


def test_an_organization_that_there_is_not_is_said() -> None:
    with pytest.raises(CommandError, match="there is none"):
        run("--organization", "0" * 24)


def test_contacts_that_stay_cost_a_statement_for_a_thousand(home: Organization) -> None:
    Contact.objects.bulk_create(
        Contact(organization=home, phone_number=f"+1416555{number:04}", first_name="Kim") for number in range(1_001)
    )

    with statements_made() as made:
        run("--apply")

    # The organizations, two pages of contacts, one of conversations; the holds, for both.
    assert len(made) == 6


def everything() -> Any:
    models = (Contact, Conversation, Message, Call)
    return [list(model._default_manager.order_by("pk").values()) for model in models], row_counts()
