"""What a carrier tells of texts: how ours are doing, and those that come in, with what their keywords ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from calls.events import message_received, new_message
from calls.models import OutgoingText, TextPurpose, VoiceAccount
from calls.opt_out.detect import heard_opt_out
from calls.providers.texts import IncomingText, OptWord, TextNews, TextReport, TextStatus
from calls.selectors.texts.line import TextLine, can_text
from calls.services.lifecycle.hear_opt_out import policy_of
from calls.services.texts.follow_text import follow_text
from calls.services.texts.opt_words import Keyword, answer_to, keyword_in, plain_stop_in, unwrapped
from calls.services.texts.queue_text import queue_text
from contacts.models import Contact, DoNotCallSource
from contacts.services import find_or_create_caller
from contacts.services.do_not_call import QUOTED_TEXT, add_to_do_not_call, take_back_text
from conversations.models import ChannelType, Direction, Message
from conversations.services import find_or_create_conversation, leave_text
from tether_calls.accounts.models import OptOutPolicy, Organization
from tether_calls.common.phone import canonical
from tether_calls.common.text_parts import text_parts
from tether_calls.realtime.events import publish

# HELP is answered so often, so that two machines that answer each other come to an end.
_HELP_EVERY: Final = timedelta(hours=1)


def take_text(*, account: VoiceAccount, news: TextNews, received_at: datetime) -> bool:
    """Bring a text of ours up to date, or take one that comes in; whether it is of this organization's business.

    The same news again changes nothing. Within a transaction.
    """
    if isinstance(news, TextReport):
        return _follow(account, news)
    return _take(account, news, received_at)


def _follow(account: VoiceAccount, report: TextReport) -> bool:
    texts = Message.objects.of_organization(account.organization_id).filter(
        channel_type=ChannelType.SMS, provider=account.provider, direction=Direction.OUTBOUND
    )
    if report.message_id is not None:
        # Perhaps before the answer to our request, which tells the carrier's id.
        named = texts.filter(pk=report.message_id, provider_message_id__in=("", report.provider_message_id))
    else:
        named = texts.filter(provider_message_id=report.provider_message_id)
    message_id = named.values_list("pk", flat=True).first()
    if message_id is None:
        return False
    follow_text(
        organization_id=account.organization_id,
        message_id=message_id,
        status=report.status,
        provider_message_id=report.provider_message_id,
        problem=report.problem,
        provider_code=report.provider_code,
    )
    return True


def _take(account: VoiceAccount, text: IncomingText, received_at: datetime) -> bool:
    if text.from_number is None or _is_known(account, text):
        return text.from_number is not None
    contact, _ = find_or_create_caller(
        organization_id=account.organization_id, user_id=None, phone_number=text.from_number, caller_name=""
    )
    try:
        # Another delivery of the same text may be faster.
        with transaction.atomic():
            message = _left(account, text, contact)
    except IntegrityError:
        return True
    publish(
        organization_id=account.organization_id, call_id=None, events=[new_message(message), message_received(message)]
    )
    keyword = Keyword(text.opt_word) if text.opt_word else keyword_in(text.content)
    if keyword is None:
        _hear(account, text, contact)
    else:
        _heed(account, text, contact, keyword, received_at)
    return True


def _is_known(account: VoiceAccount, text: IncomingText) -> bool:
    messages = Message.objects.of_organization(account.organization_id)
    return messages.filter(provider=account.provider, provider_message_id=text.provider_message_id).exists()


def _left(account: VoiceAccount, text: IncomingText, contact: Contact) -> Message:
    conversation = find_or_create_conversation(
        organization_id=account.organization_id,
        user_id=None,
        contact_id=contact.pk,
        channel_identifier=text.to_number,
    )
    counted = text_parts(text.content)
    return leave_text(
        organization_id=account.organization_id,
        conversation_id=conversation.pk,
        contact_id=contact.pk,
        content=text.content or f"Pictures or files: {text.media_count}",
        direction=Direction.INBOUND,
        status=TextStatus.RECEIVED,
        provider=account.provider,
        provider_message_id=text.provider_message_id,
        encoding=counted.encoding,
        parts=counted.parts,
    )


def _heed(account: VoiceAccount, text: IncomingText, contact: Contact, keyword: Keyword, received_at: datetime) -> None:
    """Do what a keyword asks for, and say so where that is news and the carrier does not."""
    number = canonical(text.from_number or "")
    if number is None:
        # A short code, which nobody dials.
        return
    if _DO[keyword.word](account.organization_id, number, received_at) and not text.is_answered:
        _answer(account, text, contact, keyword)


def _hear(account: VoiceAccount, text: IncomingText, contact: Contact) -> None:
    """Whoever asks in words of their own for no more of it is heard as in calls, by the organization's policy."""
    number = canonical(text.from_number or "")
    asked = None if number is None else _asking(text.content)
    if number is None or asked is None or policy_of(account.organization_id) != OptOutPolicy.BLOCK:
        return
    sentence, language = asked
    _, is_new = add_to_do_not_call(
        organization_id=account.organization_id,
        phone_number=number,
        source=DoNotCallSource.SMS,
        reason=f"{QUOTED_TEXT}{sentence}",
    )
    if is_new:
        _answer(account, text, contact, Keyword(OptWord.STOP, language))


def _asking(content: str) -> tuple[str, str] | None:
    """The sentence that asks for no more, and its language."""
    # Whole lines first, which may be sentences without an end.
    for told in dict.fromkeys((content, unwrapped(content))):
        heard = heard_opt_out([("user", told)], in_texts=True)
        if heard is not None:
            return heard.text, heard.language
    plain = plain_stop_in(content)
    return None if plain is None else (str(plain.word), plain.language)


def _answer(account: VoiceAccount, text: IncomingText, contact: Contact, keyword: Keyword) -> None:
    if not can_text(account):
        return
    name = Organization.objects.values_list("name", flat=True).get(pk=account.organization_id)
    queue_text(
        organization_id=account.organization_id,
        contact=contact,
        content=answer_to(keyword, organization_name=name),
        line=TextLine(account=account, phone_number=text.to_number),
        purpose=TextPurpose.KEYWORD,
    )


def _stop(organization_id: str, number: str, _received_at: datetime) -> bool:
    _, is_new = add_to_do_not_call(
        organization_id=organization_id,
        phone_number=number,
        source=DoNotCallSource.SMS,
        reason="Texted STOP",
    )
    return is_new


def _start(organization_id: str, number: str, _received_at: datetime) -> bool:
    """What a STOP has put there, and nothing else."""
    return take_back_text(organization_id=organization_id, phone_number=number)


def _help(organization_id: str, number: str, received_at: datetime) -> bool:
    answers = OutgoingText.objects.of_organization(organization_id).filter(
        to_number=number, purpose=TextPurpose.KEYWORD, created_at__gt=received_at - _HELP_EVERY
    )
    return not answers.exists()


_DO: Final = {OptWord.STOP: _stop, OptWord.START: _start, OptWord.HELP: _help}
