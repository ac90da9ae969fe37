"""A browser dials, or is rung, with its provider's SDK: the call is recorded, since it takes place anyway."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from calls.events import call_event
from calls.models import Call, CallDirection, CallStatus
from calls.selectors.browser_calls.browser_line import BrowserLine, browser_line
from calls.selectors.find_call import announced_call
from contacts.models import Contact
from contacts.selectors.contacts import find_contact, find_contact_by_number
from conversations.services import find_or_create_conversation
from tether_calls.accounts.models import User
from tether_calls.accounts.sight import sight_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.statements import insert
from tether_calls.realtime.events import EventName, publish


def record_outbound_call(*, user: User, contact_id: str | None, phone_number: str | None) -> Call:
    """Record that `user` dials a contact, whose number counts, or else a number; no contact is made.

    One of the two is given; the number in E.164. Raises CONTACT_NOT_FOUND, VALIDATION_ERROR for the contact that is all
    hidden callers.
    """
    try:
        return _record_outbound(user, contact_id, phone_number)
    except IntegrityError:
        # The contact was deleted after it had been found; the second look finds none.
        return _record_outbound(user, contact_id, phone_number)


def record_inbound_call(*, user: User, caller_number: str) -> Call:
    """Record that `user`'s browser rings; the caller's number in E.164, or what stands for one who does not show it.

    No contact is made, and a hidden caller has neither contact nor conversation.
    A call that its provider has announced already is that call: nothing is recorded twice.
    """
    announced = announced_call(
        organization_id=user.home_id, user_id=user.pk, caller_number=caller_number, sight=sight_of(user)
    )
    if announced is not None:
        return announced
    try:
        return _record_inbound(user, caller_number)
    except IntegrityError:
        return _record_inbound(user, caller_number)


@transaction.atomic
def _record_outbound(user: User, contact_id: str | None, phone_number: str | None) -> Call:
    if contact_id is not None:
        contact = find_contact(organization_id=user.home_id, contact_id=contact_id, sight=sight_of(user))
        if contact is None:
            raise TetherError(ErrorCode.CONTACT_NOT_FOUND, status=400)  # this path has no 404 in its contract
        if contact.is_hidden_caller:
            raise TetherError.of_field("contactId", "The contact's number cannot be dialled")
        number = contact.phone_number
    else:
        assert phone_number is not None, "one of contact and number is given"
        contact = find_contact_by_number(organization_id=user.home_id, phone_number=phone_number)
        number = phone_number
    line = browser_line(user)
    call = Call(
        direction=CallDirection.OUTBOUND,
        status=CallStatus.INITIATED,
        from_number=line.phone_number,
        to_number=number,
    )
    return _record(call, user=user, line=line, contact=contact)


@transaction.atomic
def _record_inbound(user: User, caller_number: str) -> Call:
    contact = find_contact_by_number(organization_id=user.home_id, phone_number=caller_number)
    line = browser_line(user)
    call = Call(
        direction=CallDirection.INBOUND,
        status=CallStatus.RINGING,
        from_number=caller_number,
        to_number=line.phone_number,
    )
    return _record(call, user=user, line=line, contact=contact)


def _record(call: Call, *, user: User, line: BrowserLine, contact: Contact | None) -> Call:
    call.organization_id, call.user_id = user.home_id, user.pk
    call.provider, call.provider_phone_number = line.carrier, line.phone_number
    if contact is not None:
        call.contact_id = contact.pk
        call.conversation_id = find_or_create_conversation(
            organization_id=user.home_id,
            user_id=user.pk,
            contact_id=contact.pk,
            channel_identifier=line.phone_number,
        ).pk
    insert(call)
    event = call_event(EventName.CALL_INITIATED, call)
    publish(organization_id=user.home_id, call_id=call.pk, events=[event])
    return call
