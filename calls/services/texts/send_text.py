"""A user writes to a contact: once, however often the request comes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from calls.models import OutgoingText, TextPurpose
from calls.providers.texts import TextProblem, TextStatus
from calls.selectors.texts.line import TextLine, line_to_contact, text_line
from calls.services.texts.hand_over import hand_over
from calls.services.texts.queue_text import check_content, queue_text
from calls.services.texts.seal import digest_of
from contacts.models import Contact
from contacts.selectors.permission import check_may_be_called
from contacts.services import find_or_create_caller
from conversations.models import Message
from conversations.selectors import conversation_of
from tether_calls.accounts.models import User
from tether_calls.accounts.sight import of_contacts_seen, sight_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import dialable
from tether_calls.common.redaction.mask import redacted_text
from tether_calls.common.transactions import until_done

# The same words of the same user to the same contact again: a second click, not a second text.
_REPEATED_WITHIN: Final = timedelta(seconds=30)

_REFUSALS: Final = {
    TextProblem.OPTED_OUT: (ErrorCode.RECIPIENT_OPTED_OUT, None),
    TextProblem.CANNOT_RECEIVE: (ErrorCode.NUMBER_CANNOT_GET_TEXTS, None),
    TextProblem.INVALID_NUMBER: (ErrorCode.INVALID_PHONE_NUMBER, "The carrier knows no such number"),
    TextProblem.UNREACHABLE: (ErrorCode.TEXT_REFUSED, "The carrier cannot reach the number at the moment"),
    TextProblem.BLOCKED: (ErrorCode.TEXT_REFUSED, "The carrier has taken the text for spam"),
    TextProblem.SENDER_REFUSED: (ErrorCode.TEXT_REFUSED, "The carrier does not send texts from your number there"),
    TextProblem.LIMIT_REACHED: (ErrorCode.TEXT_REFUSED, "The carrier takes no more texts at the moment"),
    TextProblem.CONTENT_REFUSED: (ErrorCode.TEXT_REFUSED, "The carrier does not take this content"),
    TextProblem.ACCOUNT_PROBLEM: (
        ErrorCode.PROVIDER_ERROR,
        "The carrier does not accept the organization's account; nothing was sent",
    ),
    TextProblem.PROVIDER_ERROR: (ErrorCode.PROVIDER_ERROR, "The carrier could not be reached; nothing was sent"),
    TextProblem.DO_NOT_CALL: (ErrorCode.DO_NOT_CALL, None),
    TextProblem.OUTSIDE_HOURS: (ErrorCode.OUTSIDE_CALLING_HOURS, None),
    TextProblem.NUMBER_NOT_ALLOWED: (ErrorCode.NUMBER_TYPE_NOT_ALLOWED, None),
    TextProblem.EXPIRED: (ErrorCode.TEXT_REFUSED, "The text waited for too long, and was not sent"),
}
_PERHAPS_SENT: Final = "The carrier's answer was lost; the text may have been sent, so do not repeat it"


@dataclass(frozen=True, kw_only=True)
class SentMessage:
    """`is_repeated`: it was sent by an earlier request."""

    message: Message
    is_repeated: bool


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A text that is asked for: to a contact, or to a number in E.164."""

    user: User
    content: str
    contact_id: str | None
    phone_number: str | None
    conversation_id: str | None
    idempotency_key: str | None
    reports_to: str | None
    purpose: TextPurpose

    @property
    def digest(self) -> str:
        return salted_hmac("calls.services.texts.send_text", self._told, algorithm="sha256").hexdigest()

    @property
    def unkeyed_digest(self) -> str:
        """That of a version before, for what is repeated over an update."""
        return hashlib.sha256(self._told.encode()).hexdigest()

    @property
    def _told(self) -> str:
        return json.dumps([self.phone_number or self.contact_id, self.conversation_id, self.content])


def send_text(
    *,
    user: User,
    content: str,
    contact_id: str | None = None,
    phone_number: str | None = None,
    conversation_id: str | None = None,
    idempotency_key: str | None = None,
    reports_to: str | None = None,
    purpose: TextPurpose = TextPurpose.USER,
) -> SentMessage:
    """Send a text to a contact of the user's organization, or to a number, whose contact is found or made.

    Not within a transaction. From the number of the conversation, where one is named or there is one; else from the
    user's. `reports_to` is where carriers reach us. Raises VALIDATION_ERROR, CONTACT_NOT_FOUND, CONVERSATION_NOT_FOUND,
    INVALID_PHONE_NUMBER, DO_NOT_CALL, NUMBER_TYPE_NOT_ALLOWED, OUTSIDE_CALLING_HOURS, PROVIDER_NOT_CONFIGURED,
    NO_TEXT_NUMBER, TEXT_LIMIT_REACHED, IDEMPOTENCY_CONFLICT: no text was kept. Kept as failed, and certainly not sent:
    RECIPIENT_OPTED_OUT, NUMBER_CANNOT_GET_TEXTS, INVALID_PHONE_NUMBER, TEXT_REFUSED, PROVIDER_ERROR. PROVIDER_UNKNOWN:
    perhaps sent, and never sent again.
    """
    asked = _Asked(
        user=user,
        content=content,
        contact_id=contact_id,
        phone_number=None if phone_number is None else _sendable(phone_number),
        conversation_id=conversation_id,
        idempotency_key=idempotency_key,
        reports_to=reports_to,
        purpose=purpose,
    )
    check_content(content)
    # Once more where another request with the key was faster, or PostgreSQL has chosen this one to give way.
    text, is_repeated = until_done(partial(_written, asked))
    message = None if is_repeated else hand_over(text=text)
    if message is None:
        message = Message.objects.of_organization(user.home_id).get_or_refuse(
            ErrorCode.CONTACT_NOT_FOUND, pk=text.message_id
        )
    _raise_for(message)
    return SentMessage(message=message, is_repeated=is_repeated)


# durable: what follows is the outside world, which must find the rows committed.
@transaction.atomic(durable=True)
def _written(asked: _Asked) -> tuple[OutgoingText, bool]:
    """The text, and whether it was there already."""
    user, organization_id = asked.user, asked.user.home_id
    contact_id = asked.contact_id
    if asked.phone_number is not None:
        found, _ = find_or_create_caller(
            organization_id=organization_id, user_id=user.pk, phone_number=asked.phone_number, caller_name=""
        )
        contact_id = found.pk
    # Texts to one contact take turns, so that each sees those before it.
    contacts = Contact.objects.of_organization(organization_id).select_related("organization")
    if asked.phone_number is None:
        # Whom a number names is written to by whoever knows the number.
        contacts = contacts.filter(of_contacts_seen(sight_of(user)))
    contact = contacts.select_for_update(of=("self",), no_key=True).get_or_refuse(
        ErrorCode.CONTACT_NOT_FOUND, pk=contact_id
    )
    earlier = _earlier(asked) or _same_a_moment_ago(user, contact, asked.content)
    if earlier is not None:
        return earlier, True
    if dialable(contact.phone_number, is_international=False) is None:
        raise TetherError.of_field("contactId", "The contact's number cannot get texts")
    line = _line(user, contact, asked.conversation_id)
    check_may_be_called(organization_id=organization_id, phone_number=contact.phone_number, at=timezone.now())
    text = queue_text(
        organization_id=organization_id,
        contact=contact,
        content=asked.content,
        line=line,
        purpose=asked.purpose,
        sent_by=user.full_name,
        user_id=user.pk,
        reports_to=asked.reports_to,
        idempotency_key=asked.idempotency_key,
        digest=asked.digest if asked.idempotency_key is not None else "",
        is_sent_here=True,
    )
    return text, False


def _line(user: User, contact: Contact, conversation_id: str | None) -> TextLine:
    if conversation_id is None:
        return line_to_contact(contact, user=user)
    conversation = conversation_of(organization_id=user.home_id, conversation_id=conversation_id, sight=sight_of(user))
    if conversation.contact_id != contact.pk:
        raise TetherError(ErrorCode.CONVERSATION_NOT_FOUND)
    ours = conversation.channel_identifier
    line = text_line(organization_id=user.home_id, preferred=[ours], user_id=user.pk)
    if line.phone_number != ours:
        raise TetherError(ErrorCode.NO_TEXT_NUMBER, "Texts cannot be sent from the number of this conversation")
    return line


def _earlier(asked: _Asked) -> OutgoingText | None:
    """The text that came with the key. Raises IDEMPOTENCY_CONFLICT."""
    if asked.idempotency_key is None:
        return None
    texts = OutgoingText.objects.of_organization(asked.user.home_id)
    known = texts.filter(idempotency_key=asked.idempotency_key).first()
    if known is not None and known.digest not in (asked.digest, asked.unkeyed_digest):
        raise TetherError(ErrorCode.IDEMPOTENCY_CONFLICT)
    return known


def _same_a_moment_ago(user: User, contact: Contact, content: str) -> OutgoingText | None:
    shown = redacted_text(content, contact.organization.redacts)
    texts = OutgoingText.objects.of_organization(user.home_id).filter(
        to_number=contact.phone_number,
        user_id=user.pk,
        created_at__gt=timezone.now() - _REPEATED_WITHIN,
        message__content=shown,
        shown_digest="" if shown == content else digest_of(user.home_id, content),
        message__contact=contact,
    )
    # What has certainly not been sent may be tried again.
    return texts.exclude(message__status=TextStatus.FAILED).order_by("-id").first()


def _raise_for(message: Message) -> None:
    if message.status == TextStatus.UNKNOWN:
        raise TetherError(ErrorCode.PROVIDER_UNKNOWN, _PERHAPS_SENT)
    if message.status == TextStatus.FAILED:
        raise TetherError(*_REFUSALS[TextProblem(message.error_code or TextProblem.PROVIDER_ERROR)])


def _sendable(phone_number: str) -> str:
    """A number as people write it, in E.164. Raises INVALID_PHONE_NUMBER."""
    number = dialable(phone_number)
    if number is None:
        raise TetherError(ErrorCode.INVALID_PHONE_NUMBER)
    return number
