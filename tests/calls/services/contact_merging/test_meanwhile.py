"""Contacts are merged while calls come in: no call is lost, and none is left with a contact that is gone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from calls.models import Call
from calls.reports import CallReport
from calls.services.contact_merging.merge_contact import changes_due, make_change
from calls.services.lifecycle.apply_report import apply_report
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.at_once import at_once
from tests.calls.api.ingesting import ingest
from tests.clients import ApiClient, vendor_of
from tests.factories import (
    ingest_body,
    make_call,
    make_contact,
    make_conversation,
    make_user,
    missed_call_body,
    mp3_bytes,
)
from tests.http_targets import TargetServer, answer, counted
from tether_calls.accounts.models import Organization, User
from tether_calls.common.transactions import delete_until_done

pytestmark = pytest.mark.django_db(transaction=True)

OLD, TODAY = "+5215512345670", "+525512345670"


def merge(home: Organization) -> None:
    for change in changes_due(organization_id=home.pk):
        if change is not None:
            make_change(change)


def assert_all_is_one_persons(calls: int) -> Contact:
    contact = Contact.objects.get()
    assert contact.phone_number == TODAY
    assert Call.objects.count() == Message.objects.count() == calls
    assert Call.objects.exclude(contact=contact).count() == 0
    conversation = Conversation.objects.get()
    assert conversation.message_count == conversation.messages.count() == conversation.calls.count() == calls
    return contact


def test_a_call_whose_contact_goes_between_its_look_up_and_its_row_is_kept_with_the_other(
    vendor: ApiClient, home: Organization, settings: Any
) -> None:
    stray = make_contact(home, phone_number=OLD)
    assert ingest(vendor, missed_call_body(fromNumber=OLD)).body["contactId"] == stray.pk

    def merged(_: int) -> None:
        try:
            make_contact(home, phone_number=TODAY)
            call_command("merge_contacts", "--apply")
            assert not Contact.objects.filter(pk=stray.pk).exists()
        finally:
            connections.close_all()

    with TargetServer({"/a.mp3": counted(answer(mp3_bytes()), then=merged)}) as target:
        settings.TETHER_FETCH_EXEMPT_HOSTS = [target.host]
        told = ingest(
            vendor,
            ingest_body(fromNumber=OLD, toNumber="+14165550100", direction="inbound", recording=target.url("/a.mp3")),
        )

    assert told.status == 201
    assert told.body["contactId"] == assert_all_is_one_persons(2).pk


@pytest.mark.parametrize("_round", range(3))
def test_calls_of_both_numbers_come_in_while_their_contacts_are_merged(
    home: Organization, user: User, _round: int
) -> None:
    vendors = [vendor_of(make_user(organization=home)) for _ in range(6)]
    for number in (OLD, TODAY):
        make_contact(home, phone_number=number)
    # The one that goes has a conversation, and calls, of its own.
    Contact.objects.filter(phone_number=TODAY).update(phone_number="+14165550188")
    for vendor in vendors[:2]:
        assert ingest(vendor, missed_call_body(fromNumber=OLD)).status == 201
    Contact.objects.filter(phone_number="+14165550188").update(phone_number=TODAY)

    tasks: list[Callable[[], Any]] = [
        partial(ingest, vendor, missed_call_body(fromNumber=number)) for vendor in vendors for number in (OLD, TODAY)
    ]
    calls = len(tasks)
    tasks += [partial(merge, home), partial(merge, home)]
    answers = at_once(tasks)

    assert {each.status for each in answers[:calls]} == {201}
    assert_all_is_one_persons(14)


@pytest.mark.parametrize("_round", range(3))
def test_a_call_that_ends_while_its_contact_is_merged_leaves_its_message_with_the_other(
    home: Organization, user: User, _round: int
) -> None:
    stray = make_contact(home, phone_number=OLD)
    conversation = make_conversation(stray, channel_identifier="+14165550100", message_count=0)
    call = make_call(user, provider="twilio", status="in-progress", contact=stray, conversation=conversation)
    make_contact(home, phone_number=TODAY)
    ended = CallReport(provider="twilio", status="completed", duration=12.0)

    def end() -> None:
        # As a delivery is processed again, when the database has chosen it to give way.
        delete_until_done(lambda: apply_report(organization_id=home.pk, call_id=call.pk, report=ended))

    tasks: list[Callable[[], None]] = [end, partial(merge, home)]
    at_once(tasks)

    assert_all_is_one_persons(1)
